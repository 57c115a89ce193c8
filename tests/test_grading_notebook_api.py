"""What a learner sees in a notebook: hints, without any of the course's own code."""

import nbformat
import pytest

from helpers.grading import command, notebook_api

LESSON = "IMDB Sentiment Analysis - XGBoost (Batch Transform) - Low Level"


def shown(error: Exception) -> str:
    """Return an error as a notebook shows it."""
    return "\n".join(error._render_traceback_())


def test_a_check_before_the_beginning(monkeypatch):
    """A check before the first cells says which cells to run, and shows no traceback."""
    monkeypatch.setattr(notebook_api, "_lesson", None)
    with pytest.raises(notebook_api.ExerciseNotStartedError, match="run the cells above") as caught:
        notebook_api.check("Train")
    assert "Traceback" not in shown(caught.value)


def test_a_check_without_reviews(monkeypatch, tmp_path):
    """A check whose reviews are missing gives a hint."""
    monkeypatch.setattr(notebook_api, "_lesson", LESSON)
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(tmp_path / "gone"))
    with pytest.raises(notebook_api.TaskNotPassedError, match="There are no reviews") as caught:
        notebook_api.check("Train")
    assert "Traceback" not in shown(caught.value)


def test_a_cell_that_never_ends(monkeypatch, tmp_path, local):
    """A cell that never ends is stopped, and what ran before it is graded."""
    monkeypatch.setattr(command, "CELL_TIMEOUT_SECONDS", 1)
    for name in ("SAGEMAKER_COURSE_BACKEND", "SAGEMAKER_COURSE_FIGURES"):
        monkeypatch.setenv(name, "")  # the run sets them
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import time; time.sleep(600)")],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    nbformat.write(notebook, tmp_path / "endless.ipynb")
    stopped, executed = command._run_notebook(tmp_path / "endless.ipynb")
    assert stopped == "In [1]: the cell took longer than 1 second"
    assert nbformat.read(executed, as_version=4).cells
