"""What tests of clients that run scripts share: a server with all images, and client programs."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from support import jobs, pulled_images, tiny_images
from support.script_jobs import ScriptJobs
from support.servers import running
from test_old_sdks import CLIENTS, make_environment, readme_block

from helpers.local.process import Endpoint

SOURCE = CLIENTS / "source"


@pytest.fixture(scope="session")
def image_server(tmp_path_factory) -> Iterator[Endpoint]:
    """Run a server whose home folder has all framework images."""
    home = tmp_path_factory.mktemp("home")
    pulled_images.provide(home)
    with running(home) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def image_jobs(image_server) -> ScriptJobs:
    """Return clients of that server, and what runs jobs by hand."""
    return ScriptJobs(image_server)


@pytest.fixture(scope="session")
def sdk_v2(checkout, tmp_path_factory) -> Path:
    """Return the Python of an environment with SageMaker SDK 2."""
    return make_environment(checkout, tmp_path_factory.mktemp("sdk_v2") / "env", "sdk_v2")


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Path:
    """Return the folder of scripts, with a requirements.txt that needs no network."""
    folder = tmp_path_factory.mktemp("scripts") / "source"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    wheel = tiny_images.write_wheel(folder, "tiny", "1.0")
    (folder / "requirements.txt").write_text(f"./{wheel.name}\n")
    return folder


@pytest.fixture(scope="session")
def run_program(image_server, source, checkout, tmp_path_factory) -> Callable:
    """Return run_program(python, program), which returns what the program wrote."""

    def run_program(python: Path, program: str) -> SimpleNamespace:
        folder = tmp_path_factory.mktemp("client")
        (folder / "train.csv").write_bytes(jobs.TRAIN_CSV)
        (folder / "source").symlink_to(source)
        (folder / "images.json").write_text(json.dumps(pulled_images.URIS))
        (folder / "config.yaml").write_text(readme_block(checkout, "yaml"))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "config.yaml"),
            "SAGEMAKER_LOCAL_HOME": str(image_server.home),
            **image_server.environment(),
        }
        done = subprocess.run(
            [python, CLIENTS / program, folder],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        results = json.loads((folder / "results.json").read_text())
        return SimpleNamespace(**results, output=done.stdout + done.stderr)

    return run_program


@pytest.fixture(scope="session")
def run_directly(image_server, source, tmp_path_factory) -> Callable:
    """Return run_directly(framework, program, argv): what a script reports without SageMaker.

    It runs by the Python of the image. launcher: the module that starts it, and its arguments.
    """

    def run_directly(framework: str, program: str, argv: list[str], *launcher: str) -> dict:
        folder = tmp_path_factory.mktemp("direct")
        for name in ("data", "model", "output", "checkpoints"):
            (folder / name).mkdir()
        (folder / "data/train.csv").write_bytes(jobs.TRAIN_CSV)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(source / "tiny-1.0-py3-none-any.whl"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SM_CHANNEL_TRAIN": str(folder / "data"),
            "SM_MODEL_DIR": str(folder / "model"),
            "SM_OUTPUT_DATA_DIR": str(folder / "output"),
            "CHECKPOINTS": str(folder / "checkpoints"),
        }
        python = pulled_images.python(image_server, framework)
        command = [python, *launcher, source / program, *argv]
        subprocess.run(command, env=environment, check=True, timeout=300)
        return json.loads((folder / "output/report.json").read_text())

    return run_directly


@pytest.fixture(scope="session")
def report_of(image_jobs) -> Callable:
    """Return report_of(job), which reads the report that a job's script wrote."""

    def report_of(job: dict) -> dict:
        bucket, _, key = job["model"].removeprefix("s3://").partition("/")
        key = key.replace("model.tar.gz", "output.tar.gz")
        return json.loads(image_jobs.archive(key, bucket)["report.json"])

    return report_of
