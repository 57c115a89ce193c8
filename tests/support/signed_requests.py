"""Requests signed by botocore's own signers and clients, as arguments of `verify`."""

from functools import cache
from hashlib import sha256
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

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


class RequestSentError(Exception):
    """Carries a client's request out of botocore before it is sent."""


@cache
def client(service: str, region: str, unsigned_payload: bool = False, version: str | None = None):
    """Return a real client that raises `RequestSentError` instead of sending."""

    def stop(request, **_):
        raise RequestSentError(request)

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
    with pytest.raises(RequestSentError) as caught:
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
