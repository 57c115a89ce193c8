"""`python -m helpers notebook` on the Local SageMaker and with stubbed CloudFormation."""

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import ANY, Stubber

from helpers.__main__ import main, parser
from helpers.account.notebook import command, instances, stack
from helpers.account.target import Target

STACK = "arn:aws:cloudformation:us-east-1:111122223333:stack/sagemaker-course/1"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def notebook(local, client, monkeypatch, capsys):
    """Return a function that runs the command on the session's Local SageMaker: its output."""
    place = Target("local", local.account, local.region, SimpleNamespace(client=client))
    monkeypatch.setattr("helpers.account.target.resolve_target", lambda **_: place)

    def run(*words: str, answer: str | None = None, code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(answer or ""))
        assert main(["notebook", *words]) == code
        said = capsys.readouterr()
        assert said.out.startswith("Local SageMaker, account 111122223333, region us-east-1\n")
        return said.out + said.err

    return run


def test_it_is_a_command_of_helpers(local, checkout):
    """The command works in a terminal; with no instance it says how to create one."""
    done = subprocess.run(
        [sys.executable, "-m", "helpers", "notebook", "status"],
        capture_output=True,
        text=True,
        cwd=checkout,
        env=os.environ | {"SAGEMAKER_COURSE_BACKEND": "local", "AWS_DEFAULT_REGION": "eu-west-3"},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "region eu-west-3\nThere is no notebook instance. Create one: python" in done.stdout


def test_from_create_to_delete_on_the_local_sagemaker(notebook, client):
    """Each command works once, can be repeated, and ends with what to do next."""
    assert "helpers notebook open --name mine" in notebook("create", "--name", "mine")
    assert "duplicate Notebook Instance" in notebook("create", "--name", "mine", code=1)
    status = notebook("status")
    assert "mine: InService, ml.t3.medium\n" in status
    assert "nothing here; on AWS 0.05 USD an hour, its volume 2.80 USD a month" in status
    assert "/lab/tree/Start%20Here.md?token=" in notebook("open", "--name", "mine", "--no-browser")
    for _ in range(2):
        assert "mine is stopped" in notebook("stop", "--name", "mine")
    assert "start --name mine" in notebook("open", "--name", "mine", code=1)
    assert "on AWS 0 USD an hour" in notebook("status")
    for _ in range(2):
        notebook("start", "--name", "mine")
    assert "No terminal to confirm in; use --yes." in notebook("delete", "--name", "mine", code=1)
    notebook("delete", "--name", "mine", answer="n\n", code=1)
    deleted = notebook("delete", "--name", "mine", "--yes")
    assert "mine is deleted. Its files are kept." in deleted
    assert "no notebook instance mine" in notebook("delete", "--name", "mine", "--yes")
    asked = notebook("delete", "--name", "mine", code=1)
    assert ("no notebook instance mine" in asked, "Delete" in asked) == (True, False)
    assert "no notebook instance mine" in notebook("start", "--name", "mine", code=1)
    streams = client("logs").describe_log_streams(logGroupName=instances.LOG_GROUP)["logStreams"]
    assert not [each for each in streams if each["logStreamName"].startswith("mine/")]


class Session:
    """A session whose clients give only the answers that a test has prepared."""

    def __init__(self):
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self.clients = {
            name: boto3.client(
                name, region_name="us-east-1", endpoint_url="http://127.0.0.1:9", **keys
            )
            for name in ("cloudformation", "sagemaker", "logs")
        }
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()

    def client(self, name: str, **_):
        return self.clients[name]


@pytest.fixture
def aws():
    """Return a target on AWS; every prepared answer must have been requested at the end."""
    session = Session()
    yield Target("aws", "111122223333", "us-east-1", session)
    for stub in session.stubs.values():
        stub.assert_no_pending_responses()


@pytest.fixture
def on_aws(aws, monkeypatch):
    """Return a function that runs the command in this process on AWS: its exit code."""
    monkeypatch.setattr("helpers.account.target.resolve_target", lambda **_: aws)

    def run(*words: str) -> int:
        return main(["notebook", *words])

    return run


def described(status: str) -> dict:
    found = {"StackId": STACK, "StackName": "x", "CreationTime": NOW, "StackStatus": status}
    return {"Stacks": [found]}


def event(seconds: int, resource: str, status: str, reason: str) -> dict:
    return {
        "StackId": STACK,
        "EventId": resource,
        "StackName": "x",
        "Timestamp": NOW + timedelta(seconds=seconds),
        "LogicalResourceId": resource,
        "ResourceType": "AWS::" + resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


CREATE = ("create", "--repository", "https://example.com/course.git", "--type", "ml.x9.large")


def test_create_asks_with_the_price_and_makes_a_stack(on_aws, aws, capsys, monkeypatch):
    """create asks with a price that is never a false 0, and passes its options to the template."""
    monkeypatch.setattr("builtins.input", lambda: "y")
    stub = aws.session.stubs["cloudformation"]
    expected = {
        "StackName": "sagemaker-course",
        "TemplateBody": stack.TEMPLATE.read_text(),
        "Parameters": ANY,
        "Capabilities": ["CAPABILITY_IAM"],
        "OnFailure": "DELETE",
        "Tags": [{"Key": "course", "Value": "sagemaker-course"}],
    }
    stub.add_response("create_stack", {"StackId": STACK}, expected)
    stub.add_response("describe_stacks", described("CREATE_COMPLETE"), {"StackName": STACK})
    assert on_aws(*CREATE) == 0
    said = capsys.readouterr().out
    assert said.startswith("AWS, account 111122223333, region us-east-1\n")
    assert "ml.x9.large in service: unknown. 20 GB, until it is deleted: 2.80 USD a month" in said
    assert "Create the notebook instance sagemaker-course? [y/N]" in said


def test_a_failed_stack_names_the_first_failed_event(on_aws, aws, capsys):
    """The first event that failed is the reason, not what follows, as a cancelled creation."""
    stub = aws.session.stubs["cloudformation"]
    stub.add_response("create_stack", {"StackId": STACK})
    stub.add_response("describe_stacks", described("DELETE_COMPLETE"))
    events = [
        event(3, "LifecycleConfig", "CREATE_FAILED", "Resource creation cancelled"),
        event(2, "NotebookInstance", "CREATE_FAILED", "ml.x9.large ... is 0 Instances"),
        event(1, "ExecutionRole", "CREATE_COMPLETE", ""),
    ]
    stub.add_response("describe_stack_events", {"StackEvents": events})
    assert on_aws(*CREATE, "--yes") == 1
    said = capsys.readouterr().err
    assert "NotebookInstance (AWS::NotebookInstance): ml.x9.large ... is 0 Instances" in said
    assert "cancelled" not in said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "Permission denied for CreateStack: you may not"),
        ("AlreadyExistsException", "helpers notebook status"),
        ("ThrottlingException", "CreateStack: you may not"),
    ],
)
def test_a_refusal_is_told_in_words(on_aws, aws, capsys, code, said):
    """A denied permission is reported with its operation, without a traceback."""
    aws.session.stubs["cloudformation"].add_client_error("create_stack", code, "you may not")
    assert on_aws(*CREATE, "--yes") == 1
    assert said in capsys.readouterr().err


