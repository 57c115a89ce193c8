"""The image that runs scripts, made without a network: the course's own Python and packages."""

import sysconfig
import venv
from pathlib import Path

import xgboost

from helpers.local.containers import registry
from helpers.local.containers.contract import Framework
from helpers.local.runtime import images
from helpers.local.runtime.image_layers import RELOCATABLE
from support import jobs

PIP = b"""python3 "$0" "$@"
' '''
import sys
from pip._internal.cli.main import main
sys.exit(main())
"""


def framework(uri: str = "") -> Framework:
    """Return what runs the scripts of an image, by default the newest of the built-in XGBoost."""
    image = registry.resolve(uri or jobs.image_uri(), "us-east-1")
    return registry.container_of(image).framework(image)


def pull(home: Path, of: Framework | None = None) -> Path:
    """Make the image of a framework in a home folder, unless it has one; return its folder.

    It has the course's packages, but not `helpers`: the .pth files of that folder don't count.
    of: by default what `framework` returns.
    """
    of = of or framework()
    folder = home / "images" / of.name
    if not (folder / images.MARKER).exists():
        venv.create(folder, symlinks=True)
        [packages] = folder.glob("lib/python3.*/site-packages")
        (packages / "course.pth").write_text(sysconfig.get_path("purelib"))
        for name in ("pip", "pip3"):  # the driver of SDK 3 looks for one
            (folder / "bin" / name).write_bytes(RELOCATABLE + PIP)
            (folder / "bin" / name).chmod(0o755)
        package = f"{of.package} {xgboost.__version__}"
        digest = images.digest(of.requirements)
        images.write_marker(folder, images.PulledImage("3.11", package, digest, size=1))
    return folder
