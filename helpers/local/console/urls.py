"""The addresses of the console's pages.

`/console/<Region>/jobs/<name>` ends as the address of the same page in AWS's console, which is
`...console.aws.amazon.com/sagemaker/home?region=<Region>#/jobs/<name>`.
"""

from urllib.parse import quote, urlencode

ROOT = "/console"
SLUGS = {  # by the type in a resource's ARN
    "notebook-instance": "notebook-instances",
    "training-job": "jobs",
    "hyper-parameter-tuning-job": "hyper-tuning-jobs",
    "model": "models",
    "endpoint-config": "endpointConfig",
    "endpoint": "endpoints",
    "transform-job": "transform-jobs",
}


def page_url(region: str, *parts: str, **query: str | None) -> str:
    """Return the path and the query of a page.

    >>> page_url("us-east-1", "jobs", "boston")
    '/console/us-east-1/jobs/boston'
    >>> page_url("us-east-1", "s3", "data", prefix="a b/", after=None)
    '/console/us-east-1/s3/data?prefix=a+b%2F'
    """
    path = "/".join([ROOT, region, *(quote(part, safe="") for part in parts)])
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{text}" if text else path


def arn_url(arn: str) -> str | None:
    """Return the page of a resource, None if it has none here.

    >>> arn_url("arn:aws:sagemaker:us-east-1:111122223333:training-job/boston")
    '/console/us-east-1/jobs/boston'
    """
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != "sagemaker":
        return None
    arn_type, _, name = parts[5].partition("/")
    return page_url(parts[3], SLUGS[arn_type], name) if arn_type in SLUGS and name else None


def s3_url(region: str, uri: str) -> str | None:
    """Return the page of an object or a prefix, None for what is not an S3 URI.

    >>> s3_url("us-east-1", "s3://data/train/")
    '/console/us-east-1/s3/data?prefix=train%2F'
    >>> s3_url("us-east-1", "s3://data/train.csv")
    '/console/us-east-1/s3/data?key=train.csv'
    """
    if not uri.startswith("s3://"):
        return None
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    member = "prefix" if key.endswith("/") else "key"
    return page_url(region, "s3", bucket, **{member: key}) if bucket else None
