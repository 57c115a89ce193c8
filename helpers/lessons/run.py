"""`python -m helpers run`: run a lesson from start to end, and print its result."""

import argparse
import os
import time
from pathlib import Path

from helpers import cli
from helpers.home import home_folder
from helpers.lessons.notebooks import find_notebook, read_notebook
from helpers.local import process
from helpers.local.home import Home
from helpers.session import sdk_imports

FIRST_LESSON = "Tutorial/Boston Housing - XGBoost (Batch Transform) - High Level.ipynb"
RESULT_TAG = "result"  # the cell whose printed lines are the lesson's result
# How long a kernel on a busy machine may take to start, and an output that it has sent to arrive.
# nbclient waits for 60 and 4 seconds if it isn't told otherwise.
START_SECONDS = 300
OUTPUT_SECONDS = 60


class LessonStoppedError(Exception):
    """A notebook did not run to its end.

    Attributes
    ----------
    cell : str
        Where it stopped, such as "In [3]".
    error_name : str
        The class of the exception that the cell raised, or '' if something else stopped it.
    reason : str
        Why it stopped, in one line.
    """

    def __init__(self, cell: str, reason: str, error_name: str = "") -> None:
        super().__init__(f"{cell}: {reason}")
        self.cell, self.reason, self.error_name = cell, reason, error_name


class LessonInterruptedError(cli.CommandError):
    """The user interrupted a notebook; the message says at which cell."""

    code = cli.INTERRUPTED


class RunFolderError(cli.CommandError):
    """The executed notebook can't be written; the message says where, and what to do."""

    code = cli.NO_ANSWER


def add_arguments(run: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    run.add_argument("notebook", nargs="?", default=FIRST_LESSON, help="default: the first lesson")
    run.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="stop at a cell that takes longer (default: no limit)",
    )
    run.set_defaults(run=_run)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of seconds, such as 600")
    return int(text)


def _run(arguments: argparse.Namespace) -> int:
    notebook = find_notebook(arguments.notebook)
    read_notebook(notebook)  # or say that it isn't one
    run_folder = home_folder() / "runs" / time.strftime("%Y-%m-%dT%H-%M-%S")
    executed, figures = run_folder / notebook.name, run_folder / "figures"
    was_running = Home.find().holder() is not None
    started = time.monotonic()
    try:
        run_lesson(notebook, executed, figures, arguments.timeout)
    except LessonStoppedError as error:
        print(f"The lesson stopped at {error}")
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
    LessonStoppedError
        If a cell fails or takes longer than `cell_seconds`, or the kernel dies.
    LessonInterruptedError
        If the user presses Ctrl-C.
    RunFolderError
        If the folder for the figures can't be made.
    """
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(Home.find().unusable(error)) from None
    try:
        _execute(notebook.resolve(), executed, figures, cell_seconds)
    except KeyboardInterrupt:
        cell = _last_started(executed)
        raise LessonInterruptedError(
            f"\nInterrupted at {cell}. The notebook so far: {_short(executed)}"
            if cell
            else "\nInterrupted before the first cell ran."
        ) from None


def _execute(notebook: Path, executed: Path, figures: Path, cell_seconds: int | None) -> None:
    """Execute a notebook. Raises LessonStoppedError."""
    sdk_imports.prepare_imports()
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    os.environ.update(
        SAGEMAKER_COURSE_BACKEND="local",
        SAGEMAKER_COURSE_FIGURES=str(figures),
    )
    try:
        execute_notebook(
            str(notebook),
            str(executed),
            cwd=str(notebook.parent),
            kernel_name="python3",  # the course's, whatever kernel the notebook names
            kernel_manager_class="helpers.lessons.kernels.KernelManager",
            start_timeout=START_SECONDS,
            iopub_timeout=OUTPUT_SECONDS,
            execution_timeout=cell_seconds,
            # Otherwise it warns that its sockets on this machine are not encrypted, and logs a
            # traceback if it is shut down while a cell runs.
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        )
    except PapermillExecutionError as error:
        reason = f"{error.ename}: {error.evalue.strip().partition(chr(10))[0]}"
        raise LessonStoppedError(f"In [{error.exec_count}]", reason, error.ename) from error
    except CellTimeoutError as error:
        reason = _timeout_reason(error, cell_seconds)
        raise LessonStoppedError(_last_started(executed), reason) from error
    except DeadKernelError as error:
        reason = "the kernel died, most likely for lack of memory"
        raise LessonStoppedError(_last_started(executed), reason) from error


def _timeout_reason(error: Exception, cell_seconds: int | None) -> str:
    """Return why nbclient gave up waiting: for the cell, or for the output of one that is done."""
    if "IOPub" in str(error):
        late = cli.count(OUTPUT_SECONDS, "second")
        return f"its output did not arrive within {late}; the machine may be too busy"
    return f"the cell took longer than {cli.count(cell_seconds, 'second')}"


def _last_started(executed: Path) -> str:
    """Return the number of the last code cell that papermill started, such as "In [3]", or ''."""
    import nbformat

    if not executed.exists():
        return ""
    cells = nbformat.read(executed, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]
    started = [cell for cell in code if cell.metadata.get("papermill", {}).get("start_time")]
    return f"In [{len(started)}]" if started else ""


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
