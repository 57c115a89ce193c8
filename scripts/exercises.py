"""Write the exercises of the mini-projects from their solutions, which are the only source.

A solution marks what the learner is to write by nbgrader's own marks, `### BEGIN SOLUTION` and
`### END SOLUTION`, each on a line of its own. nbgrader's ClearSolutions, which removes such
regions, comes with a database and a grading server that nobody needs here, and puts one text for
every task; Otter Assign has a form of its own, and grades in containers. So the marks are
nbgrader's, which teachers know and whose tools can read our solutions, and the few lines that
remove them are ours.

In the exercise

- a region becomes `...  # your code`: the TODO comment above it, which stays, says what to write;
- a cell tagged `solution` is left out: what it says would give the answer away;
- outputs and execution counts are empty, and the title loses " (solution)";
- code cells are tagged `nbval-skip`: what a learner has not written yet has no output to compare.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path

import nbformat

FOLDER = Path(__file__).resolve().parents[1] / "Mini-Projects"
SUFFIX = " - Solution"
IN_TITLE = " (solution)"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "...  # your code"
TAG = "solution"
SKIP = "nbval-skip"


class BadMarks(ValueError):
    """The marks of a solution's cell don't pair; the message shows the cell."""


def solutions(folder: Path = FOLDER) -> list[Path]:
    """The solutions in a folder, by name."""
    return sorted(folder.glob(f"*{SUFFIX}.ipynb"))


def exercise_path(solution: Path) -> Path:
    """Where the exercise of a solution stands."""
    return solution.with_name(solution.name.replace(f"{SUFFIX}.ipynb", ".ipynb"))


def make_exercise(solution: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the exercise of a solution, which stays as it is.

    Raises BadMarks.
    """
    made = copy.deepcopy(solution)
    made.cells = [cell for cell in made.cells if TAG not in cell.metadata.get("tags", [])]
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.source = clear(cell.source)
            cell.outputs = []
            cell.execution_count = None
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), SKIP]
    first = made.cells[0]
    first.source = first.source.replace(IN_TITLE, "", 1)
    return made


def clear(source: str) -> str:
    """Put the stub where a region stands.

    Raises BadMarks.

    >>> print(clear("# TODO: add\\n### BEGIN SOLUTION\\na = 1 + 1\\n### END SOLUTION\\nprint(a)"))
    # TODO: add
    ...  # your code
    print(a)
    """
    kept: list[str] = []
    inside = False
    for line in source.splitlines():
        mark = line.strip()
        if mark in (BEGIN, END) and (mark == BEGIN) == inside:
            raise BadMarks(f"A solution needs {BEGIN} and {END} in turn, found:\n{source}")
        if mark == BEGIN:
            inside = True
            kept.append(line.replace(BEGIN, STUB))
        elif mark == END:
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise BadMarks(f"{BEGIN} without {END} in:\n{source}")
    return "\n".join(kept)


def written(notebook: nbformat.NotebookNode) -> str:
    """The text of a notebook's file."""
    return nbformat.writes(notebook) + "\n"


def main() -> int:
    for path in solutions():
        target = exercise_path(path)
        text = written(make_exercise(nbformat.read(path, as_version=4)))
        if not target.exists() or target.read_text() != text:
            target.write_text(text)
            print(f"Wrote {target.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
