"""Notebook instances: their statuses, their JupyterLab, and what is refused."""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
import uuid
from functools import partial

import pytest
from support.clients import make_client
from support.polling import eventually, family, gone

from helpers.local import process
from helpers.local.home import Home
from helpers.local.resources import notebook_instances
from helpers.local.resources.call import Call
from helpers.local.runtime.context import Context
from helpers.local.runtime.runner import Runner
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database
from helpers.local.wire.errors import AwsError

ROLE = "arn:aws:iam::111122223333:role/service-role/AmazonSageMaker-ExecutionRole"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/"


def name() -> str:
    return f"nb-{uuid.uuid4().hex[:8]}"


def create(sagemaker, named: str, **more) -> str:
    request = {"InstanceType": "ml.t3.medium", "RoleArn": ROLE} | more
    return sagemaker.create_notebook_instance(NotebookInstanceName=named, **request)[
        "NotebookInstanceArn"
    ]


def wait(sagemaker, named: str, status: str) -> dict:
    """Wait by boto3's own waiter, which never sleeps its 30 seconds here."""
    sagemaker.get_waiter(f"notebook_instance_{status}").wait(NotebookInstanceName=named)
    return status != "deleted" and sagemaker.describe_notebook_instance(NotebookInstanceName=named)


def status_of(sagemaker, named: str) -> str:
    described = sagemaker.describe_notebook_instance(NotebookInstanceName=named)
    return described["NotebookInstanceStatus"]


def url_of(sagemaker, named: str) -> str:
    return sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName=named)[
        "AuthorizedUrl"
    ]


def ask(url: str, path: str, data: bytes | None = None):
    """Request a path from the JupyterLab of an authorized URL, with its token."""
    base, token = url.split("/lab/")[0], url.split("token=")[1]
    headers = {"Authorization": f"token {token}"}
    with urllib.request.urlopen(urllib.request.Request(base + path, data, headers)) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def running(sagemaker) -> str:
    """Return the name of an instance in service; some tests stop and start it again."""
    named = name()
    create(sagemaker, named, Tags=[{"Key": "course", "Value": "mine"}], VolumeSizeInGB=20)
    assert status_of(sagemaker, named) == "Pending"
    wait(sagemaker, named, "in_service")
    yield named
    for left in sagemaker.list_notebook_instances(NameContains=named)["NotebookInstances"]:
        if left["NotebookInstanceStatus"] == "InService":
            sagemaker.stop_notebook_instance(NotebookInstanceName=named)
            wait(sagemaker, named, "stopped")
        sagemaker.delete_notebook_instance(NotebookInstanceName=named)


def test_its_url_opens_jupyterlab_on_the_course(sagemaker, running):
    """The authorized URL opens the lessons; without its token the request is refused."""
    url = url_of(sagemaker, running)
    with urllib.request.urlopen(url) as page:
        assert b"JupyterLab" in page.read()
    assert "README.md" in [item["name"] for item in ask(url, "/api/contents/")["content"]]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url.split("/lab/")[0] + "/api/contents/")


def test_describe_shows_what_aws_shows_and_no_token(sagemaker, running):
    """Describe fills in defaults and shows the JupyterLab's URL, but never the token."""
    described = sagemaker.describe_notebook_instance(NotebookInstanceName=running)
    token = url_of(sagemaker, running).split("token=")[1]
    assert token not in json.dumps(described, default=str)
    assert described["PlatformIdentifier"] == "notebook-al2023-v1"
    assert described["VolumeSizeInGB"] == 20
    assert described["DirectInternetAccess"] == described["RootAccess"] == "Enabled"
    assert url_of(sagemaker, running).startswith(described["Url"])


def test_the_log_of_jupyterlab_is_in_cloudwatch_without_its_token(sagemaker, running, client):
    """The log of JupyterLab is the stream <name>/jupyter.log, as on AWS."""
    events = client("logs").get_log_events(
        logGroupName="/aws/sagemaker/NotebookInstances",
        logStreamName=f"{running}/jupyter.log",
        startFromHead=True,
    )["events"]
    text = "\n".join(event["message"] for event in events)
    assert "is running at" in text
    assert url_of(sagemaker, running).split("token=")[1] not in text


