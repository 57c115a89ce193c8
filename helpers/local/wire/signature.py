"""Verify who sent a request: AWS Signature Version 4, in a header or a presigned URL.

Rules: "Create a signed AWS API request" in the IAM User Guide and "Authenticating Requests" in the
S3 API reference. A request is signed once more, and both signatures are compared. The signers of
`botocore.auth` would take longer for that than an endpoint for a prediction. Presigned URLs of
Signature Version 2 are verified by `signature_v2`.

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
    """Verify a request's signature, and return who signed it.

    Parameters
    ----------
    method
        The HTTP method.
    raw_path, query_string
        As they were on the wire, still percent-encoded.
    headers
        Names in lower case, values decoded as Latin-1; equal names joined by a comma.
    body_sha256
        Hexadecimal digest of the body. It may be None for S3 where the body is not read yet: then
        the header `x-amz-content-sha256` stands for it, and the caller compares later.
    secret_for
        Returns the secret key of an access key, None if there is no such key.
    now
        An aware datetime; the present if None.

    Returns
    -------
    Caller
        The access key, and the Region and service of the credential scope.

    Raises
    ------
    AwsError
        In the wording of the request's protocol: the signature is missing, can't be parsed, is too
        old or from the future, is from an unknown key, leaves out headers, or doesn't match.
    ValueError
        If `body_sha256` is None for another service than S3.
    """
    now = now or datetime.now(UTC)
    values = {unquote(name): unquote(value) for name, value in _pairs(query_string)}
    if "authorization" in headers:
        claim = parse_header(headers, query_string)
    elif "X-Amz-Algorithm" in values or "X-Amz-Signature" in values:
        claim = parse_query(values, headers, query_string)
    elif signature_v2.is_presigned(values):
        return signature_v2.verify(method, raw_path, values, headers, secret_for, now)
    else:
        raise auth_errors.missing_auth_error(auth_errors.protocol_of(None, headers, query_string))
    secret = secret_for(claim.caller.access_key)
    if secret is None:
        raise auth_errors.unknown_key_error(claim.protocol)
    _check_time(claim, now)
    _check_signed_headers(claim, headers)
    payload = _payload(claim, headers, body_sha256)
    expected = _signature(claim, secret, method, raw_path, query_string, headers, payload)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise auth_errors.signature_mismatch_error(claim.protocol)
    return claim.caller


def _check_time(claim: ParsedSignature, now: datetime) -> None:
    allowed = MAX_SKEW if claim.lifetime is None else claim.lifetime
    if now - claim.signed_at > allowed:
        if claim.protocol == "s3" and claim.lifetime is not None:
            raise auth_errors.expired_error()
        raise auth_errors.clock_skew_error(claim.protocol, claim.signed_at, now, allowed)
    if claim.signed_at - now > MAX_SKEW:
        raise auth_errors.clock_skew_error(claim.protocol, claim.signed_at, now, MAX_SKEW)


def _check_signed_headers(claim: ParsedSignature, headers: Mapping[str, str]) -> None:
    """Check that the host and all headers that change an operation are signed."""
    required = {"host", *(name for name in headers if name.startswith("x-amz-"))}
    if unsigned := required.difference(claim.signed_headers):
        raise auth_errors.unsigned_headers_error(claim.protocol, sorted(unsigned))


def _payload(claim: ParsedSignature, headers: Mapping[str, str], body_sha256: str | None) -> str:
    """Return what stands for the body in the signature, after comparing it with the body."""
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


@lru_cache(64)
def _signer(secret: str, *scope: str) -> hmac.HMAC:
    """Return an HMAC with the signing key of a day, Region and service (SigV4); to be copied."""
    key = f"AWS4{secret}".encode()
    for part in (*scope, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return hmac.new(key, digestmod=sha256)


def _signature(
    claim: ParsedSignature,
    secret: str,
    method: str,
    raw_path: str,
    query_string: str,
    headers: Mapping[str, str],
    payload: str,
) -> str:
    """Sign the request again, from what it says of its own signature."""
    service, region = claim.caller.service, claim.caller.region
    names = sorted(set(claim.signed_headers))
    canonical_request = "\n".join(
        (
            method.upper(),
            _canonical_path(raw_path, service),
            _canonical_query(query_string),
            *(f"{name}:{_canonical_value(headers.get(name, ''))}" for name in names),
            "",
            ";".join(names),
            payload,
        )
    )
    digest = sha256(canonical_request.encode(errors="surrogateescape")).hexdigest()
    text = f"{ALGORITHM}\n{claim.timestamp}\n{claim.scope}\n{digest}"
    signer = _signer(secret, claim.timestamp[:8], region, service).copy()
    signer.update(text.encode())
    return signer.hexdigest()


def _canonical_value(value: str) -> str:
    """Return a header's value as it is signed: its bytes, which botocore has encoded in UTF-8."""
    if not value.isascii():
        value = value.encode("latin-1").decode(errors="surrogateescape")
    return " ".join(value.split())


@lru_cache(1024)
def _canonical_path(raw_path: str, service: str) -> str:
    """Return the path as it is signed.

    S3's is a key, encoded once and otherwise kept. That of other services is normalized, and
    encoded a second time.
    """
    if service == "s3":
        return _reencode(raw_path, safe="/") or "/"
    return quote(normalize_url_path(raw_path), safe="/~")


def _canonical_query(query_string: str) -> str:
    pairs = sorted(
        (_reencode(name), _reencode(value))
        for name, value in _pairs(query_string)
        if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


def _reencode(text: str, safe: str = "") -> str:
    return quote(unquote_to_bytes(text), safe=safe)


def _pairs(query_string: str) -> list[tuple[str, str]]:
    pairs = (pair.partition("=") for pair in query_string.split("&") if pair)
    return [(name, value) for name, _, value in pairs]
