"""What a script job runs: its command, with the image's Python and an environment of its own."""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from helpers.home import ACCOUNT
from helpers.local.containers import script
from helpers.local.containers.contract import Command, Framework
from helpers.local.containers.script import image_packages
from helpers.local.containers.toolkit.job_config import host_addresses
from helpers.local.home import Home
from helpers.local.process import Endpoint
from helpers.local.runtime import (
    image_layers,
    images,
    opt_ml_mount,
    preloaded_images,
    script_rewriting,
)
from helpers.local.runtime.workloads import WorkloadFailedError
from helpers.local.state.database import Document

GUARD = Path(script.__file__).with_name("guard")
NETWORK_GUARD = Path(script.__file__).parents[3] / "session/network_guard.py"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Of AWS's images; source: docker/3.0-5/base/Dockerfile.cpu of the open container.
IMAGE_VARIABLES = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
}
MOUNTED = "Local SageMaker: /opt/ml is this job's own folder."
REWRITTEN = (
    "Local SageMaker: nothing can be mounted here on /opt/ml, so this job's folder is {opt_ml}. A "
    "path /opt/ml that is written into a script is not found: use the variables SM_MODEL_DIR, "
    "SM_CHANNEL_... instead."
)
NETWORK_SETTINGS = (
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_TRUSTED_HOST",
)
NVIDIA_DEVICE = Path("/dev/nvidiactl")


def entry(
    home: Home,
    job: Document,
    framework: Framework,
    host: str,
    opt_ml: Path,
    variables: Mapping[str, str],
) -> Command:
    """Return the entry of one host of a script job.

    Parameters
    ----------
    home
        Of the server.
    job
        As DescribeTrainingJob would show it.
    framework
        Whose Python runs it.
    host
        The name of the host, such as ``algo-1``.
    opt_ml
        The folder of the host, with its configuration and its data. Files in it are changed where
        nothing can be mounted on /opt/ml. The folder ``scratch`` beside it is made here.
    variables
        Those of the job and of its hosts.

    Raises
    ------
    WorkloadFailedError
        If the image was removed after the job was created.
    """
    try:
        fill_scratch(home, framework, opt_ml.with_name("scratch"))
    except images.ImageNotPulledError as error:
        raise WorkloadFailedError(f"ClientError: {error}") from error
    scratch = _without_white_space(home, opt_ml.with_name("scratch"))
    programs = scratch / "python/bin"
    if preloaded_images.is_enabled():
        _use_preloaded(home, framework, programs)
    # by which the job finds that folder; its log then shows no path of this machine
    shown = Path(script.SCRATCH) if opt_ml_mount.is_possible() else scratch
    region = job["TrainingJobArn"].split(":")[3]
    instance_type = job["ResourceConfig"]["InstanceType"]
    argv = script.command(job)
    complete = {
        **IMAGE_VARIABLES,
        **(dict(framework.toolkit_variables) if argv == script.TOOLKIT else {}),
        **({} if job["EnableNetworkIsolation"] else variables_of_aws(home, region)),
        "HOME": str(shown / "home"),
        "TMPDIR": str(shown / "tmp"),
        "PATH": f"{shown}/python/bin:{SYSTEM_PATH}",
        **gpu_variables(instance_type),
        **pip_settings(os.environ),
        **variables,
    }
    complete["PYTHONPATH"] = image_packages.python_path(shown, complete.get("PYTHONPATH", ""))
    lines = first_lines(home, framework, instance_type, scratch / "opt_ml")
    if not opt_ml_mount.is_possible():
        argv, complete = _rewritten(argv, complete, opt_ml, scratch / "opt_ml")
    launch = _launch(job, host, opt_ml, scratch, variables)
    return Command((*launch.prefix(lines), *argv), complete, scratch / "home")


def fill_scratch(home: Home, framework: Framework, scratch: Path) -> None:
    """Make the folder with what a script needs beside /opt/ml: its Python, packages and home.

    Raises
    ------
    ImageNotPulledError
        If the image is not on this machine.
    """
    for name in ("home", "tmp"):
        (scratch / name).mkdir(parents=True)
    image_layers.layer(home, framework, scratch / "python")
    copy_guard(scratch / "guard")
    image_packages.copy(framework, scratch / image_packages.FOLDER)


