"""Where a notebook defines a name, or asks the learner to define it."""

from __future__ import annotations

import ast
import json
import os
import pathlib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from helpers.home import CHECKOUT, LESSON_FOLDERS

TODO = "# TODO"
STUB = re.compile(r"^\s*\.\.\.\s*(#.*)?$", re.MULTILINE)  # what the learner replaces with code
_NAMES_COMMENT = re.compile(r"^# (Names?): (.+(?:\n# .+)*)", re.MULTILINE)


class Cell(NamedTuple):
    """A code cell, and the last heading before it."""

    source: str
    heading: str

    @property
    def todo(self) -> str:
        """The first line of the cell's TODO, or ''."""
        return next((line for line in self.source.splitlines() if line.startswith(TODO)), "")


def defining_cell(name: str, cells: Iterable[Cell]) -> Cell | None:
    """Return the cell where a notebook first defines a name, or None."""
    return next((cell for cell in cells if name in names_bound(cell.source)), None)


def requesting_cell(name: str, cells: Iterable[Cell]) -> Cell | None:
    """Return the cell whose TODO asks the learner to define a name, or None."""
    return next((cell for cell in cells if name in names_requested(cell.source)), None)


def names_requested(source: str) -> set[str]:
    """Return the names that the comment of a TODO asks for.

    Examples
    --------
    >>> sorted(names_requested("# TODO: count\\n# Names: counts (a, b), total, a float\\n..."))
    ['counts', 'total']
    >>> names_requested("# TODO: choose\\n# Name: settings, a dict\\n...")
    {'settings'}
    """
    match = _NAMES_COMMENT.search(source) if TODO in source else None
    if not match:
        return set()
    text = re.sub(r"\([^)]*\)", "", match[2].replace("\n#", ""))
    parts = [part.strip() for part in text.split(",")]
    return {part for part in (parts if match[1] == "Names" else parts[:1]) if part.isidentifier()}


def notebook_with(history: Iterable[str]) -> list[Cell]:
    """Return the cells of the notebook that is most likely open.

    Parameters
    ----------
    history : iterable of str
        The sources of the cells that the kernel has run.

    Returns
    -------
    list of Cell
        Those of the notebook that has most of these cells. If none has any, since the learner may
        have changed them, those of the first candidate; an empty list if there is no notebook.
    """
    run = {source.strip() for source in history} - {""}
    notebooks = [code_cells(path) for path in dict.fromkeys(_candidates())]
    if not notebooks:
        return []
    return max(notebooks, key=lambda cells: len(run & {cell.source.strip() for cell in cells}))


def code_cells(path: pathlib.Path) -> list[Cell]:
    """Return the code cells of a notebook's file; an unreadable file has none."""
    heading, cells = "the start", []
    try:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                cells.append(Cell(source, heading))
            else:
                titles = [line for line in source.splitlines() if line.startswith("#")]
                heading = titles[-1].lstrip("# ") if titles else heading
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return cells


def names_bound(source: str) -> set[str]:
    """Return the names that a cell assigns, imports or defines."""
    code = "\n".join("" if line.lstrip()[:1] in "%!" else line for line in source.splitlines())
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set()
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    return bound


def _candidates() -> Iterator[pathlib.Path]:
    """Yield the notebook that Jupyter names, those of the working folder, those of the course."""
    if named := os.environ.get("JPY_SESSION_NAME"):
        path = pathlib.Path(named)
        if path.suffix == ".ipynb" and path.is_file():
            yield path
    for folder in (pathlib.Path.cwd(), *(CHECKOUT / name for name in LESSON_FOLDERS)):
        yield from sorted(folder.glob("*.ipynb"))
