"""The entry of a model's container that is served by a script of the user's own."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from helpers.local.containers import registry
from helpers.local.containers.contract import Command, Entry, Framework, Image, PythonFunction
from helpers.local.containers.script import OPT_ML, SCRATCH, image_packages
from helpers.local.home import Home
from helpers.local.runtime import artifacts, opt_ml_mount, script_job, script_rewriting
from helpers.local.runtime.workloads import Workload

PROGRAM, SUBMIT_DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
SERVING = Path(registry.__file__).with_name("script") / "serving"
HANDLERS = "framework_handlers.py"
HOST = "model.aws.local"  # as containers of endpoints see themselves


class ScriptError(Exception):
    """The script of a model is not where its environment says; the text says why."""


class Paths(NamedTuple):
    """By which paths a container finds its folders: mounted, or else where they are."""

    opt_ml: Path
    scratch: Path


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
    instance_type: str,
    is_isolated: bool,
) -> Entry | None:
    """Return the entry of a container that is served by a script, None if it isn't.

    Parameters
    ----------
    workload
        Whose process it will be.
    image, variables
        As of `runs_script`.
    opt_ml
        The folder that stands for ``/opt/ml``; the model is in its folder `model`. The folder
        ``scratch`` beside it is made here.
    socket
        The path of the unix socket.
    instance_type
        Without a GPU, it hides those of this machine; "" if it is serverless.
    is_isolated
        Whether the script can reach nothing, not even the Local SageMaker.

    Raises
    ------
    ImageNotPulledError
        If the image is not on this machine.
    """
    framework = runs_script(image, variables)
    if framework is None:
        return None
    home = workload.context.home
    scratch = _make_scratch_folder(home, framework, opt_ml)
    try:
        code = _code_folder(framework, opt_ml, variables)
    except ScriptError as error:
        return PythonFunction(f"{__name__}:report_failure", (str(error),))
    is_mounted = opt_ml_mount.is_possible()
    paths = Paths(*map(Path, (OPT_ML, SCRATCH))) if is_mounted else Paths(opt_ml, scratch)
    code = paths.opt_ml / code.relative_to(opt_ml)
    environment = script_job.gpu_variables(instance_type)
    if not is_isolated:
        environment |= script_job.variables_of_aws(home, workload.region)
    environment |= _environment(paths, code, variables)
    lines = script_job.first_lines(home, framework, instance_type, opt_ml)
    serving = paths.scratch / "serving"
    argv = (
        paths.scratch / "python/bin/python3",
        *(serving / "serve.py", serving / HANDLERS, socket, paths.opt_ml / "model", code),
    )
    launch = opt_ml_mount.Launch(
        opt_ml=str(opt_ml),
        scratch=str(scratch),
        host=HOST,
        hosts_file=str(scratch / "hosts"),
        isolated=is_isolated,
        mounts=is_mounted,
    )
    return Command((*launch.prefix(lines), *map(str, argv)), environment, scratch / "home")


def _make_scratch_folder(home: Home, framework: Framework, opt_ml: Path) -> Path:
    """Make the folder with all that the container needs beside /opt/ml, and return it."""
    scratch = opt_ml.with_name("scratch")
    script_job.fill_scratch(home, framework, scratch)
    shutil.copytree(SERVING, scratch / "serving", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(framework.serving_handlers, scratch / "serving" / HANDLERS)
    opt_ml_mount.write_hosts(scratch / "hosts", {})
    return scratch


def report_failure(text: str) -> str:
    """Return the text that the container writes before it ends: a process needs a function."""
    return text


def _code_folder(framework: Framework, opt_ml: Path, variables: Mapping[str, str]) -> Path:
    """Return the folder of the script, downloaded if it is on S3. Raises ScriptError."""
    location = variables.get(SUBMIT_DIRECTORY, "").removeprefix("file://")
    if location.startswith("s3://"):
        code = opt_ml / "code"
        try:
            artifacts.unpack_model(location, code)
        except (FileNotFoundError, ValueError) as error:
            raise ScriptError(f"{SUBMIT_DIRECTORY} is {location}: {error}") from error
        return code
    default_code = opt_ml / "model/code"
    if not location and framework.default_program:
        return default_code
    location = location or f"{OPT_ML}/code"
    if location != OPT_ML and not location.startswith(f"{OPT_ML}/"):
        raise ScriptError(
            f"{SUBMIT_DIRECTORY} is {location}, expected the S3 URI of a .tar.gz file, or a folder "
            f"of the container such as {OPT_ML}/model/code."
        )
    code = opt_ml / location.removeprefix(OPT_ML).lstrip("/")
    if not code.is_dir():
        if framework.default_program:  # without the folder, its default functions serve the model
            return default_code
        raise ScriptError(
            f"The container has no folder {location}. Set {SUBMIT_DIRECTORY} to the S3 URI of a "
            f".tar.gz file with the script, or to {OPT_ML}/model/code if model.tar.gz has it in "
            "its folder code."
        )
    return code


def _environment(paths: Paths, code: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the container: none of this server's own, nor of the learner's."""
    scratch = paths.scratch
    rewritten = script_rewriting.rewrite_values(variables, paths.opt_ml)
    return {
        **script_job.IMAGE_VARIABLES,
        "HOME": str(scratch / "home"),
        "TMPDIR": str(scratch / "tmp"),
        "PATH": f"{scratch}/python/bin:{script_job.SYSTEM_PATH}",
        "SAGEMAKER_BASE_DIR": str(paths.opt_ml),
        "SM_MODEL_DIR": str(paths.opt_ml / "model"),
        **rewritten,
        "PYTHONPATH": image_packages.python_path(
            scratch, str(code), rewritten.get("PYTHONPATH", "")
        ),
    }
