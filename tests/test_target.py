"""A command's target is a backend, an account and a region."""

import importlib

import pytest

from helpers.__main__ import main
from helpers.account import target
from helpers.local import process
from helpers.session import network_guard


@pytest.fixture
def untouched(local, monkeypatch):
    """Select a target in this process; afterwards its environment is restored."""
    monkeypatch.delenv("SAGEMAKER_COURSE_BACKEND", raising=False)
    yield
    network_guard.remove()
    importlib.import_module("helpers.session.connection")._restore_environment()


def test_local_unless_asked(untouched, local):
    """By default a command uses the Local SageMaker, by a session that reaches it."""
    found = target.resolve_target()
    assert str(found) == f"Local SageMaker, account 111122223333, region {local.region}"
    assert found.session.client("sts").get_caller_identity()["Account"] == found.account


def test_another_region(untouched):
    """The requested region is the session's."""
    found = target.resolve_target(region="eu-west-1")
    assert (found.region, found.session.region_name) == ("eu-west-1", "eu-west-1")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "no region is configured"),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, "the caller identity could not be determined"),
    ],
)
def test_aws_without_what_it_needs(monkeypatch, settings, words):
    """Without a region or credentials for AWS, the error says what to do."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(target.TargetError, match=words):
        target.resolve_target("aws")


@pytest.mark.parametrize(
    "words", ["costs", "costs --budget 50", "cleanup --dry-run", "quotas", "notebook status"]
)
def test_a_question_does_not_start_a_stopped_server(tmp_path, monkeypatch, capsys, words):
    """A question to a stopped Local SageMaker says so and how to start it, with exit code 3."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path))
    monkeypatch.setenv("SAGEMAKER_COURSE_BACKEND", "local")
    code = main(words.split())
    assert not process.stop(), "it was started"
    assert code == 3
    assert "is stopped" in (err := capsys.readouterr().err)
    assert "python -m helpers local start" in err
    assert not (tmp_path / "server.log").exists()


def test_a_configured_region_that_does_not_exist(untouched, monkeypatch):
    """A region of the environment is checked like an option, before any request."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "mars-1")
    with pytest.raises(target.TargetError, match="unknown region 'mars-1'; expected one of"):
        target.resolve_target()
