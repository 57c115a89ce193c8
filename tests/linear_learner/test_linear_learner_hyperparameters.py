"""The hyperparameters of Linear Learner: names, ranges, defaults and the texts of refusals."""

import re

import pytest

from helpers.local.containers.linear_learner import hyperparameters as hp
from helpers.local.containers.toolkit.errors import UserError

REGRESSOR = {"predictor_type": "regressor"}
# From the log of a job on AWS, 2020: "Reading default configuration from ...".
AWS_DEFAULTS = {
    "loss_insensitivity": "0.01", "epochs": "15", "feature_dim": "auto", "init_bias": "0.0",
    "lr_scheduler_factor": "auto", "num_calibration_samples": "10000000", "accuracy_top_k": "3",
    "_num_kv_servers": "auto", "use_bias": "true", "num_point_for_scaler": "10000",
    "_log_level": "info", "quantile": "0.5", "bias_lr_mult": "auto", "lr_scheduler_step": "auto",
    "init_method": "uniform", "init_sigma": "0.01", "lr_scheduler_minimum_lr": "auto",
    "target_recall": "0.8", "num_models": "auto", "early_stopping_patience": "3",
    "momentum": "auto", "unbias_label": "auto", "wd": "auto", "optimizer": "auto",
    "_tuning_objective_metric": "", "early_stopping_tolerance": "0.001", "learning_rate": "auto",
    "_kvstore": "auto", "normalize_data": "true",
    "binary_classifier_model_selection_criteria": "accuracy", "use_lr_scheduler": "true",
    "target_precision": "0.8", "unbias_data": "auto", "init_scale": "0.07",
    "bias_wd_mult": "auto", "f_beta": "1.0", "mini_batch_size": "1000", "huber_delta": "1.0",
    "num_classes": "1", "beta_1": "auto", "loss": "auto", "beta_2": "auto",
    "_enable_profiler": "false", "normalize_label": "auto", "_num_gpus": "auto",
    "balance_multiclass_weights": "false", "positive_example_weight_mult": "1.0", "l1": "auto",
    "margin": "1.0",
}  # fmt: skip


def refusal(**texts: str) -> str:
    with pytest.raises(UserError) as refused:
        hp.validate(REGRESSOR | texts)
    return str(refused.value)


def test_the_defaults_are_those_of_aws():
    """The default configuration is the one that AWS's container logs."""
    assert hp.defaults() == AWS_DEFAULTS


def test_predictor_type_is_required():
    """A job without predictor_type fails with AWS's text (aws/sagemaker-python-sdk issue 132)."""
    with pytest.raises(UserError) as refused:
        hp.validate({"epochs": "1"})
    assert str(refused.value) == (
        "No value(s) were specified for 'predictor_type' which are required hyperparameter(s)"
    )


def test_unknown_hyperparameters():
    """Unknown hyperparameters are refused by their names."""
    start = "Additional hyperparameters are not allowed"
    assert refusal(foo="1") == f"{start} ('foo' was unexpected)"
    assert refusal(foo="1", bar="2") == f"{start} ('foo', 'bar' were unexpected)"


def test_values_of_a_choice():
    """A value that is none of the choices is refused with all of them."""
    assert refusal(loss="mse") == (
        "The value 'mse' is not valid for the 'loss' hyperparameter which accepts one of the "
        "following: 'auto', 'squared_loss', 'absolute_loss', 'eps_insensitive_squared_loss', "
        "'eps_insensitive_absolute_loss', 'quantile_loss', 'huber_loss', 'logistic', 'hinge_loss', "
        "'softmax_loss'"
    )
    assert refusal(use_bias="yes") == (
        "The value 'yes' is not valid for the 'use_bias' hyperparameter which accepts one of the "
        "following: 'true', 'false'"
    )


@pytest.mark.parametrize(
    ("name", "expected", "wrong"),
    [
        ("epochs", "an integer in [1, +inf)", ["0", "1.5", "x", "", "nan"]),
        ("num_models", "a string which matches the pattern '^auto$'; or an integer in [1, 32]",
         ["0", "33", "Auto"]),
        ("num_classes", "an integer in [1, 1000000]", ["0", "1000001"]),
        ("learning_rate", "a string which matches the pattern '^auto$'; or a number in (0, +inf)",
         ["0", "-1", "nan", "inf"]),
        ("l1", "a string which matches the pattern '^auto$'; or a number in [0, +inf)", ["-1"]),
        ("momentum", "a string which matches the pattern '^auto$'; or a number in [0, 1)", ["1"]),
        ("quantile", "a number in (0, 1)", ["0", "1", "auto"]),
        ("init_bias", "a number in (-inf, +inf)", ["x", "nan"]),
        ("positive_example_weight_mult", "a string which matches the pattern '^balanced$'; or a "
         "string which matches the pattern '^auto$'; or a number in (0, +inf)", ["0"]),
    ],
)  # fmt: skip
def test_numbers_out_of_range(name, expected, wrong):
    """A number out of its range is refused; the text says what is expected."""
    for text in wrong:
        start = f"The value '{text}' is not valid for the '{name}' hyperparameter which expects"
        assert refusal(**{name: text}) == f"{start} one of the following: {expected}"


@pytest.mark.parametrize("row", hp.TABLE, ids=lambda row: row.name)
def test_every_default_is_valid(row):
    """Each default is a value that the hyperparameter may have."""
    if row.default is not None:
        row.parse(row.default)
    for choice in row.choices:
        row.parse(choice)


def test_what_the_sdk_sends():
    """The SDK's class sends True and False with capitals, and numbers as text."""
    settings = hp.validate(REGRESSOR | {"use_bias": "True", "normalize_data": "False", "l1": "0.5"})
    assert (settings.use_bias, settings.normalize_data, settings.l1) == (True, False, 0.5)


def test_auto():
    """auto is None, but for the loss and the optimizer, which have a fixed meaning."""
    settings = hp.validate({"predictor_type": "binary_classifier"})
    assert (settings.loss, settings.optimizer) == ("logistic", "adam")
    assert (settings.learning_rate, settings.num_models, settings.unbias_data) == (None, None, None)


def test_num_classes():
    """A multiclass classifier needs more than two classes; the others ignore num_classes."""
    text = "For predictor_type 'multiclass_classifier', 'num_classes' should be set to a value"
    for texts in ({}, {"num_classes": "2"}):
        assert refusal(predictor_type="multiclass_classifier", **texts) == f"{text} greater than 2."
    assert hp.validate(REGRESSOR | {"num_classes": "2"}).num_classes == 2


@pytest.mark.parametrize("kind", hp.LOSSES)
def test_a_loss_of_another_predictor_type(kind):
    """A loss must fit to the predictor_type."""
    for other, names in hp.LOSSES.items():
        for name in names:
            texts = {"predictor_type": kind, "num_classes": "3", "loss": name}
            if other == kind:
                assert hp.validate(texts).loss == name
            else:
                with pytest.raises(UserError, match=re.escape(f"predictor_type '{kind}'")):
                    hp.validate(texts)


def test_a_tuning_job_trains_one_model():
    """A job of a tuning job trains one model, whatever num_models says."""
    texts = REGRESSOR | {"_tuning_objective_metric": "validation:mse", "num_models": "8"}
    assert hp.validate(texts).num_models == 1
