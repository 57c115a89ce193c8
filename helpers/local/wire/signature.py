"""Verifies who sent a request: AWS Signature Version 4, and S3's older presigned URLs.

Rules: "Create a signed AWS API request" in the IAM User Guide and "Authenticating Requests" in the
S3 API reference. The clients' own signers are in `botocore.auth`; the tests sign with those.

Not verified: the signatures of single chunks in an `aws-chunked` body (their seed, in the
Authorization header, is), and POST policies of HTML forms, whose signature is in the body.
"""

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote, unquote_to_bytes

from botocore.utils import normalize_url_path

from helpers.local.wire import auth_errors, signature_v2
from helpers.local.wire.auth_header import (
    ALGORITHM,
    Caller,
    ParsedSignature,
    parse_header,
    parse_query,
)
from helpers.local.wire.errors import AwsError

MAX_SKEW = timedelta(minutes=15)
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"


def verify(
    method: str,
    raw_path: str,
    query_string: str,
    headers: Mapping[str, str],
    body_sha256: str | None,
    secret_for: Callable[[str], str | None],
    now: datetime | None = None,
) -> Caller:
    """Who signed this request. Raises AwsError, in the wording of the request's protocol, if not.

    raw_path, query_string: as they were on the wire, still percent-encoded.
    headers: names in lower case, values decoded as Latin-1; equal names joined by a comma.
    body_sha256: hexadecimal digest of the body. May be None for S3 where the body is not read yet:
        then it is as good as the header `x-amz-content-sha256`, and the caller compares later.
    secret_for: the secret of an access key, None if there is no such key.
    now: aware; the present if None.

    Raises ValueError if `body_sha256` is None for another service than S3.
    """
    now = now or datetime.now(UTC)
    values = {unquote(name): unquote(value) for name, value in _pairs(query_string)}
    if "authorization" in headers:
        claim = parse_header(headers, query_string)
    elif "X-Amz-Algorithm" in values or "X-Amz-Signature" in values:
        claim = parse_query(values, headers, query_string)
    elif values.keys() >= signature_v2.REQUIRED:
        key = signature_v2.verify(method, raw_path, query_string, headers, secret_for, now)
        return Caller(key, signature_v2.REGION, "s3")
    else:
        raise auth_errors.missing_auth_error(auth_errors.protocol_of(None, headers, query_string))
    secret = secret_for(claim.caller.access_key)
    if secret is None:
        raise auth_errors.unknown_key(claim.protocol)
    _check_time(claim, now)
    _check_signed_headers(claim, headers)
    payload = _payload(claim, headers, body_sha256)
    expected = _signature(claim, secret, method, raw_path, query_string, headers, payload)
    if not hmac.compare_digest(expected, claim.signature.encode()):
        raise auth_errors.signature_mismatch_error(claim.protocol)
    return claim.caller


def _check_time(claim: ParsedSignature, now: datetime) -> None:
    allowed = MAX_SKEW if claim.lifetime is None else claim.lifetime
    if now - claim.signed_at > allowed:
        if claim.protocol == "s3" and claim.lifetime is not None:
            raise auth_errors.expired()
        raise auth_errors.clock_skew_error(claim.protocol, claim.signed_at, now, allowed)
    if claim.signed_at - now > MAX_SKEW:
        raise auth_errors.clock_skew_error(claim.protocol, claim.signed_at, now, MAX_SKEW)


def _check_signed_headers(claim: ParsedSignature, headers: Mapping[str, str]) -> None:
    """The host and whatever steers an operation must be under the signature."""
    steering = {"host", *(name for name in headers if name.startswith("x-amz-"))}
    if unsigned := steering.difference(claim.signed_headers):
        raise auth_errors.unsigned_headers(claim.protocol, sorted(unsigned))


def _payload(claim: ParsedSignature, headers: Mapping[str, str], body_sha256: str | None) -> str:
    """What stands for the body under the signature, after comparing it with the real body."""
    if claim.protocol != "s3":
        if body_sha256 is None:
            raise ValueError(f"a request to {claim.caller.service} needs the digest of its body")
        return body_sha256
    declared = headers.get("x-amz-content-sha256")
    if declared is None:
        if claim.lifetime is None:
            text = "Missing required header for this request: x-amz-content-sha256"
            raise AwsError("InvalidRequest", text)
        return UNSIGNED_PAYLOAD
    is_digest = declared != UNSIGNED_PAYLOAD and not declared.startswith("STREAMING-")
    if is_digest and body_sha256 is not None and declared != body_sha256:
        text = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise AwsError("XAmzContentSHA256Mismatch", text)
    return declared


def _signature(
    claim: ParsedSignature,
    secret: str,
    method: str,
    raw_path: str,
    query_string: str,
    headers: Mapping[str, str],
    payload: str,
) -> bytes:
    signed = (f"{name}:{' '.join(headers.get(name, '').split())}" for name in claim.signed_headers)
    canonical_request = "\n".join(
        [
            method.upper(),
            _canonical_path(raw_path, claim.caller.service),
            _canonical_query(query_string),
            *signed,
            "",
            ";".join(claim.signed_headers),
            payload,
        ]
    )
    time = claim.signed_at.strftime(auth_errors.TIMESTAMP)
    digest = sha256(canonical_request.encode()).hexdigest()
    string_to_sign = "\n".join([ALGORITHM, time, claim.scope, digest])
    key = _signing_key(secret, claim.scope)
    return hmac.new(key, string_to_sign.encode(), sha256).hexdigest().encode()


def _canonical_path(raw_path: str, service: str) -> str:
    """S3 encodes a key once and keeps it; others tidy the path and encode it a second time."""
    if service == "s3":
        return quote(unquote_to_bytes(raw_path), safe="/") or "/"
    return quote(normalize_url_path(raw_path), safe="/")


def _canonical_query(query_string: str) -> str:
    encoded = (
        (_reencode(name), _reencode(value))
        for name, value in _pairs(query_string)
        if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _reencode(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="")


def _pairs(query_string: str) -> list[tuple[str, str]]:
    pairs = (pair.partition("=") for pair in query_string.split("&") if pair)
    return [(name, value) for name, _, value in pairs]


@lru_cache(maxsize=256)
def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
