"""The signature check, against what botocore's own signers and clients put on the wire."""

import io
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.utils import percent_encode, percent_encode_sequence
from hypothesis import given
from hypothesis import strategies as st
from support.signed_requests import (
    CREDENTIALS,
    ENDPOINT,
    KEY,
    ODD_KEYS,
    client_request,
    refused,
    signed,
    wire,
)

from helpers.local.wire.auth_header import Caller
from helpers.local.wire.errors import AwsError
from helpers.local.wire.signature import verify


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize("kind", ["put", "get", "list", "copy"])
def test_accepts_what_the_s3_client_signs(kind, key):
    """What the S3 client signs is accepted: keys encoded once, and unusual query strings."""
    calls = {
        "put": lambda s3: s3.put_object(Bucket="b", Key=key, Body=io.BytesIO(b"1,2\n")),
        "get": lambda s3: s3.get_object(Bucket="b", Key=key, ResponseContentType="text/ +~"),
        "list": lambda s3: s3.list_objects_v2(Bucket="b", Prefix=key, StartAfter=key),
        "copy": lambda s3: s3.copy_object(
            Bucket="b", Key=key, CopySource={"Bucket": "b", "Key": key}
        ),
    }
    request = client_request("s3", calls[kind])
    assert verify(**request) == Caller(KEY, "eu-central-1", "s3")
    refused(request, "SignatureDoesNotMatch", 403, raw_path=request["raw_path"] + "x")


@pytest.mark.parametrize(
    ("service", "signing_name", "call"),
    [
        (
            "sagemaker",
            "sagemaker",
            lambda c: c.create_model(ModelName="m", ExecutionRoleArn="r" * 20),
        ),
        ("sts", "sts", lambda c: c.get_caller_identity()),
        ("iam", "iam", lambda c: c.get_role(RoleName="a b+c")),
        ("logs", "logs", lambda c: c.describe_log_streams(logGroupName="/aws/sagemaker/ü")),
        (
            "sagemaker-runtime",
            "sagemaker",
            lambda c: c.invoke_endpoint(EndpointName="a~b c+d", Body=b"1,2"),
        ),
        (
            "sagemaker-runtime",
            "sagemaker",
            lambda c: c.invoke_endpoint(EndpointName="e", TargetModel="à  日本\xa0b", Body=b"1"),
        ),
    ],
)
def test_accepts_what_other_clients_sign(service, signing_name, call):
    """Requests of JSON, query and REST clients verify, and the signature covers the body."""
    request = client_request(service, call)
    assert verify(**request).service == signing_name
    with pytest.raises(AwsError, match="does not match"):
        verify(**request | {"body_sha256": sha256(b"other").hexdigest()})


@given(
    path=st.text(st.characters(codec="utf-8", exclude_characters="?#\r\n\t"), max_size=12),
    query=st.dictionaries(st.text("ab ~+/=&é", min_size=1), st.text("xy ~+/=&é%"), max_size=3),
    meta=st.text("ab  ,;", max_size=8),
)
def test_agrees_with_botocore_on_any_request(path, query, meta):
    """For any path, query and headers the canonical form equals botocore's."""
    for signer, service in [(S3SigV4Auth, "s3"), (SigV4Auth, "execute-api")]:
        url = f"{ENDPOINT}/{percent_encode(path, safe='/~')}?{percent_encode_sequence(query)}"
        request = AWSRequest("GET", url, {"X-Amz-Meta-Note": meta})
        signer(CREDENTIALS, service, "us-east-1").add_auth(request)
        sent = wire(request)
        assert verify(**sent).service == service


def test_other_signature_versions_are_refused():
    """Signature Version 2 of S3 in a header is refused."""
    request = signed(S3SigV4Auth, "s3", "/b/k")
    headers = request["headers"] | {"authorization": f"AWS {KEY}:c2lnbmF0dXJl"}
    refused(request, "AuthorizationHeaderMalformed", 400, headers=headers)


def test_signed_user_agent():
    """A client may sign headers that botocore itself omits, such as User-Agent."""
    request = AWSRequest("GET", ENDPOINT + "/b/k")

    class Signer(S3SigV4Auth):
        def headers_to_sign(self, request):
            headers = super().headers_to_sign(request)
            headers["user-agent"] = "odd  client/1"
            return headers

    Signer(CREDENTIALS, "s3", "us-east-1").add_auth(request)
    sent = wire(request)
    sent["headers"]["user-agent"] = "odd client/1"
    assert "user-agent" in sent["headers"]["authorization"]
    assert verify(**sent)
    headers = sent["headers"] | {"user-agent": "other"}
    refused(sent, "SignatureDoesNotMatch", 403, headers=headers)


