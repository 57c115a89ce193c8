"""Conditional writes of S3: If-Match and If-None-Match.

In the service model PutObject, CopyObject, CompleteMultipartUpload and DeleteObject have them; moto
checks those of PutObject and DeleteObject, and overwrites in the others. Source of the answers:
"How to prevent object overwrites with conditional writes" in the S3 User Guide.
"""

from collections.abc import Mapping
from typing import Any

from helpers.local.state.s3.moto_state import find_bucket
from helpers.local.wire.errors import AwsError


def check_write(
    method: str, path: str, query: Mapping[str, Any], headers: Mapping[str, str]
) -> None:
    """Refuse a write whose condition does not hold; call it while nobody else can write.

    Parameters
    ----------
    method, path
        Of the request; the path is decoded.
    query
        The names of its query parameters count.
    headers
        Names in lower case.

    Raises
    ------
    AwsError
        PreconditionFailed (412); NoSuchKey (404) for If-Match where there is no object;
        NotImplemented (501) for another If-None-Match than "*".
    """
    bucket, _, key = path.lstrip("/").partition("/")
    is_whole = method == "PUT" and not query
    is_completion = method == "POST" and "uploadId" in query
    if not key or not (is_whole or is_completion):
        return
    etag = _current_etag(bucket, key)
    if (expected := headers.get("if-match")) is not None:
        if etag is None:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        if expected.strip('"') != etag:
            raise _failed()
    if (unexpected := headers.get("if-none-match")) is not None:
        if unexpected.strip('"') != "*":
            text = "A header you provided implies functionality that is not implemented"
            raise AwsError("NotImplemented", text, 501)
        if etag is not None:
            raise _failed()


def _current_etag(bucket: str, key: str) -> str | None:
    """Return the ETag of the latest version; None if there is none, or if it is deleted."""
    stored = find_bucket(bucket)
    versions = stored.keys.getlist(key, []) if stored else []
    return versions[-1].etag.strip('"') if versions and hasattr(versions[-1], "etag") else None


def _failed() -> AwsError:
    text = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", text, 412)
