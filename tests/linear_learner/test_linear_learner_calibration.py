"""The threshold that Linear Learner calibrates is the best of all by the criterion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.containers.linear_learner import calibration, hyperparameters

ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]), st.booleans()),
    min_size=1,
    max_size=12,
)


def settings(criterion: str, **changes: float):
    texts = {"predictor_type": "binary_classifier"}
    texts["binary_classifier_model_selection_criteria"] = criterion
    return hyperparameters.validate(texts | {key: str(value) for key, value in changes.items()})


def measures(scores, labels, threshold: float) -> tuple[float, float, float]:
    """Return accuracy, precision and recall at a threshold."""
    predicted = scores >= threshold
    hits = (predicted & labels).sum()
    precision = hits / max(predicted.sum(), 1)
    return float((predicted == labels).mean()), precision, hits / max(labels.sum(), 1)


def f_score(precision: float, recall: float, beta: float) -> float:
    below = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / below if below else 0.0


CRITERIA = {
    "accuracy": lambda accuracy, precision, recall: accuracy,
    "f1": lambda accuracy, precision, recall: f_score(precision, recall, 1),
    "f_beta": lambda accuracy, precision, recall: f_score(precision, recall, 3),
    "precision_at_target_recall": lambda accuracy, precision, recall: (
        precision if recall >= 0.6 else recall - 1
    ),
    "recall_at_target_precision": lambda accuracy, precision, recall: (
        recall if precision >= 0.6 else precision - 1
    ),
}


@pytest.mark.parametrize("criterion", CRITERIA)
@given(ROWS)
def test_no_other_threshold_is_better(criterion, rows):
    """Of all thresholds none has a better value, and the value is that of the threshold."""
    scores, labels = (np.array(column) for column in zip(*rows, strict=True))
    chosen = settings(criterion, f_beta=3, target_recall=0.6, target_precision=0.6)
    threshold, value = calibration.calibrate(scores, labels.astype(float), chosen)
    judge = CRITERIA[criterion]
    assert judge(*measures(scores, labels, threshold)) == pytest.approx(value)
    others = [*scores, 1.5, -1.0]
    assert value >= max(judge(*measures(scores, labels, other)) for other in others) - 1e-9


def test_the_threshold_is_between_the_scores():
    """The threshold is in the middle between the two classes, so that rounding does no harm."""
    scores, labels = np.array([0.2, 0.4, 0.8, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])
    threshold, value = calibration.calibrate(scores, labels, settings("accuracy"))
    assert (threshold, value) == (pytest.approx(0.6), 1.0)
