"""An image that only runs scripts: without one it starts and fails."""

import json
from collections.abc import Mapping
from pathlib import Path

from helpers.local.containers.contract import (
    Container,
    Framework,
    Image,
    PythonFunction,
    Repository,
)

# The text of AWS's sagemaker-training 5.1.4, seen by running its command `train` without a script.
NO_SCRIPT = (
    "The training entry point name is empty. Set the 'sagemaker_program' hyperparameter (or "
    "ContainerEntrypoint) to the name of the script to run, relative to your source directory -- "
    "for example 'train.py' or 'train.sh'."
)
NO_MODULE = (
    "The model has no script, and this image has no algorithm of its own. What to do: put a script "
    "with a function model_fn into the folder code of model.tar.gz, and name it in the model's "
    "variable SAGEMAKER_PROGRAM."
)


def container(
    framework: Framework, tags: Mapping[str, Mapping[str, str]], registries: Path
) -> Container:
    """Declare a container whose images only run scripts.

    Parameters
    ----------
    framework
        What runs the scripts.
    tags
        The version that a tag means, by repository and tag.
    registries
        A JSON file with the account that holds a repository, by repository and Region.
    """
    accounts = json.loads(registries.read_text())
    return Container(
        repositories=tuple(
            Repository(name, accounts[name], versions.get, tuple(versions))
            for name, versions in tags.items()
        ),
        train=_train,
        serve=_serve,
        metric_definitions=lambda image: [],
        check_training=lambda request: None,
        failure_reason=lambda image, code, text: f"AlgorithmError: {text}, exit code: {code}",
        framework=lambda image: framework,
    )


def train(opt_ml: Path) -> int:
    """Fail as AWS's toolkit does without a script; return the exit code."""
    for line in ("Reporting training FAILURE", NO_SCRIPT, "Encountered exit_code 1"):
        print(f"sagemaker-training-toolkit ERROR    {line}", flush=True)
    (opt_ml / "output").mkdir(exist_ok=True)
    (opt_ml / "output" / "failure").write_text(NO_SCRIPT)
    return 1


def serve() -> int:
    """Say that the model has no script; return the exit code."""
    print(NO_MODULE, flush=True)
    return 1


def _train(opt_ml: Path, image: Image, environment: Mapping[str, str]) -> PythonFunction:
    return PythonFunction(f"{__name__}:train", (opt_ml,))


def _serve(
    opt_ml: Path, image: Image, environment: Mapping[str, str], socket: Path
) -> PythonFunction:
    return PythonFunction(f"{__name__}:serve")
