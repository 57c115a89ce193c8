"""What was counted before is found again, and nothing damaged is trusted."""

import os

import numpy
import pytest

from helpers.text import BagOfWords, cache, counting

TEXTS = ["good film", "bad film", "bad plot"]


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def counts(monkeypatch) -> list:
    """How often was really counted."""
    calls, real = [], counting.count

    def count(*arguments):
        calls.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(counting, "count", count)
    return calls


def kept() -> list:
    return sorted(cache.folder().glob("*.npz"))


def test_the_second_time_nothing_is_counted(counts):
    """Fit and transform give the same from the cache, with a vocabulary that counts on."""
    first, second = BagOfWords(), BagOfWords()
    one, two = first.fit_transform(TEXTS), second.fit_transform(TEXTS)
    assert (one != two).nnz == 0
    assert first.terms == second.terms
    assert (first.transform(["bad"]) != second.transform(["bad"])).nnz == 0
    assert len(counts) == 2
    assert len(kept()) == 2


@pytest.mark.parametrize(
    "other",
    [
        lambda: BagOfWords(max_terms=2).fit(TEXTS),
        lambda: BagOfWords().fit(TEXTS[::-1]),
        lambda: BagOfWords().fit(["good fil", "mbad film", "bad plot"]),
    ],
)
def test_other_content_is_counted_anew(counts, other):
    """Other texts, another order, another limit, text moved between two: nothing is shared."""
    BagOfWords().fit(TEXTS)
    other()
    assert len(counts) == 2


def test_other_rules_make_the_cache_worthless(counts, monkeypatch):
    """When the rules for words change, so do the counts."""
    BagOfWords().fit(TEXTS)
    monkeypatch.setattr(cache, "rules", lambda: "of another time")
    BagOfWords().fit(TEXTS)
    assert len(counts) == 2


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "pickle", "columns"])
def test_a_damaged_file_is_made_again(counts, damage):
    """Whatever happened to it: it is counted again, right, and the file replaced."""
    expected = BagOfWords().fit_transform(TEXTS)
    (path,) = kept()
    content = path.read_bytes()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        middle = content.index(b"data.npy") + 140
        path.write_bytes(content[:middle] + b"\xff\xff\xff" + content[middle + 3 :])
    elif damage == "pickle":
        with path.open("wb") as file:
            numpy.savez(file, terms=numpy.array([{"a": 1}], dtype=object), data=[1])
    else:
        with numpy.load(path) as arrays:
            changed = {**arrays, "indices": arrays["indices"] + 100}
        numpy.savez(path, **changed)
    assert (BagOfWords().fit_transform(TEXTS) != expected).nnz == 0
    assert len(counts) == 2
    BagOfWords().fit_transform(TEXTS)
    assert len(counts) == 2


def test_no_changed_byte_is_trusted(counts):
    """Each byte of a file changed in turn, also those of the archive around the numbers."""
    terms = BagOfWords().fit(TEXTS).terms
    expected = BagOfWords().fit_transform(TEXTS)
    (path,) = kept()
    content = path.read_bytes()
    for position in range(len(content)):
        changed = bytes([content[position] ^ 0xFF])
        path.write_bytes(content[:position] + changed + content[position + 1 :])
        found = cache.find(True, TEXTS, {"fit": 5000})
        assert found is None or (found[0] == terms and (found[1] != expected).nnz == 0)


def test_scratch_files_of_a_killed_process_go(home):
    """An old one is removed when something is kept, a young one may be somebody's work."""
    BagOfWords().fit(["film"])
    old, young = cache.folder() / "a.new", cache.folder() / "b.new"
    for path in (old, young):
        path.touch()
    os.utime(old, (1e9, 1e9))
    BagOfWords().fit(["plot"])
    assert not old.exists()
    assert young.exists()


def test_without_a_cache_nothing_is_written(home):
    """cache=False leaves no trace."""
    BagOfWords(cache=False).fit(TEXTS)
    assert not (home / "cache").exists()


def test_a_folder_that_can_t_be_written_is_no_reason_to_fail(home, monkeypatch):
    """The counts are there, only not for the next time; no scratch file stays behind."""

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(numpy, "savez", full)
    assert BagOfWords().fit_transform(TEXTS).sum() == 6
    assert list(cache.folder().iterdir()) == []


def test_the_oldest_go_when_there_are_too_many_bytes(monkeypatch):
    """The folder stays bounded; what was used last stays, and so does the newest."""
    BagOfWords().fit(["film"])
    (first,) = kept()
    BagOfWords().fit(["plot"])
    second = next(path for path in kept() if path != first)
    os.utime(first, (1e9, 1e9))
    os.utime(second, (1e9 + 1, 1e9 + 1))
    BagOfWords().fit(["film"])  # found, and so the younger one now
    monkeypatch.setattr(cache, "MOST_BYTES", first.stat().st_size * 2.5)
    BagOfWords().fit(["music"])
    assert first in kept()
    assert second not in kept()
    monkeypatch.setattr(cache, "MOST_BYTES", 1)
    BagOfWords().fit(["actor"])
    assert len(kept()) == 1
