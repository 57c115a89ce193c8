"""The result of a check, and how a check that breaks or hangs becomes one."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from helpers.account.clients import error_code, is_denied

PASSED, FAILED, NOT_CHECKED = "passed", "failed", "not checked"
TIMEOUT_SECONDS = 120  # of a check; its calls give up earlier, but there may be many

_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")  # of a proxy, for example
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


class CheckResult(NamedTuple):
    """One point of the checklist: its name, its state, why, and how to fix it.

    fix: a sentence or a console path. command: as typed in a shell.
    """

    name: str
    state: str
    why: str
    fix: str = ""
    command: str = ""


class _CheckError(Exception):
    """Why a check did not pass, and the console path (`fix`) or command that helps, or both."""

    state = FAILED

    def __init__(self, why: str, fix: str = "", command: str = ""):
        super().__init__(why)
        self.why, self.fix, self.command = why, fix, command


class CheckFailedError(_CheckError):
    """A check failed."""


class CheckSkippedError(_CheckError):
    """A check can't be made here."""

    state = NOT_CHECKED


def run_check(name: str, check: Callable, *arguments: Any) -> CheckResult:
    """Run a check that returns a message, or a message and a value."""
    return run_check_for_value(name, check, *arguments)[0]


def run_check_for_value(name: str, check: Callable, *arguments: Any) -> tuple[CheckResult, Any]:
    """Run a check; return its value too, which is None if it does not pass.

    If it raises anything but CheckFailedError, or does not end in time (then it is left in its
    thread), its result is "not checked".
    """
    ended: list[tuple[CheckResult, Any]] = []
    thread = threading.Thread(
        target=lambda: ended.append(_run(name, check, *arguments)),
        name=f"doctor: {name}",
        daemon=True,
    )
    thread.start()
    thread.join(TIMEOUT_SECONDS)
    if not ended:
        why = f"no answer within {TIMEOUT_SECONDS:g} seconds"
        return CheckResult(name, NOT_CHECKED, why), None
    result, value = ended[0]
    return CheckResult(name, result.state, *map(without_secrets, result[2:])), value


def without_secrets(text: str) -> str:
    """Mask keys, tokens and passwords, which an error's text may contain."""
    for name in _SECRETS:
        if secret := os.environ.get(name):
            text = text.replace(secret, "***")
    return _KEY_ID.sub("***", _PASSWORD.sub("***", text))


def _run(name: str, check: Callable, *arguments: Any) -> tuple[CheckResult, Any]:
    try:
        answer = check(*arguments)
        message, value = answer if isinstance(answer, tuple) else (answer, None)
        return CheckResult(name, PASSED, message), value
    except _CheckError as error:
        return CheckResult(name, error.state, error.why, error.fix, error.command), None
    except ClientError as error:
        operation, fix = error.operation_name, ""
        why = f"{operation} answers {error_code(error)}"
        if is_denied(error):
            why = f"{operation} is denied"
            fix = f"get the permission for {operation}, or ask an administrator to check"
        return CheckResult(name, NOT_CHECKED, why, fix), None
    except (BotoCoreError, OSError) as error:
        return CheckResult(name, NOT_CHECKED, f"no answer: {error}"), None
    except Exception as error:  # a check must never end the whole checklist
        return CheckResult(name, NOT_CHECKED, f"internal error in this check: {error!r}"), None
