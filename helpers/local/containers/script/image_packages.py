"""Packages that AWS's images have and no registry does, in the Python of a framework image.

They lie in the folder ``packages`` of a framework. `helpers` is not installed in an image, and a
learner's own module may be called so: what these packages share with the containers here is copied
under another name.
"""

import os
import shutil
from pathlib import Path

from helpers.local import containers
from helpers.local.containers.contract import Framework

FOLDER = "packages"  # in a job's scratch folder
SHARED = "sagemaker_local_containers"


def copy(framework: Framework, folder: Path) -> None:
    """Copy an image's packages into a folder of a job, with the modules that they share.

    Parameters
    ----------
    framework
        Whose packages.
    folder
        It is made here, and stays empty if the image has no such packages.
    """
    if not framework.packages.is_dir():
        folder.mkdir()
        return
    shutil.copytree(framework.packages, folder, ignore=shutil.ignore_patterns("__pycache__"))
    own = Path(containers.__file__).parent
    for module in framework.shared_modules:
        file = Path(*module.split(".")).with_suffix(".py")
        target = folder / SHARED / file
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (own / file).read_text()
        target.write_text(text.replace(containers.__name__, SHARED))
    (folder / SHARED / "__init__.py").touch()


def python_path(scratch: Path, *folders: str) -> str:
    """Return the PYTHONPATH of a script.

    The image's packages come last, so that a module of the user's own may have their name.

    Parameters
    ----------
    scratch
        The folder with the guard and the packages, by the path by which the script finds it.
    folders
        What else the script finds modules in; "" for nothing.
    """
    return os.pathsep.join(filter(None, (f"{scratch}/guard", *folders, f"{scratch}/{FOLDER}")))
