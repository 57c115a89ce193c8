"""Hyperparameters are checked with the container's texts."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import xgboost_job

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.hyperparameters import Interval
from helpers.local.containers.xgboost import hyperparameters as hp

assert xgboost_job  # imported for its quick import of xgboost

UNPARSED = "could not parse value (caused by ValueError)"


def refusal(version="3.2-0", **values):
    """Return the text that a set of hyperparameters is refused with."""
    with pytest.raises(UserError) as caught:
        hp.validate(values, version)
    return str(caught.value)


def test_values_are_typed():
    """Hyperparameter texts become numbers and lists."""
    found = hp.validate(
        {"num_round": "10", "eta": "0.2", "objective": "reg:linear", "eval_metric": "rmse,mae"},
        version="3.2-0",
    )
    assert found == {
        "num_round": 10,
        "eta": 0.2,
        "objective": "reg:linear",
        "eval_metric": ["rmse", "mae"],
    }


def test_missing_and_extraneous():
    """Only num_round is required, and unknown names, such as silent, are refused."""
    assert refusal(eta="0.2") == "Missing required hyperparameter: num_round"
    text = "Extraneous hyperparameter found: silent"
    assert refusal(num_round="1", silent="0") == text
    assert hp.validate({"num_round": "1", "silent": "0"}, version="0.72")["silent"] == 0


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("num_round", "0", "Hyperparameter num_round: 0 is not in [1, +inf)"),
        ("eta", "2.0", "Hyperparameter eta: 2.0 is not in [0, 1]"),
        ("subsample", "0.0", "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        (
            "booster",
            "gbm",
            "Hyperparameter booster: gbm is not in ['gbtree', 'gblinear', 'dart']",
        ),
        (
            "tree_method",
            "gpu",
            "Hyperparameter tree_method: gpu is not in "
            "['auto', 'exact', 'approx', 'hist', 'gpu_hist']",
        ),
        ("num_round", "abc", f"Hyperparameter num_round: {UNPARSED}"),
        ("num_round", "1.5", f"Hyperparameter num_round: {UNPARSED}"),
        ("max_depth", "five", f"Hyperparameter max_depth: {UNPARSED}"),
        ("eval_metric", "rmse@2", "Metric 'rmse@2' is not supported. Parameter 'eval_metric' with "
         "customized threshold should be one of these options: 'error', 'ndcg', 'map'."),
        ("eval_metric", "error@t", "Threshold value 't' in 'error@t' expects float input."),
        ("eval_metric", "<function f>",
         "User defined evaluation metric <function f> is not supported yet."),
        ("eval_metric", "auc",
         "Metric 'auc' can only be applied for classification and ranking problems."),
        ("eval_metric", "aft-nloglik",
         "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective."),
        ("objective", "multi:softmax",
         "Require input for parameter 'num_class' for multi-classification"),
        ("monotone_constraints", "(1, 0)", "monotone_constraints can be used only when the "
         "tree_method parameter is set to either 'exact' or 'hist'."),
        ("interaction_constraints", "[[1, 2]]", "interaction_constraints can be used only when "
         "the tree_method parameter is set to either 'exact', 'hist' or 'approx'."),
        ("_kfold", "1", "Hyperparameter _kfold: 1 is not in [2, +inf)"),
        ("save_model_on_termination", "yes",
         "Hyperparameter save_model_on_termination: yes is not in ['true', 'false']"),
    ],
)  # fmt: skip
def test_refusals(name, value, text):
    """Each kind of wrong value gets the container's words."""
    assert refusal(**{"num_round": "1", name: value}) == text


def test_refusal_shows_the_quotes_of_json():
    """For strings that an SDK has JSON-encoded, the message shows the quotes."""
    text = refusal(num_round="1", objective='"reg:squarederror"')
    start = "Hyperparameter objective: \"reg:squarederror\" is not in ['aft_loss_distribution', "
    assert text.startswith(start + "'binary:logistic'")


def test_unknown_metric():
    """An unknown metric is refused with the list of known ones."""
    text = refusal(num_round="1", eval_metric="foo")
    assert text.startswith("Hyperparameter eval_metric: value ['foo'] not in range ['accuracy', ")


def test_update_process():
    """process_type `update` accepts only two updaters."""
    assert refusal(num_round="1", process_type="update", updater="grow_colmaker") == (
        "process_type 'update' can only be used with updater 'refresh' and 'prune'"
    )


