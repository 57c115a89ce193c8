"""`python -m helpers costs` and the panel, on jobs that really ran."""

import importlib
import json
import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from pathlib import Path

import pytest
from botocore.stub import Stubber
from support import jobs
from support.clients import make_bucket

from helpers.__main__ import main
from helpers.account import target
from helpers.account.costs import budget, collect, panel, report
from helpers.account.costs.panel import CostPanel, from_report
from helpers.account.inventory.resource_types import ENDPOINT, ENDPOINT_CONFIG
from helpers.session import network_guard
from helpers.tagging import tags

LESSON = "Costs Housing - Test"
PREFIX = "costs-test"
REGION = "eu-west-1"  # no other test uses it; ml.m5.xlarge is 0.257 there in both uses


@pytest.fixture(scope="module")
def ran(local, client):
    """Run a lesson's training and transform job, and an untagged training job."""
    made, store = client("sagemaker", region_name=REGION), client("s3", region_name=REGION)
    bucket = make_bucket(store, CreateBucketConfiguration={"LocationConstraint": REGION})
    store.put_object(Bucket=bucket, Key="train/train.csv", Body=jobs.TRAIN_CSV)
    store.put_object(Bucket=bucket, Key="test.csv", Body=jobs.TEST_CSV)
    machine = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}
    request = jobs.training_request(bucket, ResourceConfig={**machine, "VolumeSizeInGB": 5})
    request["AlgorithmSpecification"]["TrainingImage"] = jobs.image_uri(region=REGION)
    trained = jobs.train(made, request | {"Tags": tags(LESSON)})
    jobs.train(made, request | {"TrainingJobName": jobs.new_name("other")})
    container = {
        "Image": jobs.image_uri(region=REGION),
        "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"],
    }
    model = jobs.new_name("model")
    made.create_model(ModelName=model, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE)
    transform = jobs.transform_request(bucket, model, TransformResources=machine)
    transformed = jobs.transform(made, transform | {"Tags": tags(LESSON)})
    return trained, transformed


@pytest.fixture
def there(local, monkeypatch):
    """Use the target of these jobs; afterwards this process's environment is restored."""
    monkeypatch.delenv("SAGEMAKER_COURSE_BACKEND", raising=False)
    (budget_file := Path(local.home) / "budget.json").unlink(missing_ok=True)
    yield target.resolve_target(region=REGION)
    budget_file.unlink(missing_ok=True)
    network_guard.remove()
    importlib.import_module("helpers.session.connection")._restore_environment()


def run(*words):
    return main(["costs", *words])


def by_hand(ran):
    """Return 0.257 USD an hour x (billable seconds + the transform's begun seconds) / 3600."""
    trained, transformed = ran
    span = transformed["TransformEndTime"] - transformed["TransformStartTime"]
    seconds = trained["BillableTimeInSeconds"] + ceil(span.total_seconds())
    return Decimal("0.257") * seconds / 3600


def test_what_a_lesson_spent(ran, there):
    """A lesson's two jobs have their prices; the untagged job beside them isn't the course's."""
    found = collect.collect(there)
    names = [
        job["TrainingJobName" if "TrainingJobName" in job else "TransformJobName"] for job in ran
    ]
    assert sorted(line.resource.name for line in found.course) == sorted(names)
    assert found.spent.complete
    assert abs(found.spent.usd - by_hand(ran)) < Decimal("1e-20")
    assert (found.running, found.complete, found.notes) == ([], True, [])


def test_the_command_in_words(ran, there, capsys):
    """The command prints target, lesson, total, bar, and where the prices come from."""
    assert run("--region", REGION) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Local SageMaker, account {there.account}, region {REGION}\n")
    for words in (
        "amounts are what AWS would bill",
        "Running now: nothing that costs.",
        PREFIX,
        "Budget: [#-",
        " training         1 x ",
        " batch transform  1 x ",
        "On AWS 2 jobs like these would cost about 0.0",
        "of 75.00 USD",
        "AWS bill in aws-samples/sagemaker-ssh-helper Sample_Costs.md, eu-west-1, 2023-12",
        "S3",
    ):
        assert words in out
    assert re.search(r"amounts are.*\n\nSpent by the course so far: (under )?0\.\d\d USD\n", out)


def test_the_command_for_scripts(ran, there, capsys):
    """With --json, stdout has only JSON, and exact amounts are strings."""
    assert run("--region", REGION, "--json") == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert err.startswith("Local SageMaker")
    total = Decimal(answer["spent_usd"]["usd"])
    assert abs(total - by_hand(ran)) < Decimal("1e-20")
    assert Decimal(answer["spent_usd"]["cents"]) == total.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert {line["lesson"] for line in answer["spent"]} == {PREFIX}


