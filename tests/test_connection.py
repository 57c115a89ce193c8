"""helpers.connect() chooses the right backend in one line, or raises a helpful error."""

import importlib
import importlib.metadata
import os
import pathlib
import sys

import boto3
import pytest
from botocore.stub import Stubber

import helpers
from helpers.catalog import prices
from helpers.local import process
from helpers.session import backend, network_guard, sdk_imports, sdk_logging

connect = importlib.import_module("helpers.session.connection")


def endpoint(url="http://127.0.0.1:4566"):
    return process.Endpoint(
        url=url,
        region="us-east-1",
        access_key="AKIALOCAL",
        secret_key="local-secret",
        account="111122223333",
        home=pathlib.Path(".sagemaker"),
        pid=1,
    )


@pytest.fixture
def kernel(monkeypatch, tmp_path):
    """Simulate a new kernel; environment, guard and default session are restored afterwards."""
    saved = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    monkeypatch.setattr(backend, "METADATA", tmp_path / "none")
    monkeypatch.setattr(sdk_logging, "configure_logging", lambda: None)
    monkeypatch.setattr(sdk_imports, "freeze", lambda: None)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setitem(sys.modules, "sagemaker.core", None)
    monkeypatch.delitem(sys.modules, "sagemaker.core")
    os.environ.pop(backend.VARIABLE, None)
    yield
    network_guard.remove()
    connect._original_environment.clear()
    os.environ.clear()
    os.environ.update(saved)


@pytest.fixture
def local(kernel, monkeypatch):
    """Find a Local SageMaker at once; return the list of addresses to find next."""
    found = [endpoint()]
    monkeypatch.setattr(process, "ensure_running", lambda **_: found[-1])
    return found


def test_local_says_in_one_line_where_it_runs_and_that_it_is_free(local, capsys):
    """One line shows backend, URL, region, account and cost; nothing is returned."""
    assert helpers.connect() is None
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    for word in ("Local SageMaker", "http://127.0.0.1:4566", "us-east-1", "costs"):
        assert word in out


def test_local_leads_every_client_to_this_machine(local, monkeypatch):
    """Keys, region and address are the local ones, whatever the learner has configured."""
    boto3.setup_default_session(aws_access_key_id="AKIALEARNER", region_name="eu-west-1")
    os.environ |= {
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL_S3": "https://minio.example.com",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "NO_PROXY": "intranet,localhost",
    }
    helpers.connect()
    client = boto3.client("s3")
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client.meta.region_name == "us-east-1"
    assert boto3.Session().get_credentials().access_key == "AKIALOCAL"
    assert boto3.Session().get_credentials().token is None
    assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"
    assert os.environ["AWS_CONFIG_FILE"] == os.devnull
    assert "AWS_ENDPOINT_URL_S3" not in os.environ
    assert os.environ["NO_PROXY"].startswith("intranet,127.0.0.1,localhost,.amazonaws.com")
    link = boto3.client("sts", endpoint_url="https://sts.amazonaws.com")
    assert link.generate_presigned_url("get_caller_identity").startswith("http://127.0.0.1:4566/")


def test_connecting_again_finds_the_server_where_it_is_now(local):
    """A second connect() finds the server, even after a restart on another port."""
    helpers.connect()
    local.append(endpoint("http://127.0.0.1:4567"))
    helpers.connect()
    assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"
    assert os.environ["NO_PROXY"].count("localhost") == 1
    link = boto3.client("sts", endpoint_url="https://sts.amazonaws.com")
    assert link.generate_presigned_url("get_caller_identity").startswith("http://127.0.0.1:4567/")


def test_libraries_are_imported_while_the_server_starts(local, monkeypatch):
    """Libraries are imported while a server starts, but not if one already runs."""
    steps = []
    monkeypatch.setattr(sdk_imports, "USED_BY_LESSONS", ("colorsys",))
    monkeypatch.setattr(
        process, "ensure_running", lambda meanwhile: steps.extend(meanwhile) or local[-1]
    )
    helpers.connect()
    assert steps == ["colorsys"]


