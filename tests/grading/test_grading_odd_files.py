"""Any content of a file gives a hint, and no check fails because of it."""

import io
import json
import tarfile

import numpy
import pytest
from botocore.exceptions import EndpointConnectionError
from support.learner import (
    DECIDING,
    EVALUATE,
    FILES,
    MISTAKES,
    TASKS,
    TRAIN,
    TRANSFORM,
    WORDS,
)

from helpers.grading import submitted_files, submitted_model
from helpers.grading.errors import TaskError
from helpers.grading.exercises import IMDB_BATCH_TRANSFORM
from helpers.grading.submission import Submission
from helpers.grading.tasks import judge

HEADER = "review,sentiment,score\n"


def matrix(number) -> dict:
    return {true: {"0": number, "1": number} for true in "01"}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda a, m: (float("nan"), m), "have a different accuracy"),
        (lambda a, m: (a, matrix(float("nan"))), "confusion matrix is not"),
        (lambda a, m: (10**400, m), "not a number"),
        (lambda a, m: (a, matrix(10**400)), "not a number"),
    ],
)
def test_numbers_that_are_not_finite(trained, edit, words):
    """A NaN, which json writes for 0 / 0, or an integer too large for a float gives a hint."""
    trained.transform()
    trained.evaluate(edit=edit)
    assert words in trained.hint(EVALUATE)


def test_scores_that_are_not_numbers(trained):
    """NaN as the score of a mistake gets a hint."""
    trained.transform()
    trained.mistakes(lambda rows: [(name, label, "nan") for name, label, _ in rows])
    assert "a different score" in trained.hint(MISTAKES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "has the header ''"),
        (HEADER + "a" * 200_000 + ",1,0.5\n", "field larger than"),
        (HEADER + "\0,1,0.5\n", "is not a test review"),
        (HEADER + "pos/1_9,1\n", "line 2"),
        (b"\xff\xfe", "has the header"),
    ],
)
def test_a_file_that_is_not_a_table_of_mistakes(trained, content, words):
    """A file that isn't a valid table of mistakes gets a hint that says why."""
    trained.put("mistakes.csv", content)
    assert words in trained.hint(MISTAKES)


@pytest.mark.parametrize("content", ["[" * 100_000, "1" * 5000, b"\xff"])
def test_a_file_that_is_not_json(trained, content):
    """JSON that is nested too deeply, has too long a number, or is not text at all gives a hint."""
    trained.put("words.json", content)
    assert "is not valid JSON" in trained.hint(DECIDING)


def column(text: str):
    return lambda lines: lines.replace(" 0:", f" {text}:", 1)


@pytest.mark.parametrize("text", ["²", "-1", "9" * 5000], ids=["superscript", "negative", "long"])
def test_a_column_that_is_not_a_number(prepared, text):
    """A column that isn't a plain number, or has more digits than Python reads, gives a hint."""
    prepared.upload(edit=column(text))
    assert "is not column:count" in prepared.hint(FILES)


@pytest.mark.parametrize("text", ["nan", "1e999"])
def test_a_count_that_is_not_finite(prepared, text):
    """A count that is infinite or NaN makes no valid row."""
    prepared.upload(edit=lambda lines: lines.replace(":1", f":{text}", 1))
    assert "is not a number" in prepared.hint(FILES)


@pytest.mark.parametrize("line", ["1 " + "0:x " * 100_000, "1," + "0," * 100_000])
def test_a_line_without_end(prepared, line):
    """An overlong line is refused by its length, before it is split into millions of parts."""
    prepared.upload(edit=lambda lines: line)
    assert "far more than expected" in prepared.hint(FILES)


def test_a_folder_without_end(prepared, monkeypatch):
    """A folder with far more data than expected gets a hint instead of being read."""
    monkeypatch.setattr(submitted_files, "MAX_BYTES", 1000)
    assert "far more than expected" in prepared.hint(FILES)


def test_a_folder_whose_name_begins_alike(trained):
    """A job that reads test-easy/ is not taken for one that reads test/."""
    trained.put("test-easy/test.libsvm", "0:1\n")
    trained.transform(where="test-easy")
    assert "Which reviews has the model never seen" in trained.hint(TRANSFORM)