def test_a_budget_is_kept(ran, there, capsys):
    """A budget that was set once is used from then on; a bad amount changes nothing."""
    assert run("--region", REGION, "--budget", "12.50") == 0
    assert "Saved: a budget of 12.50 USD, warning from 10.00 USD" in capsys.readouterr().out
    assert run("--region", REGION) == 0
    assert "of 12.50 USD" in capsys.readouterr().out
    assert run("--region", REGION, "--budget", "none") == 2
    assert "'none' is not a valid amount in US dollars" in capsys.readouterr().err


def test_a_server_that_is_gone_is_told(there, capsys, monkeypatch):
    """A stopped server causes one sentence and exit code 2, not a traceback."""
    lost = there._replace(session=Session(make_client_of_nobody()))
    monkeypatch.setattr(target, "resolve_target", lambda **_: lost)
    assert run() == 2
    assert "Could not list running resources: Could not connect" in capsys.readouterr().err


def make_client_of_nobody():
    import boto3
    from botocore.config import Config

    return boto3.client(
        "sagemaker", endpoint_url="http://127.0.0.1:9", config=Config(retries={"max_attempts": 0})
    )


def test_the_alarm_asks_first(there, capsys, monkeypatch, client):
    """The alarm is created with --yes or after a yes, not after a no."""
    monkeypatch.setattr("builtins.input", lambda: "n")
    assert run("--alarm", "learner@example.com") == 1
    assert "Nothing was created." in capsys.readouterr().out
    assert client("budgets").describe_budgets(AccountId=there.account)["Budgets"] == []
    assert run("--alarm", "learner@example.com", "--yes") == 0
    assert "mails to learner@example.com" in capsys.readouterr().out
    client("budgets").delete_budget(AccountId=there.account, BudgetName="sagemaker-course")


def test_the_panel(ran, there):
    """The panel shows a run's total and what each line is, and no account's ID."""
    shown = from_report(collect.collect(there), PREFIX)
    words, markup = repr(shown), shown._repr_html_()
    assert re.match(r"This run would have cost (at least |under )?0\.\d+ USD on AWS\.\n", words)
    first, last = ran[0]["TrainingJobName"], ran[1]["TransformJobName"]
    rows = [line.split()[:3] for line in words.splitlines()[2:4]]
    assert rows == [["batch", "transform", last], ["training", first, "1"]]
    for job in (first, last):
        assert f'<td style="text-align:left">{job}</td>' in markup
    assert '<th scope="row" style="text-align:left">batch transform</th>' in markup
    assert markup.count('<th scope="col"') == 5
    assert "On AWS 2 jobs like these would cost about 0.0" in words
    assert "Nothing that costs is running now." in words
    nothing = repr(from_report(collect.collect(there), "another"))
    assert nothing.startswith("This run would have cost 0.00 USD on AWS.\n")
    assert 'role="note" aria-label="This run would have cost' in markup
    assert "<script" not in markup
    assert there.account not in words + markup


def test_the_panel_sets_earlier_runs_apart(ran, there):
    """Jobs from before this kernel are one sentence, and not in the total."""
    since = ran[1]["CreationTime"]  # of the transform job
    words = repr(from_report(collect.collect(there), PREFIX, since))
    assert ran[1]["TransformJobName"] in words
    assert ran[0]["TrainingJobName"] not in words
    assert "On AWS 1 job like this" in words
    assert re.search(r"\nEarlier runs: 1 resource, (under )?0\.\d\d USD\.\n", words)


def test_the_panel_finds_its_place_by_itself(there, local):
    """The panel works in the kernel's region; a lesson without jobs has cost nothing."""
    assert repr(panel("A lesson that nobody ran")).startswith(
        "This run would have cost 0.00 USD on AWS."
    )


def test_a_panel_stores_no_account():
    """If an error of AWS contains an ARN, its account is masked, and markup is escaped."""
    shown = CostPanel("<b>", ["User arn:aws:iam::444455556666:user/me may not"], [("<i>", *"abcd")])
    assert "444455556666" not in repr(shown) + shown._repr_html_()
    assert "&lt;b&gt;" in shown._repr_html_()
    assert ">&lt;i&gt;</th>" in shown._repr_html_()


