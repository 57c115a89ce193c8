"""Find the notebook that a command is about."""

import difflib
from pathlib import Path

from helpers import cli
from helpers.home import CHECKOUT, LESSON_FOLDERS


class NotebookNotFoundError(cli.CommandError):
    """There is no such notebook; the message names one with a similar name, if there is one."""

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
    folders = [CHECKOUT / folder for folder in LESSON_FOLDERS]
    lessons = {path.name: path for folder in folders for path in folder.rglob("*.ipynb")}
    similar = difflib.get_close_matches(Path(name).name, lessons, 1)
    question = f'. Did you mean "{lessons[similar[0]].relative_to(CHECKOUT)}"?' if similar else ""
    raise NotebookNotFoundError(f'There is no notebook "{name}"{question}')