@pytest.mark.parametrize("connected_before", [False, True])
def test_only_a_first_connect_can_be_late(connected_before, local, monkeypatch, capsys):
    """Running the first cell again after other cells is not reported as late."""
    monkeypatch.setitem(sys.modules, "sagemaker.core", sys)
    monkeypatch.setattr(sdk_logging, "is_configured", lambda: connected_before)
    helpers.connect()
    assert ("imported before helpers.connect()" in capsys.readouterr().out) is not connected_before


def test_a_server_that_does_not_start_is_explained(kernel, monkeypatch):
    """The Local SageMaker's error message is shown, without its traceback."""

    def fails(**_):
        raise process.LocalError("the folder is read-only. Set SAGEMAKER_LOCAL_HOME.")

    monkeypatch.setattr(process, "ensure_running", fails)
    with pytest.raises(
        connect.ConnectError, match="is not running: the folder is read-only"
    ) as error:
        helpers.connect()
    assert error.value.__suppress_context__
    assert "AWS_ENDPOINT_URL" not in os.environ


@pytest.fixture
def aws(kernel, monkeypatch):
    """Return a session whose STS client is real, with a stubbed answer, and the stubber."""
    session = boto3.Session("a", "b", region_name="eu-west-1")
    sts = session.client("sts")
    monkeypatch.setattr(session, "client", {"sts": sts}.get)
    monkeypatch.setattr(boto3, "Session", lambda: session)
    with Stubber(sts) as stubber:
        yield session, stubber


def identity(arn):
    return {"UserId": "U", "Account": "123456789012", "Arn": arn}


def test_aws_says_who_you_are_and_what_it_costs(aws, capsys):
    """On AWS, account, region, role and the lesson's prices are printed."""
    aws[1].add_response(
        "get_caller_identity", identity("arn:aws:sts::123456789012:assumed-role/My-Role/me")
    )
    helpers.connect("aws")
    out = capsys.readouterr().out
    assert "AWS (you asked for it): account 123456789012, region eu-west-1, role My-Role." in out
    assert prices.summary() in out


def test_aws_says_if_you_are_not_a_role(aws, capsys):
    """A user on AWS is warned that a user cannot be the role of a job."""
    aws[1].add_response("get_caller_identity", identity("arn:aws:iam::123456789012:user/me"))
    helpers.connect("aws")
    assert "user me, which is not a role" in capsys.readouterr().out


def test_aws_takes_back_what_local_had_set(aws, monkeypatch):
    """On AWS, environment and guard are restored to their state before the first connect()."""
    monkeypatch.setattr(process, "ensure_running", lambda **_: endpoint())
    os.environ["AWS_PROFILE"] = "work"
    before = dict(os.environ)
    helpers.connect("local")
    aws[1].add_response("get_caller_identity", identity("arn:aws:iam::123456789012:root"))
    helpers.connect("aws")
    assert dict(os.environ) == before
    assert not network_guard._originals


def test_aws_without_credentials_is_explained(aws):
    """Missing credentials are explained by AWS's own message and by the remedies."""
    aws[1].add_client_error("get_caller_identity", "ExpiredToken", "The token is expired")
    with pytest.raises(connect.ConnectError, match=r"token is expired.*backend=\"local\""):
        helpers.connect("aws")


def test_aws_without_region_is_explained(kernel, monkeypatch):
    """A missing region on AWS is explained, never guessed."""
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, backend.VARIABLE: "aws"}
    with pytest.raises(connect.ConnectError, match=r"no region is set.*AWS_DEFAULT_REGION"):
        helpers.connect()


@pytest.mark.parametrize(
    ("version", "problem"),
    [("2.257.7", r"has version 2\.257\.7 .* use version 3"), (None, "has no SageMaker SDK")],
)
def test_the_wrong_kernel_is_named_before_anything_happens(version, problem, local, monkeypatch):
    """With SDK v2, or none, the message says which kernel to choose, and how."""

    def installed(name):
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(importlib.metadata, "version", installed)
    monkeypatch.setattr(sys, "prefix", "/opt/other")
    with pytest.raises(connect.ConnectError, match=rf"{problem}[^$]*Change Kernel"):
        helpers.connect()
    assert "AWS_ENDPOINT_URL" not in os.environ


def test_an_unknown_backend_is_refused(local):
    """A misspelt backend is refused instead of falling back to either."""
    with pytest.raises(ValueError, match="'local'"):
        helpers.connect("AWS")