def test_what_may_not_be_listed_is_named(client, monkeypatch):
    """A missing permission is in the notes, and no total claims to be complete."""
    made = client("sagemaker", region_name="us-east-1", config=None)
    monkeypatch.setattr(collect.usage, "USAGE_BY_TYPE", {})
    monkeypatch.setattr(collect, "OBJECTS", ENDPOINT)
    with Stubber(made) as stub:
        stub.add_client_error("list_endpoints", "AccessDeniedException")
        found = collect.collect(target.Target("local", "111122223333", "us-east-1", Session(made)))
    assert not found.complete
    assert "permission sagemaker:ListEndpoints is missing" in found.notes[0]
    words = report.text(found, budget.Budget())
    assert "Running now: nothing that costs, of what could be listed." in words
    assert "Spent by the course so far: unknown" in words


class Session:
    """A session of one stubbed client."""

    def __init__(self, client):
        self._client = client

    def client(self, *_, **__):
        return self._client


def endpoint_report(client, monkeypatch, tagged=True, config=None, error=None):
    """Return a report of an account with one endpoint: AWS's answers stubbed, the SDK real."""
    made = client("sagemaker", region_name="us-east-1", config=None)
    arn = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/weekend"
    created = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    listed = {
        "EndpointName": "weekend",
        "EndpointArn": arn,
        "CreationTime": created,
        "LastModifiedTime": created,
        "EndpointStatus": "InService",
    }
    variants = [{"VariantName": "AllTraffic", "CurrentInstanceCount": 1}]
    described = {**listed, "EndpointConfigName": "weekend", "ProductionVariants": variants}
    monkeypatch.setattr(collect.usage, "USAGE_BY_TYPE", {})
    monkeypatch.setattr(collect, "OBJECTS", ENDPOINT_CONFIG)
    with Stubber(made) as stub:
        stub.add_response("list_endpoints", {"Endpoints": [listed]})
        stub.add_response("list_tags", {"Tags": tags(LESSON) if tagged else []})
        stub.add_response("describe_endpoint", described)
        stub.add_response("list_endpoint_configs", {"EndpointConfigs": []})
        if error:
            stub.add_client_error("describe_endpoint_config", *error)
        else:
            answer = {"EndpointConfigName": "weekend", "EndpointConfigArn": arn.replace(
                "endpoint/", "endpoint-config/"), "CreationTime": created,
                "ProductionVariants": [{"VariantName": "AllTraffic", **config}]}  # fmt: skip
            stub.add_response("describe_endpoint_config", answer)
        there = target.Target("local", "111122223333", "us-east-1", Session(made))
        return collect.collect(there, now=datetime(2026, 11, 23, 6, 0, tzinfo=UTC))


def test_an_endpoint_over_the_weekend(client, monkeypatch):
    """Friday 18:00 to Monday 6:00 costs 60 h x 0.461 = 27.66 USD, an hour more 0.461 more."""
    found = endpoint_report(client, monkeypatch, config={"InstanceType": "ml.m5.2xlarge"})
    words = report.text(found, budget.Budget())
    assert "1 x ml.m5.2xlarge  0.461 USD an hour" in words
    assert str(found.spent) == "27.66 USD"
    assert "Warning: 20.00 USD or more are spent, 47.34 USD left." in words
    shown = repr(from_report(found, PREFIX))
    assert "Still running: endpoint weekend: 0.461 USD an hour on AWS. Remove" in shown


def test_an_endpoint_of_somebody_else(client, monkeypatch):
    """An endpoint of somebody else is listed and marked, but not counted as the course's."""
    found = endpoint_report(client, monkeypatch, False, {"InstanceType": "ml.m5.large"})
    assert "not of the course" in report.text(found, budget.Budget())
    assert str(found.spent) == "0.00 USD"
    assert str(found.per_hour) == "0.12 USD"
    shown = repr(from_report(found, PREFIX))
    assert "endpoint weekend (not of the course): 0.115 USD an hour on AWS." in shown
    assert "cleanup" not in shown


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (("AccessDeniedException",), "permission sagemaker:DescribeEndpointConfig is missing"),
        (
            ("ValidationException", 'Could not find endpoint configuration "arn:x".'),
            "Could not find endpoint configuration",
        ),
    ],
)
def test_an_endpoint_whose_configuration_is_not_to_be_seen(client, monkeypatch, error, words):
    """Without its configuration an endpoint's type is unknown, so is the total, with a reason."""
    found = endpoint_report(client, monkeypatch, error=error)
    assert words in found.notes[0]
    assert str(found.spent) == "unknown"
    assert "unknown instance type for endpoint in us-east-1" in report.text(found, budget.Budget())
