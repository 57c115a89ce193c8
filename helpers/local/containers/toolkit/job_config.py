"""The files in a training job's ``input/config``, as a built-in algorithm reads them."""

import json
from pathlib import Path
from typing import Any

from helpers.local.containers.toolkit.errors import UserError


def read_config(opt_ml: Path, name: str) -> dict[str, Any]:
    """Return the content of a file of ``input/config``; empty if the job does not have it."""
    path = opt_ml / "input" / "config" / name
    return json.loads(path.read_text()) if path.is_file() else {}


def check_one_host(opt_ml: Path) -> None:
    """Raise UserError for a job on several instances."""
    hosts = read_config(opt_ml, "resourceconfig.json").get("hosts", ())
    if len(hosts) > 1:
        raise UserError(
            f"The Local SageMaker does not support distributed training ({len(hosts)} instances). "
            "What to do: set the instance count to 1, or train on AWS."
        )
