"""Common mistakes in a notebook show a hint below the error."""

import json

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers.lessons import error_hints

UPLOAD = "import boto3\n%time 1\ntrain_uri = session.upload_data('train.csv')"
USE = "print(train_uri)"


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """Create a lesson in the working folder, and a notebook that defines the same name."""
    new = nbformat.v4
    other = [new.new_markdown_cell("# Another"), new.new_code_cell("train_uri = 1")]
    cells = [
        new.new_markdown_cell("# Title\n\nWords\n## 2. Upload the data\nMore words"),
        new.new_code_cell(UPLOAD),
        new.new_markdown_cell("No heading here"),
        new.new_code_cell("for row in rows:\n    pass\ndef later(): ..."),
        new.new_markdown_cell("### 3. Train"),
        new.new_code_cell(USE),
    ]
    nbformat.write(new.new_notebook(cells=other), tmp_path / "a.ipynb")
    nbformat.write(new.new_notebook(cells=cells), tmp_path / "b.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return tmp_path


def error_of(code):
    try:
        exec(code, {})
    except Exception as error:
        return error


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("train_uri", "2. Upload the data"),
        ("boto3", "2. Upload the data"),
        ("later", "2. Upload the data"),
        ("row", "2. Upload the data"),
        ("session", None),
    ],
)
def test_the_step_that_makes_a_name_is_found(name, heading, lesson):
    """The step that assigns, imports or defines a name is found, also with magics in the cells."""
    assert error_hints.defining_heading(name, error_hints.code_cells(lesson / "b.ipynb")) == heading


def test_cells_out_of_order_are_told_which_step_makes_the_name(lesson):
    """The hint comes from the notebook that holds the cell, and says how to run in order."""
    text = error_hints.hint(error_of(USE), USE, cells_run=9)
    assert '`train_uri` does not exist yet: it is defined in "2. Upload the data".' in text
    assert "Its cell has not been run yet, or it failed." in text
    assert "Run All Above Selected Cell" in text


def test_a_restarted_kernel_is_recognised(lesson):
    """A first cell that uses a name from the middle of a lesson means a restarted kernel."""
    assert "variables from before are lost" in error_hints.hint(error_of(USE), USE, cells_run=1)


def test_the_courses_notebooks_are_known_in_any_folder(tmp_path, monkeypatch):
    """A kernel that works elsewhere still finds the lesson that defines a name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert {path.parent.name for path in error_hints._candidates()} == {"Tutorial", "Mini-Projects"}


def test_jupyter_says_which_notebook_it_is(lesson, monkeypatch):
    """If a changed cell is in no file, the notebook that is open in Jupyter decides."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(lesson / "b.ipynb"))
    assert "2. Upload the data" in error_hints.hint(
        error_of(USE), "print( train_uri )", cells_run=9
    )


def test_a_name_that_no_lesson_makes_gets_no_hint(lesson):
    """A misspelt name that no lesson defines gets no hint, as Python's message suffices."""
    assert error_hints.hint(error_of("print(trian_uri)"), "print(trian_uri)", 9) is None
    assert error_hints.hint(error_of("1/0"), "1/0", 9) is None


def test_a_forgotten_connect_is_recognised(lesson, monkeypatch):
    """A missing region or credentials get a hint only while nothing is connected."""
    from botocore.exceptions import NoCredentialsError, NoRegionError

    assert error_hints.hint(NoRegionError(), "", 9) == error_hints.NOT_CONNECTED
    assert error_hints.hint(NoCredentialsError(), "", 9) == error_hints.NOT_CONNECTED
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert error_hints.hint(NoRegionError(), "", 9) is None


@pytest.fixture
def shell():
    """Return an IPython shell whose errors get hints."""
    shell = InteractiveShell.instance()
    error_hints.load_ipython_extension(shell)
    yield shell
    InteractiveShell.clear_instance()


def test_the_shell_shows_the_error_and_the_hint_below(lesson, shell, capsys):
    """The traceback stays unchanged above the hint, and the cell still counts as failed."""
    result = shell.run_cell(USE, store_history=True)
    shown = capsys.readouterr().out
    assert isinstance(result.error_in_exec, NameError)
    assert shown.index("NameError") < shown.index("is defined in")


def test_a_broken_notebook_does_not_hide_the_error(lesson, shell, capsys):
    """An unreadable notebook file in the folder does not hide the error."""
    (lesson / "0.ipynb").write_text(json.dumps({"cells": 3}))
    shell.run_cell(USE, store_history=True)
    assert "NameError" in capsys.readouterr().out
