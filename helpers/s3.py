"""S3 URIs: split them, join them, and name the folder of a lesson's run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

EXAMPLE_URI = "s3://my-bucket/some/prefix/file.csv"
MAX_KEY_BYTES = 1024  # UTF-8 encoded (S3 User Guide, "Naming Amazon S3 objects")

# S3 User Guide, "General purpose bucket naming rules". The reserved prefixes and suffixes that it
# lists are for S3's own names, such as access point aliases, which may stand in a URI.
BUCKET_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PATH_STYLE = re.compile(r"https?://s3[.-]?[a-z0-9-]*\.amazonaws\.com(?:\.cn)?/(.+)")
_HOST_STYLE = re.compile(r"https?://([^/]+?)\.s3[.-]?[a-z0-9-]*\.amazonaws\.com(?:\.cn)?(/.*)?")
_OMITTED_WORDS = {"housing", "level"}


class Location(NamedTuple):
    """A bucket, and a key or key prefix in it (empty for the whole bucket)."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """The S3 URI, ``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}" if self.key else f"s3://{self.bucket}"


def parse(uri: str, *, key_required: bool = False) -> Location:
    """Split an S3 URI into bucket and key.

    Parameters
    ----------
    uri : str
        Such as ``s3://my-bucket/some/prefix/file.csv``.
    key_required : bool
        Whether the URI must name an object, and not only a bucket.

    Returns
    -------
    Location
        The bucket and the key. A slash at the end of the key is kept.

    Raises
    ------
    ValueError
        If it has another scheme, a bucket name that S3 refuses, two slashes in a row, a key of more
        than 1024 bytes, or no key although `key_required`. The message shows what is wrong.

    Examples
    --------
    >>> parse("s3://my-bucket/lesson/train.csv")
    Location(bucket='my-bucket', key='lesson/train.csv')
    """
    if not isinstance(uri, str):
        raise ValueError(f"expected an S3 URI string, got {type(uri).__name__}. {_looks_like()}")
    if not uri.startswith("s3://"):
        raise ValueError(f"{uri!r} is not an S3 URI{_suggestion(uri)}. {_looks_like()}")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    check_bucket(bucket)
    _check_key(key, uri)
    if key_required and not key:
        raise ValueError(f"{uri!r} names a bucket but no object in it. {_looks_like()}")
    return Location(bucket, key)


def join(base: str, *parts: str) -> str:
    """Append names to an S3 URI or to a bucket's name, with one slash between them.

    Parameters
    ----------
    base : str
        An S3 URI, or the name of a bucket.
    *parts : str
        Names of folders or objects. Slashes at their ends are dropped, except one at the very end,
        which marks a folder.

    Returns
    -------
    str
        The S3 URI.

    Raises
    ------
    ValueError
        Like `parse`, and for a part that is empty or not a string.

    Examples
    --------
    >>> join("my-bucket", "lesson", "train.csv")
    's3://my-bucket/lesson/train.csv'
    """
    location = parse(base if "://" in base else f"s3://{base}")
    names = [location.key.rstrip("/")] if location.key else []
    for part in parts:
        if not isinstance(part, str) or not part.strip("/"):
            raise ValueError(f"{part!r} cannot be joined to {base!r}: it is empty or not a string.")
        names.append(part.strip("/"))
    last = parts[-1] if parts else location.key
    key = "/".join(names) + ("/" if last.endswith("/") else "")
    return parse(Location(location.bucket, key).uri).uri


def check_bucket(bucket: str) -> None:
    """Raise ValueError, with the reason, if S3 refuses this name for a bucket."""
    if BUCKET_NAME.fullmatch(bucket):
        return
    if not bucket:
        problem = "The bucket's name is missing."
    elif bucket != bucket.lower():
        problem = f"The bucket's name {bucket!r} has upper-case letters; did you mean "
        problem += f"{bucket.lower()!r}?"
    else:
        problem = (
            f"S3 does not allow the bucket name {bucket!r}: a name has 3 to 63 lower-case letters, "
            "digits, hyphens and single dots, starts and ends with a letter or digit, and is not "
            "an IP address."
        )
    raise ValueError(f"{problem} {_looks_like()}")


def default_bucket(region: str, account: str) -> str:
    """Return the name of the bucket that the SDK's Session creates in a region.

    Parameters
    ----------
    region : str
        Such as "us-east-1".
    account : str
        The account ID, 12 digits.

    Examples
    --------
    >>> default_bucket("us-east-1", "111122223333")
    'sagemaker-us-east-1-111122223333'
    """
    return f"sagemaker-{region}-{account}"


def lesson_prefix(lesson: str) -> str:
    """Return the key prefix of a lesson's runs: its title in lower-case letters and hyphens.

    Words that do not distinguish lessons are left out, so that a job's name made from it (at most
    63 characters) still has room for a time.

    Parameters
    ----------
    lesson : str
        The lesson's title.

    Raises
    ------
    ValueError
        If the title has no word to name a folder by.

    Examples
    --------
    >>> lesson_prefix("Boston Housing - XGBoost (Batch Transform) - High Level")
    'boston-xgboost-batch-transform-high'
    """
    words = re.findall(r"[a-z0-9]+", lesson.lower())
    prefix = "-".join(word for word in words if word not in _OMITTED_WORDS)
    if not prefix:
        raise ValueError(f"{lesson!r} is not a lesson's title: it has no word to name a folder by.")
    return prefix


def _check_key(key: str, uri: str) -> None:
    """S3 allows empty names between slashes; in a learner's path they are a mistake."""
    if key.startswith("/") or "//" in key:
        raise ValueError(
            f"{uri!r} has two slashes in a row, which S3 reads as a folder without a name. Remove "
            "one; helpers.s3.join(bucket, ...) puts single slashes only."
        )
    if len(key.encode()) > MAX_KEY_BYTES:
        raise ValueError(
            f"The key {key[:40]!r}... has {len(key.encode())} bytes; S3 allows {MAX_KEY_BYTES}."
        )


def model_data(container: Mapping[str, Any]) -> str:
    """Return where the artifacts of a model's container are, or ''.

    Parameters
    ----------
    container : mapping
        As DescribeModel shows it: with ModelDataUrl, or with ModelDataSource.

    Returns
    -------
    str
        An S3 URI, of an object or of a prefix; without a slash at its end.

    Examples
    --------
    >>> model_data({"ModelDataSource": {"S3DataSource": {"S3Uri": "s3://my-bucket/model/"}}})
    's3://my-bucket/model'
    """
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    return (container.get("ModelDataUrl") or source.get("S3Uri", "")).rstrip("/")


def _looks_like() -> str:
    return f"An S3 URI looks like {EXAMPLE_URI}"


def _suggestion(text: str) -> str:
    """Return what the learner probably meant: the same object as an S3 URI, if it is clear."""
    if match := _PATH_STYLE.fullmatch(text):
        return f" but a web address of S3; as an S3 URI it is s3://{match[1]}"
    if match := _HOST_STYLE.fullmatch(text):
        return f" but a web address of S3; as an S3 URI it is s3://{match[1]}{match[2] or ''}"
    if text.startswith("arn:aws") and ":s3:::" in text:
        return f" but an ARN; as an S3 URI it is s3://{text.partition(':s3:::')[2]}"
    if re.match(r"(?i)s3[:n]?a?:?/", text):
        return " (it starts with s3, a colon and two slashes)"
    return ""
