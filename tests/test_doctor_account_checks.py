"""What the checks of an account report about quotas, a budget and notebook instances."""

from types import SimpleNamespace

import pytest
from support.targets import region_of_commands

from helpers.account.doctor import account_checks
from helpers.account.doctor.results import CheckFailedError, CheckSkippedError
from helpers.account.quotas.client import QuotaAccessError
from helpers.account.quotas.client import QuotaStatus as Quota
from helpers.account.quotas.requirements import OPTIONAL_REQUIREMENTS, QuotaRequirement
from helpers.account.target import Target


def test_a_budget_that_cannot_be_read(monkeypatch, tmp_path, local):
    """An unreadable budget file is named, with the command that writes a new one."""
    place = region_of_commands(local, monkeypatch)
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path))
    (tmp_path / "budget.json").write_text("{}")
    with pytest.raises(CheckFailedError, match="does not contain a budget") as raised:
        account_checks.check_budget(place)
    assert "helpers costs --budget 75" in raised.value.why


@pytest.mark.parametrize(
    ("value", "asked", "words", "command"),
    [
        (
            0.0,
            None,
            "0, the lessons need 1",
            "python -m helpers quotas --request --region r",
        ),
        (0.0, {"DesiredValue": 1.0, "Status": "PENDING"}, "1 requested, PENDING", ""),
        (None, None, "unknown in r", "export AWS_DEFAULT_REGION=us-east-1"),
    ],
)
def test_a_quota_that_is_short_on_aws(value, asked, words, command):
    """A short quota on AWS is reported as 0, already requested, or unknown in the region."""
    need = QuotaRequirement("ml.m5.large for training job usage", 1, ("a lesson",))
    place = Target("aws", "111122223333", "r", None)
    with pytest.raises(CheckFailedError) as raised:
        account_checks.check_quota(Quota(need, value, 0.0, asked), place)
    assert words in raised.value.why
    assert raised.value.command == command


@pytest.mark.parametrize("value", [0.0, None])
def test_what_no_lesson_needs_is_not_a_fault(value):
    """A GPU quota is reported but is not a fault; the report tells how to request one."""
    found = Quota(OPTIONAL_REQUIREMENTS["gpu"], value, 0.0)
    place = Target("aws", "111122223333", "r", None)
    assert "no lesson needs one" in account_checks.check_quota(found, place)
    with pytest.raises(CheckFailedError) as raised:
        account_checks.check_quota(found, place, ["gpu"])
    asks = "python -m helpers quotas --request --region r --include gpu"
    assert raised.value.command == (asks if value == 0 else "export AWS_DEFAULT_REGION=us-east-1")


def test_a_failed_notebook_instance(monkeypatch):
    """A failed notebook instance is reported with its reason and how to start it again."""
    found = {
        "NotebookInstanceName": "mine",
        "NotebookInstanceStatus": "Failed",
        "FailureReason": "the lifecycle script took longer than 5 minutes",
        "PlatformIdentifier": "notebook-al2023-v1",
    }
    monkeypatch.setattr("helpers.account.notebook.instances.describe_all", lambda target: [found])
    with pytest.raises(CheckFailedError, match="longer than 5 minutes") as raised:
        account_checks.check_notebooks(SimpleNamespace())
    assert raised.value.command == "python -m helpers notebook start --name mine"


def test_quotas_that_may_not_be_seen(monkeypatch):
    """Quotas that may not be read are not checked, and the statement to allow it is shown."""

    def refuse(*_):
        raise QuotaAccessError("Permission servicequotas:ListServiceQuotas is missing.")

    monkeypatch.setattr("helpers.account.quotas.client.check", refuse)
    with pytest.raises(CheckSkippedError, match="servicequotas:ListServiceQuotas"):
        account_checks.list_quotas(SimpleNamespace())
