"""A hint below an error, in a notebook, for mistakes that everyone makes once.

The errors of cells run out of order, a kernel restarted in the middle, and a forgotten connect() do
not mention the cause. In a notebook, `install` makes IPython add a note (PEP 678) to such an error,
which it prints below the traceback. The error itself stays as it is.
"""

from __future__ import annotations

import ast
import json
import os
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from helpers.home import CHECKOUT, LESSON_FOLDERS

NOT_CONNECTED = (
    "helpers.connect() was not called in this kernel. Run the lesson's first cell, then run "
    "this one again."
)
# botocore's, by name, so that this module does not import it.
_NO_CONNECTION_ERRORS = ("NoCredentialsError", "NoRegionError", "PartialCredentialsError")
_SDK_HAS_NO_REGION = "Must setup local AWS configuration with a region"  # its Session, a ValueError


class Cell(NamedTuple):
    """A code cell, and the last heading before it."""

    source: str
    heading: str


def load_ipython_extension(shell: Any) -> None:
    """Install the hints at a kernel's start, by ``%load_ext`` or by its settings.

    After a restart in the middle of a lesson this is the only way, since no cell has imported
    `helpers` yet.
    """
    install(shell)


def install(shell: Any) -> None:
    """Add hints to the errors of this IPython shell from now on."""
    shell.set_custom_exc((Exception,), _show)


def _show(
    shell: Any, error_type: type, error: Exception, trace: Any, tb_offset: int | None = None
) -> None:
    """IPython calls this in place of its own display of an error."""
    try:
        text = hint(error, shell.user_ns.get("In", [""])[-1], shell.execution_count)
    except Exception:  # a broken notebook file must not hide the error
        text = None
    if text:
        error.add_note(f"\n{text}")
    shell.showtraceback((error_type, error, trace), tb_offset=tb_offset, running_compiled_code=True)


def hint(error: Exception, cell: str, cells_run: int) -> str | None:
    """Return what to do about an error that running a cell raised, or None.

    Parameters
    ----------
    error : Exception
    cell : str
        The source of the cell.
    cells_run : int
        How many cells the kernel has run, including this one.
    """
    if isinstance(error, NameError) and error.name:
        return _hint_for_name(error.name, cell, cells_run)
    unconnected = type(error).__name__ in _NO_CONNECTION_ERRORS or _SDK_HAS_NO_REGION in str(error)
    if unconnected and "AWS_ENDPOINT_URL" not in os.environ:
        return NOT_CONNECTED
    return None


def defining_heading(name: str, cells: Iterable[Cell]) -> str | None:
    """Return the heading under which a notebook first defines a name, or None."""
    for cell in cells:
        if name in _names_bound(cell.source):
            return cell.heading
    return None


def code_cells(path: pathlib.Path) -> list[Cell]:
    """Return the code cells of a notebook's file."""
    heading, cells = "the start", []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cells.append(Cell(source, heading))
        else:
            titles = [line for line in source.splitlines() if line.startswith("#")]
            heading = titles[-1].lstrip("# ") if titles else heading
    return cells


def _hint_for_name(name: str, cell: str, cells_run: int) -> str | None:
    heading = defining_heading(name, _notebook_with(cell))
    if heading is None:
        return None
    if cells_run <= 2:
        reason = (
            "This kernel has just been started or restarted, so variables from before are lost."
        )
    else:
        reason = "Its cell has not been run yet, or it failed."
    return (
        f'`{name}` does not exist yet: it is defined in "{heading}". {reason} Run the cells from '
        "the top, in order: menu Run > Run All Above Selected Cell."
    )


def _notebook_with(cell: str) -> list[Cell]:
    """Return the lesson that has this cell or, if the learner changed it, the first candidate."""
    notebooks = [code_cells(path) for path in _candidates()]
    for cells in notebooks:
        if any(lesson_cell.source.strip() == cell.strip() for lesson_cell in cells):
            return cells
    return notebooks[0] if notebooks else []


def _candidates() -> Iterator[pathlib.Path]:
    """Yield the notebook that Jupyter names, those of the working folder, those of the course."""
    if named := os.environ.get("JPY_SESSION_NAME"):
        path = pathlib.Path(named)
        if path.suffix == ".ipynb" and path.is_file():
            yield path
    for folder in (pathlib.Path.cwd(), *(CHECKOUT / name for name in LESSON_FOLDERS)):
        yield from sorted(folder.glob("*.ipynb"))


def _names_bound(source: str) -> set[str]:
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
