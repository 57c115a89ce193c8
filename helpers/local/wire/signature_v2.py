"""S3's presigned URLs of Signature Version 2, which boto3 still makes in the oldest regions."""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha1
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import HmacV1QueryAuth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from helpers.local.wire import auth_errors

REQUIRED = frozenset({"AWSAccessKeyId", "Signature", "Expires"})
REGION = "us-east-1"  # such a URL names no region


def verify(
    method: str,
    raw_path: str,
    query_string: str,
    headers: Mapping[str, str],
    secret_for: Callable[[str], str | None],
    now: datetime,
) -> str:
    """The access key that signed this URL. Raises AwsError as S3 does. Arguments: see `signature`.

    The URL's expiry takes the place of a date. Headers that were signed may have moved into the
    query string.
    """
    query = dict(parse_qsl(query_string, keep_blank_values=True))
    access_key, expires = query["AWSAccessKeyId"], query["Expires"]
    secret = secret_for(access_key)
    if secret is None:
        raise auth_errors.unknown_key("s3")
    if not re.fullmatch("[0-9]{1,12}", expires) or now.timestamp() > int(expires):
        raise auth_errors.expired()
    sent = HTTPHeaders()
    for name, value in {**headers, **query}.items():
        if name.startswith("x-amz-") or name in ("content-md5", "content-type"):
            sent[name] = value
    signer = _Signer(Credentials(access_key, secret), expires)
    text = signer.canonical_string(method, urlsplit(f"{raw_path}?{query_string}"), sent)
    expected = base64.b64encode(hmac.new(secret.encode(), text.encode(), sha1).digest())
    if not hmac.compare_digest(expected, query["Signature"].encode()):
        raise auth_errors.signature_mismatch_error("s3")
    return access_key


class _Signer(HmacV1QueryAuth):
    """botocore's signer at another time: it asks for the end of the URL's life here."""

    def _get_date(self) -> str:
        return self._expires