def _without_white_space(home: Home, folder: Path) -> Path:
    """Return a folder, or a link to it if its path has white space.

    The driver of SDK 3 can't use an interpreter whose path has white space.
    """
    if not re.search(r"\s", str(folder)):
        return folder
    link = home.runtime() / hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    link.unlink(missing_ok=True)  # of an earlier job with the same name
    link.symlink_to(folder)
    return link


def _use_preloaded(home: Home, framework: Framework, programs: Path) -> None:
    """Run the job's scripts by forks of the image's preloaded interpreter."""
    preloaded_images.start(home, framework, copy_guard, IMAGE_VARIABLES)
    preloaded_images.use(home, framework, programs)


def copy_guard(folder: Path) -> None:
    """Copy what every Python of the job runs at its start, and the module that it imports."""
    shutil.copytree(GUARD, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(NETWORK_GUARD, folder / "sagemaker_local_network_guard.py")


def variables_of_aws(home: Home, region: str) -> dict[str, str]:
    """Return the variables by which AWS's SDKs reach the Local SageMaker."""
    keys = home.credentials
    endpoint = Endpoint(
        url=f"http://127.0.0.1:{home.last_port()}",
        region=region,
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        account=ACCOUNT,
        home=home.path,
        pid=0,
    )
    return endpoint.environment()


def pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which a job's pip finds the packages that this machine's pip finds.

    They are of the network, not of the learner's environment: a mirror, a proxy, a folder of
    wheels. The job has a HOME of its own, so pip's own file is named.

    >>> pip_settings({"PIP_INDEX_URL": "url", "PIP_USER": "1", "HOME": "/nowhere"})
    {'PIP_INDEX_URL': 'url'}
    """
    settings = {name: environ[name] for name in NETWORK_SETTINGS if name in environ}
    home = Path(environ.get("HOME", "/"))
    for file in (home / ".config/pip/pip.conf", home / ".pip/pip.conf"):
        if file.exists():
            settings.setdefault("PIP_CONFIG_FILE", str(file))
    return settings


def gpu_variables(instance_type: str) -> dict[str, str]:
    """Return what hides this machine's GPUs from a job on an instance type without any."""
    return {} if script.has_gpu(instance_type) else {"CUDA_VISIBLE_DEVICES": ""}


def first_lines(home: Home, framework: Framework, instance_type: str, opt_ml: Path) -> list[str]:
    """Return what the log begins with: where /opt/ml is, what runs, and that no GPU is here.

    opt_ml: the path by which the folder is found where nothing can be mounted.
    """
    lines = [MOUNTED if opt_ml_mount.is_possible() else REWRITTEN.format(opt_ml=opt_ml)]
    if image := images.pulled(home, framework):
        runs = f"{framework.name} runs {image.package} on Python {image.python}."
        lines.append(f"Local SageMaker: {runs}")
    if script.has_gpu(instance_type) and not NVIDIA_DEVICE.exists():
        lines.append(
            f"Local SageMaker: {instance_type} has a GPU; this machine has none, so the CPU "
            "computes."
        )
    return lines


def _launch(
    job: Document, host: str, opt_ml: Path, scratch: Path, variables: Mapping[str, str]
) -> opt_ml_mount.Launch:
    """Return how the job's command is started; writes its hosts file."""
    addresses = host_addresses(variables)
    opt_ml_mount.write_hosts(scratch / "hosts", addresses)
    return opt_ml_mount.Launch(
        opt_ml=str(opt_ml),
        scratch=str(scratch),
        host=host,
        hosts_file=str(scratch / "hosts"),
        # a network of its own would part it from the other hosts of its job
        isolated=job["EnableNetworkIsolation"] and len(addresses) == 1,
        mounts=opt_ml_mount.is_possible(),
    )


def _rewritten(
    argv: tuple[str, ...], variables: dict[str, str], opt_ml: Path, shown: Path
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the command and the variables of a job whose folder can't be mounted on /opt/ml.

    shown: the path by which the job finds it.
    """
    shown.symlink_to(opt_ml)
    script_rewriting.rewrite_files(opt_ml, shown)
    variables = script_rewriting.rewrite_values(variables, shown)
    variables["SAGEMAKER_BASE_DIR"] = str(shown)  # read by AWS's toolkit
    return tuple(script_rewriting.rewrite(word, shown) for word in argv), variables
