"""What a job installs stays in its layer; the image that all jobs share never changes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.tiny_images import TinyImage, pip_wheel, write_wheel

from helpers.local.home import Home
from helpers.local.runtime import image_pull, images
from helpers.local.runtime.image_layers import layer


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Return a small image with pip, pulled to the folder `home` beside its wheels."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("tiny")
        tiny = TinyImage(folder)
        pip = Path(shutil.copy(pip_wheel(), tiny.wheels))
        tiny.write_lock(write_wheel(tiny.wheels, "tiny", "1.0", script="tiny-run"), pip)
        write_wheel(tiny.wheels, "tiny", "2.0", script="tiny-run")
        write_wheel(tiny.wheels, "extra", "1.0", script="extra-run")
        tiny.use_only_its_wheels(patch, folder / "cache")
        tiny.home = Home(folder / "home")
        image_pull.pull(tiny.home, tiny.framework)
        yield tiny
        shutil.rmtree(tiny.home.runtime())


def run(programs, *words) -> str:
    """Run a command as SDK v3's driver does: by the first entry of PATH, unquoted."""
    environment = os.environ | {"PATH": f"{programs}:/usr/bin:/bin"}
    environment["PYTHON"] = f"{programs}/python3"
    script = " ".join(words).replace("python3", "$PYTHON")
    command = ["/bin/sh", "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def content(folder) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_what_a_job_installs_stays_with_it(tiny, tmp_path):
    """pip installs into the layer, where a new version wins, and leaves the image as it is."""
    image = images.folder(tiny.home, tiny.framework)
    before = content(image)
    programs = layer(tiny.home, tiny.framework, tmp_path / "job/layer")
    other = layer(tiny.home, tiny.framework, tmp_path / "other")
    assert run(programs, "tiny-run") == "tiny 1.0"
    run(programs, "python3 -m pip install --no-compile extra tiny==2.0")
    assert run(programs, "extra-run") == "extra 1.0"
    assert run(programs, "tiny-run") == "tiny 2.0"
    assert run(programs, "python3 -c 'import tiny; print(tiny.VERSION)'") == "2.0"
    assert run(other, "tiny-run") == "tiny 1.0"
    assert "extra" not in run(other, "pip3 list")
    run(programs, "pip3 uninstall --yes tiny pip")
    assert run(programs, "python3 -c 'import tiny; print(tiny.VERSION)'") == "1.0"
    assert content(image) == before
    assert list((tmp_path / "job/layer").glob("lib/python*/site-packages/extra.py"))


def test_image_that_is_not_pulled(tmp_path):
    """Without its image a layer is refused, and nothing is made."""
    with pytest.raises(images.ImageNotPulledError):
        layer(Home(tmp_path / "home"), TinyImage(tmp_path).framework, tmp_path / "layer")
    assert not (tmp_path / "layer").exists()
