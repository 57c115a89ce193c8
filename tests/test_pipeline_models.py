"""What CreateModel refuses of the containers of an inference pipeline together."""

import re

import pytest
from support import jobs


@pytest.fixture
def container(trained) -> dict:
    return {
        "Image": jobs.image_uri(),
        "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"],
    }


@pytest.fixture
def create(sagemaker):
    """Return a function that creates a model of containers."""

    def create(containers: list[dict], **more) -> None:
        sagemaker.create_model(
            ModelName=jobs.new_name("model"),
            ExecutionRoleArn=jobs.ROLE,
            Containers=containers,
            **more,
        )

    return create


def named(container: dict, *names: str | None) -> list[dict]:
    """Return copies of a container, with a ContainerHostname each or without one."""
    return [container | ({"ContainerHostname": name} if name else {}) for name in names]


def test_hostnames(create, container, assert_aws_error):
    """The containers have a ContainerHostname each, or none has one."""
    with assert_aws_error("ValidationException", re.compile("^1 of 2 containers have")):
        create(named(container, "first", None))
    create(named(container, "first", "second"))
    create(named(container, "only"))


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["first"], "needs more than one container"),
        ([None, None], "requires ContainerHostname for"),
    ],
)
def test_direct_invocation(create, container, assert_aws_error, names, text):
    """Containers that are called one by one are several, each with a ContainerHostname."""
    direct = {"InferenceExecutionConfig": {"Mode": "Direct"}}
    with assert_aws_error("ValidationException", re.compile(text)):
        create(named(container, *names), **direct)
    create(named(container, "first", "second"), **direct)


def test_two_multi_model_containers(create, container, assert_aws_error):
    """One container of a pipeline may serve many models."""
    url = container["ModelDataUrl"].rpartition("/")[0] + "/"
    many = container | {"ModelDataUrl": url, "Mode": "MultiModel"}
    with assert_aws_error("ValidationException", re.compile("^Only one multi-model container")):
        create([many, many])
    create([many, container])


def test_size_of_the_environment(create, container, assert_aws_error):
    """The environments of all containers have 32 KB together, in UTF-8."""
    full = {f"A{number:023}": "\u00e9" * 500 for number in range(16)}  # of 1,024 bytes each
    containers = [container | {"Environment": full}, container | {"Environment": full}]
    more = container | {"Environment": {"A": ""}}
    with assert_aws_error("ValidationException", re.compile("is 32768 bytes, and they have 32769")):
        create([*containers, more])
    create(containers)
