"""S3 keeps what it has acknowledged, also after a kill and a restart."""

import hashlib
import io
import json
import os
from pathlib import Path

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from support.moto_server import Starter

ODD_KEYS = [
    "plain",
    "a b+c%2F?d=e#f",
    "ünï/çødé",
    "//double//",
    "../up",
    "x" * 1000,
    "~tilde'\"&<>",
]


@pytest.fixture(scope="module")
def starter():
    starter = Starter()
    yield starter
    starter.close()


def everything(s3) -> dict:
    """Return all that S3 says about its buckets and objects, the bytes by their SHA-256."""
    found = {}
    for bucket in (entry["Name"] for entry in s3.list_buckets()["Buckets"]):
        for get, default in {
            "get_bucket_location": "",
            "get_bucket_tagging": "TagSet",
            "get_bucket_versioning": "",
            "get_bucket_policy": "",
            "get_bucket_cors": "",
            "get_bucket_lifecycle_configuration": "",
            "get_bucket_encryption": "",
            "get_bucket_acl": "",
            "get_public_access_block": "",
        }.items():
            found[bucket, get, default] = _answer(getattr(s3, get), Bucket=bucket)
        listed = _answer(s3.list_object_versions, Bucket=bucket)
        found[bucket, "list"] = listed
        for version in listed.get("Versions", []):
            where = {"Bucket": bucket, "Key": version["Key"]}
            if version["VersionId"] != "null":
                where["VersionId"] = version["VersionId"]
            for get in ("get_object", "get_object_tagging", "get_object_acl"):
                found[bucket, version["Key"], version["VersionId"], get] = _answer(
                    getattr(s3, get), **where
                )
    return found


def _answer(operation, **request):
    try:
        answer = operation(**request)
    except ClientError as error:
        return error.response["Error"]["Code"]
    answer.pop("ResponseMetadata")
    if "Body" in answer:
        answer["Body"] = hashlib.sha256(answer["Body"].read()).hexdigest()
    return answer


def test_everything_survives_a_kill(starter, tmp_path):
    """Objects, versions, tags, ACLs, metadata and bucket settings are as before the kill."""
    server = starter.start(tmp_path)
    s3 = server.client("s3")
    s3.create_bucket(
        Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    s3.create_bucket(Bucket="gone")
    s3.delete_bucket(Bucket="gone")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_tagging(Bucket="bucket", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy))
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket="bucket", CORSConfiguration={"CORSRules": [rule]})
    s3.put_bucket_lifecycle_configuration(
        Bucket="bucket",
        LifecycleConfiguration={
            "Rules": [{"ID": "r", "Prefix": "t/", "Status": "Enabled", "Expiration": {"Days": 1}}]
        },
    )
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(
        Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [encryption]}
    )
    for key in ODD_KEYS:
        s3.put_object(Bucket="bucket", Key=key, Body=key.encode(), Metadata={"my_key": "a-b"})
    s3.put_object(Bucket="bucket", Key="tagged", Body=b"", Tagging="a=b", ACL="public-read")
    s3.put_object_tagging(
        Bucket="bucket", Key="plain", Tagging={"TagSet": [{"Key": "later", "Value": "1"}]}
    )
    s3.put_object_acl(Bucket="bucket", Key="plain", ACL="public-read")
    s3.copy_object(
        Bucket="far-away", Key="copy", CopySource={"Bucket": "bucket", "Key": ODD_KEYS[1]}
    )
    s3.put_bucket_versioning(Bucket="far-away", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket="far-away", Key="versions", Body=body)
    s3.delete_object(Bucket="far-away", Key="versions")
    s3.put_object(Bucket="bucket", Key="deleted", Body=b"x")
    s3.put_object(Bucket="bucket", Key="deleted too", Body=b"x")
    s3.delete_object(Bucket="bucket", Key="deleted")
    s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "deleted too"}]})
    before = everything(s3)
    server.kill()

    server = starter.start(tmp_path)
    after = everything(server.client("s3"))
    server.kill()
    assert before == after
    assert {where[1] for where in before if where[-1] == "get_object"} >= set(ODD_KEYS)
    assert before["bucket", "plain", "null", "get_object"]["Metadata"] == {"my_key": "a-b"}
    assert server.stderr() == ""


def test_multipart_survives_and_is_never_in_memory(starter, tmp_path):
    """30 MB in parts have the same bytes and ETag after a restart, and use little memory."""
    body = os.urandom(1 << 20) * 30
    server = starter.start(tmp_path)
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="small", Body=b"x")
    before = _peak_memory(server.pid)
    s3.upload_fileobj(io.BytesIO(body), "bucket", "big", Config=TransferConfig(max_concurrency=2))
    s3.put_object(Bucket="bucket", Key="whole", Body=body)
    assert _peak_memory(server.pid) - before < len(body)
    etag = s3.head_object(Bucket="bucket", Key="big")["ETag"]
    assert etag.endswith('-4"')
    s3.create_multipart_upload(Bucket="bucket", Key="unfinished")
    server.kill()

    server = starter.start(tmp_path)
    s3 = server.client("s3")
    assert s3.head_object(Bucket="bucket", Key="big")["ETag"] == etag
    assert s3.get_object(Bucket="bucket", Key="big")["Body"].read() == body
    ranged = s3.get_object(Bucket="bucket", Key="big", Range="bytes=8388600-8388700")
    assert ranged["Body"].read() == body[8388600:8388701]
    s3.copy_object(Bucket="bucket", Key="copy", CopySource={"Bucket": "bucket", "Key": "big"})
    assert (
        s3.head_object(Bucket="bucket", Key="copy")["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    )
    server.kill()
    assert len(list((tmp_path / "s3" / "bytes").glob("??/*"))) == 4  # no part is left behind


def _peak_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():  # macOS: not measured
        return 0
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
