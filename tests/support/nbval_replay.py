"""nbval's own comparison of stored outputs, applied to a run that is over.

nbval runs a notebook itself to compare it. Here its test items are the real ones, with its
tags and its patterns for what may differ, but instead of a kernel they ask the executed copy of
the notebook. So one run by papermill serves nbval and every other test.
"""

from collections import deque
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbFile, NbCellError, get_sanitize_patterns

from support.lessons import CHECKOUT, code_cells

MAY_DIFFER = CHECKOUT / "tests/nbval.cfg"


class ReplayKernel:
    """A kernel for nbval that answers with the outputs of an executed notebook."""

    def __init__(self, executed: nbformat.NotebookNode):
        self._cells = iter(code_cells(executed))
        self._messages: deque[dict] = deque()

    def is_alive(self) -> bool:
        return True

    def execute_cell_input(self, source: str, allow_stdin: bool | None = None) -> str:
        """Take the next cell, which must be this one; return the id of its messages."""
        cell = next(self._cells)
        assert cell.source == source, "the executed copy is of another notebook"
        idle = {"output_type": "status", "execution_state": "idle"}
        self._messages = deque(
            {
                "msg_type": output["output_type"],
                "content": output,
                "parent_header": {"msg_id": cell.id},
            }
            for output in [*cell.outputs, idle]
        )
        return cell.id

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        return self._messages.popleft()

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Do nothing, because the cell has already ended."""

    await_idle = await_reply


def differing_cells(
    session: pytest.Session, stored: Path, executed: nbformat.NotebookNode
) -> list[str]:
    """Compare each code cell's stored outputs with a run's; return one report a differing cell."""
    file = IPyNbFile.from_parent(session, path=stored)
    file.sanitize_patterns.update(get_sanitize_patterns(MAY_DIFFER.read_text()))
    file.kernel = ReplayKernel(executed)
    reports = []
    for cell in file.collect():
        try:
            cell.runtest()
        except NbCellError as error:
            reports.append(f"{error}\n{error.source}\n{error.inner_traceback}")
    return reports
