"""A learner's mistakes in real kernels each end in a helpful message."""

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from support.lessons import LESSONS, TUTORIAL, code_cells, read

from helpers.lessons.kernels import KernelManager
from helpers.lessons.run import OUTPUT_SECONDS, START_SECONDS
from helpers.session import connection

HIGH = next(path for path in LESSONS if path.stem.endswith("(Batch Transform) - High Level"))


def run(*sources: str) -> str:
    """Run cells in a fresh kernel in Tutorial/; return the error's text, or ''."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    client = NotebookClient(
        nbformat.v4.new_notebook(cells=cells),
        timeout=300,
        startup_timeout=START_SECONDS,
        iopub_timeout=OUTPUT_SECONDS,
        kernel_name="python3",
        kernel_manager_class=KernelManager,
        resources={"metadata": {"path": str(TUTORIAL)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return str(error)
    return ""


def cell_with(text: str) -> str:
    return next(cell.source for cell in code_cells(read(HIGH)) if text in cell.source)


def test_kernel_restarted_in_the_middle():
    """If a restarted kernel begins in the middle, the note names the step to go back to."""
    error = run(cell_with("artifacts = training_job."))
    assert "NameError" in error
    assert 'it is defined in "6. Train"' in error
    assert "variables from before are lost" in error


def test_cells_out_of_order(local):
    """If a step was skipped, the note has its name and says how to go back."""
    error = run(
        cell_with("helpers.connect()"),
        cell_with("train_rows ="),
        cell_with("from helpers.datasets import boston"),
        cell_with("data_dir = Path("),
    )
    assert "`train` does not exist yet" in error
    assert "in order" in error


def test_connect_forgotten(local):
    """If the SDK is used without connect(), no request leaves, and the note says why."""
    no_slow_parser = "import sys; sys.modules['rfc3987_syntax'] = None"  # as connect() has it
    error = run(no_slow_parser, "import helpers", cell_with("session = Session()"))
    assert "helpers.connect() was not called in this kernel." in error
    assert len(error.split("Cell In")[1].splitlines()) <= 12


def test_programs_see_the_error(local, monkeypatch):
    """In Jupyter the fold comes first, and the cell ends in an error output of the usual form."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(HIGH))
    code = "import boto3\nboto3.client('sagemaker').describe_model(ModelName='nobody')"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (cell_with("connect()"), code)]
    )
    with pytest.raises(CellExecutionError, match="In this account and region there is no model"):
        NotebookClient(
            notebook,
            startup_timeout=START_SECONDS,
            iopub_timeout=OUTPUT_SECONDS,
            kernel_name="python3",
            kernel_manager_class=KernelManager,
        ).execute()
    fold, error = notebook.cells[1].outputs
    assert "<details" in fold.data["text/html"]
    assert (error.output_type, error.ename) == ("error", "ClientError")
    assert error.evalue.startswith("An error occurred (ValidationException) when calling")
    assert "site-packages" not in "".join(error.traceback)


@pytest.mark.parametrize("version", ["2.257.7", None])
@pytest.mark.parametrize("own", [True, False])
def test_wrong_kernel(version, own, tmp_path):
    """With SDK v2, or none, connect() says which kernel to choose, or to set up its own."""
    found = f"return {version!r}" if version else "raise PackageNotFoundError(name)"
    prefix = connection.COURSE_ENVIRONMENT if own else tmp_path
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata\n"
        "import sys\n"
        "from importlib.metadata import PackageNotFoundError\n"
        f"sys.prefix = {str(prefix)!r}\n"
        "real = importlib.metadata.version\n"
        "def version(name):\n"
        "    if name == 'sagemaker':\n"
        f"        {found}\n"
        "    return real(name)\n"
        "importlib.metadata.version = version\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import helpers; helpers.connect()"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert ("make setup" if own else "Change Kernel") in done.stderr
    assert ("Restart Kernel" in done.stderr) == own
    assert (f"version {version}" if version else "no SageMaker SDK") in done.stderr
