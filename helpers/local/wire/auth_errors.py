"""The errors of a request that isn't signed correctly: each protocol has its own codes.

Codes and texts are those of the SigV4 troubleshooting page of the IAM User Guide, of S3's list of
error codes, and of tracebacks that boto3 users have published.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from helpers.local.wire.errors import AwsError

Protocol = Literal["s3", "query", "json"]
TIMESTAMP = "%Y%m%dT%H%M%SZ"

_CONSULT = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_INVALID_TOKEN = "The security token included in the request is invalid."
# protocol -> code, HTTP status, text
_MISSING = {
    "s3": ("AccessDenied", 403, "Access Denied"),
    "query": ("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
    "json": ("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
}
_UNKNOWN_KEY = {
    "s3": (
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    "query": ("InvalidClientTokenId", 403, _INVALID_TOKEN),
    "json": ("UnrecognizedClientException", 400, _INVALID_TOKEN),
}
_MISMATCH = {
    "s3": (
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. Check "
        "your key and signing method.",
    ),
    "query": ("SignatureDoesNotMatch", 403, _CONSULT),
    "json": ("InvalidSignatureException", 400, _CONSULT),
}
_MALFORMED = {
    "s3": ("AuthorizationHeaderMalformed", 400),
    "query": ("IncompleteSignature", 400),
    "json": ("IncompleteSignatureException", 400),
}


def protocol_of(service: str | None, headers: Mapping[str, str], query_string: str) -> Protocol:
    """Return the protocol of a request, which decides how its errors look.

    Parameters
    ----------
    service
        From the credential scope, None if the request has none.
    headers
        Names in lower case.
    """
    if service == "s3":
        return "s3"
    content_type = headers.get("content-type", "")
    if "x-amz-target" in headers or "x-amz-json" in content_type:
        return "json"
    if "x-www-form-urlencoded" in content_type or "Action=" in query_string:
        return "query"
    return "json" if service else "s3"


def missing_auth_error(protocol: Protocol) -> AwsError:
    """Return the error of a request without any authentication."""
    return _error(*_MISSING[protocol])


def unknown_key_error(protocol: Protocol) -> AwsError:
    """Return the error of an access key that nobody has."""
    return _error(*_UNKNOWN_KEY[protocol])


def signature_mismatch_error(protocol: Protocol) -> AwsError:
    """Return the error of another signature: wrong secret, or a change after signing."""
    return _error(*_MISMATCH[protocol])


def malformed_error(protocol: Protocol, text: str) -> AwsError:
    """Return the error of an authentication that can't be parsed; `text` says why."""
    return _error(*_MALFORMED[protocol], text)


def unsigned_headers_error(protocol: Protocol, names: list[str]) -> AwsError:
    """Return the error of headers that must be signed and are not."""
    text = f"There were headers present in the request which were not signed: {', '.join(names)}"
    if protocol == "s3":
        return AwsError("AccessDenied", text, 403)
    code, status, _ = _MISMATCH[protocol]
    return AwsError(code, text, status)


def clock_skew_error(
    protocol: Protocol, signed: datetime, now: datetime, allowed: timedelta
) -> AwsError:
    """Return the error of a request signed too long ago, or too far in the future."""
    if protocol == "s3":
        text = "The difference between the request time and the current time is too large."
        return AwsError("RequestTimeTooSkewed", text, 403)
    minutes = f"{allowed // timedelta(minutes=1)} min."
    start, current = signed.strftime(TIMESTAMP), now.strftime(TIMESTAMP)
    if signed < now:
        limit = (now - allowed).strftime(TIMESTAMP)
        text = f"Signature expired: {start} is now earlier than {limit} ({current} - {minutes})"
    else:
        limit = (now + allowed).strftime(TIMESTAMP)
        text = (
            f"Signature not yet current: {start} is still later than {limit} "
            f"({current} + {minutes})"
        )
    code, status, _ = _MISMATCH[protocol]
    return AwsError(code, text, status)


def expired_error() -> AwsError:
    """Return the error of a presigned URL of S3 that was used after its end."""
    return AwsError("AccessDenied", "Request has expired", 403)


def _error(code: str, status: int, text: str) -> AwsError:
    return AwsError(code, text, status)
