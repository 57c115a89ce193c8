"""A job's own environment on top of an image's, so that what it installs stays with the job.

AWS's code calls `python3 -m pip install -r requirements.txt` with the first `python3` on PATH, in
a container that is the job's alone. Here all jobs share an image's environment, and none writes to
it.
"""

from pathlib import Path

from helpers.local.containers.contract import Framework
from helpers.local.home import Home
from helpers.local.runtime import images

# How the console scripts of a relocatable environment begin: they run the Python beside them.
RELOCATABLE = b'#!/bin/sh\n\'\'\'exec\' "$(dirname -- "$(realpath -- "$0")")"/'


def layer(home: Home, framework: Framework, folder: Path) -> Path:
    """Make an environment for one job and return its ``bin``, the first entry of the job's PATH.

    It has the image's packages and console scripts; `python3 -m pip install` adds to it alone, and
    a package that it has in another version wins. It takes about ten milliseconds.

    Parameters
    ----------
    home, framework
        Which image.
    folder
        Of the job's own, such as ``<job>/layer``; it is created, and removed with the job.

    Returns
    -------
    Path
        The folder with ``python3``, ``pip3`` and the like.

    Raises
    ------
    ImageNotPulledError
        If the image is not on this machine.
    """
    image = images.interpreter(home, framework).parents[1]
    packages = next(image.glob("lib/python*/site-packages"))
    own_packages = folder / packages.relative_to(image)
    own_packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    # site-packages of the image come after the layer's own; addsitedir reads .pth files there too.
    line = f"import site; site.addsitedir({str(packages)!r})\n"
    (own_packages / "image.pth").write_text(line)
    (folder / "pyvenv.cfg").write_bytes((image / "pyvenv.cfg").read_bytes())
    for file in (image / "bin").iterdir():
        if file.is_symlink():  # python, python3, python3.11
            (folder / "bin" / file.name).symlink_to(file.readlink())
        elif (content := file.read_bytes()).startswith(RELOCATABLE):
            (folder / "bin" / file.name).write_bytes(content)
            (folder / "bin" / file.name).chmod(0o755)
    return folder / "bin"
