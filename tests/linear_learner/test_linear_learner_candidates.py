"""The models that are trained in parallel, and the schedule of their learning rates."""

import numpy as np
import pytest

from helpers.local.containers.linear_learner import candidates, hyperparameters

LABELS = np.array([1.0, 0, 0, 0, 0])


def settings(**texts: str):
    return hyperparameters.validate({"predictor_type": "binary_classifier"} | texts)


def test_a_schedule():
    """The rate is multiplied with the factor after each step, down to the minimum."""
    schedule = candidates.schedule(
        settings(lr_scheduler_step="2", lr_scheduler_factor="0.5", lr_scheduler_minimum_lr="0.03"),
        batches=100,
    )
    rates = [0.1 * schedule.multiplier(number, 0.1) for number in range(8)]
    np.testing.assert_allclose(rates, [0.1, 0.1, 0.05, 0.05, 0.03, 0.03, 0.03, 0.03])


def test_the_automatic_schedule():
    """The rate falls to a hundredth over the whole job, however many batches it has."""
    for batches in (1, 30, 1000, 123_456):
        schedule = candidates.schedule(settings(), batches)
        assert schedule.multiplier(batches, 1.0) == pytest.approx(0.01, rel=0.05)
        assert schedule.multiplier(0, 1.0) == 1


def test_without_a_scheduler():
    """Without the scheduler the rate never changes."""
    schedule = candidates.schedule(settings(use_lr_scheduler="false"), 100)
    assert schedule.multiplier(10_000, 0.1) == 1


def test_what_is_auto_is_varied():
    """Only hyperparameters that are auto differ; the default has 32 different models."""
    assert len(set(candidates.candidates(settings(), 10, LABELS))) == 32
    fixed = {"learning_rate": "0.5", "wd": "0", "l1": "0.1"}
    assert set(candidates.candidates(settings(**fixed), 10, LABELS)) == {
        candidates.Candidate(0.5, 0, 0.1)
    }
    found = candidates.candidates(settings(wd="0.2", num_models="3"), 10, LABELS)
    assert [candidate.wd for candidate in found] == [0.2] * 3
    assert len({candidate.learning_rate for candidate in found}) == 3


def test_more_columns_need_smaller_steps():
    """The automatic rate falls with the number of columns."""
    rates = [candidates.candidates(settings(), n, LABELS)[0].learning_rate for n in (10, 10_000)]
    assert rates == [0.1, 0.01]


@pytest.mark.parametrize(
    ("text", "weights"), [("3", {3}), ("balanced", {4}), ("auto", {1, 4, 2}), ("1.0", {1})]
)
def test_weights_of_positive_examples(text, weights):
    """balanced is negatives by positives; auto tries it, its root and 1."""
    chosen = settings(positive_example_weight_mult=text)
    found = candidates.candidates(chosen, 10, LABELS)
    assert {candidate.positive_weight for candidate in found} == weights


def test_weights_of_classes():
    """A class weighs 1 by its frequency, and one that is missing a million."""
    weights = candidates.class_weights(np.array([0, 0, 0, 1]), 3)
    np.testing.assert_allclose(weights, [4 / 3, 4, 1e6])
