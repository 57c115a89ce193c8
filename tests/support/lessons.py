"""What the tests of the lessons share: where the notebooks are, and how to read them."""

import re
from pathlib import Path

import nbformat

CHECKOUT = Path(__file__).resolve().parents[2]
TUTORIAL = CHECKOUT / "Tutorial"
PROJECTS = CHECKOUT / "Mini-Projects"
SOLUTION = " - Solution"
SOLUTIONS = sorted((PROJECTS / "Solutions").glob("*.ipynb"))
SETTING_UP = TUTORIAL / "0 - Setting Up.ipynb"  # at no level, and it trains nothing
LESSONS = sorted(TUTORIAL.glob("*.ipynb")) + SOLUTIONS  # exercises have no outputs to compare
# The real reviews, which are not committed; tests that need them are skipped without them.
REAL_REVIEWS = CHECKOUT.parent / "shared/data/aclImdb_v1_labelled.tar.gz"
IGNORED = "nbval-ignore-output"


def exercise_of(solution: Path) -> Path:
    """Return the exercise of a mini-project's solution."""
    return PROJECTS / solution.name.replace(SOLUTION, "")


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def headings(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the headings of the second level, in order."""
    return re.findall(r"^## (.+)$", prose(notebook), flags=re.MULTILINE)


def text_of(cell: nbformat.NotebookNode) -> str:
    """Return what a cell printed."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def twins() -> list[tuple[Path, Path]]:
    """Return each lesson at High Level with its twin at Low Level."""
    lows = [path for path in LESSONS if " - Low Level" in path.stem]
    return [(low.with_name(low.name.replace(" - Low ", " - High ")), low) for low in lows]
