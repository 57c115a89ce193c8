"""`python -m helpers costs`: what runs, what was spent, and the budget."""

from __future__ import annotations

import argparse

from botocore.exceptions import BotoCoreError, ClientError

from helpers import cli
from helpers.account.costs import budget as budgets
from helpers.account.costs import report
from helpers.account.costs.collect import collect
from helpers.account.costs.pricing import format_usd
from helpers.account.target import Target, command_target
from helpers.tagging import COURSE


def add_arguments(costs: argparse.ArgumentParser) -> None:
    costs.add_argument("--budget", metavar="USD", help="set the budget, and save it")
    costs.add_argument("--warn", metavar="USD", help="warn when this much is spent (default: 20)")
    costs.add_argument(
        "--alarm", metavar="EMAIL", type=budgets.email, help="create an AWS Budgets alarm (asks)"
    )
    cli.add_yes(costs)
    cli.add_region(costs)
    cli.add_json(costs)
    costs.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report, or create an alarm."""
    budget = _budget(arguments)
    target = command_target(arguments, start=bool(arguments.alarm))
    if arguments.alarm:
        return _create_alarm(arguments, target, budget)
    try:
        costs = collect(target)
    except (BotoCoreError, ClientError) as error:
        return cli.print_error(f"Could not list running resources: {error}", cli.NO_ANSWER)
    if arguments.json:
        cli.print_json(report.as_json(costs, budget))
    else:
        print(report.text(costs, budget))
    return cli.OK if costs.complete else cli.PROBLEM


def _budget(arguments: argparse.Namespace) -> budgets.Budget:
    """The saved budget, or that of the arguments, which is saved."""
    file = budgets.budget_file()
    try:
        if not (arguments.budget or arguments.warn):
            return budgets.load(file)
        usd = arguments.budget or str(budgets.load(file).usd)
        budget = budgets.parse_budget(usd, arguments.warn)
        budgets.save(file, budget)
        saved, warn_from = map(format_usd, budget)
        print(f"Saved: a budget of {saved}, warning from {warn_from}", file=cli.output(arguments))
    except OSError as error:
        raise budgets.BudgetError(f"The budget could not be read or saved: {error}") from None
    return budget


def _create_alarm(arguments: argparse.Namespace, target: Target, budget: budgets.Budget) -> int:
    usd, warn_from = map(format_usd, budget)
    print(
        f"An AWS Budgets alarm for the whole account mails to {arguments.alarm} when a month has "
        f"cost {warn_from}, when it has cost {usd}, and when it is about to."
    )
    if not cli.confirm(arguments, "Create it? [y/N]"):
        print("Nothing was created.")
        return cli.PROBLEM
    budgets.create_alarm(target, budget, arguments.alarm)
    print(f"Created: {COURSE}, in AWS Budgets.")
    return cli.OK
