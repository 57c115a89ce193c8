"""`python -m helpers check` runs an exercise, judges it, and reports in two forms."""

import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from support.clients import make_client
from support.lesson_runs import CHECKED, contents
from support.lessons import PROJECTS, SOLUTIONS, code_cells, exercise_of, read

import helpers
from helpers.__main__ import main
from helpers.grading.exercises import EXERCISES
from helpers.local import process

EXERCISE = exercise_of(CHECKED)
MEMBERS = {"notebook", "lesson", "backend", "place", "reviews", "ran", "stopped_at", "executed"}
MEMBERS |= {"tasks", "passed", "accuracy"}
TASKS = [task.name for task in next(iter(EXERCISES.values())).tasks]


@pytest.fixture
def check(check_environment, monkeypatch, capfd):
    """Return a function that runs the command in this process, in the home of checked_solution.

    That fixture runs it in a process, and so does test_sdk_imports with a wrong notebook.
    """
    monkeypatch.setenv("SAGEMAKER_COURSE_FIGURES", "")  # a run sets it

    def check(*arguments, **more) -> SimpleNamespace:
        for name, value in {**check_environment, **more}.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        code = main(["check", *map(str, arguments)])
        printed = capfd.readouterr()
        return SimpleNamespace(returncode=code, stdout=printed.out, stderr=printed.err)

    return check


@pytest.fixture
def running_server(check_environment, monkeypatch) -> process.Endpoint:
    """Return the home's server, which the command finds, and then does not stop."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", check_environment["SAGEMAKER_LOCAL_HOME"])
    return process.ensure_running()


def changed(path, target, old: str, new: str):
    """Return a copy of a notebook with other code."""
    notebook = read(path)
    cell = next(cell for cell in code_cells(notebook) if old in cell.source)
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, target)
    return target


@pytest.mark.parametrize("solution", [pytest.param(CHECKED, id=CHECKED.stem)])
def test_a_solution_passes_and_leftovers_don_t(
    solution, check, checked_solution, running_server, tmp_path
):
    """The solution passes all tasks; then an exercise, in the same home, passes none.

    Judging the last run again gives what it gave. The exercise is an untouched copy under another
    name that prints what is expected but does nothing for it. At the end, the solution's clean-up
    cell removes all that it made.
    """
    found, names = checked_solution
    assert [task["name"] for task in found["tasks"]] == TASKS
    assert all(task["passed"] and not task["hint"] for task in found["tasks"])
    assert 0.8 < found["accuracy"] < 0.95
    assert found["reviews"] == "synthetic"
    assert (found["ran"], found["stopped_at"], found["passed"]) == (True, None, True)
    assert found["backend"] == "local"
    assert set(found) == MEMBERS
    assert all(set(task) == {"name", "passed", "hint", "details"} for task in found["tasks"])

    again = check(solution, "--no-run")
    assert again.returncode == 0
    assert "7 of 7 tasks passed." in again.stdout
    assert "synthetic test reviews, as recomputed: 0.8" in again.stdout

    # what the solution left is still there, a second old
    printing = tmp_path / "Homework (Ada).ipynb"
    first, second = (f'helpers.check("{name}")' for name in TASKS[:2])
    changed(EXERCISE, printing, first, f'print("{TASKS[0]}: passed.")\n{second}')
    done = check(printing, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert [task["passed"] for task in found["tasks"]] == [False] * len(TASKS)
    assert all(len(task["hint"]) > 20 for task in found["tasks"])
    assert found["stopped_at"].endswith("TaskNotPassedError")
    assert found["accuracy"] is None

    (cell,) = [cell for cell in code_cells(read(solution)) if "if clean_up:" in cell.source]
    clients = {name: make_client(running_server, name) for name in ("s3", "sagemaker")}
    assert contents(clients.get)
    exec(cell.source, {**names, **clients, "helpers": helpers, "clean_up": True})
    assert contents(clients.get) == set()
    assert not Path(names["data_dir"]).exists()


def test_wrong_calls(check, tmp_path):
    """No notebook, another lesson, an invalid file and a run on AWS cause exit code 2."""
    assert "No notebook is called" in check(tmp_path / "none.ipynb").stderr
    text = tmp_path / "text.ipynb"
    text.write_text("not a notebook")
    assert "is not a notebook: expected a file .ipynb" in check(text).stderr
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "empty.ipynb")
    assert "no cell of parameters" in check(tmp_path / "empty.ipynb").stderr
    other = changed(EXERCISE, tmp_path / "other.ipynb", "IMDB Sentiment", "Cooking")
    done = check(other)
    assert "is not an exercise" in done.stderr
    assert (done.returncode, done.stdout) == (2, "")
    done = check(EXERCISE, SAGEMAKER_COURSE_BACKEND="aws")
    assert done.returncode == 2
    assert "--no-run" in done.stderr
    asking = changed(EXERCISE, tmp_path / "asking.ipynb", "connect()", 'connect("aws")')
    done = check(asking)
    assert done.returncode == 2
    assert "--no-run" in done.stderr
    done = check(EXERCISE, SAGEMAKER_COURSE_BACKEND="azure")
    assert done.returncode == 2
    assert "azure" in done.stderr


def test_a_kernel_that_dies(check, tmp_path):
    """If the kernel dies (out of memory, say), each task is still judged, without a traceback."""
    notebook = read(EXERCISE)
    notebook.cells = [
        cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])
    ]
    notebook.cells.append(nbformat.v4.new_code_cell("import os; os.kill(os.getpid(), 9)"))
    nbformat.write(notebook, tmp_path / "dies.ipynb")
    done = check(tmp_path / "dies.ipynb")
    assert done.returncode == 1
    assert "The notebook stopped at In [2]: the kernel died, most likely for lack" in done.stdout
    assert "0 of 7 tasks passed." in done.stdout
    assert "Traceback" not in done.stderr


def test_each_exercise_in_the_folder_can_be_checked():
    """The checker knows the lesson of each solution, and has a check for each of its tasks."""
    for path in SOLUTIONS:
        code = "\n".join(cell.source for cell in code_cells(read(path)))
        lesson = code.partition('lesson = "')[2].partition('"')[0]
        assert lesson in EXERCISES
        for task in EXERCISES[lesson].tasks:
            assert code.count(f'helpers.check("{task.name}")') == 1
    assert len(list(PROJECTS.glob("*.ipynb"))) == len(SOLUTIONS)
