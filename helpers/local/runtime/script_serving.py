"""The entry of a model's container that is served by a script of the user's own."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from helpers.local.containers import registry
from helpers.local.containers.contract import Command, Entry, Framework, Image, PythonFunction
from helpers.local.runtime import artifacts, images
from helpers.local.runtime.workloads import Workload

PROGRAM, SUBMIT_DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
OPT_ML = "/opt/ml"
SERVING = Path(registry.__file__).with_name("script") / "serving"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"

Wrap = Callable[[Command], Command]
"""Changes a command, such as one that it puts into a mount namespace of its own."""


class ScriptError(Exception):
    """The script of a model can't be had; the text says why."""


def runs_script(image: Image, variables: Mapping[str, str]) -> Framework | None:
    """Return what runs the script that serves a model, None if no script does.

    Parameters
    ----------
    image
        Of the model's container.
    variables
        The container's environment. The SDKs write an empty SAGEMAKER_PROGRAM where no script is
        meant.
    """
    framework = registry.container_of(image).framework(image)
    if framework is None or not (variables.get(PROGRAM) or framework.default_program):
        return None
    return framework


def entry(
    workload: Workload,
    image: Image,
    opt_ml: Path,
    variables: Mapping[str, str],
    socket: Path,
    wrap: Wrap = lambda command: command,
) -> Entry | None:
    """Return the entry of a container that is served by a script, None if it isn't.

    Parameters
    ----------
    workload
        Whose process it will be.
    image, variables
        As of `runs_script`.
    opt_ml
        The folder that stands for ``/opt/ml``; the model is in its folder `model`.
    socket
        The path of the unix socket.
    wrap
        Changes the command.

    Raises
    ------
    ImageNotPulledError
        If the image is not on this machine.
    """
    framework = runs_script(image, variables)
    if framework is None:
        return None
    python = images.interpreter(workload.context.home, framework)
    try:
        code = _place_code(framework, opt_ml, variables)
    except ScriptError as error:
        return PythonFunction(f"{__name__}:report_failure", (str(error),))
    argv = (python, SERVING / "serve.py", framework.serving_handlers, socket, opt_ml / "model")
    environment = _environment(workload, python, opt_ml, code, variables)
    return wrap(Command(tuple(map(str, argv)), environment, opt_ml))


def report_failure(text: str) -> str:
    """Return the text that the container writes before it ends: a process needs a function."""
    return text


def _place_code(framework: Framework, opt_ml: Path, variables: Mapping[str, str]) -> Path:
    """Return the folder of the script, downloaded if it is on S3. Raises ScriptError."""
    default = f"{OPT_ML}/model/code" if framework.default_program else f"{OPT_ML}/code"
    place = (variables.get(SUBMIT_DIRECTORY) or default).removeprefix("file://")
    if place.startswith("s3://"):
        code = opt_ml / "code"
        try:
            artifacts.unpack_model(place, code)
        except (FileNotFoundError, ValueError) as error:
            raise ScriptError(f"{SUBMIT_DIRECTORY} is {place}: {error}") from error
        return code
    if place != OPT_ML and not place.startswith(f"{OPT_ML}/"):
        raise ScriptError(
            f"{SUBMIT_DIRECTORY} is {place}, expected the S3 URI of a .tar.gz file, or a folder of "
            f"the container such as {OPT_ML}/model/code."
        )
    code = opt_ml / place.removeprefix(OPT_ML).lstrip("/")
    if not code.is_dir():
        raise ScriptError(
            f"The container has no folder {place}. Set {SUBMIT_DIRECTORY} to the S3 URI of a "
            f".tar.gz file with the script, or to {OPT_ML}/model/code if model.tar.gz has it in "
            "its folder code."
        )
    return code


def _environment(
    workload: Workload, python: Path, opt_ml: Path, code: Path, variables: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables of the container: none of this server's own, nor of the learner's."""
    home = workload.context.home
    scratch = opt_ml.parent / "tmp"
    scratch.mkdir(exist_ok=True)
    key = home.credentials
    return {
        "PATH": os.pathsep.join((str(python.parent), SYSTEM_PATH)),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{home.last_port()}",
        "AWS_DEFAULT_REGION": workload.region,
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_BASE_DIR": str(opt_ml),
        "SM_MODEL_DIR": str(opt_ml / "model"),
        **variables,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(code), variables.get("PYTHONPATH", "")))),
    }
