"""All reviews of an archive are extracted, or the archive is refused."""

import io
import json
import multiprocessing
import os
import signal
import tarfile
import time
from pathlib import Path

import pytest
from support.polling import eventually

from helpers.datasets.imdb import archive
from helpers.datasets.imdb.archive import extract
from helpers.datasets.imdb.errors import DatasetError, LayoutError

GOOD = {
    f"aclImdb/{split}/{name}": f"a review\x85 of {name}".encode()
    for split in ("train", "test")
    for name in ("pos/0_9.txt", "pos/1_7.txt", "neg/0_1.txt")
}
OTHERS = {"aclImdb/README": b"x", "aclImdb/train/unsup/0_0.txt": b"x", "aclImdb/imdb.vocab": b"x"}


def packed(path: Path, members: dict[str, bytes], *odd: tarfile.TarInfo) -> Path:
    """Return an archive with these files, and further members."""
    with tarfile.open(path, "w:gz") as file:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
        for info in odd:
            file.addfile(info, io.BytesIO(bytes(info.size)))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.txt")
        if path.is_file()
    }


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return what `extract` makes, in a folder of its own."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "out"


@pytest.mark.parametrize("prefix", ["aclImdb/", "./aclImdb/", ""])
def test_only_labelled_reviews_are_extracted(tmp_path, folder, prefix):
    """Only labelled reviews are extracted, byte for byte, from any top folder."""
    members = {name.replace("aclImdb/", prefix): content for name, content in GOOD.items()}
    extract(packed(tmp_path / "a.tar.gz", {**members, **OTHERS}), folder)
    assert contents(folder) == {
        name.removeprefix("aclImdb/"): content for name, content in GOOD.items()
    }
    counts = {"train/neg": 1, "train/pos": 2, "test/neg": 1, "test/pos": 2}
    assert json.loads((folder / "counts.json").read_text()) == counts


@pytest.mark.parametrize(
    "unsafe",
    [
        member("../outside.txt"),
        member("../../train/pos/2_9.txt"),
        member("aclImdb/train/pos/../../../../x.txt"),
        member("aclImdb/train/pos/2_9.txt", tarfile.SYMTYPE, "/etc/passwd"),
        member("aclImdb/train/pos/2_9.txt", tarfile.LNKTYPE, "../../aclImdb/README"),
        member("aclImdb/test", tarfile.SYMTYPE, "/tmp"),
        member("aclImdb/train/pos/2_9.txt", tarfile.CHRTYPE),
        member("aclImdb/train/pos/2_9.txt", tarfile.FIFOTYPE),
    ],
    ids=lambda info: f"{info.name} {info.type.decode()}",
)
def test_an_unsafe_archive_is_refused(tmp_path, folder, unsafe):
    """An archive with an outside path, an outward link or a device is refused; nothing stays."""
    path = packed(tmp_path / "a.tar.gz", GOOD, unsafe)
    with pytest.raises(DatasetError, match=r"a\.tar\.gz is unsafe to extract: "):
        extract(path, folder)
    assert os.listdir(folder.parent) == []
    assert set(os.listdir(tmp_path)) == {"a.tar.gz", "data"}


@pytest.mark.parametrize(
    "odd",
    [
        member("/aclImdb/train/pos/2_9.txt"),
        member("aclImdb/train/pos/2_9.txt", tarfile.SYMTYPE, "1_7.txt"),
        member("aclImdb/train/pos/2_9.txt", tarfile.DIRTYPE),
    ],
    ids=lambda info: f"{info.name} {info.type.decode()}",
)
def test_what_is_not_a_plain_file_is_left_out(tmp_path, folder, odd):
    """An absolute path, an inner link, and a folder named like a review are left out."""
    extract(packed(tmp_path / "a.tar.gz", GOOD, odd), folder)
    assert contents(folder) == {
        name.removeprefix("aclImdb/"): content for name, content in GOOD.items()
    }


def test_the_folder_appears_in_one_step(tmp_path, folder, monkeypatch):
    """The folder is renamed once its reviews are complete, as a copy could be cut off."""
    seen, rename = [], os.rename

    def watched_rename(source, target):
        seen.append((len(contents(Path(source))), folder.exists()))
        rename(source, target)

    monkeypatch.setattr(archive.os, "rename", watched_rename)
    extract(packed(tmp_path / "a.tar.gz", GOOD), folder)
    assert seen == [(len(GOOD), False)]


@pytest.mark.parametrize(
    ("members", "expected", "message"),
    [
        (GOOD, 2, r"a\.tar\.gz:/train/neg has 1 reviews, not 2"),
        (OTHERS, None, r"a\.tar\.gz:/train/neg holds no reviews"),
    ],
)
def test_an_archive_without_all_reviews_is_not_kept(tmp_path, folder, members, expected, message):
    """The error names the archive and its folder, not the scratch folder."""
    with pytest.raises(LayoutError, match=message):
        extract(packed(tmp_path / "a.tar.gz", members), folder, expected)
    assert os.listdir(folder.parent) == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "no gzip", "empty"])
def test_a_damaged_archive_is_refused(tmp_path, folder, damage):
    """An archive that is cut off, changed, or none at all is an error, and nothing is kept."""
    members = {**GOOD, **{f"aclImdb/train/pos/{n}_9.txt": os.urandom(400) for n in range(2, 90)}}
    path = packed(tmp_path / "a.tar.gz", members)
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(
        {
            "cut": content[:middle],
            "flipped": content[:middle] + bytes(64) + content[middle + 64 :],
            "no gzip": b"<html>not found</html>",
            "empty": b"",
        }[damage]
    )
    with pytest.raises(DatasetError, match=r"a\.tar\.gz cannot be read to its end"):
        extract(path, folder)
    assert os.listdir(folder.parent) == []


def begin_to_extract(path: Path, folder: Path) -> None:
    """Extract the first members, and stay in the middle."""
    review_filter, first = archive._review_filter, iter(range(20))
    archive._review_filter = lambda *a: (
        time.sleep(600) if next(first, None) is None else review_filter(*a)
    )
    extract(path, folder)


def test_a_killed_process_leaves_no_folder(tmp_path, folder):
    """After kill -9 in the middle, the next call removes the temporary folder and completes."""
    members = {**GOOD, **{f"aclImdb/train/pos/{n}_9.txt": b"x" for n in range(2, 200)}}
    path = packed(tmp_path / "a.tar.gz", members)
    process = multiprocessing.get_context("spawn").Process(
        target=begin_to_extract, args=(path, folder)
    )
    process.start()
    eventually(lambda: len(contents(folder.parent)) >= 5)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not folder.exists()
    assert os.listdir(folder.parent)
    extract(path, folder)
    assert len(contents(folder)) == len(members)
    assert os.listdir(folder.parent) == ["out"]
