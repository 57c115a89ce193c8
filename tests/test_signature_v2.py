"""Presigned URLs in Signature Version 2, which botocore makes by default in us-east-1."""

import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from botocore.awsrequest import AWSRequest
from support.signed_requests import KEY, ODD_KEYS, client, refused, wire

from helpers.local.wire.auth_header import Caller
from helpers.local.wire.signature import verify

GET = {"Bucket": "b", "Key": "k"}


def presigned(operation: str = "get_object", method: str = "GET", **params) -> dict:
    """Return a presigned request of a client without a configured version."""
    url = client("s3", "us-east-1").generate_presigned_url(operation, GET | params)
    assert "AWSAccessKeyId=" in url
    return wire(AWSRequest(method, url))


@pytest.mark.parametrize("key", ODD_KEYS)
def test_a_url_of_the_default_client(key):
    """It is valid for its own method, key and signed parameters, until it expires."""
    request = presigned(Key=key, ResponseContentType="text/csv; a+b", VersionId="v")
    assert verify(**request) == Caller(KEY, "us-east-1", "s3")
    refused(request, "SignatureDoesNotMatch", 403, method="PUT")
    refused(request, "SignatureDoesNotMatch", 403, raw_path="/b/other")
    query = request["query_string"].replace("versionId=v", "versionId=w")
    refused(request, "SignatureDoesNotMatch", 403, query_string=query)
    refused(request, "InvalidAccessKeyId", 403, secret_for={}.get)
    late = datetime.now(UTC) + timedelta(hours=2)
    assert refused(request, "AccessDenied", 403, now=late).message == "Request has expired"


def test_a_url_for_an_upload():
    """Headers that were signed are in the query string; a request can't change or add one."""
    request = presigned("put_object", "PUT", ContentType="text/csv", ACL="private")
    assert verify(**request).access_key == KEY
    for name, value in (("content-type", "text/plain"), ("x-amz-storage-class", "GLACIER")):
        more = request["headers"] | {name: value}
        refused(request, "SignatureDoesNotMatch", 403, headers=more)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("Expires=", "Expired=", "requires the Signature, Expires and AWSAccessKeyId parameters"),
        ("AWSAccessKeyId=", "AccessKey=", "requires the Signature, Expires and AWSAccessKeyId"),
        ("Expires=", "Expires=x", "Invalid date (should be seconds since epoch): x"),
    ],
)
def test_a_malformed_url(old, new, text):
    """A URL lacks a parameter, or its end is not a time."""
    request = presigned()
    query = request["query_string"].replace(old, new)
    assert text in refused(request, "AccessDenied", 403, query_string=query).message


def test_a_url_downloads_and_uploads_an_object(s3, bucket):
    """Anybody who has the URL reads or writes the object, without credentials."""
    target = {"Bucket": bucket, "Key": "a b/ü.csv"}
    upload = urllib.request.Request(
        s3.generate_presigned_url("put_object", target | {"ContentType": "text/csv"}),
        data=b"1,2\n",
        headers={"Content-Type": "text/csv"},
        method="PUT",
    )
    with urllib.request.urlopen(upload) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(s3.generate_presigned_url("get_object", target)) as answer:
        assert answer.read() == b"1,2\n"
