"""S3 survives faults: kills at the worst times, damaged records, full disks."""

import contextlib
import os
import random
import shutil
import subprocess
import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from support.moto_server import Starter

NOT_ANSWERED = (BotoCoreError, HTTPClientError)


@pytest.fixture(scope="module")
def starter():
    starter = Starter()
    yield starter
    starter.close()


def read(s3, key: str) -> bytes | None:
    try:
        return s3.get_object(Bucket="bucket", Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None


@pytest.fixture(scope="module")
def two_victims(starter, tmp_path_factory):
    """Return a home folder with one object to replace and one to delete."""
    server = starter.start(tmp_path_factory.mktemp("home"))
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in ("victim put", "victim delete"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"old", Metadata={"m": "1"})
    s3.put_object(Bucket="bucket", Key="other", Body=b"other")
    server.kill()
    return server.home


def files(home) -> int:
    return len(list((home / "s3" / "bytes").glob("??/*")))


@pytest.mark.parametrize(
    ("fault", "after_put", "after_delete"),
    [
        ("die before the commit", b"old", b"old"),
        ("die before the record", b"old", None),
        ("die before the rename", b"old", None),
        ("die before the record goes", b"new", b"old"),
        ("die after the commit", b"new", None),
    ],
)
def test_killed_in_each_window(starter, two_victims, tmp_path, fault, after_put, after_delete):
    """A kill between any two steps of a put or a delete leaves the old object or the new state."""
    home = shutil.copytree(two_victims, tmp_path / "home")
    for change in ("put", "delete"):
        server = starter.start(home, fault)
        s3 = server.client("s3")
        with contextlib.suppress(*NOT_ANSWERED):
            if change == "put":
                s3.put_object(Bucket="bucket", Key="victim put", Body=b"new")
            else:
                s3.delete_object(Bucket="bucket", Key="victim delete")
        server.kill()
    server = starter.start(home)
    s3 = server.client("s3")
    assert (read(s3, "victim put"), read(s3, "victim delete")) == (after_put, after_delete)
    assert read(s3, "other") == b"other"
    assert files(home) == 2 + (after_delete is not None)  # and no orphan is left
    server.kill()


def _write(s3, writer: int, acknowledged: dict, ended: threading.Event) -> None:
    """Put and delete until the server is gone; note for each key what was acknowledged."""
    choose = random.Random(writer)
    for count in range(10_000):
        key = f"{writer}/{choose.randrange(5)}"
        body = f"{key} {count} ".encode() * choose.choice((1, 5000))
        states = acknowledged.setdefault(key, [None])  # the acknowledged one, then the asked one
        try:
            if choose.random() < 0.25:
                states.append(None)
                s3.delete_object(Bucket="bucket", Key=key)
            else:
                states.append(body)
                s3.put_object(Bucket="bucket", Key=key, Body=body)
        except NOT_ANSWERED:
            break
        del states[0]
    ended.set()


def test_kill_under_load_loses_nothing(starter, tmp_path):
    """After a kill among four writers, each key has its last acknowledged or requested state."""
    acknowledged: dict[str, list] = {}
    server = starter.start(tmp_path)
    server.client("s3").create_bucket(Bucket="bucket")
    for seed in range(4):
        s3 = server.client("s3")
        ends = [threading.Event() for _ in range(4)]
        for writer, end in enumerate(ends):
            arguments = (s3, writer + 10 * seed, acknowledged, end)
            threading.Thread(target=_write, args=arguments, daemon=True).start()
        threading.Event().wait(0.3 + random.random() * 0.2)
        server.kill()
        assert all(end.wait(10) for end in ends)
        server = starter.start(tmp_path)
        s3 = server.client("s3")
        for key, states in acknowledged.items():
            found = read(s3, key)
            assert found in states, key
            states[:] = [found]
    assert len(acknowledged) > 10
    assert files(tmp_path) == sum(states != [None] for states in acknowledged.values())
    server.kill()


def test_damaged_record_is_set_aside(starter, tmp_path):
    """The server starts and names what is damaged, and no other data are lost."""
    server = starter.start(tmp_path)
    s3 = server.client("s3")
    for bucket in ("bucket", "settings"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="bucket", Key="a key", Body=b"damaged")
    s3.put_object(Bucket="bucket", Key="other", Body=b"other")
    s3.put_object(Bucket="settings", Key="k", Body=b"kept")
    server.kill()
    folder = tmp_path / "s3" / "records"
    damaged = b"s3://bucket/a key "
    record = next(path for path in folder.glob("*/*") if path.read_bytes().startswith(damaged))
    record.write_bytes(record.read_bytes()[:-1])
    (folder / "settings" / "bucket.record").write_bytes(b"")
    for _ in range(2):  # the second start is as good as the first
        server = starter.start(tmp_path)
        s3 = server.client("s3")
        assert (read(s3, "a key"), read(s3, "other")) == (None, b"other")
        assert s3.get_object(Bucket="settings", Key="k")["Body"].read() == b"kept"
        server.kill()
    assert server.stderr().count("s3://bucket/a key is damaged") == 1
    assert server.stderr().count(" is damaged (") == 2
    aside = tmp_path / "s3" / "set-aside"
    assert [path.read_bytes() for path in aside.glob("bytes/??/*")] == [b"damaged"]


def test_too_big_for_the_disk(starter, tmp_path):
    """A body that can't be written is refused with a clear message, and the old object stays."""
    server = starter.start(tmp_path, "small files only")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"old")
    with pytest.raises(ClientError, match=r"could not store this.*Free some disk space") as refused:
        s3.put_object(Bucket="bucket", Key="k", Body=b"x" * (3 << 20))
    assert refused.value.response["Error"]["Code"] == "InternalError"
    assert read(s3, "k") == b"old"
    assert files(tmp_path) == 1
    server.kill()


