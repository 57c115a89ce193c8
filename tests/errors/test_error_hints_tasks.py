"""A hint below an error names the task that a learner has still to do."""

import shutil

import nbformat
import pytest
from support.hints import error_of, hint
from support.lessons import PROJECTS

from helpers.lessons import defined_names, error_hints


@pytest.fixture(
    params=sorted(PROJECTS.glob("*(Batch Transform)*.ipynb")), ids=lambda path: path.stem[-10:]
)
def exercise(request, tmp_path, monkeypatch):
    """Return a learner's copy of an exercise in the working folder, which Jupyter has open."""
    path = shutil.copy(request.param, tmp_path / "My copy.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    return path


def task_cell(path, name: str) -> str:
    """Return the source of the cell whose TODO asks for a name."""
    return defined_names.requesting_cell(name, defined_names.code_cells(path)).source


NAMES = {
    "vectorizer": "Task 1: Count the words",
    "test_features": "Task 1: Count the words",
    "data_dir": "Task 1: Count the words",
    "fit_labels": "Task 2: Split and upload",
    "validation_labels": "Task 2: Split and upload",
    "locations": "Task 2: Split and upload",
    "hyperparameters": "Task 3: Train",
    "channels": "Task 3: Train",
    "predicted": "Task 5: Evaluate",
    "counts": "Task 5: Evaluate",
    "top_words": "Task 6: Which words decide",
    "mistakes": "Task 7: Which reviews are wrong",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_a_task_asks_for(name, exercise):
    """The hint for a name that a TODO asks for has its task, and says that it is not solved yet."""
    text = hint(f"print({name})")
    assert f'`{name}` is for you to define, in "{NAMES[name]}".' in text
    assert "That is not done yet: in the saved notebook, its cell still has the `...`" in text


def test_the_words_of_a_comment_are_not_names(exercise):
    """What a TODO explains in words, and paths in it, are not taken for names."""
    cells = defined_names.code_cells(exercise)
    names = set().union(*(defined_names.names_requested(cell.source) for cell in cells))
    assert names >= NAMES.keys()
    assert not names & {"a", "true", "pathlib", "the", "float", "dict", "text", "rows"}


def test_a_stub_that_was_run_is_called_that(exercise):
    """If the kernel ran the cell as it is, the hint speaks of the cell, not of the file."""
    text = hint("print(vectorizer)", task_cell(exercise, "vectorizer"))
    assert "That is not done yet: its cell still has the `...` that your code replaces." in text


def test_a_solution_that_is_not_saved_counts(exercise):
    """The code that the kernel ran counts more than the file, which may be older."""
    todo = task_cell(exercise, "vectorizer").splitlines()[0]
    other = hint("print(vectorizer)", f"{todo}\nvectoriser = 1")
    assert "Your code there does not define it: use the names that the TODO gives." in other
    stopped = hint("print(vectorizer)", f"{todo}\nvectorizer = 1 / 0")
    assert "Its cell was run but stopped before that: run it again" in stopped


def test_a_solved_task_that_was_not_run(exercise):
    """If the saved cell has a solution, the hint is that of any name: run the cells in order."""
    notebook = nbformat.read(exercise, as_version=4)
    cell = next(cell for cell in notebook.cells if "# Names: vectorizer" in cell.source)
    cell.source = cell.source.replace("...", "vectorizer = CountVectorizer()")
    nbformat.write(notebook, exercise)
    text = hint("print(vectorizer)")
    assert 'does not exist yet: it is defined in "Task 1: Count the words". Its cell has' in text


@pytest.mark.parametrize("code", ["channels['a']", "channels.copy()", "len(channels)"])
def test_a_value_that_is_still_the_stub(code, exercise):
    """An error about Ellipsis names the variable that is still `...`, and its task."""
    error = error_of(f"channels = ...\n{code}")
    text = error_hints.hint(error, [code], 9, {"_": ..., "channels": ...})
    assert text == '`channels` is still `...`: replace that with your code, in "Task 3: Train".'
