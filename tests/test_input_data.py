"""Channels: which objects a data source names, and how they become container files."""

import gzip
import json
import re
from pathlib import Path, PurePosixPath

import pytest
from support import jobs

from helpers.local.runtime import input_data
from helpers.local.runtime.input_data import InputDataError, InputObject
from helpers.local.state.s3.objects import StoredObject

# How names are derived: prefix, key, file


@pytest.mark.parametrize(
    ("prefix", "key", "name"),
    [
        ("data/train", "data/train/a.csv", "a.csv"),
        ("data/train/", "data/train/a.csv", "a.csv"),
        ("data/train/", "data/train/2026/a.csv", "2026/a.csv"),
        ("data/train", "data/train-data.csv", "train-data.csv"),
        ("data/train/a.csv", "data/train/a.csv", "a.csv"),
        ("data/tr", "data/train/a.csv", "train/a.csv"),
        ("", "a.csv", "a.csv"),
        ("", "data/a.csv", "data/a.csv"),
    ],
)
def test_relative_name(prefix, key, name):
    """A prefix that ends inside a name keeps the whole name, as on AWS."""
    assert input_data.relative_name(prefix, key) == name


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "a\0b", "", "."])
def test_names_that_would_leave_the_folder(name):
    """A key can't name a file outside the channel's folder."""
    with pytest.raises(InputDataError):
        input_data.safe_name(name)


def test_dots_inside_a_name():
    """Only a whole path part `..` is refused, not dots inside a name."""
    assert input_data.safe_name("a..b/..c") == PurePosixPath("a..b/..c")


# Objects become files


def stored(folder: Path, name: str, content: bytes = b"1,2\n") -> InputObject:
    """Return an object of a data source, with its bytes in a file of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / str(len(list(folder.iterdir())))
    path.write_bytes(content)
    return InputObject(name, "bucket", StoredObject(f"data/{name}", len(content), "", path))


def test_lay_links(tmp_path):
    """A channel's file is a link to the object's own bytes, not a copy of them."""
    item = stored(tmp_path / "s3", "2026/a.csv")
    input_data.place_files([item], tmp_path / "train", None)
    assert (tmp_path / "train/2026/a.csv").samefile(item.object.path)


def test_lay_copies_for_a_container_that_writes(tmp_path):
    """A container that writes into its files gets copies, so the objects stay unchanged."""
    item = stored(tmp_path / "s3", "checkpoint.0", b"old")
    input_data.place_files([item], tmp_path / "checkpoints", None, copy=True)
    (tmp_path / "checkpoints/checkpoint.0").write_bytes(b"new")
    assert item.object.path.read_bytes() == b"old"


@pytest.mark.parametrize("compression", [None, "Gzip"])
@pytest.mark.parametrize(("first", "second"), [("a/b", "a//b"), ("a", "a/b"), ("a/b", "a")])
def test_two_objects_of_one_file_name(tmp_path, first, second, compression):
    """Two keys that need one file name are refused, and neither object is changed."""
    contents = [gzip.compress(b"first"), gzip.compress(b"second")]
    items = [
        stored(tmp_path / "s3", name, content)
        for name, content in zip((first, second), contents, strict=True)
    ]
    with pytest.raises(InputDataError, match=re.escape(f"s3://bucket/data/{second} ")) as refused:
        input_data.place_files(items, tmp_path / "train", compression)
    assert str(tmp_path) not in str(refused.value)
    assert [item.object.path.read_bytes() for item in items] == contents


def test_a_name_that_is_too_long(tmp_path):
    """A part of a key that is too long for a file name (255 bytes) is refused."""
    item = stored(tmp_path / "s3", "a" * 300)
    with pytest.raises(InputDataError, match="File name too long"):
        input_data.place_files([item], tmp_path / "train", None)


@pytest.mark.parametrize(
    "content",
    [b"1,2\n", gzip.compress(b"1,2\n" * 999, mtime=0)[:-9], b"\x1f\x8b"],
    ids=["plain text", "cut off", "two bytes"],
)
def test_wrong_gzip(tmp_path, content):
    """An object that isn't gzip, or is cut off, is named in the error."""
    item = stored(tmp_path / "s3", "a.csv.gz", content)
    with pytest.raises(InputDataError, match=r"s3://bucket/data/a\.csv\.gz \(not gzip"):
        input_data.place_files([item], tmp_path / "train", "Gzip")


# Through a training job


@pytest.fixture
def rows_of(sagemaker, client):
    """Return a function that says how many rows a job with this train channel has read."""

    def rows_of(bucket: str, channel: dict) -> int:
        job = jobs.train(sagemaker, jobs.training_request(bucket, InputDataConfig=[channel]))
        assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
        lines = jobs.log_lines(client("logs"), "TrainingJobs", job["TrainingJobName"])
        return int(re.search(r"Train matrix has (\d+) rows", "\n".join(lines))[1])

    return rows_of