def test_a_repository_that_the_instance_cannot_clone_is_refused(on_aws, capsys):
    """An ssh URL and an invalid URL are refused before anything is created."""
    assert on_aws("create", "--yes", "--repository", "git@example.com:course.git") == 1
    assert "--repository https://" in capsys.readouterr().err


def test_without_a_yes_nothing_is_made(on_aws, aws, monkeypatch):
    """Without a yes (Enter alone is a no) nothing is created or deleted."""
    aws.session.stubs["cloudformation"].add_response(
        "describe_stacks", described("CREATE_COMPLETE")
    )
    monkeypatch.setattr("builtins.input", lambda: "")
    assert on_aws(*CREATE) == 1
    assert on_aws("delete") == 1


def test_delete_removes_the_stack(on_aws, aws, capsys):
    """delete uses the stack's id, under which CloudFormation still knows a deleted stack."""
    stub = aws.session.stubs["cloudformation"]
    stub.add_response("describe_stacks", described("CREATE_COMPLETE"))
    stub.add_response("delete_stack", {}, {"StackName": STACK})
    stub.add_response("describe_stacks", described("DELETE_COMPLETE"), {"StackName": STACK})
    group, stream = {"logGroupName": instances.LOG_GROUP}, "sagemaker-course/jupyter.log"
    logs = aws.session.stubs["logs"]
    logs.add_response("describe_log_streams", {"logStreams": [{"logStreamName": stream}]})
    logs.add_response("delete_log_stream", {}, {**group, "logStreamName": stream})
    assert on_aws("delete", "--yes") == 0
    assert "its stack, its role" in capsys.readouterr().out