def test_no_space_for_the_record(starter, tmp_path):
    """If only the record can't be written, put, copy and settings are undone in memory too."""
    server = starter.start(tmp_path)
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"old", Tagging="a=b")
    server.kill()
    server = starter.start(tmp_path, "no space for records")
    s3 = server.client("s3")
    where = {"Bucket": "bucket", "Key": "k"}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    part = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"part")
    other = {"TagSet": [{"Key": "c", "Value": "d"}]}
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    for change in (
        lambda: s3.put_object(**where, Body=b"new"),
        lambda: s3.copy_object(Bucket="bucket", Key="copy", CopySource=where),
        lambda: s3.put_object_tagging(**where, Tagging=other),
        lambda: s3.create_bucket(Bucket="another"),
        lambda: s3.put_bucket_versioning(
            Bucket="bucket", VersioningConfiguration={"Status": "Enabled"}
        ),
        lambda: s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=parts),
    ):
        with pytest.raises(ClientError, match="No space left on device"):
            change()
    assert (read(s3, "k"), read(s3, "copy")) == (b"old", None)
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["bucket"]
    assert "Status" not in s3.get_bucket_versioning(Bucket="bucket")
    assert len(s3.list_parts(**where, UploadId=upload)["Parts"]) == 1  # it can be tried again
    s3.delete_object(**where)  # needs no space
    assert read(s3, "k") is None
    server.kill()


@pytest.fixture
def small_disk(tmp_path):
    """Return a file system of 4 MB, where one may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk(starter, small_disk):
    """A full disk causes refusals but no loss, and work continues once there is space again."""
    server = starter.start(small_disk)
    s3 = server.client("s3")
    s3.create_bucket(Bucket="bucket")
    stored, refused = 0, ""
    while not refused:
        try:
            s3.put_object(Bucket="bucket", Key=f"{stored}", Body=b"x" * (1 << 20))
            stored += 1
        except ClientError as error:
            refused = str(error)
    assert "No space left on device" in refused
    assert stored >= 2
    assert read(s3, f"{stored}") is None
    server.kill()
    server = starter.start(small_disk)
    s3 = server.client("s3")
    assert [read(s3, f"{at}") for at in range(stored)] == [b"x" * (1 << 20)] * stored
    s3.delete_object(Bucket="bucket", Key="0")
    s3.put_object(Bucket="bucket", Key="again", Body=b"x" * (1 << 20))
    server.kill()
