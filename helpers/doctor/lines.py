"""What a line of the checklist says, and how a check that breaks becomes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

PASSED, FAILED, NOT_CHECKED = "passed", "failed", "not checked"


class Line(NamedTuple):
    """One point of the checklist: its name, its state, why, and what mends it."""

    name: str
    state: str
    why: str
    mend: str = ""


class Failed(Exception):
    """A check failed: why, and the command or console path that mends it."""

    def __init__(self, why: str, mend: str):
        super().__init__(why)
        self.why, self.mend = why, mend


class NotChecked(Exception):
    """A check can't be made here; the message says why."""


def line(name: str, check: Callable[..., str], *arguments: Any) -> Line:
    """Make the line of a check, which returns what is well, or raises Failed or NotChecked.

    A check that breaks otherwise says nothing about what it checks: its line is not checked.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return Line(name, PASSED, check(*arguments))
    except Failed as failed:
        return Line(name, FAILED, failed.why, failed.mend)
    except NotChecked as reason:
        return Line(name, NOT_CHECKED, str(reason))
    except ClientError as error:
        return Line(name, NOT_CHECKED, *refused(error))
    except (BotoCoreError, OSError) as error:
        return Line(name, NOT_CHECKED, f"no answer: {error}")
    except Exception as error:  # a doctor that dies helps nobody
        return Line(name, NOT_CHECKED, f"the check itself broke: {error!r}")


def refused(error: Any) -> tuple[str, str]:
    """Why a call was refused, and what mends it."""
    code = error.response["Error"]["Code"]
    if "AccessDenied" in code or "Unauthorized" in code or code == "403":
        return (
            f"{error.operation_name} is denied",
            f"ask for the permission to {error.operation_name}, or have an administrator look",
        )
    return f"{error.operation_name} answers {code}", ""
