"""Packages that AWS's images have and no registry does, in the Python of a framework image.

They lie in the folder ``packages`` of a framework, or in the one beside this module if the images
of several frameworks have them. `helpers` is not installed in an image, and a
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
COMMON = Path(__file__).with_name("packages")
SHARED_BY_COMMON = ("script.serving.local_model_server.encoders",)


def copy(framework: Framework, folder: Path) -> None:
    """Copy an image's packages into a folder of a job, with the modules that they share.

    Parameters
    ----------
    framework
        Whose packages.
    folder
        It is made here, and stays empty if the image has no such packages.
    """
    folder.mkdir()
    common = framework.common_packages
    sources = {COMMON / name: folder / name for name in common} | {framework.packages: folder}
    for source, target in sources.items():
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    modules = (*framework.shared_modules, *(SHARED_BY_COMMON if common else ()))
    own = Path(containers.__file__).parent
    for module in modules:
        file = Path(*module.split(".")).with_suffix(".py")
        target = folder / SHARED / file
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (own / file).read_text()
        target.write_text(text.replace(containers.__name__, SHARED))
    if modules:
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
