"""S3 URIs as SageMaker accepts them: `helpers.s3` is stricter, it refuses likely mistakes."""

import re

_FORM = re.compile(r"(https|s3)://([^/]+)/?(.*)", re.DOTALL)  # the service model's own pattern
# S3's host names: the bucket comes before them, or first in the path.
_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?"
)


def split(uri: str) -> tuple[str, str]:
    """Split a URI into bucket and key, or key prefix.

    Examples of AWS have also used the https form, by path or by host name.

    Raises
    ------
    ValueError
        If it is neither an s3:// URI nor an https URL of S3.

    Examples
    --------
    >>> split("s3://bucket/a/b.csv")
    ('bucket', 'a/b.csv')
    >>> split("https://s3-us-west-2.amazonaws.com/bucket/a/b.csv")
    ('bucket', 'a/b.csv')
    >>> split("https://bucket.s3.us-west-2.amazonaws.com/a/b.csv")
    ('bucket', 'a/b.csv')
    """
    match = _FORM.fullmatch(uri)
    if match and match[1] == "s3":
        return match[2], match[3]
    host = _HOST.fullmatch(match[2]) if match else None
    if host and host["bucket"]:
        return host["bucket"], match[3]
    bucket, _, key = match[3].partition("/") if host else ("", "", "")
    if not bucket:
        raise ValueError(
            f"expected an S3 URI like s3://bucket/prefix or an https URL of S3, got {uri!r}"
        )
    return bucket, key


def join_uri(uri: str, *names: str) -> str:
    """Append names to a URI, with one slash between them.

    >>> join_uri("s3://bucket/models/", "boston", "output")
    's3://bucket/models/boston/output'
    """
    return "/".join([uri.rstrip("/"), *names])
