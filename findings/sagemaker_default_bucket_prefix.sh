#!/usr/bin/env bash
# Versions: sagemaker-core 2.27.0 (of sagemaker 3.27.0), boto3 and botocore 1.44.8, moto 5.2.5 as S3
# (Python 3.11.7).
# Behaviour: Session.default_bucket() creates the account's default bucket when it does not exist. With
# Session(default_bucket_prefix=...), a prefix for the objects in it, it doesn't: it looks for the
# bucket by ListObjectsV2 instead of HeadBucket, whose error is `NoSuchBucket` where it expects the
# code `404`. So the first call in a new account or Region fails. Setting the attribute
# default_bucket_prefix after the first default_bucket() works.
# Output seen on 2026-11-28:
#   without a prefix: sagemaker-eu-west-1-123456789012
#   with a prefix: NoSuchBucket
#   with a prefix set afterwards: sagemaker-us-west-2-123456789012
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  sagemaker-core==2.27.0 boto3==1.44.8 botocore==1.44.8 "moto[s3]==5.2.5"
expected="without a prefix: sagemaker-eu-west-1-123456789012
with a prefix: NoSuchBucket
with a prefix set afterwards: sagemaker-us-west-2-123456789012"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true
got=$("$folder/env/bin/python" - 2> "$folder/errors" <<'PYTHON'
import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from sagemaker.core.helper.session_helper import Session

with mock_aws():  # an account without any bucket
    plain = Session(boto3.Session(region_name="eu-west-1"))
    print("without a prefix:", plain.default_bucket())
    prefixed = Session(boto3.Session(region_name="eu-central-1"), default_bucket_prefix="project")
    try:
        print("with a prefix:", prefixed.default_bucket())
    except ClientError as error:
        print("with a prefix:", error.response["Error"]["Code"])
    later = Session(boto3.Session(region_name="us-west-2"))
    later.default_bucket()
    later.default_bucket_prefix = "project"
    print("with a prefix set afterwards:", later.default_bucket())
PYTHON
) || { cat "$folder/errors" >&2; exit 1; }
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
