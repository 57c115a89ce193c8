"""S3 URIs as SageMaker takes them: less strict than a lesson should be with its own."""

import re

_FORM = re.compile(r"(https|s3)://([^/]+)/?(.*)", re.DOTALL)  # the service model's own pattern


def split(uri: str) -> tuple[str, str]:
    """Bucket and key, or key prefix. Raises ValueError for what is no s3:// URI.

    The https form passes the service model and then names a bucket that is none.
    """
    found = _FORM.fullmatch(uri)
    if not found or found[1] != "s3":
        raise ValueError(f"{uri!r} is no S3 URI: s3://bucket/prefix")
    return found[2], found[3]


def join_uri(uri: str, *names: str) -> str:
    """A URI below another one, with one slash between the names."""
    return "/".join([uri.rstrip("/"), *names])
