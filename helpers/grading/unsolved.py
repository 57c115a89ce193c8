"""Recognise a task whose cell still holds the `...` that the learner should replace."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from helpers.home import CHECKOUT

TODO = "# TODO"
UNSOLVED = "not solved yet: replace the `...` with your code"


def name_ellipsis() -> None:
    """Let IPython show what a cell that is not solved yet returns as that, and not `Ellipsis`."""
    if shell := _shell():
        formatter = shell.display_formatter.formatters["text/plain"]
        formatter.for_type(
            type(...), lambda value, printer, cycle: printer.text(f"... ({UNSOLVED})")
        )


def unsolved_todo(lesson: str, task: str) -> str | None:
    """Return the TODO of a task's cell that was run in this kernel with its `...`, or None.

    Only the last run of each cell counts.
    """
    shell = _shell()
    last_run = {_todo_of(cell): cell for cell in (shell.user_ns.get("In", []) if shell else [])}
    todos = todos_of(CHECKOUT / "Mini-Projects" / f"{lesson}.ipynb", task) if shell else []
    return next((todo for todo in todos if _has_ellipsis(last_run.get(todo, ""))), None)


def todos_of(exercise: Path, task: str) -> list[str]:
    """Return the first line of each TODO between the check before a task's and its own."""
    todos: list[str] = []
    for source in _code(exercise):
        if source.startswith("helpers.check("):
            if source.startswith(f'helpers.check("{task}")'):
                return todos
            todos = []
        elif todo := _todo_of(source):
            todos.append(todo)
    return []


def _code(notebook: Path) -> Iterable[str]:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, LookupError):  # the file is the learner's, who may have moved it
        return []


def _todo_of(source: str) -> str:
    first_line = source.strip().partition("\n")[0]
    return first_line if first_line.startswith(TODO) else ""


def _has_ellipsis(source: str) -> bool:
    """Tell whether a cell has `...` as a statement or as the value of one."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return False
    return any(
        isinstance(getattr(node, "value", None), ast.Constant) and node.value.value is ...
        for node in ast.walk(tree)
    )


def _shell() -> Any:
    """Return IPython's shell, or None outside a notebook."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
