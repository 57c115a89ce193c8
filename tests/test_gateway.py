"""The gateway decides which requests it accepts, and who answers them."""

import contextlib
import hashlib
import http.client
import json
import re

import pytest
from support.signing import JSON, send, sign

TARGET = {"X-Amz-Target": "SageMaker.ListTrainingJobs", "Content-Type": JSON}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def error_of(answer):
    """Return an error's code, and the HTTP status."""
    text = answer.body.decode()
    xml = re.search("<Code>(.*?)</Code>", text)
    return (xml[1] if xml else json.loads(text)["__type"].rpartition("#")[2]), answer.status


@pytest.mark.parametrize(
    "host", ["attacker.example", "127.0.0.1.attacker.example:80", "", "[::2]:1"]
)
def test_other_host_names_are_refused(local, host):
    """Foreign host names are refused, so a web page can't reach the server by DNS rebinding."""
    headers = sign(local, "POST", "/", b"{}", TARGET)
    answer = send(local, "POST", "/", b"{}", {**headers, "Host": host})
    assert answer.status == 403
    assert local.url in json.loads(answer.body)["message"]
    assert send(local, "GET", "/_local/health", headers={"Host": host}).status == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_own_host_names(local, host):
    """The server's own host names are accepted with and without the port."""
    port = local.url.rpartition(":")[2]
    for name in (host, f"{host}:{port}"):
        assert send(local, "GET", "/_local/health", headers={"Host": name}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "refusal"),
    [
        ("POST", "/", b"{}", TARGET, ("MissingAuthenticationTokenException", 400)),
        ("GET", "/bucket/key", b"", {}, ("AccessDenied", 403)),
        ("POST", "/", b"Action=ListRoles", FORM, ("MissingAuthenticationToken", 403)),
        ("POST", "/endpoints/e/invocations", b"", {}, ("AccessDenied", 403)),
        ("GET", "/moto-api/data.json", b"", {}, ("AccessDenied", 403)),
        ("POST", "/moto-api/reset", b"", {}, ("AccessDenied", 403)),
    ],
)
def test_unsigned(local, method, path, body, headers, refusal):
    """Without a signature only the health check is answered."""
    assert error_of(send(local, method, path, body, headers)) == refusal


@pytest.mark.parametrize(
    ("service", "call", "wrong_key", "wrong_secret"),
    [
        (
            "sagemaker",
            "list_training_jobs",
            "UnrecognizedClientException",
            "InvalidSignatureException",
        ),
        ("s3", "list_buckets", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        ("sts", "get_caller_identity", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("logs", "describe_log_groups", "UnrecognizedClientException", "InvalidSignatureException"),
    ],
)
def test_wrong_keys(client, assert_aws_error, service, call, wrong_key, wrong_secret):
    """Wrong keys get AWS's own error code for each protocol."""
    with assert_aws_error(wrong_key):
        getattr(client(service, aws_access_key_id="AKIAIOSFODNN7EXAMPLE"), call)()
    with assert_aws_error(wrong_secret):
        getattr(client(service, aws_secret_access_key="wrong"), call)()


def test_equal_headers_are_joined(local):
    """Two headers with one name are joined to a list in their order, as a signer does."""
    headers = sign(local, "POST", "/", b"{}", {**TARGET, "X-Amz-Meta-Twice": "a,b"})
    del headers["X-Amz-Meta-Twice"]

    def answer(*values):
        connection = http.client.HTTPConnection(local.url.removeprefix("http://"), timeout=30)
        with contextlib.closing(connection):
            connection.putrequest("POST", "/")
            for name, value in [*headers.items(), *(("X-Amz-Meta-Twice", v) for v in values)]:
                connection.putheader(name, value)
            connection.putheader("Content-Length", "2")
            connection.endheaders(b"{}")
            return connection.getresponse().status

    assert [answer("a", "b"), answer("b", "a"), answer("b")] == [200, 400, 400]


def test_tampered_body(local, client, bucket):
    """A body that was changed after it was signed is refused, and has no effect."""
    headers = sign(local, "POST", "/", b'{"NameContains": "a"}', TARGET)
    answer = send(local, "POST", "/", b'{"NameContains": "b"}', headers)
    assert error_of(answer) == ("InvalidSignatureException", 400)
    digest = {"X-Amz-Content-SHA256": hashlib.sha256(b"signed").hexdigest()}
    path = f"/{bucket}/key"
    headers = sign(local, "PUT", path, b"signed", digest, service="s3")
    assert send(local, "PUT", path, b"change", headers).status == 400
    assert "Contents" not in client("s3").list_objects_v2(Bucket=bucket)
    assert send(local, "PUT", path, b"signed", headers).status == 200


@pytest.mark.parametrize("path", ["/moto-api/reset", "/%6doto-api/reset", "/moto-api/data.json"])
def test_moto_api_is_closed(local, client, bucket, path):
    """moto's own API, which could reset everything, is closed even to signed requests."""
    unsigned = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    for service, headers in (("s3", unsigned), ("iam", {})):
        headers = sign(local, "POST", path, headers=headers, service=service)
        assert send(local, "POST", path, b"", headers).status in (403, 404)
    assert client("s3").head_bucket(Bucket=bucket)


@pytest.mark.parametrize("target", ["SageMaker.ListEndpoints", "sagemaker.ListEndpoints"])
@pytest.mark.parametrize("service", ["s3", "logs", "iam", "sagemaker-geospatial"])
def test_sagemaker_of_moto_is_never_served(local, service, target):
    """moto's SageMaker never answers, whatever service a request is signed for."""
    digest = {"X-Amz-Content-SHA256": hashlib.sha256(b"{}").hexdigest()}  # S3 wants it
    headers = {**TARGET, **digest, "X-Amz-Target": target}
    headers = sign(local, "POST", "/", b"{}", headers, service=service)
    answer = send(local, "POST", "/", b"{}", headers)
    assert answer.status == 400
    assert b"The Local SageMaker does not serve POST /" in answer.body


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("sagemaker", "list_training_jobs", {}),
        ("s3", "list_buckets", {}),
        ("sts", "get_caller_identity", {}),
        ("iam", "list_roles", {}),
        ("logs", "describe_log_groups", {}),
        ("cloudwatch", "list_metrics", {}),
        ("budgets", "describe_budgets", {"AccountId": "111122223333"}),
    ],
)
def test_services_answer_with_a_request_id(client, service, operation, arguments):
    """Each answer has its own request id, whatever the service's protocol."""
    metadata = [
        getattr(client(service), operation)(**arguments)["ResponseMetadata"] for _ in range(2)
    ]
    for ids in (
        {about["RequestId"] for about in metadata},
        {about["HTTPHeaders"]["x-amzn-requestid"] for about in metadata},
    ):
        assert len(ids) == 2
        assert all(ids)


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("sagemaker", "describe_training_job", {"TrainingJobName": "x"}, "ValidationException"),
        ("s3", "head_bucket", {"Bucket": "none-of-this-name"}, "404"),
        ("s3", "get_object", {"Bucket": "none-of-this-name", "Key": "k"}, "NoSuchBucket"),
        ("iam", "get_role", {"RoleName": "none"}, "NoSuchEntity"),
        ("logs", "list_tags_log_group", {"logGroupName": "x"}, "ResourceNotFoundException"),
        (
            "sagemaker-runtime",
            "invoke_endpoint",
            {"EndpointName": "e", "Body": b"1"},
            "ValidationError",
        ),
    ],
)
def test_errors_have_a_request_id(client, assert_aws_error, service, operation, arguments, code):
    """Errors have a request id, whether they come from this server or from moto."""
    with assert_aws_error(code) as refused:
        getattr(client(service), operation)(**arguments)
    metadata = refused.value.response["ResponseMetadata"]
    assert metadata.get("RequestId") or metadata["HTTPHeaders"]["x-amzn-requestid"]


