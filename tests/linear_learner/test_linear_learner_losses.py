"""The losses of Linear Learner: their values, and derivatives that fit to them."""

import numpy as np
import pytest

from helpers.local.containers.linear_learner import hyperparameters, losses


def loss(name: str, scale: float = 1.0, **changes: object) -> losses.Loss:
    kind = next(kind for kind, names in hyperparameters.LOSSES.items() if name in names)
    texts = {"predictor_type": kind, "loss": name, "num_classes": "3"}
    texts |= {key: str(value) for key, value in changes.items()}
    return losses.build(hyperparameters.validate(texts), scale)


@pytest.mark.parametrize(
    ("name", "changes", "error", "value"),
    [
        ("squared_loss", {}, 3.0, 9.0),
        ("absolute_loss", {}, -3.0, 3.0),
        ("eps_insensitive_squared_loss", {"loss_insensitivity": 1}, 3.0, 8.0),
        ("eps_insensitive_squared_loss", {"loss_insensitivity": 1}, 0.5, 0.0),
        ("eps_insensitive_absolute_loss", {"loss_insensitivity": 1}, -3.0, 2.0),
        ("quantile_loss", {"quantile": 0.9}, -2.0, 1.8),  # the score is too low
        ("quantile_loss", {"quantile": 0.9}, 2.0, 0.2),
        ("huber_loss", {"huber_delta": 2}, 1.0, 0.5),
        ("huber_loss", {"huber_delta": 2}, -3.0, 4.0),
    ],
)
def test_losses_of_a_regressor(name, changes, error, value):
    """The loss of a score that is the label plus an error is that of AWS's documentation."""
    scores, labels = np.array([[10 + error]]), np.array([[10.0]])
    assert loss(name, **changes).value(scores, labels)[0, 0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("margin", "label", "score", "value"),
    [(1, 1, 1, 0), (1, 1, 0.5, 0.5), (1, 0, 0, 0), (1, 0, 0.5, 0.5), (3, 1, 1, 1), (3, 0, 0, 1)],
)
def test_hinge_loss(margin, label, score, value):
    """The hinge loss is the one of AWS's notebook on class weights."""
    found = loss("hinge_loss", margin=margin).value(np.array([[score]]), np.array([[label]]))
    assert found[0, 0] == value


def test_units_of_the_labels():
    """huber_delta is in the units of the labels, also where the scores are in other units."""
    delta, scale = 4.0, 10.0
    scores, labels = np.array([[7.0], [1.0]]), np.zeros((2, 1))
    plain = loss("huber_loss", huber_delta=delta).value(scores, labels)
    scaled = loss("huber_loss", scale, huber_delta=delta).value(scores / scale, labels)
    np.testing.assert_allclose(scaled * scale**2, plain)


@pytest.mark.parametrize(
    "name", [name for names in hyperparameters.LOSSES.values() for name in names]
)
def test_derivatives(name):
    """The derivative is the slope of the value, for every model and class."""
    rng, step = np.random.default_rng(0), 1e-6
    function = loss(name)
    multiclass = name == "softmax_loss"
    scores = rng.normal(size=(20, 4, 3) if multiclass else (20, 4))
    labels = rng.integers(0, 3 if multiclass else 2, (20, 1)).astype(float)
    slope = function.derivative(scores, labels)
    assert slope.shape == scores.shape
    for place in np.ndindex(scores.shape):
        changed = [scores.copy(), scores.copy()]
        changed[0][place] += step
        changed[1][place] -= step
        high, low = (function.value(each, labels).sum() for each in changed)
        assert slope[place] == pytest.approx((high - low) / (2 * step), abs=1e-4)


def test_large_scores_do_not_overflow():
    """Losses of probabilities are finite for scores of any size."""
    scores = np.array([[-1000.0, 1000.0]])
    assert np.isfinite(loss("logistic").value(scores, np.array([[1.0]]))).all()
    assert np.isfinite(loss("logistic").derivative(scores, np.array([[1.0]]))).all()
    classes = np.array([[[-1000.0, 0.0, 1000.0]]])
    assert loss("softmax_loss").value(classes, np.array([[0.0]]))[0, 0] == 2000
