"""Presigned URLs of botocore are valid for their own request and time only."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from support.signed_requests import CREDENTIALS, ENDPOINT, KEY, ODD_KEYS, client, refused, wire

from helpers.local.wire.auth_header import Caller
from helpers.local.wire.signature import verify


def test_presigned_urls_of_the_s3_client():
    """`generate_presigned_url` works, expires, and is valid for its own method and key only."""
    s3 = client("s3", "us-east-1", version="s3v4")
    for key in ODD_KEYS:
        url = s3.generate_presigned_url(
            "get_object", {"Bucket": "b", "Key": key, "ResponseContentType": "text/csv; a+b"}
        )
        request = wire(AWSRequest("GET", url))
        assert verify(**request) == Caller(KEY, "us-east-1", "s3")
        late = datetime.now(UTC) + timedelta(hours=2)
        assert refused(request, "AccessDenied", 403, now=late).message == "Request has expired"
        refused(request, "SignatureDoesNotMatch", 403, method="PUT")
        refused(request, "InvalidAccessKeyId", 403, secret_for={}.get)


def test_presigned_form_of_other_services():
    """A presigned query (STS) needs the hash of its empty body."""
    request = AWSRequest("GET", ENDPOINT + "/?Action=GetCallerIdentity&Version=2011-06-15")
    SigV4QueryAuth(CREDENTIALS, "sts", "us-east-1", expires=60).add_auth(request)
    sent = wire(request, body=b"")
    assert verify(**sent).service == "sts"
    late = datetime.now(UTC) + timedelta(minutes=3)
    assert "Signature expired" in refused(sent, "SignatureDoesNotMatch", 403, now=late).message


@pytest.mark.parametrize(
    "old_new",
    [("X-Amz-Expires=60", "X-Amz-Expires=604801"), ("X-Amz-Date", "X-Date"), ("SHA256", "SHA1")],
)
def test_malformed_presigned_url(old_new):
    """A presigned URL is valid for a week at most, and needs all six parameters."""
    request = AWSRequest("GET", ENDPOINT + "/b/k")
    S3SigV4QueryAuth(CREDENTIALS, "s3", "us-east-1", expires=60).add_auth(request)
    sent = wire(request)
    query = sent["query_string"].replace(*old_new)
    refused(sent, "AuthorizationQueryParametersError", 400, query_string=query)
