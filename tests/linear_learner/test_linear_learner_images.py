"""The image of Linear Learner runs in each Region that the SDK knows."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.linear_learner_job import IMAGE_URI

from helpers.local.containers import registry
from helpers.local.containers.linear_learner import images


@pytest.fixture(scope="module")
def sdk_version() -> dict:
    """Return the entry of the SDK's table of Linear Learner images, without its slow import."""
    for folder in find_spec("sagemaker").submodule_search_locations:
        table = Path(folder, "core/image_uri_config/linear-learner.json")
        if table.exists():
            [(version, entry)] = json.loads(table.read_text())["versions"].items()
            return entry | {"version": version}
    raise FileNotFoundError("sagemaker/core/image_uri_config/linear-learner.json")


def test_registries_are_those_of_the_sdk(sdk_version):
    """Each Region's account is the one in the SDK's packaged table."""
    [repository] = images.repositories()
    assert repository.name == sdk_version["repository"]
    assert repository.accounts == sdk_version["registries"]


def test_the_image_resolves(sdk_version):
    """`linear-learner:1` and the older `latest` are the one version."""
    assert registry.resolve(IMAGE_URI, "us-east-1").version == sdk_version["version"] == "1"
    assert registry.resolve(IMAGE_URI.replace(":1", ":latest"), "us-east-1").version == "1"
    with pytest.raises(registry.UnknownTagError):
        registry.resolve(IMAGE_URI.replace(":1", ":2"), "us-east-1")


def test_failure_reasons():
    """FailureReason calls the user's errors ClientError, where the log says Customer Error."""
    image = registry.resolve(IMAGE_URI, "us-east-1")
    reason = registry.container_of(image).failure_reason
    assert reason(image, 2, "Customer Error: why") == "ClientError: why, exit code: 2"
    assert reason(image, 1, "Algorithm Error: why") == "AlgorithmError: why, exit code: 1"
