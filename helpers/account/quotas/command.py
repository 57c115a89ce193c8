"""`python -m helpers quotas`: what the course needs, what the account has, and requests."""

from __future__ import annotations

import argparse
from typing import Any

from helpers import cli
from helpers.account.quotas.client import QuotaAccessError, QuotaStatus, check, request_increase
from helpers.account.quotas.requirements import NEEDS, OPTIONAL_REQUIREMENTS
from helpers.account.target import Target, command_target, resolve_target
from helpers.catalog.quotas import CONSOLE_PATH


def add_arguments(quotas: argparse.ArgumentParser) -> None:
    quotas.add_argument("--request", action="store_true", help="request increases (asks)")
    cli.add_yes(quotas)
    cli.add_region(quotas)
    cli.add_include(quotas, OPTIONAL_REQUIREMENTS)
    cli.add_json(quotas)
    quotas.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report, and request increases if asked to."""
    target = command_target(arguments, start=arguments.request)
    included = [OPTIONAL_REQUIREMENTS[name] for name in arguments.include]
    statuses = check(target, [*NEEDS, *included])
    if not arguments.json:
        print(table(statuses))
    if arguments.request:
        _request(target, statuses, arguments)
    if arguments.json:
        cli.print_json(as_json(target, statuses))
    elif not arguments.request:
        print(_next_steps(target, statuses))
    return cli.OK if all(status.enough for status in statuses) else cli.PROBLEM


def show() -> list[QuotaStatus]:
    """Print a table of the quotas that the lessons need, in a notebook.

    Returns
    -------
    list of QuotaStatus
        The table's rows, values in instances; empty if AWS refuses to list quotas.

    Raises
    ------
    TargetError
        If there is no backend to work with.
    """
    try:
        statuses = check(resolve_target())
    except QuotaAccessError as error:
        print(error)
        return []
    print(table(statuses))
    return statuses


def table(statuses: list[QuotaStatus]) -> str:
    """A line for each quota; below it the open request, below all the lessons."""
    rows = [("quota", "needed", "has", "default", "enough")]
    for status in statuses:
        has, default = _number(status.value), _number(status.default)
        enough = "yes" if status.enough else "NO"
        rows.append((status.need.quota, str(status.need.count), has, default, enough))
    head, *body = cli.table(rows)
    lines, codes = [head], {}
    for status, line in zip(statuses, body, strict=True):
        lines.append(line)
        if status.request:
            lines.append(f"  requested: {_request_text(status.request)}")
        codes.setdefault(status.need.lessons, []).append(status.need.code)
    return "\n".join(
        [*lines, *(f"{', '.join(of)}: {'; '.join(lessons)}" for lessons, of in codes.items())]
    )


def as_json(target: Target, statuses: list[QuotaStatus]) -> dict[str, Any]:
    """What --json prints. Times are ISO 8601, UTC."""
    return target.as_json() | {
        "enough": all(status.enough for status in statuses),
        "quotas": [
            {
                "name": status.need.quota,
                "code": status.need.code,
                "needed": status.need.count,
                "value": status.value,
                "default": status.default,
                "enough": status.enough,
                "lessons": list(status.need.lessons),
                "request": status.request and _request_json(status.request),
            }
            for status in statuses
        ],
    }


def _request(target: Target, statuses: list[QuotaStatus], arguments: argparse.Namespace) -> None:
    """Request each quota that is short, known and not requested yet; store the answers."""

    def echo(*lines: str) -> None:
        print(*lines, sep="\n", file=cli.output(arguments))

    short = [status for status in statuses if not status.enough]
    wanted = [status for status in short if status.value is not None and not status.request]
    if not wanted:
        echo(_next_steps(target, statuses) if short else "Nothing to request: all are enough.")
        return
    if not arguments.yes:
        echo("To request:", *(f"  {status.need.quota}: {status.desired:g}" for status in wanted))
    if not cli.confirm(arguments, f"Request these increases in {target.region}? [y/N]"):
        echo("Nothing was requested.")
        return
    for status in wanted:
        status.request = request_increase(target, status)
        echo(f"{status.need.quota}: {_request_text(status.request)}")
    echo(_next_steps(target, statuses))


def _next_steps(target: Target, statuses: list[QuotaStatus]) -> str:
    short = [status for status in statuses if not status.enough]
    if not short:
        return "Enough for all lessons."
    lines = [f"{len(short)} of {len(statuses)} are too low."]
    if unknown := [status.need.quota for status in short if status.value is None]:
        lines.append(f"Unknown in this Region: {', '.join(unknown)}. Choose another by --region.")
    if any(status.value is not None and not status.request for status in short):
        lines.append(
            f"Request increases: python -m helpers quotas --request (console: {CONSOLE_PATH})"
        )
    requested = [status for status in short if status.request]
    if requested and target.is_local:
        lines.append("Here you decide on the requests, in place of AWS Support:")
        lines += [
            f'  python -m helpers local set-quota "{status.need.quota}" '
            f"{status.request['DesiredValue']:g} --region {target.region}"
            for status in requested
        ]
    elif requested:
        lines.append(
            "AWS decides on the requests; it can take a day or more (console: Service Quotas > "
            "Quota request history)."
        )
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _request_text(request: dict[str, Any]) -> str:
    case = f", support case {request['CaseId']}" if request.get("CaseId") else ""
    return f"{request['DesiredValue']:g}, {request['Status']}, request {request['Id']}{case}"


def _request_json(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": request["Id"],
        "status": request["Status"],
        "desired": request["DesiredValue"],
        "created": request["Created"].isoformat(),
    }
