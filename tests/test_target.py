"""A command's target is a backend, an account and a region."""

import importlib

import pytest

from helpers.account import target
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
