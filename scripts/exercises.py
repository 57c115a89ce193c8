"""Write the exercises of the mini-projects from their solutions, which are the only source.

A solution marks what the learner has to write by nbgrader's markers, `### BEGIN SOLUTION` and
`### END SOLUTION`, each on a line of its own. nbgrader's ClearSolutions, which removes such
regions, brings a database and a grading server that the course does not need, and has one text for
all tasks. So the markers are nbgrader's, and its tools can read the solutions, but the few lines
that remove them are the course's own.

In the exercise

- a region becomes `...  # your code`: the TODO comment above it, which stays, says what to write;
- a cell tagged `solution` is left out, since it would give the answer away;
- outputs and execution counts are empty, and the title loses " (solution)";
- relative links lose their first `../`, since the exercise lies one folder above its solution;
- code cells are tagged `nbval-skip`: code that is not written yet has no output to compare.

A Python file below the solutions, such as web_app/handler.py, is marked in the same way and becomes
the file that the learner completes.
"""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path

import nbformat

SOLUTIONS = Path(__file__).resolve().parents[1] / "Mini-Projects" / "Solutions"
FILE_SUFFIX = " - Solution"
TITLE_SUFFIX = " (solution)"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "...  # your code"
SOLUTION_TAG = "solution"
SKIP_TAG = "nbval-skip"


class MarkerError(ValueError):
    """The markers of a solution's cell do not match; the message shows the cell."""


def solutions(folder: Path = SOLUTIONS) -> list[Path]:
    """Return the solutions in a folder, sorted by name."""
    return sorted(folder.glob(f"*{FILE_SUFFIX}.ipynb"))


def exercise_path(solution: Path) -> Path:
    """Return the path of a solution's exercise, one folder up."""
    return solution.parents[1] / solution.name.replace(f"{FILE_SUFFIX}.ipynb", ".ipynb")


def code_solutions() -> list[Path]:
    """Return the Python files below the folder of solutions, sorted by path."""
    return sorted(SOLUTIONS.rglob("*.py"))


def code_exercise_path(solution: Path) -> Path:
    """Return the path of the file that the learner completes: the same, beside the exercises."""
    return SOLUTIONS.parent / solution.relative_to(SOLUTIONS)


def make_exercise(solution: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the exercise of a solution, which is not changed. Raises MarkerError."""
    exercise = copy.deepcopy(solution)
    exercise.cells = [
        cell for cell in exercise.cells if SOLUTION_TAG not in cell.metadata.get("tags", [])
    ]
    for cell in exercise.cells:
        if cell.cell_type == "code":
            cell.source = clear(cell.source)
            cell.outputs = []
            cell.execution_count = None
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), SKIP_TAG]
        else:
            cell.source = re.sub(r"(\]\(<?)\.\./", r"\1", cell.source)
    title = exercise.cells[0]
    title.source = title.source.replace(TITLE_SUFFIX, "", 1)
    return exercise


def clear(source: str) -> str:
    """Replace each marked region by the stub. Raises MarkerError.

    >>> print(clear("# TODO: add\\n### BEGIN SOLUTION\\na = 1 + 1\\n### END SOLUTION\\nprint(a)"))
    # TODO: add
    ...  # your code
    print(a)
    """
    lines: list[str] = []
    in_region = False
    for line in source.splitlines():
        marker = line.strip()
        if marker in (BEGIN, END) and (marker == BEGIN) == in_region:
            raise MarkerError(f"Expected {BEGIN} and {END} in turn, got:\n{source}")
        if marker == BEGIN:
            in_region = True
            lines.append(line.replace(BEGIN, STUB))
        elif marker == END:
            in_region = False
        elif not in_region:
            lines.append(line)
    if in_region:
        raise MarkerError(f"{BEGIN} without {END} in:\n{source}")
    return "\n".join(lines)


def file_text(notebook: nbformat.NotebookNode) -> str:
    """Return the text of a notebook's file."""
    return nbformat.writes(notebook) + "\n"


def main() -> int:
    """Write each exercise that differs from its solution."""
    for path in solutions():
        notebook = make_exercise(nbformat.read(path, as_version=4))
        write_if_changed(exercise_path(path), file_text(notebook))
    for path in code_solutions():
        write_if_changed(code_exercise_path(path), clear(path.read_text()) + "\n")
    return 0


def write_if_changed(exercise: Path, text: str) -> None:
    """Write an exercise unless it has this text."""
    if not exercise.exists() or exercise.read_text() != text:
        exercise.parent.mkdir(parents=True, exist_ok=True)
        exercise.write_text(text)
        print(f"Wrote {exercise.name}")


if __name__ == "__main__":
    sys.exit(main())
