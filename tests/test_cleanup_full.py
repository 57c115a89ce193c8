"""Cleanup after notebooks that were left before their last section, and of an instance."""

import os
import subprocess
import sys

import nbformat
import papermill
import pytest
from support import course_image, jobs, pytorch_image
from support.lesson_runs import is_pytorch
from support.lessons import LESSONS, read

from helpers.account import inventory
from helpers.account import target as places
from helpers.account.inventory.resource_types import RESOURCE_TYPES
from helpers.lessons.kernels import KernelManager
from helpers.lessons.run import OUTPUT_SECONDS, START_SECONDS
from helpers.tagging import tags

QUICK = {"train_rows": 120, "num_round": 8}
COMMAND = [sys.executable, "-m", "helpers", "cleanup", "--yes"]


def clean(*words: str) -> str:
    """Run the command; return what it printed."""
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def leave_early(path, folder):
    """Return a copy of a lesson without its clean-up section, as if the learner left early."""
    notebook = read(path)
    cells = notebook.cells
    ends = [n for n, cell in enumerate(cells) if cell.source.startswith("## Clean up")]
    notebook.cells = cells[: ends[0]] if ends else cells
    left = folder / path.name
    nbformat.write(notebook, left)
    return left


@pytest.mark.full
@pytest.mark.usefixtures("drill")
def test_the_course(local, client, tmp_path, monkeypatch):
    """After all lessons nothing deletable or costly is left; other resources are untouched."""
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", "synthetic")
    course_image.pull(local.home)  # for the lessons on scripts
    sagemaker, s3 = client("sagemaker"), client("s3")
    s3.create_bucket(Bucket="beside-the-course")
    s3.put_object(Bucket="beside-the-course", Key="model.tar.gz", Body=b"")
    untagged = jobs.create_model(sagemaker, "s3://beside-the-course/model.tar.gz")
    without = () if pytorch_image.is_pulled() else tuple(filter(is_pytorch, LESSONS))
    for path in [path for path in LESSONS if path not in without]:
        if is_pytorch(path):
            pytorch_image.link(local.home)
        papermill.execute_notebook(
            leave_early(path, tmp_path),
            tmp_path / "out.ipynb",
            QUICK if path.parent.name == "Tutorial" else {"num_round": 60},
            kernel_name="python3",
            kernel_manager_class=KernelManager,
            start_timeout=START_SECONDS,
            iopub_timeout=OUTPUT_SECONDS,
            cwd=path.parent,
            progress_bar=False,
        )
    place = places.resolve_target()
    before = {found.type.name for found in inventory.discover(place)}
    assert before >= {"training job", "transform job", "model", "S3 objects", "log stream"}
    clean()
    after = {}
    for kind in RESOURCE_TYPES:  # each type is listed for itself
        after[kind.name] = inventory.discover(place, [kind.name])
    assert {name for name, found in after.items() if found} == {
        *("training job", "transform job", "bucket")
    }
    assert not any(item.costs for found in after.values() for item in found)
    assert sagemaker.describe_model(ModelName=untagged)["ModelName"] == untagged
    assert jobs.keys(s3, "beside-the-course") == ["model.tar.gz"]


@pytest.mark.full  # 12 s; tests/test_notebook_command.py creates and deletes one in each run
def test_a_notebook_instance(local, client):
    """A running instance of the course is stopped and deleted; another one keeps running."""
    sagemaker = client("sagemaker")
    names = f"mine-{os.getpid()}", f"theirs-{os.getpid()}"
    for name, tagged in zip(names, (tags("notebook"), []), strict=True):
        sagemaker.create_notebook_instance(
            NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=jobs.ROLE, Tags=tagged
        )
    for name in names:
        sagemaker.get_waiter("notebook_instance_in_service").wait(NotebookInstanceName=name)
    try:
        out = clean("--lesson", "notebook")
        assert f"deleted: notebook instance {names[0]}" in out
        listed = sagemaker.list_notebook_instances(NameContains=f"{os.getpid()}")
        assert [
            (item["NotebookInstanceName"], item["NotebookInstanceStatus"])
            for item in listed["NotebookInstances"]
        ] == [(names[1], "InService")]
    finally:
        sagemaker.stop_notebook_instance(NotebookInstanceName=names[1])
        sagemaker.get_waiter("notebook_instance_stopped").wait(NotebookInstanceName=names[1])
        sagemaker.delete_notebook_instance(NotebookInstanceName=names[1])
