"""`python -m helpers run` runs a notebook, prints its result, and leaves nothing running."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from support.polling import eventually

from helpers import cli
from helpers.__main__ import main
from helpers.lessons import run as run_module
from helpers.local import process
from helpers.local.home import Home


@pytest.fixture
def command(tmp_path):
    """Return the words of a command that runs a notebook of these cells, the last its result."""

    def command(*sources: str, kernel: str = "python3") -> list[str]:
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells[-1].metadata["tags"] = ["result"]
        spec = {"name": kernel, "display_name": kernel, "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
        path = tmp_path / "A lesson.ipynb"
        nbformat.write(notebook, path)
        return [sys.executable, "-m", "helpers", "run", str(path)]

    return command


@pytest.fixture
def run(command, checkout):
    """Return a function that runs a notebook of these cells."""

    def run(
        *sources: str, home: Path, options: tuple[str, ...] = (), **settings
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*command(*sources, **settings), *options],
            cwd=checkout,
            env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_result_and_places_are_printed(run, tmp_path, checkout):
    """The result and the paths of notebook and figures are printed; its server is stopped."""
    home = tmp_path / "home"
    done = run(
        "import helpers; helpers.connect()",
        "helpers.plots.show(helpers.plots.importance({'RM': 2}))",
        "print('RMSE 3.44')",
        home=home,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("RMSE 3.44\n")
    executed, figure = (
        checkout / re.search(rf"^{word}: (.+)$", done.stdout, re.MULTILINE)[1]
        for word in ("The executed notebook", "Figure")
    )
    assert "Local SageMaker at http://127.0.0.1" in executed.read_text()
    assert figure.name == "importance.png"
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert Home(home).last_port()  # it ran
    assert Home(home).holder() is None


# A kernel that is asked to end on a busy machine: its control thread adds its last output to the
# events of the thread that sends them, which has closed its sockets meanwhile.
LATE_LAST_STATUS = """
import collections, threading, time
class Events(collections.deque):
    def append(self, event, sleep=time.sleep, thread=threading.current_thread):
        if thread().name == "Control":
            sleep(0.5)
        super().append(event)
get_ipython().kernel.iopub_thread._events = Events()
"""


def test_nothing_is_printed_by_a_kernel_that_ends(run, tmp_path):
    """What a kernel logs while it ends as asked to, as of its closed sockets, is not shown."""
    done = run(
        "import helpers; helpers.connect()",
        LATE_LAST_STATUS,
        "print('RMSE 3.44')",
        home=tmp_path / "home",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("RMSE 3.44\n")
    assert "Traceback" not in done.stdout + done.stderr


# A kernel that sends the last output of a cell seconds after the cell's reply.
LATE_OUTPUT = """
import time
kernel = get_ipython().kernel
def late(status, channel, parent=None, publish=kernel._publish_status):
    if status == "idle":
        del kernel._publish_status  # once
        kernel.iopub_thread.schedule(lambda: time.sleep(5))
    publish(status, channel, parent)
