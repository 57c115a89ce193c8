"""The signature check, against what botocore's own signers and clients put on the wire."""

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.utils import percent_encode, percent_encode_sequence
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.wire.auth_header import Caller
from helpers.local.wire.errors import AwsError
from helpers.local.wire.signature import verify

KEY, SECRET, ENDPOINT = "AKIDLOCAL", "s3cr3t/+Key", "http://127.0.0.1:4567"
CREDENTIALS = Credentials(KEY, SECRET)
ODD_KEYS = [
    "plain.csv",
    "a b+c~d.csv",
    "grün/ключ.csv",
    "//twice//slash",
    "a/../b",
    "100%25=&?#'()*!",
]


def wire(prepared, body: bytes | None = None) -> dict:
    """Return a signed botocore request as the arguments of `verify`."""
    parts = urlsplit(prepared.url)
    headers = {}
    for name, value in prepared.headers.items():
        headers[name.lower()] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    headers.setdefault("host", parts.netloc)
    if body is None:
        body = prepared.body or b""
        body = body.read() if hasattr(body, "read") else body
        body = body.encode() if isinstance(body, str) else body
    return {
        "method": prepared.method,
        "raw_path": parts.path,
        "query_string": parts.query,
        "headers": headers,
        "body_sha256": sha256(body).hexdigest(),
        "secret_for": {KEY: SECRET}.get,
    }


class Sent(Exception):
    """Carries a client's request out of botocore before it is sent."""


@cache
def client(service: str, region: str, unsigned_payload: bool = False, version: str | None = None):
    """Return a real client that raises `Sent` instead of sending."""

    def stop(request, **_):
        raise Sent(request)

    config = Config(
        s3={"payload_signing_enabled": not unsigned_payload, "addressing_style": "path"},
        signature_version=version,
    )
    session = botocore.session.Session()
    session.set_credentials(KEY, SECRET)
    created = session.create_client(service, region, endpoint_url=ENDPOINT, config=config)
    created.meta.events.register("before-send", stop)
    return created


def client_request(service: str, call, **options) -> dict:
    """Return what a real client of `service` would send for `call(client)`."""
    with pytest.raises(Sent) as caught:
        call(client(service, "eu-central-1", **options))
    return wire(caught.value.args[0])


def signed(signer=SigV4Auth, service="sagemaker", path="/", headers=None, data=b"{}") -> dict:
    """Return a request signed now by one of botocore's signers."""
    request = AWSRequest("POST", ENDPOINT + path, headers or {}, data)
    if signer is SigV4Auth and service == "sagemaker":
        request.headers["X-Amz-Target"] = "SageMaker.ListModels"
    signer(CREDENTIALS, service, "us-east-1").add_auth(request)
    return wire(request.prepare())


def refused(request: dict, code: str, status: int, **changes) -> AwsError:
    """Assert that a changed request is refused with this code and status."""
    with pytest.raises(AwsError) as caught:
        verify(**{**request, **changes})
    assert (caught.value.code, caught.value.status) == (code, status)
    return caught.value


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


def test_presigned_urls_of_the_s3_client():
    """`generate_presigned_url` works, expires, and is valid for its own method and key only."""
    s3 = client("s3", "us-east-1", version="s3v4")
    for key in ODD_KEYS:
        url = s3.generate_presigned_url(
            "get_object", {"Bucket": "b", "Key": key, "ResponseContentType": "text/csv; a+b"}
        )
        request = wire(AWSRequest("GET", url))
        assert verify(**request) == Caller(KEY, "us-east-1", "s3")
        late = datetime.now(UTC) + timedelta(hours=2)
        assert refused(request, "AccessDenied", 403, now=late).message == "Request has expired"
        refused(request, "SignatureDoesNotMatch", 403, method="PUT")
        refused(request, "InvalidAccessKeyId", 403, secret_for={}.get)


def test_other_signature_versions_are_refused():
    """Signature Version 2 of S3, in a URL or a header, is refused like a missing signature."""
    url = client("s3", "us-east-1", version="s3").generate_presigned_url(
        "get_object", {"Bucket": "b", "Key": "k"}
    )
    assert "AWSAccessKeyId=" in url
    refused(wire(AWSRequest("GET", url)), "AccessDenied", 403)
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


def test_presigned_form_of_other_services():
    """A presigned query (STS) needs the hash of its empty body."""
    request = AWSRequest("GET", ENDPOINT + "/?Action=GetCallerIdentity&Version=2011-06-15")
    SigV4QueryAuth(CREDENTIALS, "sts", "us-east-1", expires=60).add_auth(request)
    sent = wire(request, body=b"")
    assert verify(**sent).service == "sts"
    late = datetime.now(UTC) + timedelta(minutes=3)
    assert "Signature expired" in refused(sent, "SignatureDoesNotMatch", 403, now=late).message


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


@pytest.mark.parametrize(
    "old_new",
    [("X-Amz-Expires=60", "X-Amz-Expires=604801"), ("X-Amz-Date", "X-Date"), ("SHA256", "SHA1")],
)
def test_malformed_presigned_url(old_new):
    """A presigned URL is valid for a week at most, and needs all six parameters."""
    request = AWSRequest("GET", ENDPOINT + "/b/k")
    S3SigV4QueryAuth(CREDENTIALS, "s3", "us-east-1", expires=60).add_auth(request)
    sent = wire(request)
    query = sent["query_string"].replace(*old_new)
    refused(sent, "AuthorizationQueryParametersError", 400, query_string=query)
