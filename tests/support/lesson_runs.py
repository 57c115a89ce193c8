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
from helpers.lessons.run import OUTPUT_SECONDS, START_SECONDS
from helpers.local.process import Endpoint
from support import course_image
from support.lessons import SOLUTIONS, TUTORIAL, code_cells, read, tags
from support.pytorch_image import link
from support.quota_values import own_quotas

CHECKED = next(path for path in SOLUTIONS if "XGBoost (Batch Transform) - Low" in path.stem)
"""The solution whose one run is that of `python -m helpers check`."""
CLEAN_UP_NAMES = ("model_name", "data_dir", "bucket", "prefix")
"""What its clean-up cell uses, besides clients."""
AGAIN = TUTORIAL / "Boston Housing - XGBoost (Batch Transform) - Low Level.ipynb"
"""The lesson whose one run goes through its cells again in the same kernel, and then quickly."""
QUICK = {"train_rows": 120, "num_round": 8}


class LessonRun(NamedTuple):
    """The outcome of a lesson that was run with its committed parameters.

    executed: the notebook with this run's outputs; left_behind: what the server has (see
    `contents`) that it did not have before, or None after `helpers check`, which needs it;
    again, quick: the notebook with the outputs of a second run in the same kernel, and of a third
    one with the parameters QUICK, or None.
    """

    executed: nbformat.NotebookNode
    left_behind: set[str] | None
    again: nbformat.NotebookNode | None = None
    quick: nbformat.NotebookNode | None = None


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
        start_timeout=START_SECONDS,
        iopub_timeout=OUTPUT_SECONDS,
        cwd=folder,
        progress_bar=False,
    )


def run_lesson(
    path: Path, local: Endpoint, client: Callable, folder: Path, again: bool = False
) -> LessonRun:
    """Run a lesson as it is committed; `folder` is for a copy of it.

    If `again`, all its cells are run two more times in the same kernel.

    A solution keeps what it made, since a check reads that. So its clean-up cell runs once more at
    the end with clean_up set.
    """
    notebook = read(path)
    length = len(notebook.cells)
    if again:
        notebook.cells += [*copies(path, "again"), *copies(path, "quick", QUICK)]
    clean_ups = [cell for cell in code_cells(notebook) if "if clean_up:" in cell.source]
    for cell in clean_ups[-1:] if path in SOLUTIONS else []:  # once, also after several runs
        notebook.cells.append(nbformat.v4.new_code_cell(f"clean_up = True\n{cell.source}"))
    if is_pytorch(path):
        link(local.home)
    prepared = folder / path.name
    nbformat.write(notebook, prepared)
    with surroundings(local):
        before = contents(client)
        executed = execute(prepared, path.parent)
        left_behind = contents(client) - before
    first, second, third = (part(executed, n * length, (n + 1) * length) for n in range(3))
    return LessonRun(first, left_behind, *((second, third) if again else ()))


def is_pytorch(path: Path) -> bool:
    """Tell whether a lesson needs the PyTorch image."""
    return "PyTorch" in path.stem


def copies(path: Path, suffix: str, parameters: dict | None = None) -> list[nbformat.NotebookNode]:
    """Return a notebook's cells, with other ids, and with other parameters after the lesson's."""
    cells = read(path).cells
    for cell in cells:
        cell.id += f"-{suffix}"
        if "parameters" in tags(cell):
            lines = [f"{name} = {value!r}" for name, value in (parameters or {}).items()]
            cell.source = "\n".join([cell.source, *lines])
    return cells


def part(notebook: nbformat.NotebookNode, begin: int, end: int) -> nbformat.NotebookNode:
    """Return a notebook with some of the cells."""
    chosen = copy.copy(notebook)
    chosen.cells = notebook.cells[begin:end]
    return chosen


def with_names_saved(path: Path, folder: Path) -> Path:
    """Return a copy of a notebook whose last cell saves CLEAN_UP_NAMES as names.json beside it."""
    notebook = read(path)
    names = ", ".join(f"{name!r}: str({name})" for name in CLEAN_UP_NAMES)
    source = f"import json\nPath({str(folder)!r}, 'names.json').write_text(json.dumps({{{names}}}))"
    notebook.cells.append(nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, folder / path.name)
    return folder / path.name


@contextmanager
def surroundings(local: Endpoint) -> Iterator[None]:
    """Set synthetic reviews, as in the committed outputs, new quotas and an image for scripts."""
    course_image.pull(local.home)
    with pytest.MonkeyPatch.context() as patch, own_quotas(local, "eu-north-1"):
        patch.setenv("SAGEMAKER_COURSE_DATA", "synthetic")
        yield


def contents(client: Callable) -> set[str]:
    """Return models, endpoints, notebook instances, and objects in the SDK's default buckets."""
    s3, sagemaker = client("s3"), client("sagemaker")
    pages = sagemaker.get_paginator("list_notebook_instances").paginate()
    names = {each["NotebookInstanceName"] for p in pages for each in p["NotebookInstances"]}
    pages = sagemaker.get_paginator("list_models").paginate()
    names |= {model["ModelName"] for page in pages for model in page["Models"]}
    pages = sagemaker.get_paginator("list_endpoints").paginate()
    names |= {endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]}
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate()
    names |= {each["EndpointConfigName"] for page in pages for each in page["EndpointConfigs"]}
    for bucket in s3.list_buckets()["Buckets"]:
        if bucket["Name"].startswith("sagemaker-"):
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"])
            names |= {item["Key"] for page in pages for item in page.get("Contents", [])}
    return names
