"""Amazon ECR, for the registries in which AWS publishes the images that run here.

moto answers for all other registries. No image is stored, so only what is known is shown: the names
of repositories and tags, and digests that are the same as an endpoint's ResolvedImage, not AWS's.
"""

from collections.abc import Callable
from typing import Any

from helpers.local.containers import registry
from helpers.local.containers.contract import Repository, image_digest
from helpers.local.wire import aws_json
from helpers.local.wire.errors import AwsError, unsupported_operation

SERVICE = "ecr"


def answer(target: str, body: bytes, region: str) -> bytes | None:
    """Return the body of an answer; None for a registry that isn't AWS's. Raises AwsError."""
    operation, params = aws_json.parse(target, body, SERVICE)
    account = params.get("registryId")
    repositories = {
        repository.name: repository
        for container in registry.all_containers()
        for repository in container.repositories
        if repository.accounts.get(region) == account
    }
    if account is None or not repositories:
        return None
    if operation not in _OPERATIONS:
        raise unsupported_operation(f"{operation} of ECR for AWS's registries", _OPERATIONS)
    return aws_json.serialize(operation, _OPERATIONS[operation](params, repositories), SERVICE)


def _describe_repositories(params: dict[str, Any], repositories: dict[str, Repository]) -> dict:
    names = params.get("repositoryNames") or list(repositories)
    for name in names:
        _repository(params, repositories, name)
    found = [{"registryId": params["registryId"], "repositoryName": name} for name in names]
    return {"repositories": found}


def _list_images(params: dict[str, Any], repositories: dict[str, Repository]) -> dict:
    repository = _repository(params, repositories, params["repositoryName"])
    return {
        "imageIds": [
            {"imageDigest": _digest(repository, tag), "imageTag": tag}
            for tag in repository.shown_tags
        ]
    }


def _describe_images(params: dict[str, Any], repositories: dict[str, Repository]) -> dict:
    name = params["repositoryName"]
    repository = _repository(params, repositories, name)
    tags = [
        _find_tag(item, repository, params["registryId"]) for item in params.get("imageIds", ())
    ]
    about = {"registryId": params["registryId"], "repositoryName": name}
    return {
        "imageDetails": [
            {**about, "imageDigest": _digest(repository, tag), "imageTags": [tag]}
            for tag in tags or repository.shown_tags
        ]
    }


def _find_tag(image_id: dict[str, str], repository: Repository, registry_id: str) -> str:
    """Return the tag of an image that is named by its tag or its digest."""
    tag, digest = image_id.get("imageTag"), image_id.get("imageDigest")
    if tag is None:
        tag = next((t for t in repository.shown_tags if _digest(repository, t) == digest), None)
    if tag is None or repository.version_of(tag) is None:
        raise AwsError(
            "ImageNotFoundException",
            f"The image with imageId {{imageDigest:'{digest or 'null'}', "
            f"imageTag:'{tag or 'null'}'}} does not exist within the repository with name "
            f"'{repository.name}' in the registry with id '{registry_id}'",
        )
    return tag


def _digest(repository: Repository, tag: str) -> str:
    return image_digest(repository.name, repository.version_of(tag))


_OPERATIONS: dict[str, Callable[[dict[str, Any], dict[str, Repository]], dict]] = {
    "DescribeImages": _describe_images,
    "DescribeRepositories": _describe_repositories,
    "ListImages": _list_images,
}


def _repository(
    params: dict[str, Any], repositories: dict[str, Repository], name: str
) -> Repository:
    if name not in repositories:
        raise AwsError(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id "
            f"'{params['registryId']}'",
        )
    return repositories[name]