def test_delete_without_a_stack_deletes_the_instance_itself(on_aws, aws, capsys):
    """Without a stack, an instance from the console is deleted; if there is none, all is done."""
    aws.session.stubs["cloudformation"].add_client_error(
        "describe_stacks", "ValidationError", "Stack with id sagemaker-course does not exist"
    )
    aws.session.stubs["sagemaker"].add_client_error(
        "describe_notebook_instance", "ValidationException", "RecordNotFound"
    )
    aws.session.stubs["logs"].add_client_error("describe_log_streams", "AccessDeniedException")
    assert on_aws("delete", "--yes") == 0
    assert "NotebookInstances remain. Permission denied for Desc" in capsys.readouterr().out


def test_status_shows_what_may_be_listed_only(on_aws, aws, capsys):
    """status works for a role that may describe only its own instance; the URL gets a scheme."""
    stub = aws.session.stubs["sagemaker"]
    summary = {
        "NotebookInstanceName": "other",
        "NotebookInstanceArn": "arn",
        "NotebookInstanceStatus": "InService",
        "InstanceType": "ml.t3.medium",
        "Url": "other.notebook.us-east-1.sagemaker.aws",
    }
    stub.add_response("list_notebook_instances", {"NotebookInstances": [summary]})
    stub.add_client_error("describe_notebook_instance", "AccessDeniedException", "no")
    assert on_aws("status") == 0
    said = capsys.readouterr().out
    assert "  costs 0.05 USD an hour, its volume unknown\n" in said
    assert "  https://other.notebook.us-east-1.sagemaker.aws\n" in said


def test_a_failed_instance_says_why(aws):
    """A failed instance is reported with its own reason, not the waiter's message."""
    stub = aws.session.stubs["sagemaker"]
    failed = {"NotebookInstanceStatus": "Failed", "FailureReason": "took longer than 5 minutes"}
    for _ in range(2):
        stub.add_response("describe_notebook_instance", failed)
    with pytest.raises(instances.NotebookError, match="longer than 5 minutes"):
        instances.wait(aws.session.client("sagemaker"), "mine", "in_service")


def test_costs_are_exact_and_unknown_is_said():
    """20 GB cost 0.14 USD a GB and month; without a price a type or region has no cost."""
    assert instances.format_costs("ml.t3.medium", 20, "us-east-1") == (
        "0.05 USD an hour",
        "2.80 USD a month",
    )
    assert instances.format_costs("ml.x9.large", 20, "xx-east-1") == ("unknown", "unknown")


def test_the_default_name_needs_no_option():
    """The printed commands can be typed as they are, because the name has a default."""
    assert parser().parse_args(["notebook", "open"]).name == command.NAME
