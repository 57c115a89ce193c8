"""The hyperparameters of the built-in XGBoost: one table for validation and for tuning.

Names, ranges, defaults and texts are facts of the open container
(`algorithm_mode/hyperparameter_validation.py`) and of the XGBoost pages of AWS's developer guide.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helpers.local.containers.contract import TunableHyperparameter
from helpers.local.containers.toolkit.hyperparameters import Hyperparameter, Interval, Type
from helpers.local.containers.toolkit.hyperparameters import validate as validate_table
from helpers.local.containers.xgboost import hyperparameter_checks as checks
from helpers.local.containers.xgboost.hyperparameter_checks import DEFAULT_OBJECTIVE, METRICS
from helpers.local.containers.xgboost.versions import LEGACY, VERSIONS

ALIASES = {
    "learning_rate": "eta",
    "min_split_loss": "gamma",
    "reg_lambda": "lambda",
    "reg_alpha": "alpha",
}
ABSOLUTE_ERROR = "reg:absoluteerror"
OBJECTIVES = [
    "aft_loss_distribution", "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson",
    "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map", "reg:linear",
    "reg:squarederror", "reg:logistic", "reg:gamma", "reg:pseudohubererror", ABSOLUTE_ERROR,
    "reg:squaredlogerror", "reg:tweedie", "survival:aft", "survival:cox",
]  # fmt: skip


def _number(
    type_: Type, name: str, low: float, high: float | None, default: str | None, **kwargs: Any
) -> Hyperparameter:
    return Hyperparameter(name, type_, Interval(low, high), default, **kwargs)


def _integer(
    name: str, low: int, high: int | None = None, default: str | None = None, **kwargs: Any
) -> Hyperparameter:
    return _number("Integer", name, low, high, default, **kwargs)


def _continuous(
    name: str, low: float, high: float | None = None, default: str | None = None, **kwargs: Any
) -> Hyperparameter:
    return _number("Continuous", name, low, high, default, **kwargs)


def _fraction(name: str, tunable: Interval) -> Hyperparameter:
    """Declare a fraction of rows or columns: above 0, all by default."""
    return Hyperparameter(name, "Continuous", Interval(0, 1, low_open=True), "1", tunable)


def _choice(
    name: str, values: list[str], default: str | None = None, **kwargs: Any
) -> Hyperparameter:
    return Hyperparameter(name, "Categorical", values, default, **kwargs)


TABLE: tuple[Hyperparameter, ...] = (
    _integer("num_round", 1, tunable=Interval(1, 4000), required=True),
    _integer("csv_weights", 0, 1, "0"),
    _integer("early_stopping_rounds", 1),
    _choice("booster", ["gbtree", "gblinear", "dart"], "gbtree"),
    _integer("verbosity", 0, 3, "1"),
    _integer("nthread", 1),
    _continuous("eta", 0, 1, "0.3", tunable=Interval(0.1, 0.5)),
    _continuous("gamma", 0, None, "0", tunable=Interval(0, 5)),
    _integer("max_depth", 0, None, "6", tunable=Interval(0, 10)),
    _continuous("min_child_weight", 0, None, "1", tunable=Interval(0, 120)),
    _continuous("max_delta_step", 0, None, "0", tunable=Interval(0, 10)),
    _fraction("subsample", Interval(0.5, 1)),
    _fraction("colsample_bytree", Interval(0.5, 1)),
    _fraction("colsample_bylevel", Interval(0.1, 1)),
    _fraction("colsample_bynode", Interval(0.1, 1)),
    _continuous("lambda", 0, None, "1", tunable=Interval(0, 1000)),
    _continuous("alpha", 0, None, "0", tunable=Interval(0, 1000)),
    _choice("tree_method", ["auto", "exact", "approx", "hist", "gpu_hist"], "auto"),
    Hyperparameter("sketch_eps", "Continuous", Interval(0, 1, True, True), "0.03"),
    Hyperparameter("scale_pos_weight", "Continuous", Interval(0, low_open=True), "1"),
    Hyperparameter(
        "updater",
        "List",
        [*checks.GROWERS, "grow_skmaker", "sync", "refresh", "prune", *checks.LINEAR_UPDATERS],
        needs=("booster", "process_type"),
        check=checks.check_updater,
    ),
    _choice("dsplit", ["row", "col"], "row"),
    _integer("refresh_leaf", 0, 1, "1"),
    _choice("process_type", ["default", "update"], "default"),
    _choice("grow_policy", ["depthwise", "lossguide"], "depthwise"),
    _integer("max_leaves", 0, None, "0"),
    _integer("max_bin", 0, None, "256"),
    _choice("predictor", ["auto", "cpu_predictor", "gpu_predictor"], "auto"),
    Hyperparameter(
        "monotone_constraints",
        "Tuple",
        [-1, 0, 1],
        needs=("tree_method",),
        check=checks.check_monotone,
    ),
    Hyperparameter(
        "interaction_constraints",
        "NestedList",
        Interval(1),
        needs=("tree_method",),
        check=checks.check_interaction,
    ),
    _choice("sample_type", ["uniform", "weighted"], "uniform"),
    _choice("normalize_type", ["tree", "forest"], "tree"),
    _continuous("rate_drop", 0, 1, "0.0"),
    _integer("one_drop", 0, 1, "0"),
    _continuous("skip_drop", 0, 1, "0.0"),
    _continuous("lambda_bias", 0, 1, "0"),
    Hyperparameter("tweedie_variance_power", "Continuous", Interval(1, 2, True, True), "1.5"),
    _choice(
        "objective",
        OBJECTIVES,
        DEFAULT_OBJECTIVE,
        needs=("num_class",),
        check=checks.check_objective,
    ),
    _integer("num_class", 2),
    _continuous("base_score", 0),
    _integer("_kfold", 2),
    _integer("_num_cv_round", 1),
    _choice("_tuning_objective_metric", [f"validation:{metric}" for metric in METRICS]),
    Hyperparameter(
        "eval_metric",
        "List",
        METRICS,
        member=checks.eval_metric_member,
        needs=("objective",),
        check=checks.check_eval_metric,
    ),
    Hyperparameter("seed", "Integer", Interval(-(2**31), 2**31 - 1, True, True), "0"),
    _integer("num_parallel_tree", 1, None, "1"),
    _choice("save_model_on_termination", ["true", "false"], "false"),
    _choice("aft_loss_distribution", ["normal", "logistic", "extreme"], "normal"),
    _continuous("aft_loss_distribution_scale", 0),
    _choice("single_precision_histogram", ["true", "false"], "false"),
    _choice("deterministic_histogram", ["true", "false"], "true"),
    _choice("sampling_method", ["uniform", "gradient_based"], "uniform"),
    Hyperparameter("prob_buffer_row", "Integer", Interval(1.0, low_open=True)),
    _choice("use_dask_gpu_training", ["true", "false"], "false"),
)
SILENT = _integer("silent", 0, 1, "0")  # 0.72 only; later images have `verbosity`


DROPPED = ("single_precision_histogram",)  # by xgboost, and by images from 3.0-5 on
DROPPED_UPDATER = "grow_local_histmaker"


def table_of(version: str) -> tuple[Hyperparameter, ...]:
    """Return the hyperparameters that a version of the image knows."""
    behavior = VERSIONS[version]
    table = {hyperparameter.name: hyperparameter for hyperparameter in TABLE}
    if version == LEGACY:
        table[SILENT.name] = SILENT
    if not behavior.absolute_error:
        objectives = [name for name in OBJECTIVES if name != ABSOLUTE_ERROR]
        table["objective"] = replace(table["objective"], range=objectives)
    if not behavior.old_tree_settings:
        updaters = [name for name in table["updater"].range if name != DROPPED_UPDATER]
        table["updater"] = replace(table["updater"], range=updaters)
        for name in DROPPED:
            del table[name]
    return tuple(table.values())


def tunable_hyperparameters(version: str) -> tuple[TunableHyperparameter, ...]:
    """Return what a tuning job may search with a version of the image.

    Source: the table of tunable hyperparameters on the page "Tune an XGBoost Model" of AWS's
    developer guide.
    """
    return tuple(
        TunableHyperparameter(item.name, item.type, item.tunable.low, item.tunable.high)
        for item in table_of(version)
        if item.tunable
    )


def validate(texts: Mapping[str, str], version: str) -> dict[str, Any]:
    """Validate the hyperparameters of a training job.

    Parameters
    ----------
    texts
        Name to text, as in hyperparameters.json.
    version
        Of the image.

    Returns
    -------
    dict
        Name (aliases resolved) to parsed value, for those that were given.

    Raises
    ------
    UserError
        At the first violation, with the container's text.
    KeyError
        For `eval_metric` without `objective`, as in the open images.
    """
    if version == LEGACY:
        checks.check_legacy_num_class(texts)
    values = validate_table(texts, table_of(version), ALIASES)
    if VERSIONS[version].objective_required:
        checks.require_objective(values)
    return values
