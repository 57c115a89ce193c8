"""A hint under the error, in a notebook, for slips that everyone makes once.

Cells run out of order, a kernel that was restarted in the middle, and a forgotten connect() end in
errors that say nothing of it. In a notebook, `watch` adds a note (PEP 678) to such an error, which
IPython prints below the traceback. The error itself stays as it is.
"""

from __future__ import annotations

import ast
import json
import os
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("Tutorial", "Mini-Projects")
CONNECT = (
    "helpers.connect() was not called in this kernel. Run the lesson's first cell, then this one "
    "again."
)
# Of botocore, by name: it need not be imported for this module.
_UNCONNECTED = ("NoCredentialsError", "NoRegionError", "PartialCredentialsError")
_SDK_HAS_NO_REGION = "Must setup local AWS configuration with a region"  # its Session, a ValueError


class Cell(NamedTuple):
    """A code cell, and the last heading before it."""

    source: str
    heading: str


def load_ipython_extension(shell: Any) -> None:
    """Let a kernel load this module at its start, by ``%load_ext`` or by its settings.

    Only so a kernel that was restarted in the middle can tell: no cell has imported `helpers` yet.
    """
    install(shell)


def install(shell: Any) -> None:
    """Add hints to the errors of this IPython shell from now on."""
    shell.set_custom_exc((Exception,), _show)


def _show(
    shell: Any, kind: type, value: Exception, trace: Any, tb_offset: int | None = None
) -> None:
    """IPython calls this in place of its own display of an error."""
    try:
        text = hint(value, shell.user_ns.get("In", [""])[-1], shell.execution_count)
    except Exception:  # whatever is wrong with a notebook's file, the error must still be shown
        text = None
    if text:
        value.add_note(f"\n{text}")
    shell.showtraceback((kind, value, trace), tb_offset=tb_offset, running_compiled_code=True)


def hint(error: Exception, cell: str, cells_run: int) -> str | None:
    """Return what to do about an error that running `cell` raised, or None."""
    if isinstance(error, NameError) and error.name:
        return _hint_for_name(error.name, cell, cells_run)
    unconnected = type(error).__name__ in _UNCONNECTED or _SDK_HAS_NO_REGION in str(error)
    if unconnected and "AWS_ENDPOINT_URL" not in os.environ:
        return CONNECT
    return None


def defining_heading(name: str, cells: Iterable[Cell]) -> str | None:
    """Return the heading under which a notebook first gives `name` a value, or None."""
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
        why = (
            "This kernel has run hardly any cell yet: it was started anew, and what an earlier one "
            "had made is gone."
        )
    else:
        why = "Its cell was not run yet, or it failed."
    return (
        f'`{name}` does not exist yet: it is made in "{heading}". {why} Run the cells from the '
        "top, in order: menu Run > Run All Above Selected Cell."
    )


def _notebook_with(cell: str) -> list[Cell]:
    """The lesson that holds this cell; learners change cells, so else the first in the folder."""
    notebooks = [code_cells(path) for path in _candidates()]
    for cells in notebooks:
        if any(known.source.strip() == cell.strip() for known in cells):
            return cells
    return notebooks[0] if notebooks else []


def _candidates() -> Iterator[pathlib.Path]:
    """The notebook that Jupyter says it is, those of the working folder, those of the course."""
    if named := os.environ.get("JPY_SESSION_NAME"):
        path = pathlib.Path(named)
        if path.suffix == ".ipynb" and path.is_file():
            yield path
    for folder in (pathlib.Path.cwd(), *(CHECKOUT / name for name in FOLDERS)):
        yield from sorted(folder.glob("*.ipynb"))


def _names_bound(source: str) -> set[str]:
    """The names that a cell gives a value, assigned, imported or defined."""
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