def test_it_is_listed_and_tagged(sagemaker, running):
    """The list's filters find the instance, and the tag operations return its tags."""

    def listed(**filters):
        found = sagemaker.list_notebook_instances(NameContains=running, **filters)
        return [item["NotebookInstanceName"] for item in found["NotebookInstances"]]

    assert listed() == listed(StatusEquals="InService", SortBy="Status") == [running]
    assert listed(StatusEquals="Stopped") == []
    assert listed(NotebookInstanceLifecycleConfigNameContains="x") == []
    assert listed(DefaultCodeRepositoryContains="github") == []
    assert listed(AdditionalCodeRepositoryEquals="https://example.com/a") == []
    tags = sagemaker.list_tags(ResourceArn=ARN + running)["Tags"]
    assert tags == [{"Key": "course", "Value": "mine"}]


def test_in_service_it_can_only_be_stopped(sagemaker, running, assert_aws_error):
    """AWS's text names the status, the allowed statuses, and the transition."""
    at = {"NotebookInstanceName": running}
    text = "Status (InService) not in ([Stopped, Failed]). Unable to transition to ({}) for "
    text += f"Notebook Instance ({ARN}{running})."
    for operation, to in (("delete", "Deleting"), ("start", "Pending"), ("update", "Updating")):
        with assert_aws_error("ValidationException", text.format(to)):
            getattr(sagemaker, f"{operation}_notebook_instance")(**at)
    with assert_aws_error(
        "ValidationException", f"Cannot create a duplicate Notebook Instance ({ARN}{running})"
    ):
        create(sagemaker, running)


def test_a_jupyterlab_that_dies_fails_its_instance(sagemaker, running, local):
    """If JupyterLab dies the instance is Failed with its last output, and can be restarted."""
    for child in family(local.pid):
        line = subprocess.run(["ps", "-o", "args=", "-p", str(child)], capture_output=True)
        if b"jupyterlab" in line.stdout:
            os.kill(child, signal.SIGKILL)
    eventually(lambda: status_of(sagemaker, running) == "Failed")
    described = sagemaker.describe_notebook_instance(NotebookInstanceName=running)
    assert f"stream {running}/jupyter.log" in described["FailureReason"]
    sagemaker.start_notebook_instance(NotebookInstanceName=running)
    assert "FailureReason" not in wait(sagemaker, running, "in_service")


def test_stop_start_update_and_delete(sagemaker, running, assert_aws_error):
    """A stop ends JupyterLab and its kernels; a start opens it again under the same URL."""
    at, url = {"NotebookInstanceName": running}, url_of(sagemaker, running)
    kernel = ask(url, "/api/kernels", b"{}")
    assert kernel["id"]
    sagemaker.stop_notebook_instance(**at)
    assert wait(sagemaker, running, "stopped")["NotebookInstanceStatus"] == "Stopped"
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(url)
    text = "Status (Stopped) not in ([InService]). Unable to transition to (Stopping) for Notebook"
    with assert_aws_error("ValidationException", f"{text} Instance ({ARN}{running})."):
        sagemaker.stop_notebook_instance(**at)
    with assert_aws_error("ValidationException"):
        url_of(sagemaker, running)
    with assert_aws_error("ValidationException"):
        sagemaker.update_notebook_instance(**at, VolumeSizeInGB=10)
    sagemaker.update_notebook_instance(**at, VolumeSizeInGB=30, InstanceType="ml.t3.large")
    sagemaker.start_notebook_instance(**at)
    described = wait(sagemaker, running, "in_service")
    assert (described["VolumeSizeInGB"], described["InstanceType"]) == (30, "ml.t3.large")
    assert url_of(sagemaker, running) == url
    sagemaker.stop_notebook_instance(**at)
    wait(sagemaker, running, "stopped")
    sagemaker.delete_notebook_instance(**at)
    wait(sagemaker, running, "deleted")
    with assert_aws_error("ValidationException", "RecordNotFound"):
        sagemaker.describe_notebook_instance(**at)


