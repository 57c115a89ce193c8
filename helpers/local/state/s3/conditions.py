"""Conditional writes and deletions of S3: If-Match and If-None-Match.

In the service model PutObject, CopyObject, CompleteMultipartUpload and DeleteObject have them, and
each object of a DeleteObjects request may have an ETag; moto checks those of PutObject, some of
DeleteObject's, and ignores the others.

Sources of the answers: "How to prevent object overwrites with conditional writes" and "How to
perform conditional deletes" in the S3 User Guide; where the guide is silent or wrong about
deletions, what others measured on S3: localstack issue 13894 (NoSuchKey, not PreconditionFailed,
for * without an object or on a delete marker; NotImplemented with a version's id), ministack issue
1475 (the same, in all cases of versions), ministack issue 1501 and pull request 1452
(NotImplemented for size and time, which only directory buckets have; the text of a deletion that is
refused among others).
"""

from collections.abc import Mapping
from typing import Any

from helpers.local.state.s3.moto_state import find_bucket
from helpers.local.wire.errors import AwsError

DIRECTORY_BUCKET_HEADERS = ("x-amz-if-match-last-modified-time", "x-amz-if-match-size")
DIRECTORY_BUCKET_CONDITIONS = ("LastModifiedTime", "Size")  # of an object in DeleteObjects


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
        NotImplemented (501) for another If-None-Match than "*", and for a condition on the deletion
        of a version, or on the size or time of what is deleted.
    """
    bucket, _, key = path.lstrip("/").partition("/")
    if method == "DELETE" and key and query.keys() <= {"versionId"}:
        _check_deletion(bucket, key, query, headers)
        return
    is_whole = method == "PUT" and not query
    is_completion = method == "POST" and "uploadId" in query
    if not key or not (is_whole or is_completion):
        return
    etag = _current_etag(bucket, key)
    if (expected := headers.get("if-match")) is not None:
        if etag is None:
            raise _no_such_key()
        if expected.strip('"') != etag:
            raise _failed()
    if (unexpected := headers.get("if-none-match")) is not None:
        if unexpected.strip('"') != "*":
            raise _not_implemented()
        if etag is not None:
            raise _failed()


def _check_deletion(
    bucket: str, key: str, query: Mapping[str, Any], headers: Mapping[str, str]
) -> None:
    if any(name in headers for name in DIRECTORY_BUCKET_HEADERS):
        raise _not_implemented()
    if (expected := headers.get("if-match")) is None:
        return
    if "versionId" in query:
        raise _not_implemented()
    if error := _deletion_error(bucket, {"Key": key, "ETag": expected}):
        raise error


def deletion_errors(bucket: str, objects: list[dict[str, Any]]) -> list[AwsError | None]:
    """Return for each object of a DeleteObjects request why it must not be deleted.

    Parameters
    ----------
    objects
        As in the request: Key, and maybe VersionId and ETag ("*" for any object).

    Raises
    ------
    AwsError
        NotImplemented (501), for a condition that only directory buckets have.
    """
    if any(name in entry for entry in objects for name in DIRECTORY_BUCKET_CONDITIONS):
        raise _not_implemented()
    return [_deletion_error(bucket, entry) for entry in objects]


def _deletion_error(bucket: str, entry: dict[str, Any]) -> AwsError | None:
    if (expected := entry.get("ETag")) is None:
        return None
    etag = _current_etag(bucket, entry["Key"], entry.get("VersionId"))
    if etag is None:
        return _no_such_key()
    return None if expected.strip('"') in ("*", etag) else _failed()


def _current_etag(bucket: str, key: str, version_id: str | None = None) -> str | None:
    """Return the ETag of a version, or of the latest; None if it is deleted or there is none."""
    stored = find_bucket(bucket)
    versions = stored.keys.getlist(key, []) if stored else []
    if version_id is not None:
        versions = [version for version in versions if str(version.version_id) == version_id]
    return versions[-1].etag.strip('"') if versions and hasattr(versions[-1], "etag") else None


def _failed() -> AwsError:
    text = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", text, 412)


def _no_such_key() -> AwsError:
    return AwsError("NoSuchKey", "The specified key does not exist.", 404)


def _not_implemented() -> AwsError:
    text = "A header you provided implies functionality that is not implemented"
    return AwsError("NotImplemented", text, 501)