def test_declared_digest_of_another_body():
    """Outside S3 the body itself is verified, whatever `x-amz-content-sha256` declares."""
    declared = sha256(b"{}").hexdigest()
    request = signed(headers={"X-Amz-Content-SHA256": declared})
    assert verify(**request)
    with pytest.raises(AwsError, match="does not match"):
        verify(**request | {"body_sha256": sha256(b"other").hexdigest()})


@pytest.mark.parametrize(
    "field", ["method", "raw_path", "query_string", "host", "x-amz-date", "target"]
)
def test_every_signed_part_counts(field):
    """A change to any part under the signature is detected."""
    request = signed()
    changes = {"method": "PUT", "raw_path": "/other", "query_string": "a=b"}
    headers = dict(request["headers"])
    date = headers["x-amz-date"]
    headers |= {
        "host": {"host": "evil:80"},
        "x-amz-date": {"x-amz-date": date[:-3] + ("00Z" if date[-3:] != "00Z" else "01Z")},
        "target": {"x-amz-target": "SageMaker.DeleteModel"},
    }.get(field, {})
    changed = {field: changes[field]} if field in changes else {"headers": headers}
    refused(request, "InvalidSignatureException", 400, **changed)


def test_headers_that_steer_must_be_signed():
    """An `x-amz-` header added after signing is refused, though the signature is valid."""
    request = signed(S3SigV4Auth, "s3", "/b/k")
    headers = request["headers"] | {"x-amz-copy-source": "/other/key"}
    assert "x-amz-copy-source" in refused(request, "AccessDenied", 403, headers=headers).message
    assert verify(**request | {"headers": request["headers"] | {"accept": "*/*"}})


def test_payload_of_s3():
    """The declared hash is compared with a known body, and unsigned payloads are accepted."""
    request = signed(S3SigV4Auth, "s3", "/b/k", data=b"1,2\n")
    assert verify(**request | {"body_sha256": None})
    refused(request, "XAmzContentSHA256Mismatch", 400, body_sha256=sha256(b"").hexdigest())
    assert verify(
        **client_request(
            "s3",
            lambda s3: s3.put_object(Bucket="b", Key="k", Body=b"1"),
            unsigned_payload=True,
        )
    )
    headers = {k: v for k, v in request["headers"].items() if k != "x-amz-content-sha256"}
    refused(request, "InvalidRequest", 400, headers=headers)


def test_other_services_need_the_hash_of_the_body():
    """Outside S3 a missing body hash is an error of the program, not of the request."""
    with pytest.raises(ValueError, match="digest"):
        verify(**signed() | {"body_sha256": None})


@pytest.mark.parametrize(
    ("request_", "code", "status"),
    [
        (lambda: signed(), "UnrecognizedClientException", 400),
        (lambda: signed(S3SigV4Auth, "s3", "/b"), "InvalidAccessKeyId", 403),
        (lambda: client_request("iam", lambda c: c.list_roles()), "InvalidClientTokenId", 403),
    ],
)
def test_unknown_key_by_protocol(request_, code, status):
    """For an unknown access key each protocol has its own code."""
    refused(request_(), code, status, secret_for={}.get)


@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [
        ({"x-amz-target": "SageMaker.ListModels"}, "MissingAuthenticationTokenException", 400),
        ({"content-type": "application/x-www-form-urlencoded"}, "MissingAuthenticationToken", 403),
        ({}, "AccessDenied", 403),
    ],
)
def test_missing_authentication_by_protocol(headers, code, status):
    """A request without any signature is refused in its protocol's words."""
    refused(signed(), code, status, headers=headers)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_clock_skew(minutes):
    """A signature is valid for 15 minutes before and after its time."""
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    error = refused(signed(), "InvalidSignatureException", 400, now=now)
    assert ("Signature expired" if minutes > 0 else "Signature not yet current") in error.message
    refused(signed(S3SigV4Auth, "s3", "/b"), "RequestTimeTooSkewed", 403, now=now)
    assert verify(**signed(), now=now - timedelta(minutes=minutes / 8))


@given(st.text(st.characters(codec="latin-1")))
def test_any_authorization_header_gets_an_answer(text):
    """Any text in the Authorization header is refused without an unexpected exception."""
    request = signed()
    for value in (text, f"AWS4-HMAC-SHA256 {text}"):
        with pytest.raises(AwsError):
            verify(**request | {"headers": request["headers"] | {"authorization": value}})


@pytest.mark.parametrize(
    "old_new",
    [
        ("/aws4_request", "/aws5_request"),
        ("/us-east-1/", "/us-east-1/x/"),
        (f"={KEY}/", "=/"),
        (f"{KEY}/20", f"{KEY}/19"),
        ("Signature=", "Sig="),
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
    ],
)
def test_malformed_authorization(old_new):
    """A malformed header gets another error than a wrong signature."""
    request = signed()
    text = request["headers"]["authorization"].replace(*old_new)
    refused(
        request,
        "IncompleteSignatureException",
        400,
        headers=request["headers"] | {"authorization": text},
    )
