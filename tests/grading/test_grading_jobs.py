"""Mistakes with the training job and the transform job, each made and hinted at."""

import time

import pytest
from support.learner import EVALUATE, TRAIN, TRANSFORM


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"content_type": None}, "does not say in which format"),
        ({"content_type": "text/csv"}, "says text/csv, but its file is written as libsvm"),
        ({"objective": "reg:squarederror"}, "objective is reg:squarederror"),
        ({"objective": "binary:hinge"}, "that gives a probability"),
        ({"objective": None}, "No objective is set"),
        ({"early_stopping_rounds": None}, "Nothing tells the job to stop"),
        ({"eval_metric": None}, "not by which figure"),
        ({"channels": {"train": "train"}}, "no rows to see by that it is time"),
        ({"channels": {"train": "train", "validation": "train"}}, 'The channel "validation" reads'),
        ({"max_depth": "five"}, "The training job failed"),
    ],
)
def test_a_training_job_that_is_set_up_wrong(prepared, settings, words):
    """Each setting that AWS takes without a word, and that spoils the result, has its hint."""
    prepared.train(**settings)
    assert words in prepared.hint(TRAIN)


def test_the_newest_training_job_counts(prepared):
    """Who mends a mistake and trains again passes."""
    prepared.train(objective=None)
    assert not prepared.judge(TRAIN).passed
    prepared.train()
    assert prepared.judge(TRAIN).hint == ""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"where": "train"}, "Which reviews has the model never seen"),
        ({"content_type": None}, "isn't told in which format"),
        ({"split": "None"}, "isn't told where a row ends"),
        ({"content_type": "application/json"}, "The transform job failed"),
    ],
)
def test_a_transform_job_that_is_set_up_wrong(trained, settings, words):
    """The wrong file, no content type, no split, a format that the model can't read."""
    trained.transform(**settings)
    assert words in trained.hint(TRANSFORM)


def test_a_model_of_an_earlier_training_job(prepared):
    prepared.train()
    first = prepared.job["ModelArtifacts"]["S3ModelArtifacts"]
    prepared.train(max_depth="2")
    prepared.transform(artifacts=first)
    assert "does not hold the artifacts of your newest training job" in prepared.hint(TRANSFORM)


def test_answers_written_by_somebody_else(prepared):
    """Perfect answers put in the place of the job's, at once or later, pass nothing."""
    prepared.train()
    prepared.transform()
    perfect = "\n".join("0.99" if label else "0.01" for label in prepared.test_half.labels)
    prepared.put("predictions/test.libsvm.out", perfect)
    prepared.evaluate()
    assert "not those that your model gives" in prepared.hint(TRANSFORM)
    assert "not those that your model gives" in prepared.hint(EVALUATE)
    time.sleep(3.1)  # S3's times have whole seconds, and clocks may differ by two
    prepared.put("predictions/test.libsvm.out", perfect)
    assert "was changed after the transform job had ended" in prepared.hint(TRANSFORM)
