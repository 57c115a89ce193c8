"""S3 URIs: take them apart, put them together, and name the folder of a lesson's run."""

from __future__ import annotations

import re
from typing import NamedTuple

EXAMPLE = "s3://my-bucket/some/prefix/file.csv"
KEY_BYTES = 1024  # the longest key, UTF-8 encoded (S3 User Guide, "Naming Amazon S3 objects")

# S3 User Guide, "General purpose bucket naming rules".
_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PATH_STYLE = re.compile(r"https?://s3[.-]?[a-z0-9-]*\.amazonaws\.com(?:\.cn)?/(.+)")
_HOST_STYLE = re.compile(r"https?://([^/]+?)\.s3[.-]?[a-z0-9-]*\.amazonaws\.com(?:\.cn)?(/.*)?")
_FILLER = {"housing", "level"}


class Location(NamedTuple):
    """A bucket, and a key or key prefix in it (empty: the whole bucket)."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """The S3 URI, ``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}" if self.key else f"s3://{self.bucket}"


def parse(uri: str, *, key_required: bool = False) -> Location:
    """Split an S3 URI into bucket and key; the key keeps a slash at its end.

    Raises ValueError, which says what is wrong and what an S3 URI looks like: for another scheme,
    a bucket name that S3 would refuse, an empty name between two slashes, a key of more than 1024
    bytes, and for a URI without a key if `key_required`.

    >>> parse("s3://my-bucket/lesson/train.csv")
    Location(bucket='my-bucket', key='lesson/train.csv')
    """
    if not isinstance(uri, str):
        raise ValueError(f"{uri!r} is no S3 URI but a {type(uri).__name__}. {_looks_like()}")
    if not uri.startswith("s3://"):
        raise ValueError(f"{uri!r} is no S3 URI{_translation(uri)}. {_looks_like()}")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    check_bucket(bucket)
    _check_key(key, uri)
    if key_required and not key:
        raise ValueError(f"{uri!r} names a bucket but no object in it. {_looks_like()}")
    return Location(bucket, key)


def join(base: str, *parts: str) -> str:
    """Append names to an S3 URI or to a bucket's name, with one slash between each.

    Slashes at the ends of the names are dropped, but for one at the very end, which marks a
    folder. Raises ValueError like `parse`, and for an empty name.

    >>> join("my-bucket", "lesson", "train.csv")
    's3://my-bucket/lesson/train.csv'
    """
    location = parse(base if "://" in base else f"s3://{base}")
    names = [location.key.rstrip("/")] if location.key else []
    for part in parts:
        if not isinstance(part, str) or not part.strip("/"):
            raise ValueError(f"{part!r} can't be joined to {base!r}: it is no name. Leave it out.")
        names.append(part.strip("/"))
    last = parts[-1] if parts else location.key
    key = "/".join(names) + ("/" if last.endswith("/") else "")
    return parse(Location(location.bucket, key).uri).uri


def check_bucket(bucket: str) -> None:
    """Raise ValueError if S3 would refuse the name of this bucket, and say why."""
    if _BUCKET.fullmatch(bucket):
        return
    if not bucket:
        why = "no bucket is named"
    elif bucket != bucket.lower():
        why = f"{bucket!r} has upper-case letters; did you mean {bucket.lower()!r}?"
    else:
        why = (
            f"{bucket!r} is no name that S3 takes: 3 to 63 lower-case letters, digits, hyphens and "
            "dots, starting and ending with a letter or digit, and no IP address"
        )
    raise ValueError(
        f"Bad bucket: {why.rstrip('.')}{'' if why.endswith('?') else '.'} {_looks_like()}"
    )


def default_bucket(region: str, account: str) -> str:
    """Return the bucket that the SDK's Session makes in a region, and that the lessons use.

    >>> default_bucket("us-east-1", "111122223333")
    'sagemaker-us-east-1-111122223333'
    """
    return f"sagemaker-{region}-{account}"


def lesson_prefix(lesson: str) -> str:
    """Return the key prefix of a lesson's runs: its title in small letters and hyphens.

    Words that tell no two lessons apart are dropped, so that a job's name made from it (at most
    63 characters) still has room for a time. Raises ValueError if nothing is left.

    >>> lesson_prefix("Boston Housing - XGBoost (Batch Transform) - High Level")
    'boston-xgboost-batch-transform-high'
    """
    words = re.findall(r"[a-z0-9]+", lesson.lower())
    prefix = "-".join(word for word in words if word not in _FILLER)
    if not prefix:
        raise ValueError(f"{lesson!r} is no title of a lesson: it has no word to name a folder by")
    return prefix


def _check_key(key: str, uri: str) -> None:
    """S3 takes empty names between slashes; on a learner's path they are a slip."""
    if key.startswith("/") or "//" in key:
        raise ValueError(
            f"{uri!r} has two slashes in a row, which to S3 is a folder without a name. "
            "Leave one out; helpers.s3.join(bucket, ...) does so by itself."
        )
    if len(key.encode()) > KEY_BYTES:
        raise ValueError(
            f"The key {key[:40]!r}... has {len(key.encode())} bytes; S3 takes {KEY_BYTES}"
        )


def _looks_like() -> str:
    return f"An S3 URI looks like {EXAMPLE}"


def _translation(text: str) -> str:
    """What the learner probably meant: the same place as an S3 URI, if we can tell."""
    if match := _PATH_STYLE.fullmatch(text):
        return f" but a web address of S3; written as one it is s3://{match[1]}"
    if match := _HOST_STYLE.fullmatch(text):
        return f" but a web address of S3; written as one it is s3://{match[1]}{match[2] or ''}"
    if text.startswith("arn:aws") and ":s3:::" in text:
        return f" but an ARN; written as one it is s3://{text.partition(':s3:::')[2]}"
    if re.match(r"(?i)s3[:n]?a?:?/", text):
        return " (it starts with s3, colon and two slashes)"
    return ""
