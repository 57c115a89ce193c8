"""Image URIs name a container and the version that determines its behaviour."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from botocore.loaders import Loader

from helpers.local.containers import registry
from helpers.local.containers.xgboost import versions

ACCOUNT = "683313688378"
HOST = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def sdk_versions() -> dict:
    """Return the SDK's table of XGBoost images, read without its slow import."""
    for folder in find_spec("sagemaker").submodule_search_locations:
        table = Path(folder, "core/image_uri_config/xgboost.json")
        if table.exists():
            return json.loads(table.read_text())["training"]["versions"]
    raise FileNotFoundError("sagemaker/core/image_uri_config/xgboost.json")


def test_registries_are_those_of_the_sdk(sdk_versions):
    """Each Region's account is the one in the SDK's packaged table."""
    for entry in sdk_versions.values():
        assert versions.registries()[entry["repository"]] == entry["registries"]


def test_versions_are_those_of_the_sdk(sdk_versions):
    """Every version that the SDK knows runs here, with the SDK's tag."""
    for version, entry in sdk_versions.items():
        tag = f"{version}-cpu-py3" if "py_versions" in entry else version
        account = entry["registries"]["us-east-1"]
        uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/{entry['repository']}:{tag}"
        assert registry.resolve(uri, "us-east-1").version == ("0.72" if version == "1" else version)


@pytest.mark.parametrize(("tag", "version"), [("3.2-0", "3.2-0"), ("1.0-1-cpu-py3", "1.0-1")])
def test_resolve_open_family(tag, version):
    """A tag names its version, with a suffix for old versions, as in the SDK's table."""
    image = registry.resolve(f"{HOST}/sagemaker-xgboost:{tag}", "us-east-1")
    assert (image.version, image.account) == (version, ACCOUNT)
    assert not versions.is_legacy(image)
    assert (image.repository, image.tag, image.region) == ("sagemaker-xgboost", tag, "us-east-1")


@pytest.mark.parametrize("tag", ["0.90-1", "0.90-2", "1.0-1", "1.2-1-cpu-py3", "3.2-0-cpu-py3"])
def test_tags_in_another_form_do_not_exist(tag):
    """A tag put together from a table of versions isn't one, unless the SDK's table has it."""
    with pytest.raises(registry.UnknownTagError):
        registry.resolve(f"{HOST}/sagemaker-xgboost:{tag}", "us-east-1")


@pytest.mark.parametrize("tag", ["1", "latest"])
def test_resolve_old_family(tag):
    """`xgboost:1` and `xgboost:latest` are version 0.72, in registries of their own."""
    uri = f"811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:{tag}"
    assert versions.is_legacy(registry.resolve(uri, "us-east-1"))


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("xgboost", registry.InvalidImageError),
        (f"{HOST}/sagemaker-xgboost", registry.InvalidImageError),  # no tag
        ("docker.io/library/python:3.12", registry.InvalidImageError),
        (f"{HOST}/kmeans:1", registry.UnknownRepositoryError),
        (f"{HOST}/linear-learner:1", registry.WrongRegistryError),
        (f"{HOST}/sagemaker-xgboost:9.9-9", registry.UnknownTagError),
        (f"{HOST}/xgboost:1", registry.WrongRegistryError),  # 0.72 is in another account
        (
            f"{HOST.replace('us-east-1', 'eu-west-1')}/sagemaker-xgboost:3.2-0",
            registry.WrongRegistryError,
        ),
        (f"{HOST.replace(ACCOUNT, '1' * 12)}/sagemaker-xgboost:3.2-0", registry.WrongRegistryError),
    ],
)
def test_resolve_refuses(uri, error):
    """An image that doesn't run here is refused by an exception class that says why."""
    with pytest.raises(error) as caught:
        registry.resolve(uri, "us-east-1")
    assert caught.value.uri == uri


def test_refusal_carries_the_parts():
    """An error has what AWS's texts need: account, repository and tag."""
    with pytest.raises(registry.UnknownTagError) as caught:
        registry.resolve(f"{HOST}/sagemaker-xgboost:9.9-9", "us-east-1")
    error = caught.value
    assert (error.account, error.region) == (ACCOUNT, "us-east-1")
    assert (error.repository, error.tag) == ("sagemaker-xgboost", "9.9-9")


def test_image_of_another_region_is_refused():
    """A job accepts only an image of its own Region."""
    with pytest.raises(registry.WrongRegistryError):
        registry.resolve(f"{HOST}/sagemaker-xgboost:3.2-0", "eu-west-1")


def test_known_images_resolve():
    """Each known image runs, the newest version first, and its host is AWS's for the Region."""
    partitions = Loader().load_data("partitions")["partitions"]
    for region, account in versions.registries()["sagemaker-xgboost"].items():
        known = registry.known_images(region)
        assert all(registry.resolve(uri, region) for uri in known)
        domains = [
            p["outputs"]["dnsSuffix"] for p in partitions if re.match(p["regionRegex"], region)
        ]
        newest = f"sagemaker-xgboost:{list(versions.VERSIONS)[-1]}"
        assert known[0] == f"{account}.dkr.ecr.{region}.{domains[0]}/{newest}"


def test_known_images_of_an_unknown_region():
    """An unknown Region has no known images."""
    assert registry.known_images("mars-north-1") == []


def test_failure_reason():
    """0.72 reports user errors as ClientError; the open container reports AlgorithmError."""
    old = registry.resolve("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "us-east-1")
    new = registry.resolve(f"{HOST}/sagemaker-xgboost:3.2-0", "us-east-1")

    def reason(image, code):
        return registry.container_of(image).failure_reason(image, code, "why")

    assert reason(old, 1) == "ClientError: why, exit code: 1"
    assert reason(old, 255) == "AlgorithmError: why, exit code: 255"
    assert reason(new, 1) == "AlgorithmError: why, exit code: 1"


def test_only_the_newest_image_shifts_libsvm():
    """3.2-0 counts the indices of a libsvm request from 1; 3.0-5 and 1.7-1 don't."""
    assert [v for v, behavior in versions.VERSIONS.items() if behavior.one_based_libsvm] == [
        "3.2-0"
    ]
