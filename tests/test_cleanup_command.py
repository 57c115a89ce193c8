"""The command's question on AWS, what it spares, and what it says about cost."""

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from support.stubs import ACCOUNT, stubbed_place

from helpers.__main__ import main
from helpers.account import inventory
from helpers.account import target as places
from helpers.account.cleanup import delete as deletion
from helpers.account.cleanup import plan as plans
from helpers.account.cleanup.delete import DELETED, REMAINS, DeletionResult
from helpers.account.costs.pricing import hourly_cost
from helpers.account.inventory import AccessProblem, Resource
from helpers.account.inventory.resource_types import (
    BUDGET,
    ENDPOINT,
    MODEL,
    NOTEBOOK_INSTANCE,
    STACK,
    TRAINING_JOB,
)

DAY = datetime(2026, 11, 25, tzinfo=UTC)
ME = "the tag"


@pytest.fixture
def account(monkeypatch):
    """Return the account's resources and problems, from which deletions remove items."""
    place, _ = stubbed_place()
    there, problems = [Resource(MODEL, "m", reason=ME)], []

    def find(_, course_only, problems=None):
        problems.extend(account.problems)
        return list(there)

    def carry_out(_, delete, finished_jobs):
        for found in delete:
            if found.name in account.stuck:
                yield DeletionResult(found, REMAINS, "it is stuck")
            else:
                there.remove(found)
                yield DeletionResult(found, DELETED)

    class account:
        pass

    account.there, account.problems, account.stuck = there, problems, set()
    monkeypatch.setattr(places, "resolve_target", lambda **_: place)
    monkeypatch.setattr(inventory, "discover", find)
    monkeypatch.setattr(deletion, "execute", carry_out)
    return account


@pytest.fixture
def cleanup(account, monkeypatch, capsys):
    """Return a function that runs the command: exit code and all that was printed."""

    def cleanup(*words, answer=""):
        monkeypatch.setattr(sys, "argv", ["helpers", "cleanup", *words])
        monkeypatch.setattr("builtins.input", lambda: answer)
        code = main()
        out, err = capsys.readouterr()
        return code, out + err

    return cleanup


@pytest.mark.parametrize(("answer", "code"), [(ACCOUNT, 0), ("yes", 1), ("111122223333", 1)])
def test_on_aws_the_account_is_typed(cleanup, account, answer, code):
    """On AWS a yes is not enough: the account's id must be typed."""
    ended, out = cleanup(answer=answer)
    assert ended == code, out
    assert "Delete 1 resource? Type the account ID to confirm:" in out
    assert (account.there == []) is (code == 0)


def test_a_script_names_the_account(cleanup, account):
    """--yes alone and a wrong account are refused on AWS before anything is listed."""
    code, out = cleanup("--yes")
    assert (code, "--yes needs --account ID" in out) == (2, True)
    code, out = cleanup("--yes", "--account", "111122223333")
    assert (code, f"this is account {ACCOUNT}" in out) == (2, True)
    assert account.there
    code, out = cleanup("--yes", "--account", ACCOUNT)
    assert (code, "confirm" in out, account.there) == (0, False, [])


def test_looking_needs_no_account(cleanup):
    """--dry-run asks nothing, and its exit code says that there is something to delete."""
    code, out = cleanup("--dry-run")
    assert (code, "confirm" in out) == (1, False)
    assert out.startswith(f"AWS, account {ACCOUNT}, region us-east-1\n")


def test_what_remains_is_told_with_its_reason(cleanup, account):
    """If a resource remains, its reason is printed, the others are deleted, the exit code is 1."""
    account.there.append(Resource(MODEL, "bad", reason=ME))
    account.stuck.add("bad")
    code, out = cleanup("--yes", "--account", ACCOUNT)
    assert code == 1
    assert "1 resource could not be deleted:\n  model bad: it is stuck" in out
    assert [found.name for found in account.there] == ["bad"]