@pytest.mark.parametrize(
    "change",
    [
        {"RoleArn": "arn:aws:iam::111122223333:role/nobody"},
        {"PlatformIdentifier": "notebook-al2-v3"},
        {"PlatformIdentifier": "windows"},
        {"InstanceType": "ml.p2.xlarge"},
        {"InstanceType": "t3.medium"},
        {"LifecycleConfigName": "none"},
        {"DirectInternetAccess": "Disabled"},
    ],
)
def test_a_wrong_request_makes_nothing(sagemaker, assert_aws_error, change):
    """A wrong request is refused, and creates no instance."""
    named = name()
    with assert_aws_error("ValidationException"):
        create(sagemaker, named, **change)
    with assert_aws_error("ValidationException", "RecordNotFound"):
        sagemaker.describe_notebook_instance(NotebookInstanceName=named)


def test_a_platform_that_has_ended(sagemaker, assert_aws_error):
    """AWS's sentence on a platform that has ended comes first, then which one to choose."""
    with assert_aws_error(
        "ValidationException",
        "Platform identifier (notebook-al2-v1) is not supported for this service. (It has ended: "
        "choose notebook-al2023-v1, which is Amazon Linux 2023.)",
    ):
        create(sagemaker, name(), PlatformIdentifier="notebook-al2-v1")


def test_an_instance_over_the_quota_is_refused_and_not_there(tmp_path, monkeypatch):
    """Over the quota, a create or start is refused in AWS's words; stopped ones don't count."""
    monkeypatch.setattr(notebook_instances, "_check", lambda *_: None)
    allowed = {"Total number of notebook instances": 2.0}
    monkeypatch.setattr(applied, "applied", lambda *of: allowed.get(of[-1].name, 1.0))
    database = Database(tmp_path / "resources.sqlite")
    runner = Runner(Context(Home(tmp_path), database, None), slots=1)
    monkeypatch.setattr(runner, "start", lambda workload: None)

    def call(operation, named, **more):
        params = {"NotebookInstanceName": named, **more}
        return getattr(notebook_instances, f"{operation}_notebook_instance")(
            Call(params, "us-east-1", runner)
        )

    settings = {"InstanceType": "ml.t3.medium", "RoleArn": ROLE}
    call("create", "first", **settings)
    text = "'ml.t3.medium for notebook instance usage' is 1 Instances, with current utilization"
    with pytest.raises(AwsError, match=text):
        call("create", "second", **settings)
    assert database.get("notebook-instance", "us-east-1", "second") is None
    stopped = partial(dict.update, NotebookInstanceStatus="Stopped")
    database.change("notebook-instance", "us-east-1", "first", stopped)
    call("create", "second", **settings)
    with pytest.raises(AwsError, match=text):
        call("start", "first")
    assert call("describe", "first")["NotebookInstanceStatus"] == "Stopped"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Return a function that starts the server of this test's home folder, or finds it."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    home = Home.find()
    yield process.ensure_running
    process.stop(home)


def test_a_killed_server_takes_jupyterlab_along_and_brings_it_back(server):
    """JupyterLab ends with a killed server; the next one reopens it under the same URL."""
    endpoint = server()
    sagemaker, named = make_client(endpoint, "sagemaker"), name()
    create(sagemaker, named)
    wait(sagemaker, named, "in_service")
    url = url_of(sagemaker, named)
    ask(url, "/api/kernels", b"{}")
    children = family(endpoint.pid)
    assert len(children) > 3  # forkserver, what waits, JupyterLab, its kernel
    os.kill(endpoint.pid, signal.SIGKILL)
    eventually(lambda: all(map(gone, [endpoint.pid, *children])))
    sagemaker = make_client(server(), "sagemaker")
    wait(sagemaker, named, "in_service")
    assert url_of(sagemaker, named) == url
    children = family(process.running_endpoint().pid)
    process.stop()
    eventually(lambda: all(map(gone, children)))
