"""`python -m helpers quotas`: what the course needs, what the account has, and asking for more."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from helpers.account.quotas.client import QuotaAccessError, QuotaStatus, check, request_increase
from helpers.account.quotas.requirements import NEEDS, OPTIONAL_REQUIREMENTS

if TYPE_CHECKING:
    from helpers.account.target import Target

CONSOLE = "Service Quotas > AWS services > Amazon SageMaker"


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command `quotas` to those of `python -m helpers`."""
    parser = commands.add_parser(
        "quotas",
        help="the quotas that the course needs, and asking for those that are short",
        description="Exit code: 0 if all are enough, 1 if one is short, 2 if AWS does not tell.",
    )
    parser.add_argument("--request", action="store_true", help="ask for increases; confirms first")
    parser.add_argument("--yes", action="store_true", help="don't confirm")
    parser.add_argument("--region", help="another region")
    parser.add_argument(
        "--also",
        action="append",
        choices=list(OPTIONAL_REQUIREMENTS),
        default=[],
        help="what no lesson runs, but you want to; can be said twice",
    )
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Report, and request if wanted."""
    from helpers.account.target import resolve_target

    place = resolve_target(region=arguments.region)
    print(place, file=sys.stderr if arguments.json else sys.stdout)
    try:
        lines = check(place, [*NEEDS, *(OPTIONAL_REQUIREMENTS[name] for name in arguments.also)])
        if not arguments.json:
            print(table(lines))
        if arguments.request:
            _request(place, lines, arguments)
    except QuotaAccessError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(as_json(place, lines), indent=2))
    elif not arguments.request:
        print(_what_next(place, lines))
    return 0 if all(line.enough for line in lines) else 1


def show() -> list[QuotaStatus]:
    """Print the table in a notebook and return its rows; none if AWS refuses to list quotas."""
    from helpers.account.target import resolve_target

    try:
        statuses = check(resolve_target())
    except QuotaAccessError as error:
        print(error)
        return []
    print(table(statuses))
    return statuses


def table(lines: list[QuotaStatus]) -> str:
    """The lines for people; below one that has it, the open request."""
    rows = [("quota", "needed", "has", "default", "enough")]
    rows += [
        (
            line.need.quota,
            str(line.need.count),
            _number(line.value),
            _number(line.default),
            "yes" if line.enough else "NO",
        )
        for line in lines
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = []
    for row, line in zip(rows, [None, *lines], strict=True):
        name, *rest = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        shown.append("  ".join([name, *rest]).rstrip())
        if line and line.request:
            shown.append(f"  asked for: {_request_text(line.request)}")
    lessons: dict[tuple[str, ...], None] = dict.fromkeys(line.need.lessons for line in lines)
    for names in lessons:
        codes = [line.need.code for line in lines if line.need.lessons == names]
        shown.append(f"{', '.join(codes)}: {'; '.join(names)}")
    return "\n".join(shown)


def as_json(place: Target, lines: list[QuotaStatus]) -> dict:
    """What --json prints. Times are ISO 8601, UTC."""
    return {
        "backend": place.backend,
        "account": place.account,
        "region": place.region,
        "enough": all(line.enough for line in lines),
        "quotas": [
            {
                "name": line.need.quota,
                "code": line.need.code,
                "needed": line.need.count,
                "value": line.value,
                "default": line.default,
                "enough": line.enough,
                "lessons": list(line.need.lessons),
                "request": line.request and _request_json(line.request),
            }
            for line in lines
        ],
    }


def _request(place: Target, lines: list[QuotaStatus], arguments: argparse.Namespace) -> None:
    """Ask for each that is short, known and not asked for yet; keep the answers in the lines."""
    out = sys.stderr if arguments.json else sys.stdout
    short = [line for line in lines if not line.enough]
    wanted = [line for line in short if line.value is not None and not line.request]
    if not wanted:
        print(
            _what_next(place, lines) if short else "Nothing to ask for: all are enough.", file=out
        )
        return
    if not arguments.yes and not _confirmed(place, wanted, out):
        print("Nothing was asked for.", file=out)
        return
    for line in wanted:
        line.request = request_increase(place, line)
        print(f"{line.need.quota}: {_request_text(line.request)}", file=out)
    print(_what_next(place, lines), file=out)


def _confirmed(place: Target, wanted: list[QuotaStatus], out) -> bool:
    asked = (f"  {line.need.quota}: {line.desired:g}" for line in wanted)
    print("To ask for:", *asked, sep="\n", file=out)
    print(f"Ask for these increases in {place.region}? [y/N] ", end="", file=out, flush=True)
    try:
        return input().strip().lower() in ("y", "yes")
    except EOFError:
        print("\nNobody is there to confirm: add --yes.", file=out)
        return False


def _what_next(place: Target, lines: list[QuotaStatus]) -> str:
    short = [line for line in lines if not line.enough]
    if not short:
        return "Enough for all lessons."
    said = [f"{len(short)} of {len(lines)} are short."]
    if unknown := [line.need.quota for line in short if line.value is None]:
        said.append(f"Not known in this Region: {', '.join(unknown)}. Choose another by --region.")
    if any(line.value is not None and not line.request for line in short):
        said.append(f"Ask for more: python -m helpers quotas --request (console: {CONSOLE})")
    said += _pending_lines(place, [line for line in short if line.request])
    return "\n".join(said)


def _pending_lines(place: Target, asked: list[QuotaStatus]) -> list[str]:
    if asked and place.backend == "local":
        return ["Here you decide on what was asked for, in place of AWS's support:"] + [
            f'  python -m helpers local quota "{line.need.quota}" '
            f"{line.request['DesiredValue']:g} --region {place.region}"
            for line in asked
        ]
    if asked:
        return [
            "AWS decides on what was asked for; it can take a day or more (console: Service "
            "Quotas > Quota request history)."
        ]
    return []


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _request_text(request: dict) -> str:
    case = f", support case {request['CaseId']}" if request.get("CaseId") else ""
    return f"{request['DesiredValue']:g}, {request['Status']}, request {request['Id']}{case}"


def _request_json(request: dict) -> dict:
    return {
        "id": request["Id"],
        "status": request["Status"],
        "desired": request["DesiredValue"],
        "created": request["Created"].isoformat(),
    }
