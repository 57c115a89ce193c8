"""Verify a presigned URL of S3 in Signature Version 2.

botocore makes these in us-east-1, where S3 still takes them, unless a client's configuration names
another version. Rules: "Authenticating requests using the REST API" in the S3 user guide, section
"Query string request authentication alternative".
"""

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha1

from botocore.auth import HmacV1Auth

from helpers.local.wire import auth_errors
from helpers.local.wire.auth_header import Caller
from helpers.local.wire.errors import AwsError

REGION = "us-east-1"  # such a URL names none
_PARAMETERS = ("AWSAccessKeyId", "Expires", "Signature")


def is_presigned(values: Mapping[str, str]) -> bool:
    """Tell by the parameters of a query string whether it is such a URL."""
    return any(name in values for name in ("AWSAccessKeyId", "Signature"))


def verify(
    method: str,
    raw_path: str,
    values: Mapping[str, str],
    headers: Mapping[str, str],
    secret_for: Callable[[str], str | None],
    now: datetime,
) -> Caller:
    """Verify a presigned URL, and return who signed it.

    Parameters
    ----------
    method, raw_path, headers, secret_for, now
        As of `signature.verify`.
    values
        The decoded parameters of the query string.

    Raises
    ------
    AwsError
        A parameter is missing or invalid, the key is unknown, the URL has expired, or the
        signature doesn't match.
    """
    if any(name not in values for name in _PARAMETERS):
        text = (
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId "
            "parameters"
        )
        raise AwsError("AccessDenied", text, 403)
    access_key, expires, signature = (values[name] for name in _PARAMETERS)
    if not (expires.isascii() and expires.isdigit()):
        text = f"Invalid date (should be seconds since epoch): {expires}"
        raise AwsError("AccessDenied", text, 403)
    secret = secret_for(access_key)
    if secret is None:
        raise auth_errors.unknown_key_error("s3")
    if now.timestamp() > int(expires):
        raise auth_errors.expired_error()
    text = "\n".join(_signed_lines(method, raw_path, values, headers))
    digest = hmac.new(secret.encode(), text.encode(errors="surrogateescape"), sha1).digest()
    if not hmac.compare_digest(b64encode(digest), signature.encode()):
        raise auth_errors.signature_mismatch_error("s3")
    return Caller(access_key, REGION, "s3")


def _signed_lines(
    method: str, raw_path: str, values: Mapping[str, str], headers: Mapping[str, str]
) -> Iterable[str]:
    sent = {**values, **headers}  # botocore moves the headers that it signs into the query string
    yield method.upper()
    yield sent.get("content-md5", "")
    yield sent.get("content-type", "")
    yield values["Expires"]
    for name in sorted(name for name in sent if name.startswith("x-amz-")):
        yield f"{name}:{sent[name].strip()}"
    signed = sorted(name for name in values if name in HmacV1Auth.QSAOfInterest)
    query = "&".join(f"{name}={values[name]}" if values[name] else name for name in signed)
    yield f"{raw_path}?{query}" if query else raw_path
