"""Reviews and archives that cannot be used are refused with the reason."""

import shutil
import tarfile
from pathlib import Path

import pytest

from helpers.datasets import imdb
from helpers.datasets.imdb import synthetic
from helpers.datasets.imdb.errors import DatasetError, LayoutError


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: shutil.rmtree(root / "test" / "neg"), "layout"),
        (lambda root: (root / "test" / "neg" / "0_1.txt").unlink(), "holds no reviews"),
        (
            lambda root: (root / "train/pos/0_9.txt").rename(root / "train/neg/9_9.txt"),
            "has rating 9 but is in the neg folder",
        ),
    ],
)
def test_another_layout_is_refused(folder, change, message):
    """A folder that isn't the data set is refused with what was expected."""
    change(folder)
    with pytest.raises(LayoutError, match=message):
        imdb.corpus(str(folder))


def test_a_review_in_another_encoding_is_named(folder):
    """A review in another encoding is an error that names the file."""
    (folder / "train/pos/0_9.txt").write_bytes(b"caf\xe9")
    with pytest.raises(LayoutError, match=r"0_9\.txt cannot be read"):
        imdb.load("train", imdb.corpus(str(folder)))


def test_wrong_arguments_are_explained():
    """For a missing path or an unknown split, the error says what is possible."""
    with pytest.raises(FileNotFoundError, match="or to synthetic"):
        imdb.corpus("/not/there")
    with pytest.raises(ValueError, match="expected 'train' or 'test'"):
        imdb.load("validation")


def test_a_review_that_went_missing_is_noticed(packed):
    """A missing review is noticed, because the cache records how many there were."""
    source = imdb.corpus(str(packed))
    (source.folder / "train/pos/0_9.txt").unlink()
    with pytest.raises(LayoutError, match=r"holds 2 reviews, but was made with 3\. Remove"):
        imdb.load("train", source)


def test_an_empty_review_is_noticed(folder):
    """An empty review file, as after a full disk or a power cut, is an error."""
    (folder / "train/pos/0_9.txt").write_bytes(b"")
    with pytest.raises(LayoutError, match=r"0_9\.txt is empty"):
        imdb.load("train", imdb.corpus(str(folder)))


def test_an_unsafe_archive_of_the_user_leaves_nothing(packed, home):
    """An unsafe archive is refused also when it comes from the learner's own disk."""
    with tarfile.open(packed, "w:gz") as file:
        file.addfile(tarfile.TarInfo("../train/pos/0_9.txt"))
    with pytest.raises(DatasetError, match="unsafe to extract"):
        imdb.corpus(str(packed))
    assert [path.name for path in (home / "data").glob("*/*")] == ["aclImdb.lock"]


def test_a_disk_that_is_full(monkeypatch, home):
    """On a full disk the error says where and what to do, and no half-filled folder stays."""

    def full(folder: Path) -> None:
        (folder / "train").mkdir()
        raise OSError(28, "No space left on device", str(folder / "train"))

    monkeypatch.setattr(synthetic, "write", full)
    with pytest.raises(DatasetError, match=r"No space left on device.*SAGEMAKER_LOCAL_HOME"):
        imdb.corpus("synthetic")
    assert not list((home / "data").rglob("train"))


def test_a_home_folder_that_is_a_file(monkeypatch, folder):
    """If the home folder is a file, the error says what to do."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(folder / "train/pos/0_9.txt"))
    with pytest.raises(DatasetError, match="name another folder"):
        imdb.corpus("synthetic")
