#!/usr/bin/env bash
# Versions: moto 5.2.5, boto3 and botocore 1.44.8 (Python 3.11.7).
# Behaviour: S3 takes If-Match and If-None-Match with PutObject, CompleteMultipartUpload and
# CopyObject. moto checks some of these conditions and ignores others, which overwrite the object: a
# test of a compare-and-swap then depends on the size of the object. A wrong If-Match is refused by
# PutObject and ignored by CompleteMultipartUpload (which boto3 uses from 8 MB on); If-None-Match is
# checked by both, and ignored by CopyObject.
# Output seen on 2026-11-28:
#   PutObject, wrong If-Match: PreconditionFailed, object holds "old"
#   CompleteMultipartUpload, If-None-Match *: PreconditionFailed, object holds "old"
#   CompleteMultipartUpload, wrong If-Match: 200, object holds "new"
#   CopyObject, If-None-Match *: 200, object holds "new"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  "moto[s3]==5.2.5" boto3==1.44.8 botocore==1.44.8
expected='PutObject, wrong If-Match: PreconditionFailed, object holds "old"
CompleteMultipartUpload, If-None-Match *: PreconditionFailed, object holds "old"
CompleteMultipartUpload, wrong If-Match: 200, object holds "new"
CopyObject, If-None-Match *: 200, object holds "new"'
got=$("$folder/env/bin/python" - <<'PYTHON'
import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

NAME = {"Bucket": "bucket", "Key": "key"}
WRONG = {"IfMatch": '"00000000000000000000000000000000"'}
NEW_ONLY = {"IfNoneMatch": "*"}


def put(**condition):
    return s3.put_object(**NAME, Body=b"new", **condition)


def multipart(**condition):
    upload = {**NAME, "UploadId": s3.create_multipart_upload(**NAME)["UploadId"]}
    tag = s3.upload_part(**upload, PartNumber=1, Body=b"new")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    return s3.complete_multipart_upload(**upload, MultipartUpload=parts, **condition)


def copy(**condition):
    return s3.copy_object(**NAME, CopySource="bucket/source", **condition)


with mock_aws():
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="source", Body=b"new")
    for title, write, condition in (
        ("PutObject, wrong If-Match", put, WRONG),
        ("CompleteMultipartUpload, If-None-Match *", multipart, NEW_ONLY),
        ("CompleteMultipartUpload, wrong If-Match", multipart, WRONG),
        ("CopyObject, If-None-Match *", copy, NEW_ONLY),
    ):
        s3.put_object(**NAME, Body=b"old")
        try:
            answer = write(**condition)["ResponseMetadata"]["HTTPStatusCode"]
        except ClientError as error:
            answer = error.response["Error"]["Code"]
        body = s3.get_object(**NAME)["Body"].read().decode()
        print(f'{title}: {answer}, object holds "{body}"')
PYTHON
)
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
