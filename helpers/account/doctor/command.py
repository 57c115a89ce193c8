"""`python -m helpers doctor`, and the same checklist in a notebook's cell."""

from __future__ import annotations

import argparse
import json
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

from helpers.account.doctor.account_checks import EXTRAS
from helpers.account.doctor.results import FAILED, NOT_CHECKED, CheckResult
from helpers.session import backend

SIGNS = {"passed": "ok", FAILED: "FAILED", NOT_CHECKED: "-"}
WIDTH, INDENT = 96, " " * 7
WHOLE = {"break_on_hyphens": False, "break_long_words": False}  # names and options


_ACCOUNT = re.compile(r"\b(?!111122223333)\d{8}(\d{4})\b")  # the local account's id is no secret


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command `doctor` to those of `python -m helpers`."""
    parser = commands.add_parser(
        "doctor",
        help="check this machine and the account, and say what mends what is wrong",
        description="Exit code: 0 if nothing failed, else 1.",
    )
    parser.add_argument("--role", metavar="ARN", help="the role that jobs get (default: yours)")
    parser.add_argument("--region", help="another region")
    parser.add_argument(
        "--also",
        action="append",
        choices=list(EXTRAS),
        default=[],
        help="what no lesson needs, but shall be there; can be said twice",
    )
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the checklist."""
    from helpers.account.doctor.checklist import run_checks

    if not arguments.json:
        where = backend.choose()
        print(f"Backend: {where.backend} ({where.reason})")
    lines = []
    for line in run_checks(role=arguments.role, region=arguments.region, also=arguments.also):
        lines.append(line)
        if not arguments.json:
            print(text([line]), flush=True)
    if arguments.json:
        print(json.dumps([line._asdict() for line in lines], indent=2))
    else:
        print(summary(lines))
    return 1 if any(line.state == FAILED for line in lines) else 0


def show(chosen: str | None = None) -> None:
    """Print the checklist in a notebook; `chosen` as for `helpers.connect`.

    Of an account's id only the last four digits are shown, and paths begin at the checkout or at
    ``~``: notebooks are passed on.
    """
    from helpers.account.doctor.checklist import run_checks
    from helpers.home import CHECKOUT

    lines = list(run_checks(chosen))
    shown = text(lines).replace(f"{CHECKOUT}/", "").replace(f"{Path.home()}/", "~/")
    print(_ACCOUNT.sub(r"********\1", shown))
    print(summary(lines))


def text(lines: Iterable[CheckResult]) -> str:
    """A line a point; below one that failed, what mends it."""
    found = []
    for line in lines:
        start = f"{SIGNS[line.state]:<7}{line.name}: "
        found += textwrap.wrap(start + line.why, WIDTH, subsequent_indent=INDENT, **WHOLE)
        if line.mend:
            mend = f"{INDENT}mend it: {line.mend}"
            found += textwrap.wrap(mend, WIDTH, subsequent_indent=INDENT, **WHOLE)
        if line.command:  # on one line, to be copied
            found.append(f"{INDENT}{'' if line.mend else 'mend it: '}{line.command}")
    return "\n".join(found)


def summary(lines: list[CheckResult]) -> str:
    """How many failed and were not checked."""
    failed, unchecked = (
        sum(line.state == state for line in lines) for state in (FAILED, NOT_CHECKED)
    )
    return f"{len(lines)} checked: {failed} failed, {unchecked} could not be checked."
