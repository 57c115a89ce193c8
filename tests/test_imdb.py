"""Which reviews a lesson gets, and how they are read."""

import hashlib
import json
import multiprocessing
import shutil
import socket
import tarfile
import threading
import time
from pathlib import Path

import pytest
from support.archive_server import serving
from support.lessons import REAL_REVIEWS
from support.polling import eventually

from helpers.datasets import imdb
from helpers.datasets.imdb import archive, layout, progress, sources, synthetic
from helpers.datasets.imdb.download import RemoteFile
from helpers.datasets.imdb.errors import DatasetError, LayoutError


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


@pytest.fixture
def as_if_real(monkeypatch):
    """Return a function that serves an archive, with two reviews per folder, as the real one."""

    def as_if_real(server, content: bytes, url: str | None = None) -> None:
        digest = hashlib.md5(content).hexdigest()
        source = RemoteFile(url or server.url, len(content), digest)
        monkeypatch.setattr(sources, "ARCHIVE", source)
        monkeypatch.setattr(sources, "REVIEWS_PER_FOLDER", 2)

    return as_if_real


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr("helpers.datasets.imdb.download.time.sleep", lambda _: None)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # nobody else can listen there meanwhile
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/aclImdb.tar.gz"
        monkeypatch.setattr(sources, "ARCHIVE", RemoteFile(url, 9, "0"))
        yield


def test_reviews_are_read_exactly_and_in_order(folder, capsys):
    """Reviews are read unchanged, negative ones first, each label in order of number."""
    source = imdb.corpus(str(folder))
    table = imdb.load("train", source)
    assert table["review"].tolist() == ["neg/0_1", "pos/0_9", "pos/2_10", "pos/10_7"]
    assert table["sentiment"].tolist() == [0, 1, 1, 1]
    assert table["rating"].tolist() == [1, 9, 10, 7]
    assert table["text"][2] == "train pos/2_10\x85\r\nend\t"
    printed = capsys.readouterr()
    assert "Real reviews" in printed.out
    assert "8 of its 50,000 labelled ones" in printed.out
    assert "train: 4 real reviews, 3 positive and 1 negative" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize("which", ["root", "parent", "archive"])
def test_the_users_own_reviews(which, folder, packed, monkeypatch, capsys):
    """The variable may name the folder of the reviews, the one above it, or an archive."""
    path = {"root": folder, "parent": folder.parent, "archive": packed}[which]
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(path))
    assert imdb.load("test")["review"].tolist()[-1] == "pos/10_7"
    assert imdb.corpus().kind == "real"
    assert imdb.last_used() == imdb.corpus()


def test_the_halves_of_an_archive_are_compared_once(packed, monkeypatch):
    """The next process that uses an archive lists none of its reviews to know their kind."""
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(packed))
    first = imdb.corpus()
    monkeypatch.setattr(layout, "files", None)
    layout.overlap.cache_clear()
    assert imdb.last_used() == first


def test_an_overlap_that_was_cut_off(packed, monkeypatch):
    """A record of the comparison that cannot be read is made again."""
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(packed))
    record = imdb.corpus().folder / layout.OVERLAP_FILE
    share = record.read_text()
    record.write_text("")
    assert imdb.last_used().kind == "real"
    assert record.read_text() == share


def test_a_test_half_that_repeats_the_training_half(folder, capsys):
    """Reviews whose test half is their training half are not called real."""
    for file in (folder / "train").rglob("*.txt"):
        (folder / "test" / file.relative_to(folder / "train")).write_bytes(file.read_bytes())
    source = imdb.corpus(str(folder))
    assert source.kind == "overlapping"
    printed = capsys.readouterr().out
    assert "% of the test reviews are also training reviews" in printed
    assert "an accuracy on them means nothing" in printed
    assert "Real reviews" not in printed


def test_the_users_own_archive_is_extracted_once(packed, home):
    """The user's archive is identified by its content, not by its name."""
    first = imdb.corpus(str(packed))
    mark = first.folder / "mark"
    mark.touch()
    assert imdb.corpus(str(packed)) == first
    assert mark.exists()
    with tarfile.open(packed, "w:gz") as file:
        file.add(first.folder, "x")
    assert imdb.corpus(str(packed)).folder != first.folder


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


def test_the_archive_is_downloaded_once(packed, folder, as_if_real, home, capsys):
    """The archive is downloaded and extracted once; then it is deleted, as the folder is enough."""
    for split in ("train", "test"):  # as many of each label, as in the real one
        (folder / split / "pos/10_7.txt").rename(folder / split / "neg/10_2.txt")
    with tarfile.open(packed, "w:gz") as file:
        file.add(folder, "aclImdb")
    content = packed.read_bytes()
    with serving(content, ("cut", 100)) as server:
        as_if_real(server, content)
        first = imdb.corpus()
        assert imdb.corpus() == first == imdb.last_used()
        assert len(server.ranges) == 2
    assert first.kind == "real"
    assert {path.name for path in (home / "data").iterdir() if path.suffix != ".lock"} == {
        "aclImdb"
    }


