"""The layer of a script job: an environment of its own on top of an image's.

What a job installs (its requirements, or `pip install` in its command) goes into the layer, and
never into the image, which all jobs share. Making one takes a few milliseconds: it has no packages
of its own, and reads those of the image.
"""

import os
import shutil
from pathlib import Path


def make(image: Path, folder: Path) -> Path:
    """Make the layer of a job; return its folder of programs.

    Parameters
    ----------
    image
        The environment of the image: a virtual environment.
    folder
        Of the layer; it does not exist yet. A path without white space, as the driver of SDK 3
        asks.
    """
    (packages,) = (image / "lib").glob("python3*/site-packages")
    own_packages = folder / packages.relative_to(image)
    own_packages.mkdir(parents=True)
    line = f"import site; site.addsitedir({str(packages)!r})\n"  # reads the image's own .pth files
    (own_packages / "image.pth").write_text(line)
    shutil.copyfile(image / "pyvenv.cfg", folder / "pyvenv.cfg")
    programs = folder / "bin"
    programs.mkdir()
    for program in (image / "bin").iterdir():
        _add_program(program, programs, image)
    return programs


def _add_program(program: Path, programs: Path, image: Path) -> None:
    """Link an interpreter; copy a script of the image so that the layer's interpreter runs it."""
    target = programs / program.name
    if program.is_symlink():
        link = program.readlink()
        target.symlink_to(link if len(link.parts) == 1 else program.resolve())
    elif program.is_file() and os.access(program, os.X_OK):
        own = os.fsencode(image / "bin"), os.fsencode(programs)
        with open(program, "rb") as file:
            first_line, rest = file.readline(), file.read()
        if first_line.startswith(b"#!"):
            target.write_bytes(first_line.replace(*own) + rest.replace(*own, 1))
            target.chmod(0o755)
