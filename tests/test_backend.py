"""AWS is chosen by asking for it or by being there, never by accident."""

import doctest
import json

import pytest

from helpers.session import backend

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_PROFILE": "work",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


@pytest.fixture
def metadata(tmp_path):
    """Write a metadata file as SageMaker does; return a function of its content."""

    def write(content):
        path = tmp_path / "resource-metadata.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_credentials_lying_around_are_not_enough(tmp_path):
    """Keys, a profile and a region in the environment don't choose AWS."""
    assert backend.choose(None, CREDENTIALS, tmp_path / "none").backend == "local"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"ResourceArn": ARN + "notebook-instance/my-nb"}, "a SageMaker notebook instance"),
        ({"ResourceArn": ARN + "app/d-1/user/JupyterLab/default"}, "SageMaker Studio"),
        ({"ResourceArn": ARN + "space/d-1/my-space", "AppType": "JupyterLab"}, "SageMaker Studio"),
        (
            {"ResourceArn": "arn:aws-cn:sagemaker:cn-north-1:123456789012:notebook-instance/n"},
            "a SageMaker notebook instance",
        ),
    ],
)
def test_a_kernel_on_sagemaker_uses_aws(content, place, metadata):
    """The metadata that SageMaker writes names a notebook instance or a Studio app."""
    assert backend.choose(None, {}, metadata(content)) == ("aws", f"this is {place}")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        [],
        {},
        {"ResourceArn": None},
        {"ResourceName": "my-nb"},
        {"ResourceArn": ARN + "training-job/j"},
        {"ResourceArn": "notebook-instance/my-nb"},
    ],
)
def test_any_other_file_there_proves_nothing(content, metadata):
    """A broken or foreign metadata file does not choose AWS."""
    assert backend.choose(None, CREDENTIALS, metadata(content)).backend == "local"


def test_the_argument_wins_over_the_variable_and_that_over_the_place(metadata):
    """The argument takes precedence over the environment variable."""
    there = metadata({"ResourceArn": ARN + "notebook-instance/my-nb"})
    assert backend.choose(None, {backend.VARIABLE: "local"}, there).backend == "local"
    assert backend.choose("aws", {backend.VARIABLE: "local"}).backend == "aws"
    assert backend.choose("local", {backend.VARIABLE: "aws"}).backend == "local"


def test_an_empty_variable_says_nothing(tmp_path):
    """An empty variable counts as unset."""
    assert backend.choose(None, {backend.VARIABLE: " "}, tmp_path / "none").backend == "local"


@pytest.mark.parametrize("value", ["AWS", "amazon", "Local", "true", ""])
def test_a_bad_value_is_an_error(value):
    """A misspelt backend is an error that names both values, never a fallback."""
    with pytest.raises(ValueError, match=r"connect\(backend=\.\.\.\).*'local'.*'aws'"):
        backend.choose(value, {})
    if value:
        with pytest.raises(ValueError, match=backend.VARIABLE):
            backend.choose(None, {backend.VARIABLE: value})


def test_examples_in_the_docstrings_run():
    """The examples in the module's documentation are true."""
    assert doctest.testmod(backend).failed == 0
