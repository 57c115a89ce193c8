"""The records of S3's objects, also those that earlier releases wrote."""

import sys
import types

import pytest

from helpers.local.state.record_files import DamagedRecordError
from helpers.local.state.s3 import records
from helpers.local.state.s3.blobs import Blob
from helpers.local.state.s3.moto_models import FileBackedKey
from helpers.local.state.s3.records import RecordStore


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path)


def new_key(cls: type) -> FileBackedKey:
    """Return an object's version with a blob of its class."""
    key = cls.__new__(cls)
    vars(key).update(name="a", blob=Blob("0" * 32, 3, None))
    return key


def save_as_earlier_releases(store, monkeypatch) -> None:
    """Save a record whose classes are where they were, under their names of then."""
    for (module_name, name), (now, now_name) in records.MOVED_CLASSES.items():
        module = types.ModuleType(module_name)
        then = type(name, (getattr(sys.modules[now], now_name),), {"__module__": module_name})
        setattr(module, name, then)
        monkeypatch.setitem(sys.modules, module_name, module)
    from helpers.local.state.object_files import Blob as OldBlob
    from helpers.local.state.object_versions import StoredKey

    key = new_key(StoredKey)
    vars(key)["blob"] = OldBlob("0" * 32, 3, None)
    store.save({"versions": [key]}, "bucket", "key")
    monkeypatch.undo()


def test_records_of_an_earlier_release(store, monkeypatch):
    """A record that names classes by their earlier places is read as today's classes."""
    save_as_earlier_releases(store, monkeypatch)
    assert "helpers.local.state.object_versions" not in sys.modules
    (version,) = store.load("bucket", "key")["versions"]
    assert (type(version), type(version.blob)) == (FileBackedKey, Blob)
    assert version.blob == Blob("0" * 32, 3, None)
    assert [record["versions"][0].name for record in store.keys("bucket")] == ["a"]


def test_a_record_of_unknown_classes_is_damaged(store, monkeypatch):
    """A record of a class that no release had is reported as damaged, with its S3 URI."""
    save_as_earlier_releases(store, monkeypatch)
    monkeypatch.setattr(records, "MOVED_CLASSES", {})
    with pytest.raises(DamagedRecordError, match="object_versions") as damaged:
        store.load("bucket", "key")
    assert damaged.value.about == "s3://bucket/key"
