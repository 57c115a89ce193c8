"""What a line of the checklist says, and how a check that breaks or hangs becomes one."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from helpers.account.clients import error_code, is_denied

PASSED, FAILED, NOT_CHECKED = "passed", "failed", "not checked"
PATIENCE = 120  # seconds for a check; its calls give up earlier, but there may be many

_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")  # of a proxy, for example
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


class CheckResult(NamedTuple):
    """One point of the checklist: its name, its state, why, and what mends it.

    mend: in words, or a console path. command: as typed in a shell.
    """

    name: str
    state: str
    why: str
    mend: str = ""
    command: str = ""


class CheckFailedError(Exception):
    """A check failed: why, and the console path (`mend`) or command that mends it, or both."""

    def __init__(self, why: str, mend: str = "", command: str = ""):
        super().__init__(why)
        self.why, self.mend, self.command = why, mend, command


class CheckSkippedError(Exception):
    """A check can't be made here; the message says why, `mend` what would help."""

    def __init__(self, why: str, mend: str = "", command: str = ""):
        super().__init__(why)
        self.why, self.mend, self.command = why, mend, command


def run_check(name: str, check: Callable[..., str], *arguments: Any) -> CheckResult:
    """Make the line of a check, which returns what is well, or raises Failed or CheckSkippedError.

    A check that breaks otherwise says nothing about what it checks: its line is not checked. So is
    that of one that does not end: it is left behind in its thread.
    """
    found: list[CheckResult] = []
    thread = threading.Thread(
        target=lambda: found.append(_line(name, check, *arguments)),
        name=f"doctor: {name}",
        daemon=True,
    )
    thread.start()
    thread.join(PATIENCE)
    if not found:
        return CheckResult(name, NOT_CHECKED, f"no answer within {PATIENCE:g} seconds")
    return CheckResult(name, found[0].state, *map(without_secrets, found[0][2:]))


def without_secrets(words: str) -> str:
    """The words without keys, tokens and passwords, which an error's text may hold."""
    for name in _SECRETS:
        if secret := os.environ.get(name):
            words = words.replace(secret, "***")
    return _KEY_ID.sub("***", _PASSWORD.sub("***", words))


def _line(name: str, check: Callable[..., str], *arguments: Any) -> CheckResult:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return CheckResult(name, PASSED, check(*arguments))
    except CheckFailedError as failed:
        return CheckResult(name, FAILED, failed.why, failed.mend, failed.command)
    except CheckSkippedError as reason:
        return CheckResult(name, NOT_CHECKED, reason.why, reason.mend, reason.command)
    except ClientError as error:
        return CheckResult(name, NOT_CHECKED, *explain_denial(error))
    except (BotoCoreError, OSError) as error:
        return CheckResult(name, NOT_CHECKED, f"no answer: {error}")
    except Exception as error:  # a doctor that dies helps nobody
        return CheckResult(name, NOT_CHECKED, f"the check itself broke: {error!r}")


def explain_denial(error: Any) -> tuple[str, str]:
    """Why a call was refused, and what mends it."""
    if is_denied(error):
        return (
            f"{error.operation_name} is denied",
            f"ask for the permission to {error.operation_name}, or have an administrator look",
        )
    return f"{error.operation_name} answers {error_code(error)}", ""
