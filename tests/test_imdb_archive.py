"""Reviews come out of an archive all together, or the archive is refused."""

import gzip
import io
import multiprocessing
import os
import signal
import tarfile
import time
from pathlib import Path

import pytest

from helpers.datasets.imdb import archive
from helpers.datasets.imdb.archive import extract
from helpers.datasets.imdb.errors import CorruptArchive, NoReviews, TooLarge, UnsafeArchive

GOOD = {
    f"aclImdb/{split}/{name}": f"a review\x85 of {name}".encode()
    for split in ("train", "test")
    for name in ("pos/0_9.txt", "pos/1_7.txt", "neg/0_1.txt")
}
OTHERS = {"aclImdb/README": b"x", "aclImdb/train/unsup/0_0.txt": b"x", "aclImdb/imdb.vocab": b"x"}


def packed(path: Path, members: dict[str, bytes], *odd: tarfile.TarInfo) -> Path:
    """An archive with these files, and members of other kinds."""
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


def found_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("prefix", ["aclImdb/", "./aclImdb/", ""])
def test_only_labelled_reviews_are_taken(tmp_path, prefix):
    """To the byte, from any top folder; the unlabelled ones and the lists stay inside."""
    members = {name.replace("aclImdb/", prefix): content for name, content in GOOD.items()}
    extract(packed(tmp_path / "a.tar.gz", {**members, **OTHERS}), tmp_path / "out")
    assert found_in(tmp_path / "out") == {
        name.removeprefix("aclImdb/"): content for name, content in GOOD.items()
    }


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (member("../outside.txt"), "leads out"),
        (member("aclImdb/train/pos/../../../../x.txt"), "leads out"),
        (member("/etc/outside"), "leads out"),
        (member("aclImdb/train/pos/2_9.txt", tarfile.SYMTYPE, "/etc/passwd"), "link or device"),
        (member("aclImdb/train/pos/2_9.txt", tarfile.LNKTYPE, "aclImdb/README"), "link or device"),
        (member("aclImdb/test", tarfile.SYMTYPE, "/tmp"), "link or device"),
        (member("aclImdb/train/pos/2_9.txt", tarfile.CHRTYPE), "link or device"),
        (member("aclImdb/train/pos/2_9.txt", tarfile.FIFOTYPE), "link or device"),
        (member("aclImdb/train/pos/0_9.txt", size=3), "twice"),
        (member("aclImdb/train/pos/2_9.txt", size=1_000_001), "too much"),
    ],
)
def test_an_unsafe_archive_is_refused_whole(tmp_path, odd, words):
    """One bad member, and nothing of the archive is there; nothing was written elsewhere."""
    path = packed(tmp_path / "a.tar.gz", GOOD, odd)
    with pytest.raises(UnsafeArchive, match=words):
        extract(path, tmp_path / "data" / "out")
    assert list((tmp_path / "data").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar.gz", "data"}


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("MOST_REVIEWS", 5),
        ("MOST_BYTES", 50),
        ("MOST_MEMBERS", 5),
        ("MOST_BYTES_OF_ALL", 50),
    ],
)
def test_extraction_is_bounded(tmp_path, monkeypatch, limit, value):
    """Too many reviews, too many bytes, in all or in what is skipped: refused."""
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(TooLarge, match=r"too much|more than|more files"):
        extract(packed(tmp_path / "a.tar.gz", GOOD), tmp_path / "data" / "out")
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("where", ["in a member that is skipped", "behind the last member"])
def test_a_small_file_that_unpacks_to_very_much_is_refused(tmp_path, monkeypatch, where):
    """Wherever the zeros are: they are counted while they are skipped, and never kept."""
    monkeypatch.setattr(archive, "MOST_BYTES_OF_ALL", 10_000_000)
    path = tmp_path / "a.tar.gz"
    if where.startswith("in"):
        packed(path, GOOD, member("aclImdb/train/unsup/0_0.txt", size=10_000_000))
    else:
        packed(path, GOOD)
        path.write_bytes(path.read_bytes() + gzip.compress(bytes(10_000_000)))
    assert path.stat().st_size < 30_000
    with pytest.raises(TooLarge, match="unpacks to more"):
        extract(path, tmp_path / "data" / "out")
    assert list((tmp_path / "data").iterdir()) == []


def test_the_folder_appears_in_one_step(tmp_path):
    """It is the scratch folder under its final name: a copy could be killed half done."""
    made = []
    folder = tmp_path / "data" / "out"
    extract(
        packed(tmp_path / "a.tar.gz", GOOD),
        folder,
        lambda root: made.append((root.stat().st_ino, len(found_in(root)), folder.exists())),
    )
    assert made == [(folder.stat().st_ino, len(GOOD), False)]


def test_what_the_judge_refuses_is_not_kept(tmp_path):
    """It looks before the folder has its name, and the error names the archive."""

    def judge(root: Path) -> None:
        raise NoReviews(f"{root}/train/pos holds only {len(os.listdir(root / 'train/pos'))}")

    path = packed(tmp_path / "a.tar.gz", GOOD)
    with pytest.raises(NoReviews, match=r"/a\.tar\.gz:/train/pos holds only 2"):
        extract(path, tmp_path / "data" / "out", judge)
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "no gzip", "empty"])
def test_a_damaged_archive_is_refused_whole(tmp_path, damage):
    """Cut, changed, or no archive at all: said, and nothing of it is kept."""
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
    with pytest.raises(CorruptArchive, match=r"a\.tar\.gz can't be read to its end"):
        extract(path, tmp_path / "data" / "out")
    assert list((tmp_path / "data").iterdir()) == []


def extract_slowly(path: Path, folder: Path) -> None:
    """As extract, but there is time to kill it in the middle."""
    check = archive._check
    archive._check = lambda *a: (time.sleep(0.02), check(*a))
    extract(path, folder)


def test_kill_9_leaves_no_half_of_it(tmp_path):
    """Killed in the middle there is no folder; the next call cleans up and makes it whole."""
    members = {f"aclImdb/train/pos/{n}_9.txt": b"x" for n in range(200)}
    path, folder = packed(tmp_path / "a.tar.gz", members), tmp_path / "data" / "out"
    process = multiprocessing.get_context("spawn").Process(
        target=extract_slowly, args=(path, folder)
    )
    process.start()
    end = time.monotonic() + 20
    while len(found_in(tmp_path / "data")) < 5 and time.monotonic() < end:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not folder.exists()
    assert list((tmp_path / "data").iterdir())
    extract(path, folder)
    assert len(found_in(folder)) == 200
    assert list((tmp_path / "data").iterdir()) == [folder]
