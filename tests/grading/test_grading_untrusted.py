"""What was left behind may be anything: it passes nothing by a trick, and crashes nothing."""

import io
import json
import tarfile
import time

import numpy
import pytest
from sklearn.feature_extraction.text import CountVectorizer
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
from helpers.grading.exercises import IMDB_BATCH_TRANSFORM
from helpers.grading.submission import Submission
from helpers.grading.tasks import judge
from helpers.text import words, write_csv

HEADER = "review,sentiment,score\n"


def matrix(number) -> dict:
    return {true: {"0": number, "1": number} for true in "01"}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda a, m: (float("nan"), m), "give another accuracy"),
        (lambda a, m: (a, matrix(float("nan"))), "matrix is another one"),
        (lambda a, m: (10**400, m), "has not the form"),
        (lambda a, m: (a, matrix(10**400)), "has not the form"),
        (lambda a, m: (a, [[1, 2], [3, 4]]), "has not the form"),
    ],
)
def test_numbers_that_are_none(trained, edit, words):
    """Nan, which is equal to nothing and different from nothing, and numbers beyond all bounds."""
    trained.transform()
    trained.evaluate(edit=edit)
    assert words in trained.hint(EVALUATE)


def test_scores_that_are_no_number(trained):
    trained.transform()
    trained.mistakes(lambda rows: [(name, label, "nan") for name, label, _ in rows])
    assert "another score" in trained.hint(MISTAKES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "has the header ''"),
        (HEADER + "a" * 200_000 + ",1,0.5\n", "field larger than"),
        (HEADER + "\0,1,0.5\n", "is no test review"),
        (HEADER + "pos/1_9,1\n", "line 2"),
        (b"\xff\xfe", "has the header"),
    ],
)
def test_what_is_no_table_of_mistakes(trained, content, words):
    trained.put("mistakes.csv", content)
    assert words in trained.hint(MISTAKES)


@pytest.mark.parametrize("content", ["[" * 100_000, "1" * 5000, b"\xff"])
def test_what_is_no_json(trained, content):
    """Nested without end, a number without end, no text at all."""
    trained.put("words.json", content)
    assert "is no JSON" in trained.hint(DECIDING)


def column(text: str):
    return lambda lines: lines.replace(" 0:", f" {text}:", 1)


@pytest.mark.parametrize("text", ["²", "-1", "9" * 5000], ids=["superscript", "negative", "long"])
def test_what_is_no_column(prepared, text):
    """A digit that is no number, a number that is no column, more digits than Python reads."""
    prepared.upload(edit=column(text))
    assert "is no column:count" in prepared.hint(FILES)


@pytest.mark.parametrize("text", ["nan", "1e999"])
def test_what_is_no_count(prepared, text):
    """What has no bound or is no number makes no row."""
    prepared.upload(edit=lambda lines: lines.replace(":1", f":{text}", 1))
    assert "is no number" in prepared.hint(FILES)
    prepared.upload(write_csv, edit=lambda lines: lines.replace(",1", f",{text}", 1))
    prepared.s3.delete_object(Bucket=prepared.bucket, Key=f"{prepared.prefix}/train/train.libsvm")
    assert "that is no number" in prepared.hint(FILES)


@pytest.mark.parametrize("line", ["1 " + "0:1 " * 100_000, "1," + "0," * 100_000])
def test_a_line_without_end(prepared, line):
    """It is refused by its length, before it is split into millions of parts."""
    prepared.upload(edit=lambda lines: line)
    assert "far more than expected" in prepared.hint(FILES)


def test_a_folder_without_end(prepared, monkeypatch):
    monkeypatch.setattr(submitted_files, "LARGE", 1000)
    assert "far more than expected" in prepared.hint(FILES)


def test_a_header_of_numbers(learner):
    """pandas numbers the columns of a matrix, and writes that as a header: it looks like a row."""
    made = learner()
    made.words()
    made.split()
    numbers = ",".join(map(str, range(len(made.vectorizer.vocabulary_) + 1)))
    made.upload(write_csv, edit=lambda text: f"{numbers}\n{text}")
    assert "what is that line?" in made.hint(FILES)


def test_terms_that_only_test_reviews_have(learner):
    """A vocabulary of some training reviews and the test reviews is found out by such a term."""
    made = learner()
    texts = [*made.train_half.texts[::2], *made.test_half.texts]
    part = CountVectorizer(analyzer=words, max_features=5000).fit(texts)
    made.words(vocabulary=part.vocabulary_)
    assert "because of the test reviews" in made.hint(WORDS)


def test_learning_from_test_reviews_and_hiding_it(prepared):
    """Files that were exchanged after the job had read them are not what the job learnt from."""
    honest = dict(prepared.parts)
    prepared.parts["train"] = (honest["test"][0], prepared.test_half.labels)
    prepared.upload()
    prepared.train()
    time.sleep(1.1)  # S3's times have whole seconds
    prepared.parts = honest
    prepared.upload()
    assert prepared.judge(FILES).passed
    assert "train/ was written anew" in prepared.hint(TRAIN)


