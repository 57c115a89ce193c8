"""The names that later cells of an exercise use: do they exist, and have what those cells need?

A check looks at S3 and SageMaker. The cells that the exercise gives use some of the learner's
variables as well, and would fail far from the cell that has the mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from helpers.grading.later_name_tables import EXERCISES
from helpers.grading.unsolved import TODO


def problem_with_names(lesson: str, task: str, variables: Mapping[str, Any]) -> str | None:
    """Return a hint about the first variable of a task that later cells can't use, or None.

    Parameters
    ----------
    lesson : str
        The lesson's title.
    task : str
        The task's name.
    variables : mapping
        Those of the kernel, with the cells that it has run in "In". A variable may be missing if
        no cell that should make it was run: after a restart, what is on S3 is enough.
    """
    names = [each for table in EXERCISES.get(lesson, ()) for each in table.get(task, ())]
    for name, form, fits in names:
        if name in variables:
            value = variables[name]
            if not fits(value):
                return (
                    f"What you left on S3 and in SageMaker is right, but later cells use `{name}` "
                    f"as {form}. Yours is {_described(value)}."
                )
        elif _was_asked_for(name, variables.get("In", ())):
            return (
                f"What you left on S3 and in SageMaker is right, but later cells use `{name}`, "
                f"{form}. No variable has that name: give it that name."
            )
    return None


def _described(value: Any) -> str:
    """Return the class of a value, and what of it most often is the mistake."""
    text = f"of the class {type(value).__name__}"
    if isinstance(value, Path) and not value.is_dir():
        text += f", and {value} is not a folder"
    if (columns := getattr(value, "columns", None)) is not None:
        text += f" with the columns {', '.join(map(str, columns))}"
    return text


def _was_asked_for(name: str, cells: Iterable[str]) -> bool:
    """Tell whether a cell was run whose TODO asks for a variable of this name."""
    for source in cells:
        comments = [line for line in source.splitlines() if line.startswith("#")]
        words = " ".join(comments).replace(",", " ").replace(":", " ").split()
        if source.startswith(TODO) and name in words:
            return True
    return False
