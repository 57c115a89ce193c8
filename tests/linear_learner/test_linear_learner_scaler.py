"""Normalisation: dense and sparse features alike, and back to the units of the data."""

import numpy as np
import pytest
import scipy.sparse

from helpers.local.containers.linear_learner import hyperparameters, scaler

RANDOM = np.random.default_rng(1)
FEATURES = (RANDOM.random((3000, 5)) < 0.4) * RANDOM.normal(3, 2, (3000, 5)) * [1, 100, 1e-4, 1, 0]
LABELS = RANDOM.normal(50, 7, 3000)


def fit(features, **texts: str) -> scaler.Scaler:
    settings = hyperparameters.validate({"predictor_type": "regressor"} | texts)
    return scaler.fit(features, LABELS, settings)


def test_dense_features_are_shifted_and_scaled():
    """Dense features get mean 0 and deviation 1; a constant column is 0."""
    scaled, center = fit(FEATURES).scale(FEATURES)
    np.testing.assert_allclose(scaled.mean(axis=0, dtype=float), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0, dtype=float), [1, 1, 1, 1, 0], atol=1e-5)
    assert scaled.dtype == np.float32
    assert not center.any()


def test_sparse_features_stay_sparse():
    """Sparse features are scaled only, and minus their center they are the dense ones."""
    dense, _ = fit(FEATURES).scale(FEATURES)
    sparse = scipy.sparse.csr_matrix(FEATURES)
    scaled, center = fit(sparse).scale(sparse)
    assert scaled.nnz == sparse.nnz
    np.testing.assert_allclose(scaled.toarray() - center, dense, atol=1e-5)


@pytest.mark.parametrize("unbias", ["true", "false"])
def test_weights_in_the_units_of_the_data(unbias):
    """Unscaled weights give the same scores, in the units of the labels."""
    fitted = fit(FEATURES, unbias_data=unbias, unbias_label=unbias)
    scaled, _ = fitted.scale(FEATURES)
    weights, bias = RANDOM.normal(size=(5, 2)), np.array([0.5, -1])
    raw, shift = fitted.unscale(weights, bias)
    expected = (scaled @ weights + bias) * fitted.label_deviation + fitted.label_mean
    np.testing.assert_allclose(FEATURES @ raw + shift, expected, rtol=1e-4, atol=1e-3)


def test_large_numbers_with_small_differences():
    """A column of large numbers is scaled without losing its differences."""
    years = (2000 + np.arange(3000) % 20)[:, None].astype(np.float32)
    scaled, _ = fit(years).scale(years)
    assert scaled.std() == pytest.approx(1, abs=1e-4)


def test_labels_of_classes_are_left_alone():
    """The labels of classifiers are never normalised."""
    settings = hyperparameters.validate(
        {"predictor_type": "binary_classifier", "normalize_label": "true", "unbias_label": "true"}
    )
    fitted = scaler.fit(FEATURES, LABELS > 50, settings)
    assert (fitted.label_mean, fitted.label_deviation) == (0, 1)
