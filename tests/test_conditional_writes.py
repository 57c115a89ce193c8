"""Conditional writes hold for every operation of S3 whose input has If-Match or If-None-Match."""

import pytest

OLD, WRONG = b"old", '"00000000000000000000000000000000"'


@pytest.fixture
def key(s3, bucket) -> dict:
    """Return the bucket and the key of an object that holds OLD."""
    s3.put_object(Bucket=bucket, Key="a/b c.csv", Body=OLD)
    return {"Bucket": bucket, "Key": "a/b c.csv"}


def put(s3, key, **condition) -> None:
    s3.put_object(**key, Body=b"new", **condition)


def copy(s3, key, **condition) -> None:
    s3.put_object(Bucket=key["Bucket"], Key="source", Body=b"new")
    s3.copy_object(**key, CopySource=f"{key['Bucket']}/source", **condition)


def complete(s3, key, **condition) -> None:
    upload = s3.create_multipart_upload(**key)["UploadId"]
    part = s3.upload_part(**key, UploadId=upload, PartNumber=1, Body=b"new")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**key, UploadId=upload, MultipartUpload=parts, **condition)


writes = pytest.mark.parametrize("write", [put, copy, complete])


def content(s3, key) -> bytes:
    return s3.get_object(**key)["Body"].read()


def test_the_operations_are_those_of_the_service_model(s3):
    """The service model has these headers in the inputs of these operations, and no other write."""
    model = s3.meta.service_model
    named = {
        name
        for name in model.operation_names
        if (shape := model.operation_model(name).input_shape)
        and any(
            member.serialization.get("name") in ("If-Match", "If-None-Match")
            for member in shape.members.values()
        )
        and not name.startswith(("Get", "Head"))
    }
    assert named >= {"PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject"}
    assert named <= {
        "PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject",
        "RenameObject",  # of directory buckets, which neither moto nor we have
    }  # fmt: skip


@writes
@pytest.mark.parametrize("condition", [{"IfNoneMatch": "*"}, {"IfMatch": WRONG}])
def test_a_condition_that_does_not_hold(s3, key, assert_aws_error, write, condition):
    """A write whose condition does not hold is refused with 412, and the object stays."""
    with assert_aws_error(
        "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"
    ) as refused:
        write(s3, key, **condition)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert content(s3, key) == OLD


@writes
def test_a_condition_that_holds(s3, key, write):
    """A write whose condition holds is done."""
    write(s3, key, IfMatch=s3.head_object(**key)["ETag"])
    assert content(s3, key) == b"new"
    s3.delete_object(**key)
    write(s3, key, IfNoneMatch="*")
    assert content(s3, key) == b"new"


@writes
def test_if_match_without_an_object(s3, bucket, assert_aws_error, write):
    """If-Match where there is no object is refused as NoSuchKey, and none is made."""
    with assert_aws_error("NoSuchKey"):
        write(s3, {"Bucket": bucket, "Key": "nothing"}, IfMatch=WRONG)
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="nothing")
    assert listed["KeyCount"] == 0


@writes
def test_if_none_match_with_an_etag(s3, key, assert_aws_error, write):
    """S3 takes no other If-None-Match than * for a write."""
    with assert_aws_error("NotImplemented"):
        write(s3, key, IfNoneMatch=WRONG)
    assert content(s3, key) == OLD


