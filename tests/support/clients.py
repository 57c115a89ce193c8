"""boto3 clients for tests."""

import uuid

import boto3
from botocore.config import Config

from helpers.local.process import Endpoint


def make_client(endpoint: Endpoint, service: str, **kw):
    """Return a boto3 client of a Local SageMaker that reads nothing from the environment.

    kw: what boto3.client takes, instead of the endpoint's own region, URL and keys.
    """
    settings = {
        "region_name": endpoint.region,
        "endpoint_url": endpoint.url,
        "aws_access_key_id": endpoint.access_key,
        "aws_secret_access_key": endpoint.secret_key,
        "config": Config(retries={"total_max_attempts": 1}),
    }
    return boto3.session.Session().client(service, **settings | kw)


def make_bucket(s3, **settings) -> str:
    """Create a bucket with a new name; `settings` are parameters of CreateBucket."""
    name = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name, **settings)
    return name