def test_an_archive_with_too_few_reviews_is_not_kept(packed, as_if_real, home):
    """An archive with too few reviews leaves no cache, though its bytes are as expected."""
    content = packed.read_bytes()
    with serving(content) as server:
        as_if_real(server, content)
        with pytest.raises(LayoutError, match=r"tar\.gz:/train/neg has 1 reviews, not 2"):
            imdb.corpus()
    assert not (home / "data" / "aclImdb").exists()


@pytest.mark.usefixtures("retries_at_once")
def test_a_corrupt_download_is_an_error_and_not_a_fallback(packed, as_if_real):
    """With a network, a corrupt download is an error with its reason, not a fallback."""
    content = packed.read_bytes()
    with serving(content, ("flip", 50), ("flip", 50)) as server:
        as_if_real(server, content)
        with pytest.raises(DatasetError, match="MD5"):
            imdb.corpus()


def test_without_a_network_there_are_synthetic_reviews(no_network, capsys):
    """Without a network the fallback is announced with its reason, and later checks use it."""
    source = imdb.corpus()
    printed = capsys.readouterr().out
    assert source.kind == "synthetic"
    assert "Synthetic reviews" in printed
    assert "the real ones cannot be downloaded: http" in printed
    assert "cannot be reached (" in printed
    assert "SAGEMAKER_COURSE_DATA" in printed
    assert imdb.last_used().folder == source.folder


def test_no_reviews_yet(no_network):
    """A check before the first run says what to do."""
    with pytest.raises(DatasetError, match="run the notebook"):
        imdb.last_used()


def test_a_leftover_fallback_is_not_used_when_the_real_reviews_came(no_network, home, folder):
    """Downloaded reviews replace an earlier fallback, but not within one kernel."""
    imdb.corpus()
    shutil.copytree(folder, home / "data" / "aclImdb")
    assert imdb.corpus().kind == "synthetic"
    assert imdb.last_used().kind == "synthetic"
    sources._fallback_reasons.clear()  # as in a new process
    assert imdb.last_used().kind == "real"
    assert json.loads((home / "data" / "imdb.json").read_text())["kind"] == "synthetic"


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


def begin_corpus(path: str, begun) -> None:
    """Begin to load a corpus, and stay in the middle."""
    archive._review_filter = lambda *_: (begun.set(), time.sleep(600))
    imdb.corpus(path)


def test_two_at_once_and_kill_9(packed, home, capsys):
    """A second process waits and says so; a killed first one leaves nothing that is used."""
    context = multiprocessing.get_context("spawn")
    begun = context.Event()
    first = context.Process(target=begin_corpus, args=(str(packed), begun))
    first.start()
    try:
        assert begun.wait(60)  # in the middle, with the lock
        second = threading.Thread(target=imdb.corpus, args=(str(packed),))
        second.start()
        printed = []

        def waits() -> bool:
            printed.append(capsys.readouterr().out)
            return "another process that is making aclImdb" in "".join(printed)

        eventually(waits)
        (cache,) = (home / "data").glob("given-*")
        assert second.is_alive()
        assert not (cache / "aclImdb").exists()
    finally:
        first.kill()
        first.join()
    second.join(60)
    assert {path.name for path in cache.iterdir()} == {"aclImdb", "aclImdb.lock"}
    assert len(imdb.load("train", imdb.corpus(str(packed)))) == 4


@pytest.mark.parametrize("asks", [True, False])
def test_a_bar_needs_a_person_who_watches(asks, short_path):
    """A progress bar is drawn only where input is possible, not under papermill or nbval."""
    from jupyter_client.manager import KernelManager

    # Another program could take a TCP port before the kernel listens on it.
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=f"{short_path}/socket")
    manager.start_kernel(extra_arguments=["--IPKernelApp.log_level=ERROR"])
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=300)
        printed = []
        client.execute_interactive(
            "from helpers.datasets.imdb import download, progress\n"
            "download.import_pooch()  # prints nothing\n"
            "print(progress.is_interactive())",
            allow_stdin=asks,
            timeout=300,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
        assert "".join(printed).strip() == str(asks)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_load_draws_a_bar_and_leaves_one_line(folder, monkeypatch, capsys):
    """The bar is drawn on stdout and wiped at the end; unwatched, only one line is printed."""
    source = imdb.corpus(str(folder), quiet=True)
    line = "train: 4 real reviews, 3 positive and 1 negative\n"
    imdb.load("train", source)
    assert capsys.readouterr() == (line, "")
    monkeypatch.setattr(progress, "is_interactive", lambda: True)
    imdb.load("train", source)
    printed = capsys.readouterr()
    assert "0/4" in printed.out
    assert printed.out.endswith(f"\r{line}")
    assert printed.err == ""


@pytest.mark.full
@pytest.mark.skipif(not REAL_REVIEWS.exists(), reason="the real reviews are not at hand")
def test_the_real_reviews(capsys):
    """The 50,000 real reviews have the numbers that their provenance states."""
    source = imdb.corpus(str(REAL_REVIEWS), quiet=True)
    train, test = imdb.load("train", source), imdb.load("test", source)
    assert len(train) == len(test) == 25_000
    assert train["sentiment"].sum() == test["sentiment"].sum() == 12_500
    size = sum(len(text.encode()) for text in train["text"])
    assert size == 16_842_831 + 16_289_992
    assert len(capsys.readouterr().out.splitlines()) == 2