def test_what_came_meanwhile_is_not_deleted_unasked(cleanup, account, monkeypatch):
    """A model that was created after the question is kept, and reported."""
    original, new = deletion.execute, [Resource(MODEL, "new", reason=ME)]

    def carry_out(place, delete, finished_jobs):
        yield from original(place, delete, finished_jobs)
        while new:
            account.there.append(new.pop())

    monkeypatch.setattr(deletion, "execute", carry_out)
    code, out = cleanup("--yes", "--account", ACCOUNT)
    assert code == 1
    assert "model new: it was created after the first listing" in out


@pytest.mark.parametrize(("kind", "code"), [(ENDPOINT, 1), (BUDGET, 0)])
def test_unseen(cleanup, account, kind, code):
    """If something that may cost can't be listed the exit code is 1; a budget costs nothing."""
    account.there.clear()
    account.problems.append(AccessProblem(kind, "x:List", "no"))
    ended, out = cleanup("--yes", "--account", ACCOUNT)
    assert ended == code
    assert f"Could not list {kind.name}s: permission x:List is missing." in out


def test_the_instance_that_it_runs_on(account, tmp_path):
    """The instance that runs the command keeps running, with its stack, and the plan says so."""
    account.there[:] = [
        Resource(NOTEBOOK_INSTANCE, "here", status="InService", reason=ME),
        Resource(NOTEBOOK_INSTANCE, "there", status="InService", reason=ME),
        Resource(STACK, "s", status="CREATE_COMPLETE", reason=ME),
    ]
    metadata = tmp_path / "resource-metadata.json"
    metadata.write_text(json.dumps({"ResourceArn": "arn", "ResourceName": "here"}))
    place = places.resolve_target()
    plan = plans.make_plan(place, metadata=metadata)
    assert [found.name for found in plan.delete] == ["there"]
    assert plan.keep == [
        (account.there[0], plans.RUNS_HERE),
        (account.there[2], plans.RUNS_HERE),
    ]
    assert len(plans.make_plan(place, metadata=tmp_path / "none").delete) == 3


def test_files_of_a_notebook_instance_are_warned_of(cleanup, account):
    """The files of a notebook instance are mentioned before the question."""
    account.there[:] = [Resource(NOTEBOOK_INSTANCE, "n", status="Stopped", reason=ME)]
    _, out = cleanup(answer="no")
    assert "The files on a notebook instance are lost with it." in out


def test_cost_an_hour():
    """Two ml.m5.large for training cost 0.23 USD an hour; an unknown type is never 0."""
    job = {
        "TrainingJobStatus": "InProgress",
        "TrainingStartTime": DAY,
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
    }
    found = Resource(TRAINING_JOB, "t", status="InProgress", described=job)
    cost = hourly_cost(found, {}, "us-east-1")
    assert (cost.usd, cost.complete) == (Decimal("0.230"), True)
    job["ResourceConfig"]["InstanceType"] = "ml.unheard.of"
    assert str(hourly_cost(found, {}, "us-east-1")) == "unknown"
    assert str(hourly_cost(found, {}, "mars-north-1")) == "unknown"
    assert hourly_cost(Resource(MODEL, "m"), {}, "us-east-1") is None
    unseen = Resource(TRAINING_JOB, "t", status="InProgress")
    assert str(hourly_cost(unseen, {}, "us-east-1")) == "unknown"


def test_cost_of_an_endpoint():
    """An endpoint's type comes from its configuration: ml.m5.xlarge costs 0.23 USD an hour."""
    described = {
        "EndpointStatus": "InService",
        "EndpointConfigName": "c",
        "CreationTime": DAY,
        "ProductionVariants": [{"VariantName": "v", "CurrentInstanceCount": 1}],
    }
    variant = {"VariantName": "v", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    configs = {"c": {"ProductionVariants": [variant]}}
    found = Resource(ENDPOINT, "e", status="InService", described=described)
    assert hourly_cost(found, configs, "us-east-1").usd == Decimal("0.23")
    assert str(hourly_cost(found, {}, "us-east-1")) == "unknown"
