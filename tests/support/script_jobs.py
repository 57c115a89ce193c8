"""Script jobs for tests: an image made without a network, requests as the SDKs send them."""

import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker.train import templates

from helpers.local.process import Endpoint
from support import course_image, jobs
from support.clients import make_bucket, make_client
from support.script_models import Files, tar_gz
from support.servers import running

DRIVER = "/opt/ml/input/data/sm_drivers/sm_train.sh"


@dataclass(frozen=True)
class Ended:
    """A training job that has ended."""

    job: dict[str, Any]
    log: list[str]

    @property
    def status(self) -> str:
        return self.job["TrainingJobStatus"]

    @property
    def reason(self) -> str:
        return self.job.get("FailureReason", "")


class ScriptJobs:
    """Creates and runs script jobs on a server, with data in a bucket of its own."""

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.sagemaker = make_client(endpoint, "sagemaker")
        self.s3 = make_client(endpoint, "s3")
        self.logs = make_client(endpoint, "logs")
        self.bucket = make_bucket(self.s3)
        self.put("train", {"train.csv": jobs.TRAIN_CSV})

    def put(self, prefix: str, files: Files) -> str:
        """Upload files; return the URI of their prefix."""
        for name, content in files.items():
            self.s3.put_object(Bucket=self.bucket, Key=f"{prefix}/{name}", Body=content)
        return f"s3://{self.bucket}/{prefix}"

    def request(self, *command: str, **changes: Any) -> dict:
        """Return a request for a job that runs a command."""
        request = jobs.training_request(self.bucket) | {"HyperParameters": {}} | changes
        if command:
            request["AlgorithmSpecification"]["ContainerEntrypoint"] = list(command)
        return request

    def driver_request(
        self,
        files: Files,
        *,
        command: str = "",
        requirements: str = "",
        hyperparameters: Mapping[str, str] | None = None,
        **changes: Any,
    ) -> dict:
        """Return a request as SDK 3 sends it, with its driver.

        Parameters
        ----------
        files
            The source; ``train.py`` is the entry script unless there is a command.
        """
        prefix = jobs.new_name("code")
        code = self.put(f"{prefix}/code", files)
        driver = self.put(f"{prefix}/sm_drivers", driver_files(command, requirements))
        request = self.request("/bin/bash", **changes)
        request["AlgorithmSpecification"]["ContainerArguments"] = [
            "-c",
            f"chmod +x {DRIVER} && {DRIVER}",
        ]
        request["HyperParameters"] = dict(hyperparameters or {})
        request["InputDataConfig"] = [
            *request["InputDataConfig"],
            jobs.channel(code, "code", None),
            jobs.channel(driver, "sm_drivers", None),
        ]
        return request

    def toolkit_request(
        self, files: Files, hyperparameters: Mapping[str, Any] | None = None, **changes: Any
    ) -> dict:
        """Return a request as SDK 2 sends it, for AWS's toolkit; ``train.py`` is the program."""
        prefix = jobs.new_name("code")
        code = self.put(prefix, {"sourcedir.tar.gz": tar_gz(files)})
        named = {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"{code}/sourcedir.tar.gz",
            **(hyperparameters or {}),
        }
        texts = {name: json.dumps(value) for name, value in named.items()}
        return self.request(**changes) | {"HyperParameters": texts}

    def run(self, request: dict) -> Ended:
        """Run a job to its end."""
        job = jobs.train(self.sagemaker, request)
        lines = jobs.log_lines(self.logs, "TrainingJobs", request["TrainingJobName"])
        return Ended(job, lines)

    def run_all(self, requests: list[dict]) -> list[Ended]:
        """Run jobs at the same time, as far as the server does."""
        with ThreadPoolExecutor(max_workers=8) as pool:
            return list(pool.map(self.run, requests))

    def model_files(self, ended: Ended) -> dict[str, bytes]:
        """Return the files of a job's model artifact."""
        uri = ended.job["ModelArtifacts"]["S3ModelArtifacts"]
        return self.archive(uri.removeprefix(f"s3://{self.bucket}/"))

    def archive(self, key: str, bucket: str = "") -> dict[str, bytes]:
        """Return the files of a tar archive, in the bucket of its own unless one is named."""
        content = io.BytesIO(jobs.read(self.s3, bucket or self.bucket, key))
        with tarfile.open(fileobj=content) as archive:
            return {
                member.name.removeprefix("./"): archive.extractfile(member).read()
                for member in archive.getmembers()
                if member.isfile()
            }


@contextlib.contextmanager
def running_with_image(home: Path) -> Iterator[ScriptJobs]:
    """Pull the real image, which has AWS's toolkit, into a home folder, and run a server there."""
    command = [sys.executable, "-m", "helpers", "local", "pull", course_image.framework().name]
    subprocess.run(command, env=os.environ | {"SAGEMAKER_LOCAL_HOME": str(home)}, check=True)
    with running(home) as endpoint:
        yield ScriptJobs(endpoint)


def driver_files(command: str = "", requirements: str = "") -> dict[str, bytes]:
    """Return the files of SDK 3's channel sm_drivers, from the SDK itself."""
    train = Path(templates.__file__).parent
    drivers = train / "container_drivers"
    files = {
        file.relative_to(drivers).as_posix(): file.read_bytes() for file in drivers.rglob("*.py")
    }
    core = Path(importlib.util.find_spec("sagemaker.core").submodule_search_locations[0])
    install = core / "utils/install_requirements.py"
    files["scripts/install_requirements.py"] = install.read_bytes()
    execute = templates.EXECUTE_BASIC_SCRIPT_DRIVER
    if command:
        execute = templates.EXECUTE_BASE_COMMANDS.format(base_command=command)
    if requirements:
        requirements = templates.INSTALL_REQUIREMENTS.format(requirements_file=requirements)
    text = templates.TRAIN_SCRIPT_TEMPLATE.format(
        working_dir="cd /opt/ml/input/data/code \n",
        install_requirements=requirements,
        execute_driver=execute,
    )
    source = {"entry_script": None if command else "train.py", "command": command or None}
    return {
        **files,
        "sm_train.sh": text.encode(),
        "sourcecode.json": json.dumps(source).encode(),
        "distributed.json": b"{}",
    }
