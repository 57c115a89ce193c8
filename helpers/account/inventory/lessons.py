"""The lessons of this checkout, and which one a name means."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import cache

from helpers import cli
from helpers.home import CHECKOUT, LESSON_FOLDERS
from helpers.s3 import lesson_prefix

_TITLE = re.compile(r'^lesson = "(.+)"$', re.MULTILINE)
_SOLUTION = " - solution"


class UnknownLessonError(cli.CommandError):
    """A name means no lesson, or several; the message lists them."""

    code = cli.NO_ANSWER


@cache
def lessons() -> dict[str, str]:
    """The prefix of each lesson by its title and by its notebook's name, without `.ipynb`."""
    names = {}
    for folder in LESSON_FOLDERS:
        for path in sorted((CHECKOUT / folder).glob("*.ipynb")):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            code = "\n".join("".join(cell["source"]) for cell in cells)
            # A learner's own notebook that names no lesson, data.ipynb say, has no prefix.
            for title in _TITLE.findall(code):
                names[title] = names[path.stem] = lesson_prefix(title)
    return names


def find(name: str, created: Collection[str] = ()) -> str:
    """Find the prefix of the lesson that a title, notebook, prefix or beginning of one means.

    created: the prefixes of lessons whose resources exist; a learner's own lesson is known by them
    alone. Raises UnknownLessonError.
    """
    known = lessons() | {prefix: prefix for prefix in (*lessons().values(), *created)}
    prefixes = {text.lower(): prefix for text, prefix in known.items()}
    wanted = name.rpartition("/")[2].lower().removesuffix(".ipynb").removesuffix(_SOLUTION)
    if wanted in prefixes:
        return prefixes[wanted]
    try:
        if (prefix := lesson_prefix(name)) in prefixes:
            return prefix
    except ValueError:  # no word in it
        pass
    matching = {p for text, p in prefixes.items() if wanted.strip() and text.startswith(wanted)}
    if len(matching) == 1:
        return matching.pop()
    what = "can mean several lessons" if matching else "is not the name of a lesson"
    titles = {prefix: title for title, prefix in reversed(known.items())}
    rows = [
        (titles[prefix], "has created something here" if prefix in created else "has nothing here")
        for prefix in sorted(matching or titles)
    ]
    raise UnknownLessonError(
        "\n".join([f"{name!r} {what}. Name one of these:", *cli.table(rows, indent="  ")])
    )
