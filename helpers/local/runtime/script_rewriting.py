"""Where nothing can be mounted on /opt/ml: replace that path by the job's own folder.

The driver of SDK 3 has it in its files and in the arguments of the job; AWS's toolkit reads its
folder from a variable. A script that has the path written into it does not find it, and the job's
log says so.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

OPT_ML = re.compile(r"/opt/ml(?![\w.-])")
DRIVER_FILES = {".sh", ".py", ".json"}


def rewrite(text: str, opt_ml: Path) -> str:
    """Return a text with the job's folder in place of /opt/ml.

    >>> rewrite("ls /opt/ml/model /opt/mlflow", Path("/jobs/a"))
    'ls /jobs/a/model /opt/mlflow'
    """
    return OPT_ML.sub(str(opt_ml).replace("\\", r"\\"), text)


def rewrite_values(values: Mapping[str, str], opt_ml: Path) -> dict[str, str]:
    """Return variables with the job's folder in place of /opt/ml."""
    return {name: rewrite(value, opt_ml) for name, value in values.items()}


def rewrite_files(folder: Path, opt_ml: Path) -> None:
    """Rewrite the files of SDK 3's driver, and the hyperparameters, in a job's folder.

    Parameters
    ----------
    folder
        Where the job's /opt/ml is.
    opt_ml
        The path by which the job finds it; it has no white space.
    """
    hyperparameters = folder / "input/config/hyperparameters.json"
    values = rewrite_values(json.loads(hyperparameters.read_text()), opt_ml)
    hyperparameters.write_text(json.dumps(values))
    for file in (folder / "input/data/sm_drivers").rglob("*"):
        if file.suffix in DRIVER_FILES and file.is_file():
            file.write_text(rewrite(file.read_text(), opt_ml))
