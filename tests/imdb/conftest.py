"""What the tests of reviews share: a home folder, and a small set of reviews."""

import tarfile
from pathlib import Path

import pytest

from helpers.datasets.imdb import sources


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SAGEMAKER_COURSE_DATA", raising=False)
    monkeypatch.setattr(sources, "_fallback_reasons", {})
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Create a small set of reviews in the data set's layout."""
    root = tmp_path / "given" / "aclImdb"
    for split in ("train", "test"):
        for name in ("pos/0_9", "pos/10_7", "pos/2_10", "neg/0_1"):
            path = root / split / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"{split} {name}\x85\r\nend\t".encode())
    return root


@pytest.fixture
def packed(folder, tmp_path) -> Path:
    path = tmp_path / "reviews.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        file.add(folder, "aclImdb")
    return path
