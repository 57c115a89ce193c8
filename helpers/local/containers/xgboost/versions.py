"""The images of the built-in XGBoost, and how their versions differ.

AWS publishes it in two repositories: `xgboost` (0.72, closed) and `sagemaker-xgboost` (0.90-1 and
later, github.com/aws/sagemaker-xgboost-container). The registry account of each Region
(`registries.json`) and the tags are those that the SageMaker Python SDK ships in
`image_uri_config/xgboost.json`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpers.local.containers.contract import Image, Repository


@dataclass(frozen=True)
class Behavior:
    """Where the versions differ, as a caller sees it.

    Parameters
    ----------
    failure
        What FailureReason starts with when the user is to blame.
    metric
        The format of a metric in the log.
    separator, end
        What stands between two predictions, and after the last one, in a CSV answer.
    check_feature_count
        Compare a request's columns with the model's (models were pickles).
    one_based_libsvm
        Count a libsvm request whose smallest index is 1 or more from 1.
    log_master_lines
        Write the lines of 3.2-0 that name the master host.
    """

    failure: str = "AlgorithmError"
    metric: str = "%.5f"
    separator: str = "\n"
    end: str = "\n"
    check_feature_count: bool = False
    one_based_libsvm: bool = False
    log_master_lines: bool = False


COMMA = {"separator": ",", "end": "", "check_feature_count": True}
LEGACY = "0.72"  # the closed image; the others are "open"

VERSIONS = {  # version: how it behaves. All of them run on the one xgboost installed here.
    LEGACY: Behavior(failure="ClientError", metric="%.6g", **COMMA),
    "0.90-1": Behavior(metric="%.6g", **COMMA),
    "0.90-2": Behavior(metric="%.6g", **COMMA),
    "1.0-1": Behavior(**COMMA),
    "1.2-1": Behavior(**COMMA),
    "1.2-2": Behavior(check_feature_count=True),
    "1.3-1": Behavior(),
    "1.5-1": Behavior(),
    "1.7-1": Behavior(),
    "3.0-5": Behavior(),
    "3.2-0": Behavior(one_based_libsvm=True, log_master_lines=True),
}

_OPEN_VERSIONS = tuple(version for version in VERSIONS if version != LEGACY)
TAGS = {  # repository: {tag: version}
    "sagemaker-xgboost": {
        tag: version for version in _OPEN_VERSIONS for tag in (version, f"{version}-cpu-py3")
    },
    "xgboost": {"1": LEGACY, "latest": LEGACY},
}


@cache
def registries() -> dict[str, dict[str, str]]:
    """Return the account that holds a repository, by repository and Region."""
    return json.loads(Path(__file__).with_name("registries.json").read_text())


def repositories() -> tuple[Repository, ...]:
    """Return both repositories, the older one first."""
    shown_tags = {"xgboost": ("1", "latest"), "sagemaker-xgboost": _OPEN_VERSIONS}
    return tuple(
        Repository(name, registries()[name], TAGS[name].get, tags)
        for name, tags in shown_tags.items()
    )


def is_legacy(image: Image) -> bool:
    """Tell whether an image is the closed 0.72: its texts and validation differ from all later."""
    return image.version == LEGACY


def behavior(image: Image) -> Behavior:
    """Return how an image's version behaves."""
    return VERSIONS[image.version]
