"""Jobs read and write objects as files, while clients use the same objects."""

import hashlib
import threading

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from helpers.local.state.s3 import objects, records
from helpers.local.state.s3.object_store import StorageError
from helpers.local.wire.errors import AwsError


@pytest.fixture
def backend(tmp_path):
    """Return moto's S3 on a home folder of its own, with one bucket."""
    objects.patch_moto(tmp_path / "home")
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    backend.create_bucket("bucket", "eu-west-1")
    return backend


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"model")
    return path


def test_put_file(backend, file, tmp_path):
    """A file that was put is moved in, and clients see its ETag and type, also later."""
    objects.put_file("bucket", "a/model.tar.gz", file, content_type="application/gzip")
    assert not file.exists()
    for _ in range(2):
        assert objects.exists("bucket", "a/model.tar.gz")
        key = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_object("bucket", "a/model.tar.gz")
        assert key.value == b"model"
        assert key.etag == f'"{hashlib.md5(b"model").hexdigest()}"'
        assert key.metadata["Content-Type"] == "application/gzip"
        objects.patch_moto(tmp_path / "home")


def test_records_are_loaded_when_they_are_first_used(backend, file, tmp_path):
    """A start reads no record of an object; the first use of S3 reads all."""
    objects.put_file("bucket", "k", file)
    objects.patch_moto(tmp_path / "home")
    assert not s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets
    assert objects.bucket_region("bucket") == "eu-west-1"
    assert objects.object_file("bucket", "k").read_bytes() == b"model"


def test_put_file_replaces_all_of_the_old_object(backend, file):
    """Tags and metadata of the replaced object are deleted with it."""
    old = backend.put_object("bucket", "k", b"old")
    old.set_metadata({"x-amz-meta-a": "b"})
    backend.put_object_tagging(old, {"tag": "old"})
    objects.put_file("bucket", "k", file)
    new = backend.get_object("bucket", "k")
    assert "x-amz-meta-a" not in new.metadata
    assert backend.get_object_tagging(new) == {"Tags": []}


def test_put_file_that_fails_changes_nothing(backend, file, monkeypatch):
    """If putting a file fails, the file stays where it is and the old object is unchanged."""
    backend.put_object("bucket", "k", b"old")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(records, "write_record", full)
    with pytest.raises(StorageError, match="No space left"):
        objects.put_file("bucket", "k", file)
    assert file.read_bytes() == b"model"
    assert objects.object_file("bucket", "k").read_bytes() == b"old"
    with pytest.raises(AwsError, match="NoSuchBucket"):
        objects.put_file("nowhere", "k", file)


def test_list_objects(backend):
    """Objects below a prefix are listed in UTF-8 order, latest versions without delete markers."""
    for key in ("p/b", "p/B", "p/é", "p/\U0001f600", "p/\ufffd", "p", "q/a"):
        backend.put_object("bucket", key, key.encode())
    backend.put_bucket_versioning("bucket", "Enabled")
    backend.put_object("bucket", "p/b", b"newer")
    backend.put_object("bucket", "p/gone", b"x")
    backend.delete_object("bucket", "p/gone")
    listed = objects.list_objects("bucket", "p/")
    assert [found.key for found in listed] == ["p/B", "p/b", "p/é", "p/\ufffd", "p/\U0001f600"]
    assert listed[1].path.read_bytes() == b"newer"
    assert (listed[1].size, listed[1].etag) == (5, hashlib.md5(b"newer").hexdigest())
    assert objects.list_objects("bucket", "nothing/") == []
    with pytest.raises(AwsError, match="NoSuchBucket"):
        objects.list_objects("nowhere")


def test_list_while_an_object_is_deleted(backend, monkeypatch):
    """An object that is deleted during a listing is left out, and the others are listed."""
    for key in ("a", "b", "c"):
        backend.put_object("bucket", key, b"x")
    keys = objects._keys

    def meddled(bucket):
        for found in keys(bucket):
            yield found
            backend.delete_object("bucket", "b")

    monkeypatch.setattr(objects, "_keys", meddled)
    assert [found.key for found in objects.list_objects("bucket")] == ["a", "c"]


def test_asking(backend):
    """Region, existence and file are right for existing and for missing objects."""
    backend.put_object("bucket", "k", b"bytes")
    assert objects.bucket_region("bucket") == "eu-west-1"
    assert objects.bucket_region("nowhere") is None
    assert objects.exists("bucket", "k")
    assert not objects.exists("bucket", "K")
    assert objects.object_file("bucket", "k").read_bytes() == b"bytes"
    assert objects.object_file("bucket", "none") is None
    assert objects.object_file("nowhere", "k") is None


def test_listed_files_stay_while_reading(backend):
    """Inside `reading` a listed file stays even if its object is replaced and deleted."""
    backend.put_object("bucket", "k", b"old")

    def overwrite():
        backend.put_object("bucket", "k", b"new")
        backend.delete_object("bucket", "k")

    with objects.reading():
        (listed,) = objects.list_objects("bucket")
        other = threading.Thread(target=overwrite)
        other.start()
        other.join(60)
        assert not objects.exists("bucket", "k")
        assert listed.path.read_bytes() == b"old"
    assert not listed.path.exists()


def test_many_threads_put_one_key(backend, tmp_path):
    """After many threads have put one key, a restart shows the same object as before."""

    def put(writer: int) -> None:
        for count in range(10):
            backend.put_object("bucket", "k", f"{writer} {count}".encode())

    threads = [threading.Thread(target=put, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = objects.object_file("bucket", "k").read_bytes()
    objects.patch_moto(tmp_path / "home")
    assert objects.object_file("bucket", "k").read_bytes() == shown
    assert len(list((tmp_path / "home" / "s3" / "bytes").glob("??/*"))) == 1
