"""`python -m helpers costs`: what runs, what was spent, and the budget."""

from __future__ import annotations

import argparse
import json
import sys


def add_parser(commands) -> None:
    parser = commands.add_parser("costs", help="what runs now, what was spent, and the budget")
    parser.add_argument("--budget", metavar="USD", help="set the budget, and keep it")
    parser.add_argument("--warn", metavar="USD", help="warn when this much is spent (default 20)")
    parser.add_argument("--alarm", metavar="EMAIL", help="make an AWS Budgets alarm; asks first")
    parser.add_argument("--yes", action="store_true", help="don't ask")
    parser.add_argument("--live", action="store_true", help="today's prices from AWS's price list")
    parser.add_argument("--region", help="another region")
    parser.add_argument("--json", action="store_true", help="for scripts; amounts are texts")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Report; 0, or 1 if something could not be seen, set or made."""
    from botocore.exceptions import BotoCoreError, ClientError

    from helpers.account.costs import budget as budgets
    from helpers.account.costs import collect, report
    from helpers.account.target import resolve_target
    from helpers.home import Home

    file = Home.find().path / "budget.json"
    try:
        budget = _budget(arguments, file)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    place = resolve_target(region=arguments.region)
    print(place, file=sys.stderr if arguments.json else sys.stdout)
    if arguments.alarm:
        return _alarm(arguments, place, budget)
    try:
        found = collect.collect(place, live=arguments.live)
    except (BotoCoreError, ClientError) as error:
        print(f"What runs can't be told: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(report.as_json(found, budget), indent=2, default=str))
    else:
        print(report.text(found, budget))
    if arguments.budget or arguments.warn:
        kept = f"{budgets.dollars(budget.usd)}, warning from {budgets.dollars(budget.warn_from)}"
        print(f"Kept: a budget of {kept}", file=sys.stderr if arguments.json else sys.stdout)
    return 0 if found.complete else 1


def _budget(arguments: argparse.Namespace, file):
    from helpers.account.costs import budget as budgets

    if not (arguments.budget or arguments.warn):
        return budgets.load(file)
    usd = arguments.budget or str(budgets.load(file).usd)
    budget = budgets.parse_budget(usd, arguments.warn)
    budgets.save(file, budget)
    return budget


def _alarm(arguments: argparse.Namespace, place, budget) -> int:
    from helpers.account.costs import budget as budgets

    print(
        f"An AWS Budgets alarm over the whole account: mails to {arguments.alarm} above "
        f"{budgets.dollars(budget.warn_from)} and {budgets.dollars(budget.usd)} a month."
    )
    if not arguments.yes and not _agreed():
        print("Nothing was made.")
        return 1
    try:
        print(budgets.create_alarm(place, budget, arguments.alarm))
    except budgets.BudgetAlarmError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _agreed() -> bool:
    try:
        return input("Make it? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print("Nobody answers here: pass --yes.")
        return False
