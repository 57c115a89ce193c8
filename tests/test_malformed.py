"""Requests to S3 that can't be read are refused in S3's words, never answered 500."""

import json

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.signing import send

from helpers.local.state.s3 import malformed


@pytest.fixture
def ask(local):
    """Return a function that signs and sends a request to S3; it returns status and body."""

    def ask(method: str, path: str, body: bytes = b"") -> tuple[int, str]:
        request = AWSRequest(method, local.url + path, data=body)
        keys = Credentials(local.access_key, local.secret_key)
        S3SigV4Auth(keys, "s3", local.region).add_auth(request)
        answer = send(local, method, path, body, dict(request.headers))
        return answer.status, answer.body.decode()

    return ask


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        ("policy.json", "Policies must be valid JSON and the first byte must be '{'"),
        (' {"Statement": []}', "Policies must be valid JSON and the first byte must be '{'"),
        ('{"Version": "2012-10-17"}', "Missing required field Statement"),
    ],
)
def test_a_malformed_policy(s3, bucket, assert_aws_error, policy, text):
    """What is not a policy document is refused, and the bucket still works; moto kept it."""
    with assert_aws_error("MalformedPolicy", text):
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"a"


def test_a_policy(s3, bucket):
    """A policy is kept as it was sent."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy


@pytest.mark.parametrize("query", ["tagging", "cors", "lifecycle", "delete"])
def test_malformed_xml(ask, bucket, query):
    """A body that is no XML, or not the XML of the operation, is MalformedXML."""
    method = "POST" if query == "delete" else "PUT"
    for body in (b"<a><b></a>", b"\x00\xff"):
        status, answer = ask(method, f"/{bucket}?{query}", body)
        assert (status, "<Code>MalformedXML</Code>" in answer) == (400, True), (body, answer)


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", ""), ("PATCH", "/key"), ("POST", "/key?versioning")]
)
def test_a_method_that_s3_has_not(ask, bucket, method, path):
    """A method that no operation of S3 has on what the path names is refused with 405."""
    status, answer = ask(method, f"/{bucket}{path}", b"<a/>")
    assert status == 405
    assert "<Code>MethodNotAllowed</Code>" in answer
    assert "The specified method is not allowed against this resource." in answer


def test_a_query_that_is_wrong(ask, bucket):
    """A number that is none is refused as an argument, and the refusal names moto's log."""
    status, answer = ask("GET", f"/{bucket}?list-type=2&max-keys=x")
    assert status == 400
    assert "<Code>InvalidArgument</Code>" in answer
    assert "helpers local logs" in answer


def test_a_digest_of_other_characters(s3, bucket, ask, local):
    """A Content-MD5 that is not ASCII is refused as one that is not base64."""
    for header in ("x", "é"):
        request = AWSRequest("PUT", f"{local.url}/{bucket}/key", {"Content-MD5": header}, b"a")
        keys = Credentials(local.access_key, local.secret_key)
        S3SigV4Auth(keys, "s3", local.region).add_auth(request)
        headers = {name: value.encode() for name, value in request.headers.items()}  # as boto3
        answer = send(local, "PUT", f"/{bucket}/key", b"a", headers)
        assert (answer.status, b"InvalidDigest" in answer.body) == (400, True), answer.body


def test_wellformed_xml_is_not_refused_by_itself():
    """A request without a query whose XML can be read is not refused for its XML."""
    assert malformed.refusal("PUT", "", {}, b"<a/>").code == "InvalidArgument"
    assert malformed.refusal("PUT", "", {}, b"<a>").code == "MalformedXML"