def test_a_deleted_version_does_not_count_as_an_object(s3, key):
    """In a bucket with versions, a deleted object can be written by If-None-Match."""
    s3.put_bucket_versioning(Bucket=key["Bucket"], VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(**key)
    copy(s3, key, IfNoneMatch="*")
    assert content(s3, key) == b"new"


def test_a_refused_completion_can_be_repeated(s3, key, assert_aws_error):
    """A completion that was refused leaves its upload, which can be completed without condition."""
    upload = s3.create_multipart_upload(**key)["UploadId"]
    part = s3.upload_part(**key, UploadId=upload, PartNumber=1, Body=b"new")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    request = {**key, "UploadId": upload, "MultipartUpload": parts}
    with assert_aws_error("PreconditionFailed"):
        s3.complete_multipart_upload(**request, IfNoneMatch="*")
    s3.complete_multipart_upload(**request)
    assert content(s3, key) == b"new"


def test_delete_by_a_condition(s3, key, assert_aws_error):
    """DeleteObject with a wrong If-Match is refused, with the right one done."""
    with assert_aws_error("PreconditionFailed"):
        s3.delete_object(**key, IfMatch=WRONG)
    assert content(s3, key) == OLD
    s3.delete_object(**key, IfMatch=s3.head_object(**key)["ETag"])
    with assert_aws_error("NoSuchKey"):
        s3.get_object(**key)


def test_delete_on_the_condition_that_there_is_an_object(s3, key, assert_aws_error):
    """DeleteObject with If-Match * deletes any object; without one S3 says NoSuchKey, not 412."""
    s3.delete_object(**key, IfMatch="*")
    for condition in ("*", WRONG):
        with assert_aws_error("NoSuchKey", "The specified key does not exist."):
            s3.delete_object(**key, IfMatch=condition)


def test_delete_by_a_condition_on_a_delete_marker(s3, key, assert_aws_error):
    """A conditional deletion does not look below a delete marker, and never at a version."""
    bucket = key["Bucket"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(**key, Body=b"new")
    with assert_aws_error("NotImplemented") as refused:
        s3.delete_object(**key, VersionId=version["VersionId"], IfMatch=version["ETag"])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    s3.delete_object(**key)
    for condition in ("*", version["ETag"]):
        with assert_aws_error("NoSuchKey"):
            s3.delete_object(**key, IfMatch=condition)
    listed = s3.list_object_versions(Bucket=bucket, Prefix=key["Key"])
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (2, 1)


@pytest.mark.parametrize(
    "condition", [{"IfMatchSize": 3}, {"IfMatchLastModifiedTime": "2026-11-28T00:00:00Z"}]
)
def test_delete_by_a_condition_of_directory_buckets(s3, key, assert_aws_error, condition):
    """Size and time are conditions of directory buckets: refused, even if they hold."""
    with assert_aws_error("NotImplemented"):
        s3.delete_object(**key, **condition)
    assert content(s3, key) == OLD


def delete_both(s3, bucket: str, first: dict, second: dict) -> tuple[set, list[dict]]:
    """Delete two objects in one request; return the keys that are left, and the errors."""
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [first, second]})
    left = {entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}
    return left, answer.get("Errors", [])


def test_deletions_of_a_request_have_conditions_of_their_own(s3, key):
    """DeleteObjects keeps an object whose ETag is another one, says so, and deletes the others."""
    bucket, kept = key["Bucket"], {"Key": key["Key"]}
    s3.put_object(Bucket=bucket, Key="second", Body=OLD)
    etag = s3.head_object(Bucket=bucket, Key="second")["ETag"]
    left, errors = delete_both(s3, bucket, {**kept, "ETag": WRONG}, {"Key": "second", "ETag": etag})
    assert key["Key"] in left
    assert "second" not in left
    text = "At least one of the pre-conditions you specified did not hold"
    assert errors == [{"Key": key["Key"], "Code": "PreconditionFailed", "Message": text}]


def test_deletions_on_the_condition_that_there_is_an_object(s3, key):
    """The ETag * stands for any object; without one there is nothing to delete."""
    both = ({"Key": key["Key"], "ETag": "*"}, {"Key": "nothing", "ETag": "*"})
    left, errors = delete_both(s3, key["Bucket"], *both)
    assert key["Key"] not in left
    assert [(error["Key"], error["Code"]) for error in errors] == [("nothing", "NoSuchKey")]


def test_deletions_all_kept(s3, key):
    """A request of which no condition holds deletes nothing, and succeeds."""
    entry = {"Key": key["Key"], "ETag": WRONG}
    left, errors = delete_both(s3, key["Bucket"], entry, entry)
    assert key["Key"] in left
    assert [error["Code"] for error in errors] == ["PreconditionFailed"] * 2


def test_deletion_of_a_version_by_its_etag(s3, key):
    """With a version's id, the ETag is compared with that version's."""
    s3.put_bucket_versioning(Bucket=key["Bucket"], VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(**key, Body=b"first")
    s3.put_object(**key, Body=b"second")
    entry = {"Key": key["Key"], "VersionId": first["VersionId"], "ETag": first["ETag"]}
    answer = s3.delete_objects(Bucket=key["Bucket"], Delete={"Objects": [entry]})
    assert "Errors" not in answer
    versions = s3.list_object_versions(Bucket=key["Bucket"], Prefix=key["Key"])["Versions"]
    assert first["VersionId"] not in {version["VersionId"] for version in versions}


def test_conditions_of_directory_buckets_are_refused(s3, key, assert_aws_error):
    """Size is a condition of directory buckets, which are not served: nothing is deleted."""
    entry = {"Key": key["Key"], "Size": len(OLD) + 1}
    with assert_aws_error("NotImplemented"):
        s3.delete_objects(Bucket=key["Bucket"], Delete={"Objects": [entry]})
    assert content(s3, key) == OLD
