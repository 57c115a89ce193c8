"""The home folder: its lock, its credentials, its size, and what makes it unusable."""

import os
import stat
from pathlib import Path

import pytest

from helpers.home import CHECKOUT, atomic_write
from helpers.local.home import Home, LocalError, default_region


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_home_is_found_from_the_package_not_the_working_directory(tmp_path, monkeypatch):
    """The home folder is `.sagemaker/` in the checkout, or the one in SAGEMAKER_LOCAL_HOME."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SAGEMAKER_LOCAL_HOME", raising=False)
    assert Home.find().path == CHECKOUT / ".sagemaker"
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", "chosen")
    assert Home.find().path == tmp_path / "chosen"


def test_prepare_keeps_what_is_there(home):
    """The id and the keys are created once; a second start finds the same ones."""
    before = home.id, home.credentials
    home.prepare()
    assert (home.id, home.credentials) == before
    assert len(home.credentials.access_key) == 20


def test_nobody_else_can_read_the_keys(home):
    """The folder has mode 0700 and the keys have mode 0600."""
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((home.path / "credentials.json").stat().st_mode) == 0o600


def test_two_homes_have_different_ids_and_keys(home, tmp_path):
    """Two home folders have different ids and keys, not derived from path or time."""
    other = Home(tmp_path / "other")
    other.prepare()
    assert home.id != other.id
    assert home.credentials != other.credentials


def test_one_holder_of_the_lock(home):
    """A second process can't take the lock, but sees who holds it; closing it releases it."""
    assert home.holder() is None
    descriptor = home.lock()
    assert home.holder() == os.getpid()
    assert home.lock() is None
    os.close(descriptor)
    assert home.holder() is None
    os.close(home.lock())


def test_an_old_pid_in_the_lock_file_proves_nothing(home):
    """The pid of an earlier server in the lock file counts for nothing without the lock."""
    (home.path / "lock").write_text(str(os.getppid()))
    assert home.holder() is None


def test_unprepared_home_has_no_holder(tmp_path):
    """Looking for the holder of the lock creates no folder."""
    assert Home(tmp_path / "none").holder() is None
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"port": null}', '{"port": "x"}', "{"])
def test_last_port_of_a_damaged_file(home, text):
    """A server.json that was cut off or edited gives no port."""
    (home.path / "server.json").write_text(text)
    assert home.last_port() is None


def test_last_port(home):
    """The last port is the one that was written."""
    assert home.last_port() is None
    home.write_server(1, 4711)
    assert home.last_port() == 4711


def test_size_counts_a_file_once(home):
    """A file with two names counts once in the size."""
    before = home.size()
    file = home.jobs / "data"
    file.write_bytes(b"x" * 5000)
    os.link(file, home.jobs / "again")
    assert home.size() == before + 5000


@pytest.mark.parametrize("place", ["/proc/sagemaker", "a file"])
def test_home_that_cannot_be_made(place, tmp_path):
    """If the home folder can't be made, the message names it and the remedies."""
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "home" if place == "a file" else Path(place)
    with pytest.raises(LocalError, match=r"home folder.*SAGEMAKER_LOCAL_HOME") as error:
        Home(path).prepare()
    assert str(path) in str(error.value)


def test_keys_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    """If the disk fills up while keys are written, no partial file stays behind."""
    home = Home(tmp_path / "home")

    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", no_space)
    with pytest.raises(LocalError, match="No space left on device"):
        home.prepare()
    assert list(home.path.iterdir()) == []


def test_runtime_folder_is_short_and_private(home, tmp_path, monkeypatch):
    """A socket in the runtime folder has a path below 107 bytes, whatever the home's path."""
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    folder = home.runtime()
    try:
        assert len(str(folder)) < 60
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert home.runtime() == folder
    finally:
        folder.rmdir()


@pytest.mark.parametrize("kind", ["link", "file", "open to all"])
def test_runtime_folder_of_somebody_else(kind, home, short_path, tmp_path, monkeypatch):
    """A runtime folder that others could have prepared is refused."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_path))
    folder = home.runtime()
    assert folder.parent == short_path
    folder.rmdir()
    if kind == "link":
        folder.symlink_to(tmp_path)
    elif kind == "file":
        folder.write_text("")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    with pytest.raises(LocalError, match="is not private to you"):
        home.runtime()


def test_default_region(monkeypatch):
    """The default region is AWS_DEFAULT_REGION, else AWS_REGION, else us-east-1."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert default_region() == "us-east-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert default_region() == "eu-west-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert default_region() == "eu-central-1"


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    """A failing write leaves the old content, and no temporary file."""
    file = tmp_path / "new folder" / "budget.json"
    atomic_write(file, b"old")
    assert file.read_bytes() == b"old"

    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="no space left"):
        atomic_write(file, b"new")
    assert [path.read_bytes() for path in file.parent.iterdir()] == [b"old"]
