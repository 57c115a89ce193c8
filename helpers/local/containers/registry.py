"""From an image's URI to the container that runs it.

Every folder beside this file that declares a `CONTAINER` takes part; there is no list to keep.
"""

import importlib
import pkgutil
import re
from functools import cache

from helpers.local import containers
from helpers.local.containers.contract import Container, Image, Repository

URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<domain>[a-z0-9.-]+)"
    r"/(?P<repository>[a-z0-9][a-z0-9._/-]*):(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"
)

DOMAINS = {  # how a registry's host name ends, where it isn't amazonaws.com
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
}


class ImageError(Exception):
    """An image that doesn't run here. What could be read of the URI is in the attributes."""

    def __init__(self, message: str, uri: str, **parts: str):
        super().__init__(message)
        self.uri = uri
        self.account = parts.get("account", "")
        self.region = parts.get("region", "")
        self.repository = parts.get("repository", "")
        self.tag = parts.get("tag", "")


class InvalidImageError(ImageError):
    """Not the URI of an image in Amazon ECR, or one without a tag."""


class UnknownRepositoryError(ImageError):
    """This machine does not know the repository of the registry."""


class WrongRegistryError(ImageError):
    """The repository exists, but another account or Region holds it."""


class UnknownTagError(ImageError):
    """The repository exists, without this tag."""


@cache
def all_containers() -> tuple[Container, ...]:
    """The containers that are declared, in the order of their folders' names."""
    modules = (
        importlib.import_module(f"{containers.__name__}.{found.name}")
        for found in pkgutil.iter_modules(containers.__path__)
        if found.ispkg
    )
    return tuple(module.CONTAINER for module in modules if hasattr(module, "CONTAINER"))


def resolve(uri: str, region: str) -> Image:
    """Find the image that a URI names for a job in a Region.

    Raises
    ------
    InvalidImageError, UnknownRepositoryError, WrongRegistryError, UnknownTagError
        By what of the URI is wrong.
    """
    match = URI.fullmatch(uri)
    if match is None:
        raise InvalidImageError(f"{uri!r} is not the URI of an image with a tag in Amazon ECR", uri)
    parts = match.groupdict()
    account, name, tag = parts["account"], parts["repository"], parts["tag"]
    repository = next((each for each, _ in _repositories() if each.name == name), None)
    if repository is None:
        raise UnknownRepositoryError(f"No repository {name!r} in {account}", uri, **parts)
    if parts["region"] != region or repository.accounts.get(region) != account:
        raise WrongRegistryError(f"{account} doesn't hold {name!r} in {region}", uri, **parts)
    version = repository.version_of(tag)
    if version is None:
        raise UnknownTagError(f"Repository {name!r} has no tag {tag!r}", uri, **parts)
    return Image(uri, account, region, name, tag, version)


def container_of(image: Image) -> Container:
    """Return the container that an image belongs to."""
    return next(
        container
        for repository, container in _repositories()
        if repository.name == image.repository
    )


def known_images(region: str) -> list[str]:
    """Return URIs that `resolve` accepts in a Region, newest first, one for each version."""
    domain = next((d for start, d in DOMAINS.items() if region.startswith(start)), "amazonaws.com")
    return [
        f"{repository.accounts[region]}.dkr.ecr.{region}.{domain}/{repository.name}:{tag}"
        for repository, _ in _repositories()
        if region in repository.accounts
        for tag in repository.shown_tags
    ][::-1]


def preloaded_modules() -> list[str]:
    """Return the modules that all containers want imported before their processes are forked."""
    return [module for container in all_containers() for module in container.preload]


def _repositories() -> list[tuple[Repository, Container]]:
    return [
        (repository, container)
        for container in all_containers()
        for repository in container.repositories
    ]
