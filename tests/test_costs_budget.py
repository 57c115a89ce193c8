"""The budget, its bar and the alarm."""

import doctest
from decimal import Decimal

import pytest
from botocore.stub import ANY, Stubber
from support.clients import make_client

from helpers.__main__ import main
from helpers.account.costs import budget as budgets
from helpers.account.costs.budget import Budget
from helpers.account.costs.pricing import CostTotal
from helpers.account.target import Target


def bar(usd, complete=True, budget=Budget()):  # noqa: B008 (it never changes)
    return budgets.progress(CostTotal(Decimal(usd), complete), budget)


def test_the_bar():
    """A third of the budget fills a third of the bar, and the first cent is visible."""
    assert bar("0") == f"Budget: [{'-' * 30}] 0.00 USD of 75.00 USD"
    assert bar("0.02") == f"Budget: [#{'-' * 29}] 0.02 USD of 75.00 USD"
    assert f"[{'#' * 10}{'-' * 20}] 25.00 USD" in bar("25")
    assert f"[{'#' * 30}]" in bar("900")


@pytest.mark.parametrize(
    ("usd", "complete", "words"),
    [
        ("19.99", True, None),
        ("20", True, "Warning: 20.00 USD or more are spent, 55.00 USD left."),
        ("20", False, "Warning: 20.00 USD or more are spent, at most 55.00 USD left."),
        ("75", True, "The budget is spent"),
    ],
)
def test_the_warning_comes_from_20(usd, complete, words):
    """The warning starts at exactly 20 USD spent; at the budget itself, it counts as spent."""
    _, _, said = bar(usd, complete).partition("\n")
    assert said.startswith(words) if words else not said


@pytest.mark.parametrize(
    ("usd", "warn", "made"),
    [("100", None, (100, 20)), ("10", None, (10, 8)), ("50", "40", (50, 40))],
)
def test_a_budget_of_ones_own(usd, warn, made):
    """The warning starts at 20 USD, at 4/5 of a small budget, or at the amount that was set."""
    assert budgets.parse_budget(usd, warn) == made


@pytest.mark.parametrize("usd", ["0", "-1", "x", "nan", "inf", "1e30", "0.001", ""])
def test_no_budget(usd):
    """Anything but an amount above 0 in whole cents is refused."""
    with pytest.raises(budgets.BudgetError, match="is not a valid amount"):
        budgets.parse_budget(usd)


def test_a_warning_after_the_budget_is_refused():
    """A warning above the budget is refused, because it would never appear."""
    with pytest.raises(budgets.BudgetError, match="exceeds the budget"):
        budgets.parse_budget("10", "11")


def test_it_is_kept(tmp_path):
    """A saved budget is loaded exactly; before that, the default is loaded."""
    file = tmp_path / "home" / "budget.json"
    assert budgets.load(file) == (75, 20)
    budgets.save(file, budgets.parse_budget("12.50"))
    assert budgets.load(file) == (Decimal("12.50"), Decimal("10.00"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"usd": "x", "warn_from": "1"}', "\xff"])
def test_a_damaged_file_is_named(tmp_path, text):
    """A damaged file is named, with the command that fixes it."""
    file = tmp_path / "budget.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(budgets.BudgetError, match=r"costs --budget 75"):
        budgets.load(file)


class Session:
    """A session whose every client is the one it was made with."""

    def __init__(self, client):
        self._client = client

    def client(self, *_, **__):
        return self._client


def test_the_alarm_is_there_afterwards(local, client):
    """A real client creates the budget and its three notifications in AWS Budgets."""
    place = Target("local", "111122223333", local.region, Session(make_client(local, "budgets")))
    budgets.create_alarm(place, Budget(), "learner@example.com")
    try:
        made = client("budgets").describe_budget(
            AccountId=place.account, BudgetName="sagemaker-course"
        )["Budget"]
        assert Decimal(made["BudgetLimit"]["Amount"]) == 75
        assert (made["TimeUnit"], made["BudgetType"]) == ("MONTHLY", "COST")
        told = client("budgets").describe_notifications_for_budget(
            AccountId=place.account, BudgetName="sagemaker-course"
        )["Notifications"]
        assert [(n["NotificationType"], n["Threshold"]) for n in told] == [
            ("ACTUAL", 20),
            ("ACTUAL", 100),
            ("FORECASTED", 100),
        ]
        with pytest.raises(budgets.BudgetAlarmError, match="budgets delete-budget"):
            budgets.create_alarm(place, Budget(), "learner@example.com")
    finally:
        client("budgets").delete_budget(AccountId=place.account, BudgetName="sagemaker-course")


def test_a_denied_alarm_names_the_actions(local):
    """If creating the alarm is denied, the message says which actions to allow."""
    made = make_client(local, "budgets")
    place = Target("aws", "111122223333", "us-east-1", Session(made))
    with Stubber(made) as stub:
        given = dict.fromkeys(
            ("AccountId", "Budget", "NotificationsWithSubscribers", "ResourceTags"), ANY
        )
        stub.add_client_error("create_budget", "AccessDeniedException", expected_params=given)
        with pytest.raises(budgets.BudgetAlarmError, match="budgets:ModifyBudget"):
            budgets.create_alarm(place, Budget(), "learner@example.com")


def test_no_address_no_alarm(capsys):
    """A misspelt e-mail address is refused with the form, before anything is asked or called."""
    with pytest.raises(SystemExit) as refused:
        main(["costs", "--alarm", "learner.example.com"])
    assert refused.value.code == 2
    assert "is not a valid e-mail address, such as name@example.com" in capsys.readouterr().err


def test_examples_of_the_docstrings():
    """The examples in the docstrings run."""
    names = {"CostTotal": CostTotal, "Decimal": Decimal}
    assert doctest.testmod(budgets, extraglobs=names).failed == 0
