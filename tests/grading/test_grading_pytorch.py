"""The later tasks of the PyTorch project: each mistake has a hint of its own."""

import pytest
from support import course_image
from support.answer_faults import assert_hint
from support.pytorch_faults import FAULTS
from support.pytorch_learner import (
    DEPLOY,
    EPOCH,
    EPOCHS,
    TEST,
    TRAIN,
    TRAINING_IMAGE,
    PyTorchLearner,
)

from helpers.local.containers import registry


@pytest.fixture(scope="module")
def learner(local, session, corpus):
    """Return a learner who has done all tasks; the endpoint is deleted at the end."""
    image = registry.resolve(TRAINING_IMAGE, "us-east-1")
    course_image.pull(local.home, registry.container_of(image).framework(image))
    made = PyTorchLearner(session, corpus)
    made.number()
    made.pad()
    made.train()
    made.deploy()
    yield made
    made.sagemaker.delete_endpoint(EndpointName=made.endpoint)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_mistake_has_its_hint(learner, fault):
    """Each mistake in the training job or the endpoint is named by a hint."""
    assert_hint(learner, fault)


def test_a_job_and_an_endpoint_as_asked_are_passed(learner):
    """A job with a script, two channels and a metric passes, as does its endpoint."""
    assert learner.judge(TRAIN).details == {"job": learner.endpoint, "epochs": 3}
    assert learner.judge(DEPLOY).details["endpoint"] == learner.endpoint


def test_an_endpoint_without_scores_has_a_hint(learner, monkeypatch):
    """An endpoint that answers words, or numbers that are no probabilities, is not passed."""
    monkeypatch.setattr(learner, "scorer", lambda text: "good")
    assert "answers something other than scores" in learner.hint(DEPLOY)
    monkeypatch.setattr(learner, "scorer", lambda text: 3.5)
    assert "expected a probability in each line" in learner.hint(DEPLOY)


def test_the_best_epoch_is_passed(learner):
    """The log's epochs as a table, with the one that validates best, pass."""
    learner.choose()
    assert learner.judge(EPOCH).details == {"epoch": 2, "accuracy": 0.9}


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"best": 3}, "the lowest loss on the reviews that it has learned from"),
        ({"best": 1}, "Another epoch labels more of the validation reviews correctly"),
        ({"best": "two"}, "best.json names epoch 'two'"),
        ({"rows": EPOCHS[:2]}, "epochs.csv has 2 rows; the log of your newest training job has 3"),
        ({"rows": [(1, 0.6, 0.7), (2, 0.4, 0.9), (3, 0.2, 0.7)]}, "which job's log was read?"),
        ({"rows": [(1, 0.6, "high"), *EPOCHS[1:]]}, "is not a number"),
        ({"header": ",epoch,train_loss,validation_accuracy"}, "has the header"),
    ],
)
def test_another_epoch_or_table_has_a_hint(learner, wrong, hint):
    """The last epoch, the lowest training loss, a part of the table and other values are named."""
    learner.choose(**wrong)
    assert hint in learner.hint(EPOCH)


def test_scores_of_all_test_reviews_are_passed(learner):
    """The endpoint's score of each test review passes, whatever the order of the rows."""
    learner.test(edit=lambda rows: rows[::-1])
    result = learner.judge(TEST)
    assert result.passed, result.hint
    assert 0 <= result.details["accuracy"] <= 1


@pytest.mark.parametrize(
    ("edit", "hint"),
    [
        (lambda rows: rows[:-7], "were all parts sent to the endpoint?"),
        (lambda rows: [*rows, rows[0]], "lists a review twice"),
        (lambda rows: [("review 1", 0.5), *rows[1:]], "'review 1' is not a test review"),
        (lambda rows: [(name, round(score)) for name, score in rows], "All scores are 0 or 1"),
        (lambda rows: [(name, 1000 * score) for name, score in rows], "no probabilities"),
        (
            lambda rows: [(name, rows[n - 1][1]) for n, (name, _) in enumerate(rows)],
            "combined in the same order?",
        ),
        (
            lambda rows: [(rows[0][0], 0.999), *rows[1:]],
            "another score than predictions.csv has",
        ),
        (lambda rows: [(name, "good") for name, _ in rows], "is not a number"),
    ],
)
def test_other_scores_have_a_hint(learner, edit, hint):
    """Missing and repeated reviews, labels, percentages and another order are each named."""
    learner.test(edit=edit)
    assert hint in learner.hint(TEST)


def test_a_model_that_has_learned_little_has_a_hint(learner):
    """Right scores of a poor model are not enough, and the hint says where to look."""
    learner.test()
    assert "Look at the accuracy by epoch" in learner.hint(TEST, accuracy=0.99)
