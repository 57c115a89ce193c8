"""Job folders for the tests of the built-in XGBoost: /opt/ml as the runtime makes it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from helpers.local.containers import registry
from helpers.local.containers.contract import Image
from helpers.local.containers.xgboost import (
    preload,  # noqa: F401  (a quick import of xgboost)
    versions,
)
from helpers.local.containers.xgboost.train import train
from support.job_folder import Files, JobFolder

FIVE_ROWS = """\
0,25,1,11,9,1,0,0,0,0,0,50
1,45,0,13,4,1,0,0,0,0,1,70
0,35,1,10,8,1,0,0,0,0,0,65
1,29,0,12,5,1,0,0,0,1,0,80
0,52,1,9,3,1,0,0,0,1,1,40
"""


def rows(count: int, seed: int = 0) -> str:
    """Return a CSV of `count` rows whose label depends on the first of three features."""
    table = np.random.default_rng(seed).random((count, 4)).round(3)
    table[:, 0] = (table[:, 1] > 0.5) + table[:, 2] / 10
    return "\n".join(",".join(map(str, row)) for row in table) + "\n"


def image(version: str = "3.2-0") -> Image:
    """Return the image URI of a version in us-east-1; "0.72" is `xgboost:latest`."""
    repository, tag = versions.repository_and_tag(version)
    account = versions.registries()[repository]["us-east-1"]
    uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/{repository}:{tag}"
    return registry.resolve(uri, "us-east-1")


class Job(JobFolder):
    """A training job's folder, and the outcome of its run."""

    def __init__(
        self,
        opt_ml: Path,
        channels: Mapping[str, Files],
        content_type: str | None = "text/csv",
        mode: str = "File",
        **hyperparameters: object,
    ):
        hyperparameters = {"num_round": 2, **hyperparameters}
        super().__init__(opt_ml, channels, content_type, mode, hyperparameters)

    def train(self, version: str = "3.2-0") -> int:
        """Run the container's train in this process; return its exit code."""
        return train(self.opt_ml, image(version))

    @property
    def model(self) -> Path:
        return self.opt_ml / "model/xgboost-model"
