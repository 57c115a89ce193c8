"""A budget for the course: what it is, how much of it is gone, and an alarm at AWS on request."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.account.clients import error_code, is_denied, make_client
from helpers.account.costs.pricing import CostTotal, format_usd
from helpers.tagging import COURSE

if TYPE_CHECKING:
    from helpers.account.target import Target

DEFAULT = Decimal(75)
WARN_FROM = Decimal(20)
WIDTH = 30
ACTIONS = "budgets:ModifyBudget and budgets:TagResource"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Budget(NamedTuple):
    """US dollars: `usd` to spend in all, and a warning once `warn_from` of them are spent."""

    usd: Decimal = DEFAULT
    warn_from: Decimal = WARN_FROM


class BudgetAlarmError(Exception):
    """AWS Budgets made no alarm; the message says why and what to do."""


def parse_budget(usd: str, warn_from: str | None = None) -> Budget:
    """Make a budget of amounts as typed. Without `warn_from`: 20, or 4/5 of a budget below 25.

    Raises ValueError unless 0 < warn_from <= usd, both in whole cents.
    """
    amount = _amount(usd)
    warning = min(WARN_FROM, amount * 4 / 5) if warn_from is None else _amount(warn_from)
    if warning > amount:
        raise ValueError(f"A warning from {warning} USD never comes before {amount} are gone.")
    return Budget(amount, warning)


def load(file: Path) -> Budget:
    """The budget that was kept in `file`, or the default one.

    Raises ValueError if the file holds something else.
    """
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return parse_budget(kept["usd"], kept["warn_from"])
    except FileNotFoundError:
        return Budget()
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f"{file} holds no budget. Set one again: python -m helpers costs --budget {DEFAULT}"
        ) from None


def save(file: Path, budget: Budget) -> None:
    """Keep the budget in `file`."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = file.with_name(file.name + ".new")
    scratch.write_text(json.dumps({name: str(usd) for name, usd in budget._asdict().items()}))
    scratch.replace(file)


def progress(spent: CostTotal, budget: Budget) -> str:
    """How much of the budget is gone: a bar, and a warning when it is time.

    >>> print(progress(CostTotal(Decimal("1.5"), True), Budget()))
    Budget: [#-----------------------------] 1.50 USD of 75.00 USD
    """
    full = min(max(int(spent.usd * WIDTH / budget.usd), 1 if spent.usd else 0), WIDTH)
    bar = "#" * full + "-" * (WIDTH - full)
    line = f"Budget: [{bar}] {spent} of {format_usd(budget.usd)}"
    if spent.usd >= budget.usd:
        return f"{line}\nThe budget is spent. Stop what runs: python -m helpers cleanup"
    if spent.usd >= budget.warn_from:
        left = format_usd(budget.usd - spent.usd)
        most = "" if spent.complete else "at most "
        return (
            f"{line}\nWarning: {format_usd(budget.warn_from)} or more are spent, {most}{left} left."
        )
    return line


def create_alarm(place: Target, budget: Budget, email: str) -> str:
    """Make an AWS Budgets alarm that mails to `email`; returns what it made, in words.

    The limit is a month's, for the whole account: tags reach a bill only where an administrator
    has turned them on as cost allocation tags, and an alarm must not depend on that. Mails go out
    above `warn_from`, above the limit, and when the month's forecast is above it.

    Raises BudgetAlarmError if there is one of this name, it is not allowed, or the address is none.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if not _EMAIL.fullmatch(email):
        raise BudgetAlarmError(f"{email!r} is no e-mail address. It looks like name@example.com")
    try:
        make_client(place, "budgets", "us-east-1").create_budget(
            AccountId=place.account,
            Budget={
                "BudgetName": COURSE,
                "BudgetLimit": {"Amount": str(budget.usd), "Unit": "USD"},
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
        raise BudgetAlarmError(_why(error, place)) from None
    return (
        f"AWS Budgets: the alarm {COURSE!r} mails to {email} when this account has cost "
        f"{format_usd(budget.warn_from)} in a month, when it has cost {format_usd(budget.usd)}, "
        "and when it is about to."
    )


def _notification(kind: str, threshold: Decimal, unit: str, email: str) -> dict[str, Any]:
    return {
        "Notification": {
            "NotificationType": kind,
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": float(threshold),
            "ThresholdType": unit,
        },
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": email}],
    }


def _why(error: Exception, place: Target) -> str:
    if error_code(error) == "DuplicateRecordException":
        return (
            f"There is an alarm named {COURSE!r} already. To make another, delete it first: aws "
            f"budgets delete-budget --account-id {place.account} --budget-name {COURSE}"
        )
    if is_denied(error):
        return f"You may not make a budget alarm: allow the actions {ACTIONS}."
    return f"AWS Budgets made no alarm: {error}"


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount of US dollars, such as 75 or 12.50") from None
    if not (amount.is_finite() and 0 < amount <= 10**9 and amount == round(amount, 2)):
        raise ValueError(f"{text} is no amount of US dollars: above 0, in whole cents")
    return amount
