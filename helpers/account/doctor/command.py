"""`python -m helpers doctor`, and the same checklist in a notebook's cell."""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

from helpers import cli
from helpers.account.doctor import checklist
from helpers.account.doctor.account_checks import OPTIONAL_QUOTAS
from helpers.account.doctor.results import FAILED, NOT_CHECKED, PASSED, CheckResult
from helpers.home import ACCOUNT, CHECKOUT
from helpers.session import backend

LABELS = {PASSED: "ok", FAILED: "FAILED", NOT_CHECKED: "-"}
INDENT = " " * 7
_WRAPPER = textwrap.TextWrapper(
    96, subsequent_indent=INDENT, break_on_hyphens=False, break_long_words=False
)
_ACCOUNT_ID = re.compile(rf"\b(?!{ACCOUNT})\d{{8}}(\d{{4}})\b")  # the local one is not a secret


def add_arguments(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("--role", metavar="ARN", help="the role that jobs get (default: yours)")
    cli.add_region(doctor)
    cli.add_include(doctor, OPTIONAL_QUOTAS)
    cli.add_json(doctor)
    doctor.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    choice = backend.choose()
    print(f"Backend: {choice.backend} ({choice.reason})", file=cli.output(arguments))
    results = []
    for result in checklist.run_checks(
        role=arguments.role, region=arguments.region, include=arguments.include
    ):
        results.append(result)
        print(text([result]), file=cli.output(arguments), flush=True)
    print(summary(results), file=cli.output(arguments))
    if arguments.json:
        cli.print_json([result._asdict() for result in results])
    return cli.PROBLEM if any(result.state == FAILED for result in results) else cli.OK


def show(chosen: str | None = None) -> None:
    """Print the checklist in a notebook.

    Of an account's ID only the last four digits are shown, and paths start at the checkout or at
    ``~``, since notebooks are shared.

    Parameters
    ----------
    chosen : {"local", "aws"}, optional
        The backend; by default what ``helpers.connect`` would choose.

    Raises
    ------
    ValueError
        If the backend has another name.
    """
    results = list(checklist.run_checks(chosen))
    shown = text(results).replace(f"{CHECKOUT}/", "").replace(f"{Path.home()}/", "~/")
    print(_ACCOUNT_ID.sub(r"********\1", shown))
    print(summary(results))


def text(results: Iterable[CheckResult]) -> str:
    """A line for each result; below one that failed, how to fix it."""
    lines = []
    for result in results:
        lines += _WRAPPER.wrap(f"{LABELS[result.state]:<7}{result.name}: {result.why}")
        if result.fix:
            lines += _WRAPPER.wrap(f"{INDENT}fix: {result.fix}")
        if result.command:  # on one line, to be copied
            lines.append(f"{INDENT}{'' if result.fix else 'fix: '}{result.command}")
    return "\n".join(lines)


def summary(results: list[CheckResult]) -> str:
    """How many failed and were not checked."""
    states = [result.state for result in results]
    failed, skipped = states.count(FAILED), states.count(NOT_CHECKED)
    return f"{len(results)} checked: {failed} failed, {skipped} could not be checked."
