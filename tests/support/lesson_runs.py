"""One run of each lesson, which all tests that read its outcome share."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import nbformat
import papermill
import pytest

from helpers.lessons.kernels import KernelManager
from helpers.local.process import Endpoint
from support.lessons import SOLUTIONS, TUTORIAL, code_cells, read
from support.quota_values import own_quotas

CHECKED = next(path for path in SOLUTIONS if "Low Level" in path.stem)
"""The solution whose one run is that of `python -m helpers check`."""
TWICE = next(path for path in TUTORIAL.glob("*.ipynb") if path.stem.endswith("Low Level"))
"""The lesson whose one run goes through its cells twice, in the same kernel."""


class LessonRun(NamedTuple):
    """The outcome of a lesson that was run with its committed parameters.

    executed: the notebook with this run's outputs; left_behind: what the server has (see
    `contents`) that it did not have before, or None after `helpers check`, which needs it;
    again: the notebook with the outputs of a second run in the same kernel, if there was one.
    """

    executed: nbformat.NotebookNode
    left_behind: set[str] | None
    again: nbformat.NotebookNode | None = None


def execute(path: Path, folder: Path, parameters: dict | None = None) -> nbformat.NotebookNode:
    """Run a notebook by papermill in `folder`; return it with its outputs.

    It is not saved: papermill would save and validate it before each cell.
    """
    return papermill.execute_notebook(
        path,
        None,
        parameters,
        kernel_name="python3",
        kernel_manager_class=KernelManager,
        cwd=folder,
        progress_bar=False,
    )


def run_lesson(
    path: Path, local: Endpoint, client: Callable, folder: Path, twice: bool = False
) -> LessonRun:
    """Run a lesson as it is committed; `folder` is for a copy of it.

    If `twice`, all its cells are run a second time in the same kernel.

    A solution keeps what it made, since a check reads that. So its clean-up cell runs once more at
    the end with clean_up set.
    """
    notebook = read(path)
    length = len(notebook.cells)
    if twice:
        for cell in read(path).cells:
            cell.id += "-again"
            notebook.cells.append(cell)
    for cell in code_cells(notebook):
        if path in SOLUTIONS and "if clean_up:" in cell.source:
            notebook.cells.append(nbformat.v4.new_code_cell(f"clean_up = True\n{cell.source}"))
    prepared = folder / path.name
    nbformat.write(notebook, prepared)
    with surroundings(local):
        before = contents(client)
        executed = execute(prepared, path.parent)
        left_behind = contents(client) - before
    again = None
    if twice:
        again = copy.copy(executed)
        again.cells = executed.cells[length : 2 * length]
    executed.cells = executed.cells[:length]
    return LessonRun(executed, left_behind, again)


@contextmanager
def surroundings(local: Endpoint) -> Iterator[None]:
    """Return an environment with synthetic reviews, as in the committed outputs, and new quotas."""
    with pytest.MonkeyPatch.context() as patch, own_quotas(local, "eu-north-1"):
        patch.setenv("SAGEMAKER_COURSE_DATA", "synthetic")
        yield


def contents(client: Callable) -> set[str]:
    """Return the models, notebook instances, and objects in the SDK's default buckets."""
    s3, sagemaker = client("s3"), client("sagemaker")
    pages = sagemaker.get_paginator("list_notebook_instances").paginate()
    names = {each["NotebookInstanceName"] for p in pages for each in p["NotebookInstances"]}
    pages = sagemaker.get_paginator("list_models").paginate()
    names |= {model["ModelName"] for page in pages for model in page["Models"]}
    for bucket in s3.list_buckets()["Buckets"]:
        if bucket["Name"].startswith("sagemaker-"):
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"])
            names |= {item["Key"] for page in pages for item in page.get("Contents", [])}
    return names