def test_a_test_file_exchanged_after_the_transform(trained):
    trained.transform()
    body = trained.s3.get_object(Bucket=trained.bucket, Key=f"{trained.prefix}/test/test.libsvm")[
        "Body"
    ].read()
    time.sleep(1.1)
    trained.put("test/test.libsvm", body)
    assert "test/ was written anew" in trained.hint(TRANSFORM)


def test_a_folder_whose_name_begins_alike(trained):
    """A job that reads test-easy/ does not read test/."""
    trained.put("test-easy/test.libsvm", "0:1\n")
    trained.transform(where="test-easy")
    assert "Which reviews has the model never seen" in trained.hint(TRANSFORM)


def packed(name: str, content: bytes, first: int = 0) -> bytes:
    """An archive with a file, and before it one of so many zeros."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for member, data in (("zeros", bytes(first)), (name, content)):
            if data:
                info = tarfile.TarInfo(member)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return archive.getvalue()


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (b"no archive", "hold no model"),
        (packed("xgboost-model", b"{}"), "hold no model"),
        (packed("xgboost-model", b"{L\0"), "hold no model"),
        (packed("model.pkl", b"cposix\nsystem\n"), "no file xgboost-model"),
        (packed("xgboost-model", bytes(40_000), first=2_000_000), "no file xgboost-model"),
        (packed("xgboost-model", bytes(40_000))[:40], "hold no model"),
    ],
    ids=["no archive", "JSON", "UBJSON", "pickle", "too large", "cut off"],
)
def test_artifacts_that_hold_no_model(monkeypatch, archive, words):
    """Read as xgboost's own format and no other, and no further than a bound."""
    monkeypatch.setattr(submitted_model, "LARGE", 1_000_000)
    with pytest.raises(submitted_model.Hint, match=words):
        submitted_model.load(archive)


def test_names_of_columns_in_a_model(trained):
    """A training job gives none: who puts some in has changed the artifacts, and gains nothing."""
    model = trained.model()
    model.feature_names = [f"name{column}" for column in range(model.num_features())]
    read = submitted_model.load(packed("xgboost-model", bytes(model.save_raw("ubj"))))
    assert all(name[0] == "f" and name[1:].isdigit() for name in read.get_score())


def test_rows_of_another_width(trained):
    """A last column that no training row has is none of the model's."""
    model = trained.model()
    rows = trained.parts["test"][0]
    wider = rows.copy()
    wider.resize(rows.shape[0], rows.shape[1] + 3)
    assert numpy.array_equal(
        submitted_model.predict(model, wider, "libsvm"),
        submitted_model.predict(model, rows, "libsvm"),
    )


def test_an_exercise_that_loaded_no_reviews(trained):
    """It stopped before: each task that needs reviews says so, and none crashes."""
    evidence = Submission(trained.session, trained.lesson, None)
    for task in TASKS:
        if task not in (TRAIN, DECIDING):  # these need none
            verdict = judge(IMDB_BATCH_TRANSFORM.task(task), evidence)
            assert not verdict.passed


@pytest.mark.parametrize(
    "content", [{"x" * 4_000_000: "y"}, {"a": ["c" * 4_000_000]}, {"\ud800": 0}]
)
def test_a_vocabulary_of_odd_terms(learner, content):
    """A hint quotes what was found, but no megabytes of it, and nothing that can't be printed."""
    made = learner()
    made.put("vocabulary.json", json.dumps(content))
    hint = made.hint(WORDS)
    assert len(hint) < 1100
    hint.encode()


def test_a_request_that_is_refused(trained):
    """An error of AWS is a hint, with AWS's words."""

    class Refused(Submission):
        def read(self, name, most=0):
            self._s3.get_object(Bucket=self.bucket, Key="no such key")

    evidence = Refused(trained.session, trained.lesson, trained.corpus)
    verdict = judge(IMDB_BATCH_TRANSFORM.task(WORDS), evidence)
    assert "NoSuchKey" in verdict.hint


def test_figures_for_a_teacher(solved):
    """A passed task tells what was found, as plain JSON; one that is not passed tells nothing."""
    details = {task: solved.judge(task).details for task in TASKS}
    assert json.loads(json.dumps(details)) == details
    assert details[FILES] == {"train": 800, "validation": 200, "test": 500, "format": "libsvm"}
    assert details[TRAIN]["job"] == solved.job["TrainingJobName"]
    right = numpy.trace(numpy.array(details[EVALUATE]["confusion_matrix"]))
    assert details[EVALUATE]["accuracy"] == pytest.approx(right / 500)
    assert solved.judge(EVALUATE, accuracy=0.99).details == {}
