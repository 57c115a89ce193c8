"""Which container an image URI names, and how the family it belongs to behaves.

AWS publishes the built-in XGBoost in two repositories: `xgboost` (0.72, closed) and
`sagemaker-xgboost` (0.90-1 and later, github.com/aws/sagemaker-xgboost-container). The registry
account of each Region (`registries.json`) and the tags are the ones that the SageMaker Python SDK
ships in `image_uri_config/xgboost.json`.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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


@dataclass(frozen=True)
class Image:
    """A container image that runs here. `version` is its tag without `-cpu-py3`."""

    uri: str
    account: str
    region: str
    repository: str
    tag: str
    version: str
    family: str  # "0.72" or "open"


@dataclass(frozen=True)
class Behaviour:
    """Where images of the built-in XGBoost differ from each other, as a caller sees it.

    failure: what FailureReason starts with when the user is to blame.
    metric: how a metric is written in the log.
    separator, end: what stands between two predictions, and after the last, in a CSV answer.
    counts_features: a request's columns are compared with the model's (models were pickles).
    shifts_libsvm: a libsvm request whose smallest index is 1 or more is counted from 1.
    logs_master: lines of 3.2-0 about which host is the master.
    """

    failure: str = "AlgorithmError"
    metric: str = "%.5f"
    separator: str = "\n"
    end: str = "\n"
    counts_features: bool = False
    shifts_libsvm: bool = False
    logs_master: bool = False


COMMA = {"separator": ",", "end": "", "counts_features": True}

VERSIONS = {  # version: how it behaves. All of them run on the one xgboost installed here.
    "0.72": Behaviour(failure="ClientError", metric="%.6g", **COMMA),
    "0.90-1": Behaviour(metric="%.6g", **COMMA),
    "0.90-2": Behaviour(metric="%.6g", **COMMA),
    "1.0-1": Behaviour(**COMMA),
    "1.2-1": Behaviour(**COMMA),
    "1.2-2": Behaviour(counts_features=True),
    "1.3-1": Behaviour(),
    "1.5-1": Behaviour(),
    "1.7-1": Behaviour(),
    "3.0-5": Behaviour(),
    "3.2-0": Behaviour(shifts_libsvm=True, logs_master=True),
}

TAGS = {  # repository: {tag: version}
    "xgboost": {"1": "0.72", "latest": "0.72"},
    "sagemaker-xgboost": {
        tag: version
        for version in VERSIONS
        if version != "0.72"
        for tag in (version, f"{version}-cpu-py3")
    },
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


class InvalidImage(ImageError):
    """Not the URI of an image in Amazon ECR, or one without a tag."""


class UnknownRepository(ImageError):
    """The registry has no such repository, as far as this machine knows."""


class WrongRegistry(ImageError):
    """The repository exists, but another account or Region holds it."""


class UnknownTag(ImageError):
    """The repository exists, without this tag."""


@cache
def registries() -> dict[str, dict[str, str]]:
    """The account that holds a repository, by repository and Region."""
    return json.loads(Path(__file__).with_name("registries.json").read_text())


def resolve(uri: str, region: str) -> Image:
    """Find the image that `uri` names for a job in `region`.

    Raises InvalidImage, UnknownRepository, WrongRegistry or UnknownTag.
    """
    match = URI.fullmatch(uri)
    if match is None:
        raise InvalidImage(f"{uri!r} is not the URI of an image with a tag in Amazon ECR", uri)
    parts = match.groupdict()
    account, repository, tag = parts["account"], parts["repository"], parts["tag"]
    if repository not in TAGS:
        raise UnknownRepository(f"No repository {repository!r} in {account}", uri, **parts)
    if parts["region"] != region or registries()[repository].get(region) != account:
        raise WrongRegistry(f"{account} doesn't hold {repository!r} in {region}", uri, **parts)
    version = TAGS[repository].get(tag)
    if version is None:
        raise UnknownTag(f"Repository {repository!r} has no tag {tag!r}", uri, **parts)
    family = "0.72" if version == "0.72" else "open"
    return Image(uri, account, region, repository, tag, version, family)


def known_images(region: str) -> list[str]:
    """The URIs that `resolve` accepts in a Region, newest first, one for each version."""
    domain = next((d for start, d in DOMAINS.items() if region.startswith(start)), "amazonaws.com")
    found = []
    for repository, tags in TAGS.items():
        account = registries()[repository].get(region)
        short = [tag for tag in tags if not tag.endswith("-cpu-py3")] if account else []
        found += [f"{account}.dkr.ecr.{region}.{domain}/{repository}:{tag}" for tag in short]
    return found[::-1]


def behaviour(image: Image) -> Behaviour:
    """How an image's version behaves."""
    return VERSIONS[image.version]


def failure_kind(image: Image, exit_code: int) -> str:
    """What the FailureReason of a job starts with, before `: <text of output/failure>`.

    0.72 calls the user's errors ClientError and leaves with 1; all else, and every error of the
    open container (it wraps even UserError, aws/amazon-sagemaker-examples issue 1740), is
    AlgorithmError.
    """
    return behaviour(image).failure if exit_code == 1 else "AlgorithmError"
