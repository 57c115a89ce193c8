"""One thing wrong in what SageMaker answers about a learner who has done everything."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

Edit = Callable[[str, dict], None]
"""Changes the answer of an operation of boto3, such as describe_endpoint."""


class Fault(NamedTuple):
    """A mistake: the answer in which it shows, its edit (of answer and learner), and the hint."""

    task: str
    wrong: str
    operation: str
    edit: Callable[[dict, Any], object]
    hint: str

    def __str__(self) -> str:
        return f"{self.task}: {self.wrong}"


def assert_hint(learner: Any, fault: Fault, before: Edit | None = None) -> None:
    """Assert that a task with this fault is not passed, and that its hint names the fault.

    before: an edit of each answer that comes before the fault's.
    """

    def edit(operation: str, answer: dict) -> None:
        if before is not None:
            before(operation, answer)
        if operation == fault.operation:
            fault.edit(answer, learner)

    result = learner.judge(fault.task, edit)
    assert not result.passed
    assert fault.hint in result.hint
    assert not re.search(r"Error: |Traceback", result.hint)
