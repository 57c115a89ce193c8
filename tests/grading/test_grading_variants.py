"""Right answers that differ in form from the solution are accepted."""

import csv
import io

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import train_test_split
from support.exercise_learner import edited_session
from support.learner import DECIDING, EVALUATE, FILES, MISTAKES, TRAIN, TRANSFORM, WORDS

from helpers.grading import evaluation_tasks
from helpers.text import words


@pytest.mark.parametrize("end", ["/", "", "/train.libsvm", "/tr"])
def test_uris_of_a_channel(prepared, end):
    """A channel may name its folder, its file, or whatever only that file starts with."""
    channels = {name: f"{name}{end}".replace("tr", name[:2]) for name in ("train", "validation")}
    if "." in end:
        channels = {name: f"{name}/{name}.libsvm" for name in channels}
    prepared.train(channels=channels, end="")
    assert prepared.judge(TRAIN).hint == ""


def test_one_more_metric(prepared):
    """A metric beside those that the task names is fine, as long as logloss is the last."""
    prepared.train(eval_metric="auc,error,logloss")
    assert prepared.judge(TRAIN).hint == ""


def test_a_reason_is_shown_from_its_beginning(prepared):
    """A long reason is shown from its start, where AWS says what is wrong."""
    prepared.train(eval_metric="error,quality,logloss")
    assert "eval_metric: value ['error', 'quality', 'logloss'] not in range" in prepared.hint(TRAIN)


def test_a_vocabulary_of_a_part_of_the_training_reviews_is_fine(learner):
    """A vocabulary that was fitted on the training part of a split passes, since nothing leaks."""
    made = learner()
    part = CountVectorizer(analyzer=words, max_features=5000).fit(made.train_half.texts[::2])
    made.words(vocabulary=part.vocabulary_)
    assert made.judge(WORDS).hint == ""


def hints(learner, tasks=(FILES, TRAIN, TRANSFORM)) -> list[str]:
    return [learner.judge(task).hint for task in tasks]


@pytest.mark.parametrize("share", [0.4, 0.2])
def test_scikit_learns_own_bag_of_what_is_left_after_the_split(learner, share):
    """A vocabulary that scikit-learn fitted on what a split leaves passes."""
    made = learner()
    texts, _ = train_test_split(made.train_half.texts, test_size=share, random_state=3)
    bag = CountVectorizer(analyzer=words, max_features=2000).fit(texts)
    made.words(vocabulary=bag.vocabulary_)
    assert made.judge(WORDS).hint == ""


def test_a_model_of_a_data_source(trained, monkeypatch):
    """A model whose artifacts are named by ModelDataSource is the same model.

    CreateTransformJob refuses it, so only DescribeModel shows it here.
    """

    def name_source(operation: str, answer: dict) -> None:
        if operation == "describe_model":
            uri = answer["PrimaryContainer"].pop("ModelDataUrl")
            source = {"S3Uri": uri, "S3DataType": "S3Object", "CompressionType": "Gzip"}
            answer["PrimaryContainer"]["ModelDataSource"] = {"S3DataSource": source}

    trained.transform()
    monkeypatch.setattr(trained, "session", edited_session(trained.session, name_source))
    assert trained.judge(TRANSFORM).passed


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
