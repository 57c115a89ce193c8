"""Job folders for the tests of the built-in XGBoost: /opt/ml as the runtime makes it."""

import json
from pathlib import Path

from helpers.local.containers import registry
from helpers.local.containers.contract import Image
from helpers.local.containers.xgboost import (
    preload,  # noqa: F401  (a quick import of xgboost)
    versions,
)
from helpers.local.containers.xgboost.train import train

FIVE_ROWS = """\
0,25,1,11,9,1,0,0,0,0,0,50
1,45,0,13,4,1,0,0,0,0,1,70
0,35,1,10,8,1,0,0,0,0,0,65
1,29,0,12,5,1,0,0,0,1,0,80
0,52,1,9,3,1,0,0,0,1,1,40
"""


def image(version: str = "3.2-0") -> Image:
    """Return the image URI of a version in us-east-1; "0.72" is `xgboost:latest`."""
    repository, tag = versions.repository_and_tag(version)
    account = versions.registries()[repository]["us-east-1"]
    uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/{repository}:{tag}"
    return registry.resolve(uri, "us-east-1")


class Job:
    """A training job's folder, and the outcome of its run.

    channels: name to the files in it, by relative path.
    """

    def __init__(
        self,
        opt_ml: Path,
        channels: dict[str, dict[str, str | bytes]],
        content_type: str | None = "text/csv",
        mode: str = "File",
        **hyperparameters: object,
    ):
        self.opt_ml = opt_ml
        configs = {}
        for name, files in channels.items():
            (opt_ml / "input/data" / name).mkdir(parents=True, exist_ok=True)
            for path, content in files.items():
                file = opt_ml / "input/data" / name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
            configs[name] = {
                "TrainingInputMode": mode,
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            if content_type is not None:
                configs[name]["ContentType"] = content_type
        texts = {name: str(value) for name, value in {"num_round": 2, **hyperparameters}.items()}
        self.configure("hyperparameters", {k: v for k, v in texts.items() if v != "None"})
        self.configure("inputdataconfig", configs)

    def configure(self, name: str, content: object) -> None:
        """Write a file of input/config."""
        path = self.opt_ml / "input/config" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def train(self, version: str = "3.2-0") -> int:
        """Run the container's train in this process; return its exit code."""
        return train(self.opt_ml, image(version))

    @property
    def failure(self) -> str:
        return (self.opt_ml / "output/failure").read_text()

    @property
    def model(self) -> Path:
        return self.opt_ml / "model/xgboost-model"
