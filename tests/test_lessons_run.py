"""Every lesson, run: by papermill with small parameters, by nbval against its outputs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from lessons import CHECKOUT, LESSONS, SETTING_UP, SOLUTIONS, code_cells, read, tags, text_of
from nbclient import NotebookClient

from helpers.lessons.kernels import KernelManager

QUICK = {"train_rows": 120, "num_round": 8}
QUICK_PROJECT = {"num_round": 60, "clean_up": True}
ENDINGS = ("Completed", "Failed", "Stopped")

pytestmark = pytest.mark.usefixtures("drill")
lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
# A mini-project takes half a minute more, and is run anew by tests/test_grading_command.py.
twice = pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=pytest.mark.full if p in SOLUTIONS else ()) for p in LESSONS],
    ids=lambda path: path.stem,
)


@pytest.fixture(autouse=True)
def synthetic(monkeypatch):
    """The committed outputs come from synthetic reviews: tests fetch nothing."""
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", "synthetic")


def nbval(path: Path) -> subprocess.CompletedProcess:
    """Run a notebook and compare each output with the stored one."""
    settings = ["--nbval-sanitize-with", str(CHECKOUT / "tests/nbval.cfg"), "--nbval-current-env"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", *settings, "-p", "no:cacheprovider", str(path)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def remains(client) -> set[str]:
    """Models, notebook instances, and the objects in the buckets that the SDK takes by default."""
    s3, sagemaker = client("s3"), client("sagemaker")
    pages = sagemaker.get_paginator("list_notebook_instances").paginate()
    instances = {each["NotebookInstanceName"] for p in pages for each in p["NotebookInstances"]}
    pages = sagemaker.get_paginator("list_models").paginate()
    found = {model["ModelName"] for page in pages for model in page["Models"]}
    for bucket in s3.list_buckets()["Buckets"]:
        if bucket["Name"].startswith("sagemaker-"):
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"])
            found |= {item["Key"] for page in pages for item in page.get("Contents", [])}
    return found | instances


def parameters(path: Path) -> dict:
    """What makes a lesson quick."""
    if path == SETTING_UP:
        return {}
    return QUICK_PROJECT if path in SOLUTIONS else QUICK


@lessons
def test_quick_run(path, local, client, tmp_path):
    """With few rows and rounds, every step still runs, and the lesson leaves nothing behind."""
    out = tmp_path / path.name
    before = remains(client)  # other tests use this server, too
    papermill.execute_notebook(
        path,
        out,
        parameters(path),
        kernel_name="python3",
        kernel_manager_class=KernelManager,
        cwd=path.parent,
        progress_bar=False,
    )
    ran = code_cells(nbformat.read(out, as_version=4))
    assert all(cell.execution_count for cell in ran)
    result = next(text_of(cell) for cell in ran if "result" in tags(cell))
    if path == SETTING_UP:
        assert "Quotas that are enough: 6 of 6" in result
    elif path in SOLUTIONS:
        assert 0.7 < float(re.search(r"synthetic test reviews: (\d\.\d+)", result)[1]) < 1
    else:
        rmse, baseline = map(float, re.findall(r"(\d+\.\d+) thousand", result))
        assert 0 < rmse < baseline
    sagemaker = client("sagemaker")
    jobs = sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    assert jobs or path == SETTING_UP
    assert all(job["TrainingJobStatus"] in ENDINGS for job in jobs)
    assert remains(client) <= before


@lessons
def test_stored_outputs(path, local):
    """What is committed is what comes out today, to the last digit shown."""
    done = nbval(path)
    assert done.returncode == 0, done.stdout[-4000:]


def test_nbval_sees_another_digit(local, tmp_path):
    """The comparison can fail: one digit of the stored RMSE changed, and nbval says so."""
    path = next(path for path in LESSONS if path.stem.endswith("Low Level"))
    notebook = read(path)
    result = next(cell for cell in code_cells(notebook) if "result" in tags(cell))
    found = re.search(r"\d\.\d\d", result.outputs[0].text)
    digit = str((int(found[0][-1]) + 1) % 10)
    result.outputs[0].text = result.outputs[0].text.replace(found[0], found[0][:-1] + digit)
    changed = tmp_path / path.name
    nbformat.write(notebook, changed)
    done = nbval(changed)
    assert done.returncode == 1
    assert done.stdout.count("FAILED") == 1, done.stdout[-4000:]


@twice
def test_run_twice_in_one_kernel(path, local):
    """A learner runs all cells, and then all of them again."""
    notebook = read(path)
    again = read(path)
    for cell in again.cells:
        cell.id = f"{cell.id}-again"
    notebook.cells += again.cells
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        kernel_manager_class=KernelManager,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    results = [text_of(cell) for cell in code_cells(notebook) if "result" in tags(cell)]
    assert results[0] == results[1]