def aws_chunked(body, size):
    """A body in S3's streaming form, with an empty trailer, is decoded."""
    for start in range(0, len(body), size):
        part = body[start : start + size]
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


@pytest.mark.parametrize("size", [0, 1, 70_000, 3 << 20])
def test_streamed_uploads(local, client, bucket, size):
    """An upload without Content-Length, in S3's form inside HTTP's chunks, is stored as sent."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    headers = {
        "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "X-Amz-Decoded-Content-Length": f"{size}",
        "Content-Encoding": "aws-chunked",
        "Transfer-Encoding": "chunked",
    }
    path = f"/{bucket}/key"
    headers = sign(local, "PUT", path, b"", headers, service="s3")
    assert send(local, "PUT", path, aws_chunked(body, 100_000), headers).status == 200
    assert client("s3").get_object(Bucket=bucket, Key="key")["Body"].read() == body


def test_chunked_call_of_another_service(local, client):
    """A chunked call reaches moto with its body, which moto alone would take for empty."""
    body = b'{"logGroupName": "made-by-chunks"}'
    headers = {"X-Amz-Target": "Logs_20140328.CreateLogGroup", "Content-Type": JSON}
    headers = sign(local, "POST", "/", body, headers, service="logs")
    headers["Transfer-Encoding"] = "chunked"
    assert send(local, "POST", "/", iter([body[:9], body[9:]]), headers).status == 200
    client("logs").delete_log_group(logGroupName="made-by-chunks")


def test_plain_chunks_are_refused_as_s3_does(local, client, bucket):
    """S3 refuses plain HTTP chunks (501, not implemented), and no empty object is stored."""
    headers = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD", "Transfer-Encoding": "chunked"}
    path = f"/{bucket}/key"
    headers = sign(local, "PUT", path, b"", headers, service="s3")
    answer = send(local, "PUT", path, iter([b"body"]), headers)
    assert error_of(answer) == ("NotImplemented", 501)
    assert "Contents" not in client("s3").list_objects_v2(Bucket=bucket)


def test_too_large_call(local):
    """A control-plane call over 16 MB is refused, and the connection isn't read to its end."""
    body = b" " * ((16 << 20) + 1)
    headers = sign(local, "POST", "/", body, TARGET)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # answered before all is sent
        assert send(local, "POST", "/", body, headers).status == 413
    assert send(local, "GET", "/_local/health").status == 200


def test_no_http(local):
    """After input that isn't HTTP the connection is closed, and the next request is answered."""
    connection = http.client.HTTPConnection(local.url.removeprefix("http://"), timeout=30)
    connection.connect()
    connection.sock.sendall(b"\x16\x03\x01 hello\r\n\r\n")
    assert b"400" in connection.sock.recv(100)
    connection.close()
    assert send(local, "GET", "/_local/health").status == 200