def test_thresholds_and_constraints_that_fit():
    """A value that depends on another one is accepted with it."""
    found = hp.validate(
        {
            "num_round": "1",
            "objective": "binary:logistic",
            "eval_metric": "auc,error@0.7",
            "tree_method": "hist",
            "monotone_constraints": "(1, -1)",
            "interaction_constraints": "[[1, 2], [3]]",
        },
        version="3.2-0",
    )
    assert found["monotone_constraints"] == (1, -1)
    assert found["interaction_constraints"] == [[1, 2], [3]]


def test_constraints_are_never_evaluated():
    """A constraint must be a literal, so code in it is an error and isn't run."""
    text = refusal(num_round="1", tree_method="hist", monotone_constraints="print('x')")
    assert "could not parse value" in text


def test_aliases():
    """xgboost's aliases are accepted for the container's names."""
    given = {"num_round": "1", "learning_rate": "0.1", "min_split_loss": "1", "reg_lambda": "2",
             "reg_alpha": "3"}  # fmt: skip
    assert hp.validate(given, version="3.2-0") == {
        "num_round": 1, "eta": 0.1, "gamma": 1.0, "lambda": 2.0, "alpha": 3.0,
    }  # fmt: skip


def test_tunable_ranges():
    """Each tunable hyperparameter's recommended range lies within the permitted one."""
    tunable = {h.name: h for h in hp.TABLE if h.tunable}
    assert str(tunable["eta"].tunable) == "[0.1, 0.5]"
    assert len(tunable) == 12
    for hyperparameter in tunable.values():
        assert hyperparameter.tunable.high in hyperparameter.range


def test_defaults_are_in_their_range():
    """Every documented default is accepted."""
    for hyperparameter in hp.TABLE:
        if hyperparameter.default is not None:
            hyperparameter.validate_range(hyperparameter.parse(hyperparameter.default))


@given(st.sampled_from([h.name for h in hp.TABLE]), st.text(max_size=20))
def test_any_text_is_taken_or_refused(name, text):
    """Any value of any hyperparameter is accepted or refused by UserError."""
    with contextlib.suppress(UserError):
        others = {} if name == "objective" else {"objective": "reg:squarederror"}
        hp.validate({"num_round": "1", **others, name: text}, version="3.2-0")


@given(st.integers(-3, 3), st.booleans(), st.booleans())
def test_interval_ends(value, low_open, high_open):
    """An open end isn't part of an interval, and a closed one is."""
    inside = (value > -1 if low_open else value >= -1) and (value < 2 if high_open else value <= 2)
    assert (value in Interval(-1, 2, low_open, high_open)) is inside


def test_absolute_error_is_new():
    """reg:absoluteerror is accepted since 1.7-1."""
    texts = {"num_round": "1", "objective": "reg:absoluteerror"}
    for version in ("1.7-1", "3.0-5", "3.2-0"):
        assert hp.validate(texts, version)["objective"] == "reg:absoluteerror"
    for version in ("0.72", "0.90-1", "1.5-1"):
        assert "reg:absoluteerror is not in [" in refusal(version, **texts)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("updater", "grow_local_histmaker", "Hyperparameter updater: value ['grow_local_histm"),
        ("single_precision_histogram", "true", "Extraneous hyperparameter found: single_precis"),
    ],
)
def test_settings_that_xgboost_dropped(name, value, text):
    """What xgboost has no more is refused on today's images, and accepted on old ones."""
    values = {"num_round": "1", name: value}
    assert refusal("3.2-0", **values).startswith(text)
    assert name in hp.validate(values, "1.5-1")


def test_eval_metric_needs_an_objective():
    """The open images look the objective up and fail if it isn't given; 0.72 has its default."""
    texts = {"num_round": "1", "eval_metric": "rmse"}
    with pytest.raises(KeyError, match="objective"):
        hp.validate(texts, "3.2-0")
    with pytest.raises(KeyError, match="objective"):
        hp.validate(texts, "0.90-1")
    assert hp.validate(texts, "0.72")["eval_metric"] == ["rmse"]


def test_num_class_without_an_objective():
    """The open images accept num_class alone; 0.72 refuses it for any that isn't multi-class."""
    assert hp.validate({"num_round": "1", "num_class": "2"}, "3.2-0")["num_class"] == 2
    text = (
        "Do not need to setup parameter 'num_class' for learning task other than multi "
        "classification."
    )
    for others in ({}, {"objective": "binary:logistic"}, {"objective": "reg:linear"}):
        for count in ("1", "3"):
            assert refusal("0.72", num_round="1", num_class=count, **others) == text
    multi = {"num_round": "1", "num_class": "3", "objective": "multi:softmax"}
    assert hp.validate(multi, "0.72")["num_class"] == 3
