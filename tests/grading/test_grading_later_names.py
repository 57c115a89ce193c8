"""The names that later cells of an exercise use are judged by what those cells need."""

import ast
import builtins
from types import SimpleNamespace

import numpy
import pandas
import pytest
import scipy.sparse
from support.learner import DECIDING, EVALUATE, MISTAKES, TASKS, TRAIN, TRANSFORM, WORDS
from support.lessons import SOLUTIONS, code_cells, exercise_of, read

from helpers.grading import notebook_api, unsolved
from helpers.grading.later_name_tables import EXERCISES
from helpers.grading.later_names import problem_with_names
from helpers.grading.tasks import TaskResult

HIGH, LOW, TUNING_HIGH, TUNING_LOW = (
    f"IMDB Sentiment Analysis - XGBoost ({project}) - {level} Level"
    for project in ("Batch Transform", "Hyperparameter Tuning")
    for level in ("High", "Low")
)
NETWORK_HIGH, NETWORK_LOW = (
    f"IMDB Sentiment Analysis - PyTorch (Deploy) - {level} Level" for level in ("High", "Low")
)
WEB_APP = "IMDB Sentiment Analysis - XGBoost - Web App"
TABLE = pandas.DataFrame({"review": ["pos/1_9"], "sentiment": 1, "score": 0.1, "text": "Good."})


@pytest.fixture
def right(tmp_path) -> dict:
    """Return variables with which all later cells run."""
    return {
        "vectorizer": SimpleNamespace(vocabulary_={"film": 0}),
        "train_features": scipy.sparse.csr_matrix([[1, 0]]),
        "data_dir": tmp_path,
        "trainer": SimpleNamespace(_latest_training_job="a job"),
        "training_job_name": "imdb",
        "model": SimpleNamespace(delete=print),
        "accuracy": numpy.float64(0.8),
        "counts": [[1, 2], [3, 4]],
        "top_words": {"film": numpy.float32(3)},
        "mistakes": TABLE,
    }


@pytest.mark.parametrize("lesson", [HIGH, LOW])
def test_right_names_pass(lesson, right):
    """With variables of the right form no task has a problem, nor without any variables."""
    assert [problem_with_names(lesson, task, right) for task in TASKS] == [None] * 7
    assert [problem_with_names(lesson, task, {}) for task in TASKS] == [None] * 7
    assert problem_with_names("Another exercise", DECIDING, {"top_words": []}) is None


