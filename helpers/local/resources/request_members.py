"""What becomes of each member of each request: which members are served, and how.

`served_members` has a row for each operation. A member that no row names is refused as not served,
with its name, so a member that AWS adds to an operation is never ignored in silence. The table
`request_members.md` beside this file is generated from these rows by scripts/request_members.py,
and a test compares it with botocore's service model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from helpers.local.resources.member_rows import ROWS
from helpers.local.wire.errors import ValidationException

HONOURED, NO_EFFECT, REFUSED, NOT_SERVED = (
    "honoured",
    "no effect here",
    "refused as AWS does",
    "not served",
)


@dataclass
class MemberNode:
    """A member of a request, or the request itself.

    Parameters
    ----------
    verdict
        "" for a structure whose own members have different verdicts.
    note
        Why it has no effect, or which values are refused.
    members
        The members below it that are named by a row.
    """

    verdict: str = ""
    note: str = ""
    members: dict[str, "MemberNode"] = field(default_factory=dict)


def _tree(operation: str) -> MemberNode:
    root = MemberNode()
    for verdict, paths in ROWS[operation].items():
        for path, note in paths.items():
            node = root
            for name in path.split("."):
                node = node.members.setdefault(name, MemberNode())
            node.verdict, node.note = verdict, note
    return root


TREES: Mapping[str, MemberNode] = {operation: _tree(operation) for operation in ROWS}


def check_members(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse the first member that is not served.

    A member that asks for nothing, such as an empty list or ``False``, is accepted: SDKs send many.

    Parameters
    ----------
    operation
        Such as `CreateTrainingJob`.
    params
        As `aws_json.parse` returns them.

    Raises
    ------
    ValidationException
        Names the member, and what is served instead.
    """
    _check(operation, TREES[operation], params, "")


def _check(operation: str, node: MemberNode, value: Any, path: str) -> None:
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            _check(operation, node, item, f"{path}.{number}.member")
    elif isinstance(value, dict):
        for name, item in value.items():
            member = node.members.get(name)
            if member is None:
                if _asks_for_something(item):
                    raise _not_served(operation, node, name, path)
            elif member.members:
                _check(operation, member, item, _join(path, name))


def _asks_for_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_asks_for_something(item) for item in value.values())
    return bool(value)


def _not_served(operation: str, node: MemberNode, name: str, path: str) -> ValidationException:
    beside = f"Of {path}" if path else "Of its members"
    return ValidationException(
        f"The Local SageMaker does not serve {_join(path, name)} of {operation}. {beside} it "
        f"serves: {', '.join(node.members)}. On AWS the same call works: see "
        "helpers.connect(backend='aws')."
    )


def _join(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name
