"""A cleanup on the Local SageMaker that is killed, run twice at once, refused or overtaken."""

import os
import signal
import subprocess
import sys

import pytest
from support import course
from support.targets import refuse

from helpers.account import inventory
from helpers.account.cleanup import plan as plans
from helpers.account.cleanup.delete import DELETED, GONE, REMAINS, execute
from helpers.account.cleanup.operations import ResourceOperations
from helpers.tagging import tags

COMMAND = [sys.executable, "-u", "-m", "helpers", "cleanup", "--yes", "--region"]


@pytest.fixture
def place(untouched):
    """Return a region without resources."""
    return untouched


def models(place, count: int) -> None:
    artifacts = course.some_artifacts(place)
    for number in range(count):
        course.create_model(place, f"m-{number}", artifacts, Tags=tags(course.LOW))


def clean(place, **more) -> dict[str, str]:
    """Carry out a plan; return the result of each name."""
    plan = plans.make_plan(place)
    return {o.resource.name: o.result for o in execute(place, plan.delete, **more)}


class Killed(BaseException):
    """An exception that nothing catches, as nothing catches kill -9."""


def test_killed_after_each_deletion(place, monkeypatch):
    """Whatever was deleted last, the next run still recognises the course's other resources."""
    made = course.run(place, course.LOW)
    model = place.session.client("sagemaker").describe_model(ModelName=made.training_job)
    place.session.client("sagemaker").delete_tags(
        ResourceArn=model["ModelArn"], TagKeys=["course", "lesson"]
    )  # now its job alone proves whose it is
    delete = ResourceOperations.delete

    def delete_and_die(self, found):
        delete(self, found)
        raise Killed

    monkeypatch.setattr(ResourceOperations, "delete", delete_and_die)
    runs = 0
    while plan := plans.make_plan(place).delete:
        with pytest.raises(Killed):
            list(execute(place, plan))
        runs += 1
    assert runs == 5  # objects, model, three log streams
    kinds = {found.type.name for found in inventory.discover(place)}
    assert kinds == {"training job", "transform job", "bucket"}


STOP_AFTER_THREE = """
import sys, threading
from helpers.__main__ import main
from helpers.account.cleanup.operations import ResourceOperations

delete, three = ResourceOperations.delete, iter(range(3))


def delete_three(self, resource):
    if next(three, None) is None:
        threading.Event().wait()  # to be killed
    delete(self, resource)


ResourceOperations.delete = delete_three
sys.exit(main(sys.argv[1:]))
"""


def test_killed_for_real_and_run_again(place):
    """After kill -9 in the middle, a second run deletes the rest."""
    models(place, 40)
    command = [sys.executable, "-u", "-c", STOP_AFTER_THREE, *COMMAND[4:], place.region]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        for line in killed.stdout:
            if line.startswith("deleted:"):
                killed.send_signal(signal.SIGKILL)
                break
    assert killed.wait() == -signal.SIGKILL
    left = len(inventory.discover(place, ["model"]))
    assert 0 < left < 40
    again = subprocess.run([*COMMAND, place.region], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.count("deleted: model") == left
    assert inventory.discover(place, ["model"]) == []


def test_two_at_once(place):
    """Two cleanups at once both succeed; what the other one has deleted counts as deleted."""
    course.run(place, course.HIGH)
    models(place, 40)
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    both = [
        subprocess.Popen([*COMMAND, place.region], stdout=subprocess.PIPE, text=True, env=env)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert sum(output.count("deleted: model") for output in outputs) >= 41
    assert plans.make_plan(place).delete == []


def test_deleted_meanwhile(place):
    """A resource that disappears before or after it is examined counts as deleted."""
    models(place, 2)
    sagemaker, there = place.session.client("sagemaker"), ["m-0"]

    def overtake(**_):
        while there:
            sagemaker.delete_model(ModelName=there.pop())

    place.session.events.register("before-call.sagemaker.DeleteModel", overtake)
    plan = plans.make_plan(place).delete
    sagemaker.delete_model(ModelName="m-1")
    results = {outcome.resource.name: outcome.result for outcome in execute(place, plan)}
    assert results == {"m-0": GONE, "m-1": GONE}


@pytest.mark.usefixtures("retries_at_once")
def test_throttled(place):
    """A throttled deletion is retried until it succeeds."""
    models(place, 1)
    refused = refuse(place, "sagemaker", "DeleteModel", "ThrottlingException", "Rate exceeded", 2)
    assert clean(place) == {"m-0": DELETED}
    assert refused() == 2


@pytest.mark.parametrize(
    ("type_name", "service", "operation", "code", "action"),
    [
        ("model", "sagemaker", "DeleteModel", "AccessDeniedException", "sagemaker:DeleteModel"),
        ("S3 objects", "s3", "DeleteObjects", "AccessDenied", "s3:DeleteObject"),
        ("log stream", "logs", "DeleteLogStream", "AccessDeniedException", "logs:DeleteLogStream"),
    ],
)
def test_denied(place, type_name, service, operation, code, action):
    """A missing permission is named and not retried, and everything else is still deleted."""
    course.run(place, course.LOW)
    refused = refuse(place, service, operation, code, "you may not")
    outcomes = list(execute(place, plans.make_plan(place).delete))
    remain = [outcome for outcome in outcomes if outcome.result == REMAINS]
    assert {outcome.reason for outcome in remain} == {f"permission {action} is missing"}
    assert {outcome.resource.type.name for outcome in remain} == {type_name}
    assert refused() == len(remain)
    assert {outcome.result for outcome in outcomes if outcome not in remain} == {DELETED}


def test_denied_by_aws_text(place):
    """AWS's own text names the denied action, which is then the one to allow."""
    models(place, 1)
    text = "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: "
    refuse(
        place, "sagemaker", "ListTags", "AccessDeniedException", f"{text}sagemaker:ListTags on x"
    )
    plan = plans.make_plan(place)
    assert {problem.action for problem in plan.problems} == {"sagemaker:ListTags"}
    assert plan.delete == []


def test_a_model_that_will_not_go(place):
    """An unknown error is retried three times, then it is reported as the reason."""
    models(place, 1)
    refused = refuse(place, "sagemaker", "DeleteModel", "ValidationException", "It is in use.")
    (outcome,) = execute(place, plans.make_plan(place).delete)
    assert outcome.result == REMAINS
    assert "It is in use." in outcome.reason
    assert refused() == 3
