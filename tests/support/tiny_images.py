"""A framework image that is made in a second, from wheels that the test builds itself."""

import base64
import ensurepip
import hashlib
import json
import sysconfig
import zipfile
from pathlib import Path

import pytest

from helpers.local.containers.contract import Framework
from helpers.local.runtime.image_pull import COURSE_PYTHON

NAME = "tiny-1.0"


def write_wheel(folder: Path, name: str, version: str, script: str = "") -> Path:
    """Write a wheel of one module, whose VERSION is its version, with a console script or none."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"VERSION = {version!r}\ndef main():\n    print('{name}', VERSION)\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{script} = {name}:main\n"
    record = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def pip_wheel() -> Path:
    """Return the wheel of pip that comes with Python."""
    bundled = Path(ensurepip.__file__).parent / "_bundled"
    folder = sysconfig.get_config_var("WHEEL_PKG_DIR") or bundled  # Debian keeps it apart
    return next(Path(folder).glob("pip-*.whl"))


class TinyImage:
    """A framework with its lock file, and the folder of wheels that pip and uv are told to use."""

    def __init__(self, folder: Path, name: str = NAME):
        self.wheels, self.lock = folder / "wheels", folder / name / "requirements.txt"
        self.wheels.mkdir(parents=True, exist_ok=True)
        self.lock.parent.mkdir()
        self.framework = Framework(name, COURSE_PYTHON, self.lock, "tiny")
        self.write_lock(write_wheel(self.wheels, "tiny", "1.0", script="tiny-run"))

    def write_lock(self, *wheels: Path) -> None:
        """Pin these wheels, in a lock file with their hashes."""
        lines = []
        for wheel in wheels:
            name, version, *_ = wheel.name.split("-")
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            lines.append(f"{name}=={version} --hash=sha256:{digest}\n")
        self.lock.write_text("".join(lines))
        self.write_sizes(download_mb=1, disk_mb=1)

    def write_sizes(self, **sizes: int) -> None:
        """State the sizes of the image."""
        sizes_file = self.lock.with_name("requirements.sizes.json")
        sizes_file.write_text(json.dumps({self.lock.name: sizes}))

    def use_only_its_wheels(self, patch: pytest.MonkeyPatch, cache: Path) -> None:
        """Let pip and uv find these wheels and nothing else."""
        patch.setenv("PIP_CONFIG_FILE", "/dev/null")
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(self.wheels))
        patch.setenv("UV_CACHE_DIR", str(cache))
        patch.setenv("UV_HTTP_RETRIES", "0")
