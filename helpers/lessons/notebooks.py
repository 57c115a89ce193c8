"""Find the notebook that a command is about."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from helpers import cli
from helpers.home import CHECKOUT, LESSON_FOLDERS
from helpers.session import sdk_imports

if TYPE_CHECKING:  # importing it takes a second
    import nbformat

ERROR_CHARACTERS = 100  # of a message that may quote the whole file
FEWEST_LETTERS = 3  # of a part of a name that says which notebooks are meant


class NotebookNotFoundError(cli.CommandError):
    """No notebook has this name; the message names those with a similar name, if there are any."""

    code = cli.NO_ANSWER


class NotANotebookError(cli.CommandError):
    """A file is not a notebook; the message says why."""

    code = cli.NO_ANSWER


def find_notebook(name: str) -> Path:
    """Return the path of a notebook, named from the working folder or from the checkout.

    Parameters
    ----------
    name : str
        A path. A relative one is looked up in the working folder first, then in the checkout, so
        that "Mini-Projects/x.ipynb" works in each of its folders.

    Raises
    ------
    NotebookNotFoundError
        If there is no such file in either.
    """
    for path in (Path(name).expanduser(), CHECKOUT / name):
        if path.is_file():
            return path
    raise NotebookNotFoundError(f'No notebook is called "{name}"{_similar(name)}')


def _similar(name: str) -> str:
    """Return the end of a message: the lesson with a similar name, or all with this part, or ''."""
    folders = [CHECKOUT / folder for folder in LESSON_FOLDERS]
    lessons = {path.name: path for folder in folders for path in sorted(folder.rglob("*.ipynb"))}
    part = Path(name).name
    names = difflib.get_close_matches(part, lessons, 1)
    if not names and len(part) >= FEWEST_LETTERS:
        names = [lesson for lesson in lessons if part.lower() in lesson.lower()]
    paths = [f'"{lessons[each].relative_to(CHECKOUT)}"' for each in names]
    if len(paths) < 2:
        return f". Did you mean {paths[0]}?" if paths else ""
    return "\n  ".join([". Did you mean one of these?", *paths])


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook of any format, as one of the format that the course uses.

    Raises
    ------
    NotANotebookError
        If the file can't be read, or is not a notebook.
    """
    sdk_imports.prepare_imports()
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except OSError as error:
        raise NotANotebookError(f"{path} can't be read: {error.strerror}") from None
    except Exception as error:  # nbformat raises whatever its reader or its schema raises
        reason = str(error).strip().partition("\n")[0]
        raise NotANotebookError(
            f"{path} is not a notebook: expected a file .ipynb, as JupyterLab saves it, but got "
            f"this error on reading it: {reason[:ERROR_CHARACTERS]}"
        ) from None