def packed(name: str, content: bytes) -> bytes:
    """Return an archive with one file."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return archive.getvalue()


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (b"no archive", "that XGBoost can read"),
        (packed("xgboost-model", b"{}"), "that XGBoost can read"),
        (packed("xgboost-model", b"{L\0"), "that XGBoost can read"),
        (packed("model.pkl", b"cposix\nsystem\n"), "not found"),
        (packed("xgboost-model", bytes(40_000))[:40], "that XGBoost can read"),
    ],
    ids=["no archive", "JSON", "UBJSON", "pickle", "cut off"],
)
def test_artifacts_that_hold_no_model(archive, words):
    """Artifacts are read in XGBoost's own format and in no other."""
    with pytest.raises(TaskError, match=words):
        submitted_model.load(archive)


def test_a_model_that_is_too_large(trained, monkeypatch):
    """The model's file is read up to a limit, however much the archive unpacks to."""
    artifacts = packed("xgboost-model", bytes(trained.model().save_raw("ubj")))
    monkeypatch.setattr(submitted_model, "MAX_DATA_BYTES", 1000)
    with pytest.raises(TaskError, match="that XGBoost can read"):
        submitted_model.load(artifacts)


def test_names_of_columns_in_a_model(trained):
    """A model with feature names, which a training job never sets, is read by column numbers."""
    model = trained.model()
    model.feature_names = [f"name{column}" for column in range(model.num_features())]
    read = submitted_model.load(packed("xgboost-model", bytes(model.save_raw("ubj"))))
    assert all(name[0] == "f" and name[1:].isdigit() for name in read.get_score())


def test_rows_of_another_width(trained):
    """Extra columns that occur in no training row don't change the predictions."""
    model = trained.model()
    rows = trained.parts["test"][0]
    wider = rows.copy()
    wider.resize(rows.shape[0], rows.shape[1] + 3)
    assert numpy.array_equal(
        submitted_model.predict(model, wider),
        submitted_model.predict(model, rows),
    )


def test_an_exercise_that_loaded_no_reviews(trained):
    """If the exercise loaded no reviews, each task that needs them says so, and none crashes."""
    submission = Submission(trained.session, trained.lesson, None)
    for task in TASKS:
        if task not in (TRAIN, DECIDING):  # these need none
            result = judge(IMDB_BATCH_TRANSFORM.task(task), submission)
            assert not result.passed


@pytest.mark.parametrize(
    "content", [{"x" * 4_000_000: "y"}, {"a": ["c" * 4_000_000]}, {"\ud800": 0}]
)
def test_a_vocabulary_of_odd_terms(learner, content):
    """A hint quotes a vocabulary without printing megabytes or unprintable characters."""
    made = learner()
    made.put("vocabulary.json", json.dumps(content))
    hint = made.hint(WORDS)
    assert len(hint) < 1100
    hint.encode()


def test_a_request_that_is_refused(trained):
    """If AWS refuses a request, the hint contains AWS's message."""

    class Refused(Submission):
        def read(self, name):
            self._s3.get_object(Bucket=self.bucket, Key="no such key")

    submission = Refused(trained.session, trained.lesson, trained.corpus)
    result = judge(IMDB_BATCH_TRANSFORM.task(WORDS), submission)
    assert "NoSuchKey" in result.hint


def test_figures_for_a_teacher(solved):
    """A passed task reports its figures as plain JSON; a failed task reports none."""
    details = {task: solved.judge(task).details for task in TASKS}
    assert json.loads(json.dumps(details)) == details
    assert details[FILES] == {"train": 800, "validation": 200, "test": 500, "format": "libsvm"}
    assert details[TRAIN]["job"] == solved.job["TrainingJobName"]
    right = numpy.trace(numpy.array(details[EVALUATE]["confusion_matrix"]))
    assert details[EVALUATE]["accuracy"] == pytest.approx(right / 500)
    assert solved.judge(EVALUATE, accuracy=0.99).details == {}


def test_a_server_that_does_not_answer(trained):
    """Without an answer nothing is judged, and the hint says what to do."""

    class Unreachable(Submission):
        def read(self, name):
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    submission = Unreachable(trained.session, trained.lesson, trained.corpus)
    result = judge(IMDB_BATCH_TRANSFORM.task(WORDS), submission)
    assert "Run helpers.connect() again" in result.hint
    assert "127.0.0.1" not in result.hint
