"""Recognise a task whose cell was run with the `...` that the learner should replace."""

from __future__ import annotations

import ast
import sys
from typing import Any

TODO = "# TODO"
UNSOLVED = "not solved yet: replace the `...` with your code"


def name_ellipsis() -> None:
    """Let IPython show what an unsolved cell returns as that, and not as `Ellipsis`."""
    if shell := _shell():
        formatter = shell.display_formatter.formatters["text/plain"]
        text = f"... ({UNSOLVED})"
        formatter.singleton_printers[id(...)] = lambda value, printer, cycle: printer.text(text)


def unsolved_todo(task: str) -> str | None:
    """Return the TODO of an unsolved cell that was run since another task's check, or None.

    Only the last run of each cell counts.
    """
    last_run = {}
    for source in reversed(variables().get("In", [])):
        first_line = source.strip().partition("\n")[0]
        if "helpers.check(" in first_line and task not in first_line:
            break
        if first_line.startswith(TODO):
            last_run.setdefault(first_line, source)
    return next((todo for todo in reversed(last_run) if _has_ellipsis(last_run[todo])), None)


def variables() -> dict[str, Any]:
    """Return the kernel's variables, with the cells that it has run in "In"; {} outside of one."""
    shell = _shell()
    return shell.user_ns if shell else {}


def _has_ellipsis(source: str) -> bool:
    """Tell whether a cell has `...` as a statement or as the value of one."""
    try:
        nodes = ast.walk(ast.parse(source))
    except SyntaxError:
        return False
    values = [getattr(node, "value", None) for node in nodes]
    return any(isinstance(value, ast.Constant) and value.value is ... for value in values)


def _shell():
    """Return IPython's shell, or None outside a notebook."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
