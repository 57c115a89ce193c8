"""Every lesson, run once by papermill, gives the outputs that are stored, as nbval compares."""

import re

import nbformat
import pytest
from support import pytorch_image
from support.lesson_runs import (
    AGAIN,
    CHECKED,
    QUICK,
    contents,
    execute,
    is_pytorch,
    run_lesson,
    surroundings,
)
from support.lessons import (
    LESSONS,
    SETTING_UP,
    SOLUTIONS,
    code_cells,
    read,
    tags,
    text_of,
)
from support.nbval_replay import differing_cells

QUICK_PROJECT = {"num_round": 60, "clean_up": True}
ENDINGS = ("Completed", "Failed", "Stopped")
RMSE_OF_THE_MEAN = 8.76  # thousand dollars: what the lessons call the baseline


def each_lesson(sample=None, without=None):
    """Parametrize a test with each lesson; its tests run on one worker, where its run is.

    sample: the one lesson that `make test` takes, the others being `full`.
    """
    cases = [
        pytest.param(path, id=path.stem, marks=() if sample in (None, path) else pytest.mark.full)
        for path in LESSONS
        if path != without
    ]
    return pytest.mark.parametrize("path", cases)


def result_of(notebook: nbformat.NotebookNode) -> str:
    """Return what the cell tagged as the lesson's result printed, in its last run."""
    return [text_of(cell) for cell in code_cells(notebook) if "result" in tags(cell)][-1]


def assert_plausible(path, result: str) -> None:
    """Assert that the result is a plausible one for the lesson."""
    if path == SETTING_UP:
        assert "Quotas that are enough: 6 of 6" in result
    elif path in SOLUTIONS:
        assert 0.7 < float(re.search(r"synthetic test reviews: (\d\.\d+)", result)[1]) < 1
    else:
        rmse, baseline = map(float, re.findall(r"(\d+\.\d+) thousand", result))
        assert 0 < rmse < baseline


def assert_quick_plausible(path, result: str) -> None:
    """Assert that the result with few rows is plausible: a search need not find a better model."""
    if "untuned" in result:
        tuned, untuned = map(float, re.findall(r"(\d+\.\d+) thousand", result))
        assert 0 < max(tuned, untuned) < RMSE_OF_THE_MEAN
    else:
        assert_plausible(path, result)


def assert_jobs_ended(sagemaker) -> None:
    jobs = sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    assert jobs
    assert all(job["TrainingJobStatus"] in ENDINGS for job in jobs)


@each_lesson()
def test_every_cell_runs(path, lesson_run):
    """Every cell runs, with nothing on stderr and a plausible result."""
    cells = code_cells(lesson_run(path).executed)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        assert [o.text for o in cell.outputs if o.get("name") == "stderr"] == [], cell.source
    assert_plausible(path, result_of(lesson_run(path).executed))


@each_lesson()
def test_stored_outputs(path, lesson_run, request):
    """The stored outputs equal those of today's run, to the last digit shown."""
    assert differing_cells(request.session, path, lesson_run(path).executed) == []


@each_lesson()
def test_stored_pictures(path, lesson_run):
    """Each stored picture is drawn in today's run, with the same description."""

    def pictures(notebook):
        return [
            (number, output.metadata["image/png"]["alt"])
            for number, cell in enumerate(code_cells(notebook))
            for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]

    assert pictures(lesson_run(path).executed) == pictures(read(path)) != []


@each_lesson(without=CHECKED)  # test_grading_command looks, after the check
def test_nothing_is_left_behind(path, lesson_run, sagemaker):
    """After clean-up all jobs have ended, and no model, instance or object is left."""
    assert lesson_run(path).left_behind == set()
    if path != SETTING_UP:
        assert_jobs_ended(sagemaker)


@pytest.mark.parametrize("path", [pytest.param(AGAIN, id=AGAIN.stem)])
def test_nbval_sees_another_digit(path, lesson_run, request, tmp_path):
    """If one digit of the stored RMSE is changed, nbval reports a difference."""
    notebook = read(path)
    result = next(cell for cell in code_cells(notebook) if "result" in tags(cell))
    shown = re.search(r"\d\.\d\d", result.outputs[0].text)[0]
    digit = str((int(shown[-1]) + 1) % 10)
    result.outputs[0].text = result.outputs[0].text.replace(shown, shown[:-1] + digit)
    changed = tmp_path / path.name
    nbformat.write(notebook, changed)
    (report,) = differing_cells(request.session, changed, lesson_run(path).executed)
    assert report.startswith(f"Cell outputs differ\n{result.source}\n")
    assert shown in report


@each_lesson(sample=AGAIN)
def test_quick_run(path, lesson_run, local, client):
    """With few rows and rounds, every step still runs, and the lesson leaves nothing behind."""
    if path == AGAIN:
        run = lesson_run(path)
        assert all(cell.execution_count for cell in code_cells(run.quick))
        assert_plausible(path, result_of(run.quick))
        assert result_of(run.quick) != result_of(run.executed)
        assert run.left_behind == set()
        return
    parameters = QUICK_PROJECT if path in SOLUTIONS else QUICK
    if path == SETTING_UP:
        parameters = {}  # nothing in it takes long
    if is_pytorch(path):
        pytorch_image.link(local.home)
    with surroundings(local):
        before = contents(client)  # other tests use this server, too
        notebook = execute(path, path.parent, parameters)
    assert all(cell.execution_count for cell in code_cells(notebook))
    assert_quick_plausible(path, result_of(notebook))
    if path != SETTING_UP:
        assert_jobs_ended(client("sagemaker"))
    assert contents(client) <= before


@each_lesson(sample=AGAIN)
def test_run_twice_in_one_kernel(path, lesson_run, local, client, tmp_path):
    """Running all cells twice in one kernel works, and gives the same result."""
    run = lesson_run(path)
    if run.again is None:
        run = run_lesson(path, local, client, tmp_path, again=True)
    assert result_of(run.again) == result_of(run.executed)