kernel._publish_status = late
"""


def test_late_output_is_waited_for(run, tmp_path):
    """On a busy machine an output may arrive seconds after the end of its cell."""
    done = run(LATE_OUTPUT, "print('RMSE 3.44')", home=tmp_path / "home")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("RMSE 3.44\n")


def test_output_that_does_not_arrive(command, tmp_path, monkeypatch):
    """If an output does not arrive for long, that is the reason, not a time limit of the cell."""
    monkeypatch.setattr(run_module, "OUTPUT_SECONDS", 1)
    notebook = Path(command(LATE_OUTPUT, "print('RMSE 3.44')")[-1])
    with pytest.raises(run_module.LessonStoppedError) as stopped:
        run_module.run_lesson(notebook, tmp_path / "executed.ipynb", tmp_path / "figures")
    assert stopped.value.cell == "In [1]"
    assert stopped.value.reason.startswith("its output did not arrive within 1 second;")


def test_a_crash_of_a_kernel_is_shown(run, tmp_path):
    """What a kernel prints when it crashes, the stack of its threads, is shown."""
    crash = "import faulthandler; faulthandler.enable(); faulthandler._sigabrt()"
    done = run(crash, home=tmp_path / "home")
    assert done.returncode == 1
    assert "The lesson stopped at In [1]: the kernel died" in done.stdout
    assert "Fatal Python error: Aborted" in done.stderr


def test_a_running_server_goes_on_and_a_failure_is_told(run, local):
    """A failing cell gives one line and exit code 1; a server that ran before keeps running."""
    done = run("import helpers; helpers.connect()", "1 / 0", home=local.home)
    assert done.returncode == 1
    assert "The lesson stopped at In [2]: ZeroDivisionError: division by zero\n" in done.stdout
    assert "The notebook so far: " in done.stdout
    assert process.running_endpoint(Home(local.home)) == local


@pytest.mark.parametrize(
    ("cell", "options", "reason"),
    [
        ("raise ValueError('one\\ntwo')", (), "ValueError: one"),
        ("import os; os.kill(os.getpid(), 9)", (), "the kernel died, most likely for lack of"),
        ("import time; time.sleep(600)", ("--timeout", "5"), "the cell took longer than 5 seconds"),
    ],
)
def test_each_way_of_stopping_is_one_sentence(cell, options, reason, run, tmp_path):
    """An error, a dead kernel and a time-out are told with the cell and the notebook so far."""
    done = run("1", "", cell, "2", home=tmp_path / "home", options=options)
    assert done.returncode == 1
    assert f"The lesson stopped at In [2]: {reason}" in done.stdout
    path = re.search(r"^The notebook so far: (.+)$", done.stdout, re.MULTILINE)[1]
    assert cell in [cell.source for cell in nbformat.read(path, as_version=4).cells]
    assert "Traceback" not in done.stdout + done.stderr


def test_an_interrupt_is_one_sentence(command, tmp_path, checkout):
    """Ctrl-C ends the command with the cell, the notebook so far and exit code 130."""
    started = tmp_path / "started"
    process = subprocess.Popen(
        command(f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(600)"),
        cwd=checkout,
        env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(tmp_path / "home")},
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal: tests that a script runs in the background ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    eventually(started.exists)
    process.send_signal(signal.SIGINT)
    error = process.communicate(timeout=300)[1]
    assert process.returncode == 130
    assert re.search(r"\nInterrupted at In \[1\]\. The notebook so far: .+\.ipynb\n", error)
    assert "Traceback" not in error


def test_a_notebook_of_another_kernel(run, tmp_path):
    """A notebook that was saved with a kernel of a notebook instance runs on the course's."""
    done = run("import sys; print(sys.executable)", home=tmp_path / "home", kernel="conda_python3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{sys.executable}\n")


@pytest.mark.parametrize("value", ["0", "soon", "1.5"])
def test_a_time_limit_is_a_number_of_seconds(value, checkout):
    """A time limit that is not a positive whole number is refused as wrong usage."""
    words = [sys.executable, "-m", "helpers", "run", "--timeout", value]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not a whole number of seconds, such as 600" in done.stderr


def test_a_file_that_is_not_a_notebook(checkout, capsys):
    """A file that is not a notebook is refused in one sentence, as wrong usage."""
    assert main(["run", str(checkout / "README.md")]) == cli.NO_ANSWER
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{checkout / 'README.md'} is not a notebook: expected a file .ipynb, ")
    assert len(err.splitlines()) == 1


def test_a_home_folder_that_can_not_be_written(command, tmp_path, monkeypatch, capsys):
    """A home folder that can't be written is named in one sentence, with what to do."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "file/home"))
    assert main(command("1")[3:]) == cli.NO_ANSWER
    out, err = capsys.readouterr()
    assert out == ""
    assert f"home folder {tmp_path / 'file/home'} (Not a directory)" in err
    assert "export SAGEMAKER_LOCAL_HOME=" in err
    assert len(err.splitlines()) == 1


def test_no_such_notebook(checkout):
    """A notebook that does not exist is named in the message."""
    command = [sys.executable, "-m", "helpers", "run", "Tutorial/none.ipynb"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No notebook is called" in done.stderr
