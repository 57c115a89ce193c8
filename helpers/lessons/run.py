"""`python -m helpers run`: run a lesson from start to end, and print its result."""

import argparse
import os
import sys
import time
from pathlib import Path

from helpers.home import CHECKOUT, home_folder
from helpers.local import process
from helpers.session import sdk_imports

FIRST_LESSON = "Tutorial/Boston Housing - XGBoost (Batch Transform) - High Level.ipynb"
RESULT_TAG = "result"  # the cell whose printed lines are the lesson's result


def add_arguments(run: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    run.add_argument("notebook", nargs="?", default=FIRST_LESSON, help="default: the first lesson")
    run.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    notebook = CHECKOUT / arguments.notebook
    if not notebook.exists():
        print(f"There is no notebook {notebook}", file=sys.stderr)
        return 2
    sdk_imports.prepare_imports()
    from papermill.exceptions import PapermillExecutionError

    run_folder = home_folder() / "runs" / time.strftime("%Y-%m-%dT%H-%M-%S")
    executed, figures = run_folder / notebook.name, run_folder / "figures"
    was_running = process.running_endpoint() is not None
    started = time.monotonic()
    try:
        run_lesson(notebook, executed, figures)
    except PapermillExecutionError as error:
        print(f"The lesson stopped at In [{error.exec_count}]: {error.ename}: {error.evalue}")
        print(f"The notebook so far: {_short(executed)}")
        return 1
    finally:
        if not was_running:
            process.stop()
    print(result_of(executed), end="")
    print(f"\nThe executed notebook: {_short(executed)}")
    for figure in sorted(figures.glob("*.png")):
        print(f"Figure: {_short(figure)}")
    print(f"It took {time.monotonic() - started:.1f} s.")
    return 0


def run_lesson(
    notebook: Path, executed: Path, figures: Path, cell_seconds: int | None = None
) -> None:
    """Execute a notebook in a fresh kernel on the Local SageMaker, with a progress bar.

    Parameters
    ----------
    notebook : Path
    executed : Path
        Where to write the notebook with its outputs, also if a cell fails.
    figures : Path
        The folder for its figures.
    cell_seconds : int, optional
        How long a cell may take.

    Raises
    ------
    papermill.exceptions.PapermillExecutionError
        If a cell fails.
    nbclient.exceptions.CellTimeoutError
        If a cell takes longer than `cell_seconds`.
    nbclient.exceptions.DeadKernelError
        If the kernel dies.
    """
    from papermill import execute_notebook

    figures.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        SAGEMAKER_COURSE_BACKEND="local",
        SAGEMAKER_COURSE_FIGURES=str(figures),
    )
    execute_notebook(
        str(notebook),
        str(executed),
        cwd=str(notebook.parent),
        kernel_name="python3",
        kernel_manager_class="helpers.lessons.kernels.KernelManager",
        execution_timeout=cell_seconds,
        # otherwise it warns that its sockets on this machine are not encrypted
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )


def result_of(executed: Path) -> str:
    """Return what the cell tagged as the lesson's result has printed."""
    import nbformat

    notebook = nbformat.read(executed, as_version=4)
    return "".join(
        output.text
        for cell in notebook.cells
        if RESULT_TAG in cell.metadata.get("tags", [])
        for output in cell.get("outputs", [])
        if output.output_type == "stream"
    )


def _short(path: Path) -> str:
    """Return a path relative to the working folder, if that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
