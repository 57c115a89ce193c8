"""Framework images: environments made whole or not at all, and shared by all jobs."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading

import pytest
from support.polling import eventually
from support.tiny_images import NAME, TinyImage, write_wheel

from helpers.local.home import Home, LocalError
from helpers.local.runtime import image_pull, images, pip_settings, uv


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Return a small image, whose wheels are all that pip and uv find."""
    tiny = TinyImage(tmp_path)
    tiny.use_only_its_wheels(monkeypatch, tmp_path / "cache")
    monkeypatch.setattr(pip_settings, "_read", variables_of_pip)
    return tiny


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def variables_of_pip(python: str) -> dict[str, str]:
    """Return what pip reads from its variables, without asking it, which takes a third of a second.

    test_image_command, test_image_layers and test_uv do ask it.
    """
    names = {name: name.removeprefix("PIP_").lower().replace("_", "-") for name in os.environ}
    return {names[name]: os.environ[name] for name in names if name.startswith("PIP_")}


def version(home: Home, tiny: TinyImage) -> str:
    """Return what the image's Python imports."""
    command = [images.interpreter(home, tiny.framework), "-c", "import tiny; print(tiny.VERSION)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def names(home: Home) -> list[str]:
    return sorted(entry.name for entry in home.images.iterdir())


def test_pull(home, tiny, capsys):
    """A pulled image has its packages and a marker, and nothing else is left beside it."""
    image = image_pull.pull(home, tiny.framework)
    assert version(home, tiny) == "1.0"
    assert images.pulled(home, tiny.framework) == image
    assert (image.package, image.python) == ("tiny 1.0", "{}.{}.{}".format(*sys.version_info))
    assert image.size > 10_000
    assert names(home) == [NAME, f"{NAME}.lock"]
    out = capsys.readouterr().out
    assert "downloads about 1 MB" in out
    assert f"Pulled {NAME}: tiny 1.0 runs on Python {image.python}." in out


def test_not_pulled(home, tiny):
    """An image that is not on this machine is refused with the command that pulls it."""
    with pytest.raises(images.ImageNotPulledError, match=f"python -m helpers local pull {NAME}$"):
        images.interpreter(home, tiny.framework)


def test_an_environment_without_a_marker_or_python_does_not_count(home, tiny):
    """An environment that is incomplete, or whose Python was removed, is not an image."""
    image_pull.pull(home, tiny.framework)
    folder = images.folder(home, tiny.framework)
    marker = (folder / images.MARKER).read_text()
    for damaged in ("", "{", "{}", "[]"):
        (folder / images.MARKER).write_text(damaged)
        assert images.pulled(home, tiny.framework) is None
    (folder / images.MARKER).write_text(marker)
    assert images.pulled(home, tiny.framework)
    (folder / "bin/python").unlink()
    assert images.pulled(home, tiny.framework) is None
    image_pull.pull(home, tiny.framework)
    assert version(home, tiny) == "1.0"


def test_pull_again(home, tiny, capsys):
    """A current image is left alone; one of an older lock file is replaced."""
    image_pull.pull(home, tiny.framework)
    created = images.folder(home, tiny.framework).stat().st_ino
    capsys.readouterr()
    image_pull.pull(home, tiny.framework)
    assert capsys.readouterr().out == f"{NAME} is already pulled.\n"
    assert images.folder(home, tiny.framework).stat().st_ino == created
    tiny.write_lock(write_wheel(tiny.wheels, "tiny", "2.0"))
    assert not images.is_current(tiny.framework, images.pulled(home, tiny.framework))
    assert version(home, tiny) == "1.0"
    image_pull.pull(home, tiny.framework)
    assert version(home, tiny) == "2.0"
    assert names(home) == [NAME, f"{NAME}.lock"]


def test_home_folder_that_moves(home, tiny, tmp_path):
    """An image works after its home folder was renamed, also to a path with a space."""
    image_pull.pull(home, tiny.framework)
    moved = Home(tmp_path / "my home")
    home.path.rename(moved.path)
    script = images.folder(moved, tiny.framework) / "bin/tiny-run"
    assert subprocess.run(script, capture_output=True, text=True).stdout == "tiny 1.0\n"


def test_remove(home, tiny):
    """Removing tells whether there was an image, and leaves none."""
    assert not images.remove(home, tiny.framework)
    image_pull.pull(home, tiny.framework)
    assert images.remove(home, tiny.framework)
    assert images.pulled(home, tiny.framework) is None
    assert names(home) == [f"{NAME}.lock"]


FAILURES = {
    "a package that differs": "A package differs from the one in the image's lock file.",
    "a package that is missing": "A package of the image has no build for this machine",
    "no network": "The packages can't be downloaded. Check the network",
    "no space for it": r"tiny-1.0 takes 1000000000 MB, and \S+ has \d+ MB free. Free some disk",
}


@pytest.mark.parametrize("failure", FAILURES)
def test_pull_that_fails(home, tiny, monkeypatch, failure):
    """A failed pull says why in a sentence, and leaves the image that was there before."""
    image_pull.pull(home, tiny.framework)
    second = write_wheel(tiny.wheels, "tiny", "2.0")
    tiny.write_lock(second)
    if failure == "a package that differs":
        write_wheel(tiny.wheels, "tiny", "2.0", script="other")
    elif failure == "a package that is missing":
        second.unlink()
    elif failure == "no network":
        second.unlink()
        monkeypatch.setenv("PIP_NO_INDEX", "0")
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    else:
        tiny.write_sizes(download_mb=1, disk_mb=10**9)
    with pytest.raises(image_pull.ImagePullError, match=FAILURES[failure]):
        image_pull.pull(home, tiny.framework)
    assert version(home, tiny) == "1.0"
    assert names(home) == [NAME, f"{NAME}.lock"]


@pytest.fixture
def small_disk(tmp_path):
    """Return the home folder as a file system of 1 MB, where one may be mounted."""
    folder = tmp_path / "home"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_disk_that_fills_up_during_a_pull(small_disk, tiny):
    """If the disk fills up, the message says so, and the space of what was copied is free again."""
    large = write_wheel(tiny.wheels, "tiny", "3.0", data=os.urandom(2_000_000))
    tiny.write_lock(large)
    tiny.write_sizes(download_mb=1, disk_mb=0)
    home = Home(small_disk)
    with pytest.raises(image_pull.ImagePullError, match=r"The disk is full\. Free some space"):
        image_pull.pull(home, tiny.framework)
    assert names(home) == [f"{NAME}.lock"]
    assert shutil.disk_usage(small_disk).used < 200_000


def test_kill_during_a_pull(home, tiny, monkeypatch):
    """A pull killed in the middle leaves no image; the next pull completes and tidies up."""
    with socket.create_server(("127.0.0.1", 0)) as index:  # one that never answers
        index.settimeout(60)
        environment = os.environ | {
            "PIP_NO_INDEX": "0",
            "PIP_INDEX_URL": f"http://127.0.0.1:{index.getsockname()[1]}/simple",
            "PIP_FIND_LINKS": "",
        }
        code = (
            "import sys; from pathlib import Path; from support.tiny_images import *;"
            "from helpers.local.home import Home; from helpers.local.runtime import image_pull;"
            "image_pull.pull(Home(Path(sys.argv[1])),"
            " Framework(NAME, COURSE_PYTHON, Path(sys.argv[2]), 'tiny'))"
        )
        command = [sys.executable, "-c", code, home.path, tiny.lock]
        environment["PYTHONPATH"] = os.path.dirname(__file__)
        pull = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        connection, _ = index.accept()  # uv asks for the package
        pull.send_signal(signal.SIGKILL)
        assert pull.wait() == -signal.SIGKILL
        assert len(list(home.images.glob(f"*{images.PARTIAL}"))) == 1
        assert images.pulled(home, tiny.framework) is None
        with open(home.images / f"{NAME}.lock") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # uv still has it
        connection.close()
    image_pull.pull(home, tiny.framework)  # waits until uv has given up
    assert version(home, tiny) == "1.0"
    assert names(home) == [NAME, f"{NAME}.lock"]


def test_two_pulls_at_once(home, tiny, capsys):
    """A second pull waits for the first, and then has nothing to do."""
    with images.locked(home, tiny.framework):
        second = threading.Thread(target=image_pull.pull, args=(home, tiny.framework))
        second.start()
        text = []
        eventually(lambda: text.append(capsys.readouterr().out) or "Waiting" in "".join(text))
        assert images.pulled(home, tiny.framework) is None
    second.join()
    assert version(home, tiny) == "1.0"


def test_preferred_python_that_is_not_installed(home, tiny, capsys):
    """If the preferred Python is missing, the course's takes its place, and the output says so."""
    framework = type(tiny.framework)(NAME, "3.99", tiny.lock, "tiny")
    assert image_pull.pull(home, framework).python.startswith(image_pull.COURSE_PYTHON)
    out = capsys.readouterr().out
    assert f"Python 3.99 is not installed: {image_pull.COURSE_PYTHON}" in out
    assert "it would be" not in out


def test_larger_build_for_want_of_a_python(home, tiny, capsys, monkeypatch):
    """If only the Python is missing for a smaller build, the output says so before it starts."""
    monkeypatch.setattr(image_pull, "_smaller_suits", lambda framework: True)
    smaller = tiny.lock.with_name("requirements-cpu.txt")
    smaller.write_text("tiny==1.0+cpu --hash=sha256:0\n")
    tiny.write_sizes(download_mb=2, disk_mb=2)
    sizes = tiny.lock.with_name("requirements.sizes.json")
    both = json.loads(sizes.read_text()) | {smaller.name: {"download_mb": 1, "disk_mb": 1}}
    sizes.write_text(json.dumps(both))
    image_pull.pull(home, type(tiny.framework)(NAME, "3.99", tiny.lock, "tiny"))
    expected = "With Python 3.99 on PATH it would be tiny 1.0+cpu, 1 MB. To have that, stop this"
    assert expected in capsys.readouterr().out


def test_without_uv(home, tiny, monkeypatch, tmp_path):
    """Without uv, the message says how to install it."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalError, match="pip install uv"):
        uv.program()


@pytest.mark.parametrize("has_gpu", [True, False])
def test_build_for_this_machine(tiny, tmp_path, monkeypatch, has_gpu):
    """Linux without an NVIDIA GPU gets the smaller build, where it was locked for its Python."""
    monkeypatch.setattr(image_pull.platform, "system", lambda: "Linux")
    monkeypatch.setattr(image_pull.platform, "machine", lambda: "x86_64")
    smaller = tiny.lock.with_name("requirements-cpu.txt")
    smaller.write_text("tiny==1.0+cpu --hash=sha256:0\n")
    sizes = {
        tiny.lock.name: {"download_mb": 2840, "disk_mb": 7500},
        smaller.name: {"download_mb": 310, "disk_mb": 1400},
    }
    tiny.lock.with_name("requirements.sizes.json").write_text(json.dumps(sizes))
    command = tmp_path / "bin" / "nvidia-smi"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\necho '{'GPU 0: NVIDIA' if has_gpu else 'No devices found'}'\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/bin:/bin")
    python = tiny.framework.python
    expected = "tiny 1.0" if has_gpu else "tiny 1.0+cpu"
    packages = image_pull.packages_for(tiny.framework, python)
    assert (packages.framework, packages.disk_mb) == (expected, 7500 if has_gpu else 1400)
    packages = image_pull.packages_for(tiny.framework, "3.99")
    assert (packages.framework, packages.disk_mb) == ("tiny 1.0", 7500)
    monkeypatch.setattr(image_pull.platform, "system", lambda: "Darwin")
    packages = image_pull.packages_for(tiny.framework, python)
    assert (packages.framework, packages.disk_mb) == ("tiny 1.0", 1400)
