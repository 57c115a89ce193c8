"""Right answers that differ in form from the solution are accepted."""

import csv
import io

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import train_test_split
from support.learner import DECIDING, EVALUATE, FILES, MISTAKES, TRAIN, TRANSFORM, WORDS

from helpers.grading import evaluation_tasks
from helpers.text import words, write_csv

CSV = "text/csv"


@pytest.fixture(scope="module")
def begun(learner):
    """Return a learner who has the features, and no files yet."""
    made = learner()
    made.words()
    made.split()
    return made


def hints(learner, tasks=(FILES, TRAIN, TRANSFORM)) -> list[str]:
    return [learner.judge(task).hint for task in tasks]


@pytest.mark.parametrize(
    ("files", "end"),
    [
        ("part-0 part-1 part-2", "/"),
        ("part-0 part-1 part-2", ""),
        ("part-0 part-1 part-2", "/part-"),
        ("a/data.libsvm b/data.libsvm", "/"),
    ],
    ids=["sharded", "no slash", "prefix of names", "folders"],
)
def test_several_files(learner, files, end):
    """A channel that names the whole folder as its prefix passes, however the prefix ends."""
    made = learner()
    made.words()
    made.split()
    made.upload(files=files)
    made.train(end=end)
    made.transform(end=end)
    assert hints(made) == ["", "", ""]


def test_a_test_file_with_labels_in_csv(learner):
    """Labels in a test file pass if the job filters them out; otherwise the hint says so."""
    made = learner()
    made.words()
    made.split()
    made.parts["test"] = (made.parts["test"][0], made.test_half.labels)
    made.upload(write_csv)
    made.train(CSV)
    made.transform(content_type=CSV, processing={"InputFilter": "$[1:]"})
    assert hints(made) == ["", "", ""]
    made.transform(content_type=CSV)
    assert "See job logs for more information (python -m helpers" in made.hint(TRANSFORM)


def test_answers_joined_with_their_rows(learner):
    """A filter that keeps only the answer passes; without one, the hint names the join."""
    made = learner()
    made.words()
    made.split()
    made.upload(write_csv)
    made.train(CSV)
    made.transform(content_type=CSV, processing={"JoinSource": "Input"})
    assert "joins each prediction with its whole row" in made.hint(TRANSFORM)
    processing = {"JoinSource": "Input", "OutputFilter": "$[-1]"}
    made.transform(content_type=CSV, processing=processing)
    assert made.judge(TRANSFORM).hint == ""


@pytest.mark.parametrize("share", [0.4, 0.2])
def test_scikit_learns_own_bag_of_what_is_left_after_the_split(learner, share):
    """A vocabulary that scikit-learn fitted on what a split leaves passes."""
    made = learner()
    texts, _ = train_test_split(made.train_half.texts, test_size=share, random_state=3)
    bag = CountVectorizer(analyzer=words, max_features=2000).fit(texts)
    made.words(vocabulary=bag.vocabulary_)
    assert made.judge(WORDS).hint == ""


@pytest.mark.parametrize("metric", ["auc", "logloss", "accuracy", "f1"])
def test_another_metric(begun, metric):
    """Each metric that suits the objective is accepted."""
    begun.upload()
    begun.train(eval_metric=metric)
    assert begun.judge(TRAIN).hint == ""


def test_a_reason_is_shown_from_its_beginning(begun):
    """A long reason is shown from its start, where AWS says what is wrong."""
    begun.upload()
    begun.train(eval_metric="error, logloss")
    assert "eval_metric: value ['error', ' logloss'] not in range" in begun.hint(TRAIN)


def test_features_that_are_no_counts(begun):
    """A learner who records only whether a term occurs is asked for counts."""
    features, _ = begun.parts["test"]
    begun.parts["test"] = ((features > 0).astype(int), None)
    begun.upload()
    assert "are these plain counts?" in begun.hint(FILES)


def test_a_table_of_mistakes_written_by_others(trained):
    """A quoted CSV file with a byte order mark, Windows line ends and labels like 1.0 passes."""
    trained.transform()
    trained.mistakes()
    key = f"{trained.prefix}/mistakes.csv"
    text = trained.s3.get_object(Bucket=trained.bucket, Key=key)["Body"].read().decode()
    rows = [[row[0], f"{row[1]}.0", row[2]] for row in csv.reader(io.StringIO(text))]
    rows[0] = ["review", "sentiment", "score"]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    trained.put("mistakes.csv", "\ufeff" + out.getvalue())
    assert trained.judge(MISTAKES).hint == ""


def test_terms_of_equal_gain_in_either_order(trained, monkeypatch):
    """Terms of equal gain pass in either order."""
    gains = {f"term{place}": float(30 - place // 2) for place in range(30)}
    monkeypatch.setattr(evaluation_tasks, "_importance", lambda *_: gains)
    order = list(gains)
    trained.deciding(edit=lambda _: [order[1], order[0], *order[2:20]])
    assert trained.judge(DECIDING).hint == ""
    trained.deciding(edit=lambda _: [order[0], order[0], *order[2:20]])
    assert "lists a term twice" in trained.hint(DECIDING)


def test_doing_each_task_twice(learner):
    """Running a task's cell again, with new jobs, does not change the result."""
    made = learner()
    made.everything()
    made.everything()
    assert hints(made, (WORDS, FILES, TRAIN, TRANSFORM, EVALUATE, DECIDING, MISTAKES)) == [""] * 7