def put(s3, bucket: str, **rows: int) -> None:
    """Put CSV objects with these numbers of rows; in a key `__` is a slash, `.csv` is added."""
    for name, count in rows.items():
        s3.put_object(Bucket=bucket, Key=name.replace("__", "/") + ".csv", Body=b"1,2\n" * count)


def test_a_prefix_is_a_prefix(s3, bucket, rows_of):
    """The prefix `data/train` includes `data/train-data.csv` and all below `data/train/`."""
    put(s3, bucket, data__train__a=1, data__train__deep__b=10, data__training=100, data__test=1000)
    assert rows_of(bucket, jobs.channel(f"s3://{bucket}/data/train")) == 111
    assert rows_of(bucket, jobs.channel(f"s3://{bucket}/data/train/")) == 11
    assert rows_of(bucket, jobs.channel(f"s3://{bucket}/data/train/a.csv")) == 1


def test_a_bucket_alone(s3, bucket, rows_of):
    """A bucket without a prefix means all of its objects."""
    put(s3, bucket, a=1, data__b=10)
    assert rows_of(bucket, jobs.channel(f"s3://{bucket}")) == 11


def test_odd_keys(s3, bucket, rows_of):
    """Keys with spaces, any script or dots are read, and the console's folder markers aren't."""
    for number, key in enumerate(["a b.csv", "größe/数据.csv", "a..b.csv", "+&%20.csv", "q?#.csv"]):
        s3.put_object(Bucket=bucket, Key=f"odd/{key}", Body=b"1,2\n" * 10**number)
    s3.put_object(Bucket=bucket, Key="odd/", Body=b"")
    s3.put_object(Bucket=bucket, Key="odd/folder/", Body=b"")
    assert rows_of(bucket, jobs.channel(f"s3://{bucket}/odd/")) == 11111


def test_a_key_with_two_dots(sagemaker, s3, data):
    """A key with two dots can't be a file below the channel, so the job fails with a reason."""
    s3.put_object(Bucket=data, Key="bad/../../a.csv", Body=b"1,2\n")
    channel = jobs.channel(f"s3://{data}/bad")
    job = jobs.train(sagemaker, jobs.training_request(data, InputDataConfig=[channel]))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed:")
    assert "'../../a.csv'" in job["FailureReason"]


@pytest.mark.parametrize("mode", ["File", "FastFile"])
def test_a_gzip_channel(sagemaker, bucket, s3, assert_aws_error, mode):
    """CompressionType Gzip is for Pipe mode only, as on AWS (sagemaker-python-sdk issue 716)."""
    s3.put_object(Bucket=bucket, Key="train/a.csv.gz", Body=gzip.compress(b"1,2\n" * 7))
    channel = jobs.channel(f"s3://{bucket}/train", CompressionType="Gzip", InputMode=mode)
    with assert_aws_error(
        "ValidationException",
        f"Invalid compression type for channel train: {mode} mode only supports NONE, got Gzip "
        "instead",
    ):
        sagemaker.create_training_job(**jobs.training_request(bucket, InputDataConfig=[channel]))


def manifest(s3, bucket: str, content: object) -> dict:
    """Return a channel whose data source is a manifest with this content."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    s3.put_object(Bucket=bucket, Key="lists/train.manifest", Body=body)
    uri = f"s3://{bucket}/lists/train.manifest"
    return jobs.channel(uri, source={"S3DataType": "ManifestFile"})


def test_a_manifest(s3, bucket, rows_of):
    """A manifest's objects are read once each, and no others are read."""
    put(s3, bucket, data__a=1, data__deep__b=10, data__c=100, data__a_too=1000)
    prefix = {"prefix": f"s3://{bucket}/data/"}
    names = ["a.csv", "deep/b.csv", "a.csv"]
    assert rows_of(bucket, manifest(s3, bucket, [prefix, *names])) == 11


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"a.csv\n", "can't be read"),
        (["a.csv"], "can't be read"),
        ([{"prefix": "s3://BUCKET/data/"}, 5], "can't be read"),
        ([{"prefix": "s3://BUCKET/data/"}, "a.csv", "b.csv"], r"don't exist: ['data/b.csv']"),
        ([{"prefix": "s3://nowhere-at-all/data/"}, "a.csv"], "doesn't exist: nowhere-at-all"),
        ([{"prefix": "s3://BUCKET/data/"}], "No S3 objects found under S3 URL"),
    ],
)
def test_a_manifest_that_leads_nowhere(sagemaker, s3, data, assert_aws_error, content, named):
    """A manifest that is invalid or leads to no objects is refused at once, by name."""
    put(s3, data, data__a=1)
    if not isinstance(content, bytes):
        content = json.dumps(content).replace("BUCKET", data).encode()
    request = jobs.training_request(data, InputDataConfig=[manifest(s3, data, content)])
    with assert_aws_error("ValidationException", re.compile(re.escape(named))) as refused:
        sagemaker.create_training_job(**request)
    assert f"s3://{data}/lists/train.manifest" in str(refused.value)
