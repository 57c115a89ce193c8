"""`python -m helpers quotas` compares the course's needs with the account's quotas."""

import json
import re
import sys
from datetime import UTC, datetime

import pytest
from support.lessons import LESSONS, SETTING_UP, code_cells, read
from support.quota_values import own_quotas
from support.targets import refuse, region_of_commands

from helpers.__main__ import main
from helpers.account.quotas import client as quotas
from helpers.account.quotas.requirements import NEEDS, QuotaRequirement
from helpers.account.target import Target
from helpers.catalog import quotas as catalogue
from helpers.local.services.quotas import applied

TRAINING, TRANSFORM = "ml.m5.large for training job usage", "ml.m5.large for transform job usage"
CLI = "helpers.account.quotas.command"


@pytest.fixture
def place(local, monkeypatch) -> Target:
    """Return the target that the command finds."""
    place = region_of_commands(local, monkeypatch)
    monkeypatch.setattr("helpers.account.target.resolve_target", lambda **_: place)
    return place


@pytest.fixture(autouse=True)
def set_quota(local, place):
    """Return a function that sets a quota as `helpers local set-quota` does, then unsets it."""
    with own_quotas(local, place.region) as database:

        def set_quota(name: str, value: float) -> bool:
            found = catalogue.find(name)
            return applied.set_value(database, place.region, found, value, datetime.now(UTC))

        yield set_quota


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs `python -m helpers quotas`: exit code, stdout, stderr."""

    def run(*words, answer=None):
        def typed():
            if answer is None:
                raise EOFError
            return answer

        monkeypatch.setattr(sys, "argv", ["helpers", "quotas", *words])
        monkeypatch.setattr("builtins.input", typed)
        return main(), *capsys.readouterr()

    return run


def requests(place) -> list[dict]:
    client = place.session.client("service-quotas")
    return client.list_requested_service_quota_change_history()["RequestedQuotas"]


def line_of(out: str, quota: str) -> list[str]:
    """Return the cells of a quota's row."""
    row = next(line for line in out.splitlines() if line.startswith(quota))
    return row.removeprefix(quota).split()


# Setting Up practises on the Local SageMaker only, wherever it is opened.
ON_AWS = [path for path in LESSONS if path != SETTING_UP]


@pytest.mark.parametrize("path", ON_AWS, ids=lambda path: path.stem)
def test_what_lessons_run_is_in_the_table(path):
    """Each instance type that a lesson's code asks for has the quotas it needs in the table."""
    code = "\n".join(cell.source for cell in code_cells(read(path)))
    asked = re.findall(r"""(?:InstanceType": |instance_type ?= ?)"(ml\.\w+\.\w+)\"""", code)
    assert asked
    for instance_type in set(asked):
        lessons = {
            lesson
            for need in NEEDS
            if need.quota.startswith(f"{instance_type} for ")
            for lesson in need.lessons
        }
        assert any(path.stem.startswith(lesson) for lesson in lessons), instance_type


def test_the_account_has_enough_at_its_start(place, run):
    """If all suffices, the code is 0, and each quota has need, value and default."""
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == str(place)
    assert line_of(out, TRAINING) == ["1", "30", "0", "yes"]
    assert line_of(out, TRANSFORM) == ["1", "16", "0", "yes"]
    assert out.endswith("Enough for all lessons.\n")
    assert run("--request")[1].endswith("Nothing to request: all are enough.\n")


def test_short_asked_for_granted(place, run, set_quota):
    """Short or requested quotas give exit code 1, with request id and status; granted ones 0."""
    set_quota(TRAINING, 0)
    code, out, _ = run()
    assert code == 1
    assert line_of(out, TRAINING) == ["1", "0", "0", "NO"]
    assert "1 of 6 are too low.\nRequest increases: python -m helpers quotas --request" in out
    code, out, _ = run("--request", "--yes")
    (made,) = requests(place)
    assert code == 1
    assert (made["DesiredValue"], made["QuotaName"]) == (1, TRAINING)
    assert f"{TRAINING}: 1, PENDING, request {made['Id']}" in out
    assert f'local set-quota "{TRAINING}" 1 --region {place.region}' in out
    code, out, _ = run("--request", "--yes")  # not a second one
    assert code == 1
    assert f"requested: 1, PENDING, request {made['Id']}" in out
    assert len(requests(place)) == 1
    assert set_quota(TRAINING, 1)
    assert run()[0] == 0


def test_below_the_default(place, run, set_quota):
    """An account below the default requests more than the default, as AWS requires."""
    set_quota("ml.t3.medium for notebook", 0)
    assert run("--request", "--yes")[0] == 1
    assert requests(place)[0]["DesiredValue"] == 7


@pytest.mark.parametrize(("answer", "asked"), [("y", 2), ("n", 0), ("", 0), (None, 0)])
def test_it_asks_before_it_asks(place, run, set_quota, answer, asked):
    """Only a yes sends requests; without a terminal nothing is requested."""
    set_quota(TRAINING, 0)
    set_quota(TRANSFORM, 0)
    code, out, _ = run("--request", answer=answer)
    assert code == 1
    assert f"Request these increases in {place.region}? [y/N]" in out
    assert len(requests(place)) == asked
    assert ("Nothing was requested." in out) == (asked == 0)
    assert ("use --yes" in out) == (answer is None)


