"""Wait for the other hosts of a job.

Source: the package sagemaker-containers 2.8.6.post2, module `entry_point`.
"""

import json
import os
from pathlib import Path
from typing import NoReturn

from sagemaker_xgboost_container.hostnames import wait_hostname_resolution


def _wait_hostname_resolution() -> None:
    """Wait until the names of all hosts of the job have an address.

    AWS's examples call this function of another package, although its name begins with `_`.
    """
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    resources = json.loads((base / "input/config/resourceconfig.json").read_text())
    wait_hostname_resolution(resources["hosts"])


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"module '{__name__}' has no attribute '{name}' in the Local SageMaker, only "
        "_wait_hostname_resolution. What to do: use sagemaker_training.entry_point, the module of "
        "the package that replaced this one."
    )
