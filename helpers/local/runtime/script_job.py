"""What a script job runs: its command, with the image's Python and an environment of its own."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.home import ACCOUNT
from helpers.local.containers import registry, script
from helpers.local.containers.contract import Command, Framework, Image
from helpers.local.home import Home
from helpers.local.process import Endpoint
from helpers.local.runtime import image_layers, images, opt_ml_mount, script_rewriting
from helpers.local.runtime.opt_ml import environment
from helpers.local.runtime.workloads import WorkloadFailedError
from helpers.local.state.database import Document

GUARD = Path(script.__file__).with_name("guard")
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


@dataclass(frozen=True)
class Host:
    """One host of a training job.

    Parameters
    ----------
    name
        Such as ``algo-1``.
    opt_ml
        Its folder, with its configuration and its data.
    addresses
        Of all hosts of the job on this machine, by name.
    """

    name: str
    opt_ml: Path
    addresses: Mapping[str, str]


def entry(home: Home, job: Document, image: Image, host: Host) -> Command:
    """Return the entry of one host of a script job. It may change files in the host's folder.

    Parameters
    ----------
    home
        Of the server.
    job
        As DescribeTrainingJob would show it.
    image
        In which it runs.

    Raises
    ------
    WorkloadFailedError
        If the image was removed after the job was created.
    """
    framework = registry.container_of(image).framework(image)
    scratch = _scratch_folder(home, host.opt_ml)
    try:
        programs = image_layers.layer(home, framework, scratch / "python")
    except images.ImageNotPulledError as error:
        raise WorkloadFailedError(f"ClientError: {error}") from error
    variables = _variables(home, job, host, scratch) | {"PATH": f"{programs}:{SYSTEM_PATH}"}
    variables |= environment(job)
    variables["PYTHONPATH"] = ":".join(filter(None, (str(GUARD), variables.get("PYTHONPATH"))))
    prefix, argv = _launch(job, host, scratch, framework), script.command(job)
    if not opt_ml_mount.is_possible():
        argv, variables = _rewritten(argv, variables, host.opt_ml, scratch / "opt_ml")
    return Command((*prefix, *argv), variables, scratch / "home")


def _scratch_folder(home: Home, opt_ml: Path) -> Path:
    """Make the folder for what a job needs beside /opt/ml; return its path without white space.

    The driver of SDK 3 can't use an interpreter whose path has white space.
    """
    folder = opt_ml.with_name(f"{opt_ml.name}_scratch")
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True)
    if not re.search(r"\s", str(folder)):
        return folder
    link = home.runtime() / hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    link.unlink(missing_ok=True)  # of an earlier job with the same name
    link.symlink_to(folder)
    return link


def _variables(home: Home, job: Document, host: Host, scratch: Path) -> dict[str, str]:
    """Return the variables of a job that its request can override."""
    own = {
        "HOME": str(scratch / "home"),
        "TMPDIR": str(scratch / "tmp"),
        "SAGEMAKER_LOCAL_HOSTS": " ".join(f"{name}={ip}" for name, ip in host.addresses.items()),
    }
    if job["EnableNetworkIsolation"]:
        return IMAGE_VARIABLES | own  # on AWS too it has no credentials
    keys = home.credentials
    endpoint = Endpoint(
        url=f"http://127.0.0.1:{home.last_port()}",
        region=job["TrainingJobArn"].split(":")[3],
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        account=ACCOUNT,
        home=home.path,
        pid=0,
    )
    return IMAGE_VARIABLES | own | endpoint.environment()


def _launch(job: Document, host: Host, scratch: Path, framework: Framework) -> tuple[str, ...]:
    """Return what stands before the job's command."""
    mounts, hosts_file = opt_ml_mount.is_possible(), scratch / "hosts"
    opt_ml_mount.write_hosts(hosts_file, host.addresses)
    first = MOUNTED if mounts else REWRITTEN.format(opt_ml=scratch / "opt_ml")
    return opt_ml_mount.Launch(
        opt_ml=str(host.opt_ml),
        host=host.name,
        hosts_file=str(hosts_file),
        lines=(first,),
        isolated=job["EnableNetworkIsolation"] and len(host.addresses) == 1,
        mounts=mounts,
    ).prefix()


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