def test_json(place, run, set_quota):
    """With --json, stdout has one document, whatever else is printed."""
    set_quota(TRAINING, 0)
    code, out, err = run("--request", "--yes", "--json")
    said = json.loads(out)
    assert code == 1
    assert str(place) in err
    assert (said["region"], said["enough"]) == (place.region, False)
    found = next(quota for quota in said["quotas"] if quota["name"] == TRAINING)
    request = found.pop("request")
    assert (request["status"], request["desired"]) == ("PENDING", 1)
    assert datetime.fromisoformat(request["created"]).tzinfo
    assert found == {
        "name": TRAINING,
        "code": "L-611FA074",
        "needed": 1,
        "value": 0,
        "default": 0,
        "enough": False,
        "lessons": list(NEEDS[2].lessons),
    }


@pytest.mark.usefixtures("retries_at_once")
def test_throttling_is_retried(place, run):
    """A call that is throttled twice is made a third time, without a message."""
    throttled = refuse(
        place, "service-quotas", "ListServiceQuotas", "TooManyRequestsException", "Rate", times=2
    )
    assert run()[0] == 0
    assert throttled() == 2


@pytest.mark.parametrize(
    ("operation", "code", "words"),
    [
        (
            "ListServiceQuotas",
            "AccessDeniedException",
            "servicequotas:ListServiceQuotas is missing.",
        ),
        ("ListAWSDefaultServiceQuotas", "AccessDeniedException", '"servicequotas:List'),
        (
            "RequestServiceQuotaIncrease",
            "AccessDeniedException",
            "servicequotas:RequestServiceQuotaIncrease is missing.",
        ),
        (
            "RequestServiceQuotaIncrease",
            "DependencyAccessDeniedException",
            "iam:CreateServiceLinkedRole",
        ),
        ("ListServiceQuotas", "UnrecognizedClientException", "aws account enable-region"),
    ],
)
def test_refusals_say_what_to_do(place, run, set_quota, operation, code, words):
    """A refusal names the denied action and its statement, or the region to enable; code 2."""
    set_quota(TRAINING, 0)
    refuse(place, "service-quotas", operation, code, "not authorized to perform")
    exit_code, _, err = run("--request", "--yes")
    assert exit_code == 2
    assert words in err


def test_an_unreachable_service(place, run, monkeypatch):
    """An unreachable service gives no traceback but the region and what to check."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between botocore's attempts
    code, _, err = run()
    assert code == 2
    assert f"can't be reached in {place.region}" in err


def test_a_quota_that_a_region_lacks(place, run, monkeypatch):
    """A quota that a region lacks is unknown: never enough, never 0, and not requested."""
    needs = [
        *NEEDS[:1],
        QuotaRequirement("ml.m5.large for training job usage", 1, ("x",)),
    ]
    monkeypatch.setattr(QuotaRequirement, "code", property(lambda need: f"L-NONE{need.count}"))
    monkeypatch.setattr(f"{CLI}.NEEDS", needs)
    code, out, _ = run("--request", "--yes")
    assert code == 1
    assert line_of(out, TRAINING) == ["1", "unknown", "unknown", "NO"]
    assert "Unknown in this Region: ml.t3.medium" in out
    assert requests(place) == []


def test_a_value_that_was_never_applied_is_the_default(place, monkeypatch):
    """If AWS lists no applied value of a quota, its default counts."""
    lists = {"list_service_quotas": {}, "list_aws_default_service_quotas": {"L-611FA074": 4.0}}
    monkeypatch.setattr(
        "helpers.account.quotas.client._values", lambda client, operation, codes: lists[operation]
    )
    need = next(need for need in NEEDS if need.quota == TRAINING)
    (line,) = quotas.check(place, [need])
    assert (line.value, line.default, line.enough) == (4, 4, True)


def test_a_request_that_somebody_else_has_just_made(place, set_quota):
    """An open request of somebody else is reported, and is not a failure."""
    set_quota(TRAINING, 0)
    need = next(need for need in NEEDS if need.quota == TRAINING)
    (line,) = quotas.check(place, [need])
    first = quotas.request_increase(place, line)
    assert quotas.request_increase(place, line)["Id"] == first["Id"]
    assert len(requests(place)) == 1


def test_what_is_wanted_beside_the_lessons(run, set_quota, place):
    """--include lists and requests a quota that is not reported as short without it."""
    quota = "ml.m5.large for endpoint usage"
    set_quota(quota, 0)
    code, out, _ = run()
    assert code == 0
    assert quota not in out
    code, out, _ = run("--include", "endpoint", "--request", "--yes")
    assert code == 1
    assert line_of(out, quota)[:2] == ["2", "0"]
    (request,) = requests(place)
    assert request["QuotaName"] == quota
