"""S3 URIs as SageMaker accepts them: `helpers.s3` is stricter, it refuses likely mistakes."""

import re

_FORM = re.compile(r"(https|s3)://([^/]+)/?(.*)", re.DOTALL)  # the service model's own pattern


def split(uri: str) -> tuple[str, str]:
    """Split a URI into bucket and key, or key prefix.

    Raises
    ------
    ValueError
        If it isn't an s3:// URI. The https form passes the service model, but its host isn't the
        name of a bucket.
    """
    match = _FORM.fullmatch(uri)
    if not match or match[1] != "s3":
        raise ValueError(f"expected an S3 URI like s3://bucket/prefix, got {uri!r}")
    return match[2], match[3]


def join_uri(uri: str, *names: str) -> str:
    """Append names to a URI, with one slash between them.

    >>> join_uri("s3://bucket/models/", "boston", "output")
    's3://bucket/models/boston/output'
    """
    return "/".join([uri.rstrip("/"), *names])
