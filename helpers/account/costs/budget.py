"""A budget for the course: its amount, how much of it is spent, and an alarm at AWS on request."""

from __future__ import annotations

import argparse
import json
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from helpers import cli
from helpers.account.clients import error_code, is_denied, make_client
from helpers.account.costs.pricing import CostTotal, format_usd
from helpers.account.target import Target
from helpers.home import atomic_write, home_folder
from helpers.tagging import COURSE

DEFAULT_USD = Decimal(75)
DEFAULT_WARNING_USD = Decimal(20)
BAR_WIDTH = 30
ACTIONS = "budgets:ModifyBudget and budgets:TagResource"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Budget(NamedTuple):
    """US dollars: `usd` to spend in all, and a warning once `warn_from` of them are spent."""

    usd: Decimal = DEFAULT_USD
    warn_from: Decimal = DEFAULT_WARNING_USD


class BudgetAlarmError(cli.CommandError):
    """AWS Budgets did not create the alarm; the message says why and what to do."""


class BudgetError(cli.CommandError):
    """The budget, or the file that holds it, is not valid; the message says why."""

    code = cli.NO_ANSWER


def budget_file() -> Path:
    return home_folder() / "budget.json"


def parse_budget(usd: str, warn_from: str | None = None) -> Budget:
    """Parse amounts in US dollars. Without `warn_from`: 20, or 4/5 of a budget below 25.

    Raises BudgetError unless 0 < warn_from <= usd, both in whole cents.
    """
    amount = _amount(usd)
    warning = min(DEFAULT_WARNING_USD, amount * 4 / 5) if warn_from is None else _amount(warn_from)
    if warning > amount:
        raise BudgetError(
            f"The warning threshold ({warning} USD) exceeds the budget ({amount} USD)."
        )
    return Budget(amount, warning)


def load(file: Path) -> Budget:
    """Load the budget from a file; the default one if there is no file.

    Raises BudgetError if the file holds something else.
    """
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        return parse_budget(saved["usd"], saved["warn_from"])
    except FileNotFoundError:
        return Budget()
    except (BudgetError, ValueError, KeyError, TypeError):
        raise BudgetError(
            f"{file} does not contain a budget. Set one again: python -m helpers costs --budget "
            f"{DEFAULT_USD}"
        ) from None


def save(file: Path, budget: Budget) -> None:
    atomic_write(file, json.dumps(as_json(budget)).encode())


def as_json(budget: Budget) -> dict[str, str]:
    """The budget's amounts as strings, since JSON has no decimals."""
    return {name: str(usd) for name, usd in budget._asdict().items()}


def progress(spent: CostTotal, budget: Budget) -> str:
    """How much of the budget is spent: a bar, and a warning when it is due.

    >>> print(progress(CostTotal(Decimal("1.5"), True), Budget()))
    Budget: [#-----------------------------] 1.50 USD of 75.00 USD
    """
    full = min(max(int(spent.usd * BAR_WIDTH / budget.usd), 1 if spent.usd else 0), BAR_WIDTH)
    bar = "#" * full + "-" * (BAR_WIDTH - full)
    line = f"Budget: [{bar}] {spent} of {format_usd(budget.usd)}"
    if spent.usd >= budget.usd:
        return f"{line}\nThe budget is spent. Stop what runs: python -m helpers cleanup"
    if spent.usd >= budget.warn_from:
        left = format_usd(budget.usd - spent.usd)
        at_most = "" if spent.complete else "at most "
        warning = (
            f"Warning: {format_usd(budget.warn_from)} or more are spent, {at_most}{left} left."
        )
        return f"{line}\n{warning}"
    return line


def email(text: str) -> str:
    """Return an option's value if it is an e-mail address."""
    if not _EMAIL.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a valid e-mail address, such as name@example.com"
        )
    return text


def create_alarm(target: Target, budget: Budget, email: str) -> None:
    """Create an AWS Budgets alarm that mails to `email`.

    The limit is per month, for the whole account: tags reach a bill only where an administrator
    has activated them as cost allocation tags, and an alarm must not depend on that. Mails go out
    above `warn_from`, above the limit, and when the month's forecast is above it.

    Raises BudgetAlarmError if one of this name exists, or AWS refuses.
    """
    limit = {"Amount": str(budget.usd), "Unit": "USD"}
    try:
        make_client(target, "budgets", "us-east-1").create_budget(
            AccountId=target.account,
            Budget={
                "BudgetName": COURSE,
                "BudgetLimit": limit,
                "TimeUnit": "MONTHLY",
                "BudgetType": "COST",
            },
            NotificationsWithSubscribers=[
                _notification("ACTUAL", budget.warn_from, "ABSOLUTE_VALUE", email),
                _notification("ACTUAL", Decimal(100), "PERCENTAGE", email),
                _notification("FORECASTED", Decimal(100), "PERCENTAGE", email),
            ],
            ResourceTags=[{"Key": "course", "Value": COURSE}],
        )
    except (BotoCoreError, ClientError) as error:
        raise BudgetAlarmError(_failure(error, target)) from None


def _notification(
    notification_type: str, threshold: Decimal, unit: str, email: str
) -> dict[str, Any]:
    return {
        "Notification": {
            "NotificationType": notification_type,
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": float(threshold),
            "ThresholdType": unit,
        },
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": email}],
    }


def _failure(error: Exception, target: Target) -> str:
    if error_code(error) == "DuplicateRecordException":
        return (
            f"An alarm named {COURSE!r} already exists. To create another, delete it first: aws "
            f"budgets delete-budget --account-id {target.account} --budget-name {COURSE}"
        )
    if is_denied(error):
        return f"Creating a budget alarm is not allowed: permissions {ACTIONS} are missing."
    return f"AWS Budgets did not create the alarm: {error}"


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 < amount <= 10**9 and amount == round(amount, 2)):
        raise BudgetError(
            f"{text!r} is not a valid amount in US dollars: above 0, in whole cents, such as 12.50"
        )
    return amount