@pytest.mark.parametrize(
    ("lesson", "task", "name", "value", "form"),
    [
        (HIGH, WORDS, "vectorizer", {"film": 0}, "the fitted CountVectorizer"),
        (HIGH, WORDS, "train_features", numpy.eye(2), "the sparse matrix"),
        (HIGH, WORDS, "train_features", scipy.sparse.csr_array([[1, 0]]), "the sparse matrix"),
        (LOW, WORDS, "data_dir", "/tmp", "the pathlib.Path of a folder"),
        (HIGH, TRAIN, "trainer", None, "the ModelTrainer whose train() was called"),
        (LOW, TRAIN, "training_job_name", {"TrainingJobArn": "a"}, "the name of the training job"),
        (HIGH, TRANSFORM, "model", "imdb", "the Model that was created"),
        (LOW, EVALUATE, "accuracy", "0.8", "a number"),
        (LOW, EVALUATE, "accuracy", [0.8], "a number"),
        (HIGH, EVALUATE, "counts", {"0": {"0": 1}}, "2 x 2 numbers"),
        (HIGH, EVALUATE, "counts", [[1, 2], [3]], "2 x 2 numbers"),
        (HIGH, DECIDING, "top_words", ["film"], "a dict from term to total gain"),
        (LOW, DECIDING, "top_words", pandas.Series({"film": 3.0}), "a dict from term"),
        (LOW, MISTAKES, "mistakes", TABLE.drop(columns="text"), "a DataFrame with the columns"),
        (HIGH, MISTAKES, "mistakes", TABLE.astype({"score": str}), "a DataFrame with the columns"),
        (HIGH, MISTAKES, "mistakes", TABLE.to_dict("records"), "a DataFrame with the columns"),
        (WEB_APP, "Save the highest counts", "max_counts", {0: 3}, "a list with a number"),
        (WEB_APP, "Save the highest counts", "max_counts", ["3"], "a list with a number"),
        (WEB_APP, "Serve the model", "model", "imdb", "the Model that was created"),
        (WEB_APP, "Serve the model", "config", None, "the EndpointConfig that was created"),
        (WEB_APP, "Serve the model", "endpoint", "imdb", "the Endpoint that was created"),
        (
            TUNING_HIGH,
            "Train the untuned model",
            "trainer",
            None,
            "the ModelTrainer whose train() was",
        ),
        (TUNING_LOW, "Train the untuned model", "untuned_name", {}, "the name of the training job"),
        (
            TUNING_HIGH,
            "Search",
            "tuner",
            "imdb-tuning",
            "the HyperparameterTuner whose tune() was called",
        ),
        (TUNING_HIGH, "Search", "ranges", ["eta"], "a dict with eta and others"),
        (TUNING_LOW, "Search", "ranges", {"eta": [0.1, 0.5]}, "the ParameterRanges of the request"),
        (TUNING_LOW, "Search", "tuning_name", None, "the name of the tuning job"),
        (TUNING_LOW, "Read the result", "best_name", 4, "the name of the best training job"),
        (
            TUNING_HIGH,
            "Read the result",
            "best_values",
            {"eta": "0.2"},
            "a dict from hyperparameter to",
        ),
        (TUNING_LOW, "Compare", "comparison", 0.05, "the dict that was uploaded"),
        (
            TUNING_LOW,
            "Stop early",
            "auto_jobs",
            TABLE,
            "a DataFrame with the columns TrainingJobStatus",
        ),
        (TUNING_HIGH, "Stop early", "saving", {"trees": 3}, "the dict that was uploaded"),
        (NETWORK_HIGH, "Number the words", "vocabulary", ["the"], "a dict from word to id"),
        (NETWORK_HIGH, "Pad and upload", "train_rows", [[1, 2]], "rows of 501 whole numbers"),
        (NETWORK_HIGH, "Pad and upload", "train_rows", [[1], [1, 2]], "rows of 501 whole numbers"),
        (NETWORK_HIGH, "Train", "train", 3, "a function of hyperparameters and a folder"),
        (NETWORK_HIGH, "Train", "job", None, "the TrainingJob that has ended"),
        (NETWORK_LOW, "Train", "job", "imdb", "the description of the training job, a dict"),
        (NETWORK_LOW, "Choose the epoch", "table", TABLE, "a DataFrame with the columns epoch"),
        (NETWORK_HIGH, "Deploy", "endpoint", "imdb", "the Endpoint that was created"),
        (NETWORK_LOW, "Test", "scores", ["0.5"], "a list of numbers"),
    ],
)
def test_a_name_in_another_form_gets_a_hint(right, lesson, task, name, value, form):
    """A variable that a later cell can't use is named, with its class and what it should be."""
    hint = problem_with_names(lesson, task, right | {name: value})
    assert f"later cells use `{name}` as {form}" in hint
    assert f"Yours is of the class {type(value).__name__}" in hint


def test_a_missing_name_counts_only_if_its_cell_was_run(right):
    """A variable is missed if a cell that asks for it was run; after a restart S3 is enough."""
    del right["top_words"]
    todo = "# TODO: find them.\n# Name: top_words, a dict from term to total gain\nwords = {}"
    assert problem_with_names(HIGH, DECIDING, right | {"In": ["", "other = 1"]}) is None
    hint = problem_with_names(HIGH, DECIDING, right | {"In": ["", todo]})
    assert "No variable has that name: give it that name." in hint


@pytest.mark.parametrize("lesson", EXERCISES)
def test_all_names_that_given_cells_use_are_judged(lesson):
    """The names that given cells use, and no given cell makes, are those in the tables."""
    made, used = set(dir(builtins)), set()
    (exercise,) = [path for path in map(exercise_of, SOLUTIONS) if path.stem == lesson]
    for cell in code_cells(read(exercise)):
        if cell.source.startswith(unsolved.TODO):
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                made |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.ExceptHandler | ast.FunctionDef):
                made.add(node.name)
            elif isinstance(node, ast.arg):
                made.add(node.arg)
            elif isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
    tables = EXERCISES[lesson]
    judged = {each.name for table in tables for names in table.values() for each in names}
    assert used - made == judged


def test_a_check_looks_at_the_names(monkeypatch, right):
    """A task whose result is right is not passed as long as a later cell can't use its name."""
    monkeypatch.setattr(notebook_api, "_lesson", HIGH)
    monkeypatch.setattr(notebook_api, "_session", lambda *_: None)
    monkeypatch.setattr("helpers.grading.submission.Submission", lambda *_: None)
    monkeypatch.setattr("helpers.grading.tasks.judge", lambda task, _: TaskResult(task.name, True))
    shell = SimpleNamespace(user_ns=right | {"top_words": ["film"]})
    monkeypatch.setattr(unsolved, "_shell", lambda: shell)
    with pytest.raises(notebook_api.TaskNotPassedError, match="`top_words`"):
        notebook_api.check(DECIDING)
    shell.user_ns["top_words"] = {"film": 1.5}
    notebook_api.check(DECIDING)
