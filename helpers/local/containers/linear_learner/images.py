"""The images of the built-in Linear Learner.

AWS publishes it in one repository with one version. The registry account of each Region
(`registries.json`) is that of the SageMaker Python SDK's `image_uri_config/linear-learner.json`.
"""

import json
from pathlib import Path

from helpers.local.containers.contract import Repository

NAME = "linear-learner"
TAGS = {"latest": "1", "1": "1"}  # tag: version; `latest` is what SDK 1 asks for as `1`


def repositories() -> tuple[Repository, ...]:
    """Return the one repository."""
    accounts = json.loads(Path(__file__).with_name("registries.json").read_text())
    return (Repository(NAME, accounts[NAME], TAGS.get, tuple(TAGS)),)
