"""The hyperparameters of the built-in XGBoost: one table for validation and for tuning.

Names, ranges, defaults and texts are facts of the open container
(`algorithm_mode/hyperparameter_validation.py`) and of the XGBoost pages of AWS's developer guide.
"""

from collections.abc import Mapping
from typing import Any

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.hyperparameters import Hyperparameter, Interval, Type
from helpers.local.containers.toolkit.hyperparameters import validate as validate_table
from helpers.local.containers.xgboost.metric_definitions import MAXIMIZE, MINIMIZE

DEFAULT_OBJECTIVE = "reg:squarederror"
ALIASES = {
    "learning_rate": "eta",
    "min_split_loss": "gamma",
    "reg_lambda": "lambda",
    "reg_alpha": "alpha",
}
OBJECTIVES = [
    "aft_loss_distribution", "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson",
    "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map", "reg:linear",
    "reg:squarederror", "reg:logistic", "reg:gamma", "reg:pseudohubererror", "reg:squaredlogerror",
    "reg:tweedie", "survival:aft", "survival:cox",
]  # fmt: skip
GROWERS = ["grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker"]
TREE_UPDATERS = [*GROWERS, "grow_skmaker", "sync", "refresh", "prune", "grow_quantile_histmaker"]
LINEAR_UPDATERS = ["shotgun", "coord_descent"]
METRICS = [*MAXIMIZE, *MINIMIZE]


def _eval_metric_member(metric: str) -> bool:
    if "<function" in metric:
        raise UserError(f"User defined evaluation metric {metric} is not supported yet.")
    if "@" not in metric:
        return metric in METRICS
    name, threshold = (part.strip() for part in metric.split("@")[:2])
    if name not in ("error", "ndcg", "map"):
        raise UserError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized "
            "threshold should be one of these options: 'error', 'ndcg', 'map'."
        )
    try:
        float(threshold)
    except ValueError:
        message = f"Threshold value 't' in '{name}@t' expects float input."
        raise UserError(message) from None
    return True


def _check_eval_metric(value: list[str], others: Mapping[str, Any]) -> None:
    objective = others.get("objective", DEFAULT_OBJECTIVE)
    if "auc" in value and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in value and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_objective(value: str, others: Mapping[str, Any]) -> None:
    if value in ("multi:softmax", "multi:softprob") and "num_class" not in others:
        raise UserError("Require input for parameter 'num_class' for multi-classification")


def _check_num_class(value: int, others: Mapping[str, Any]) -> None:
    if "objective" not in others:
        raise UserError(
            "Do not need to setup parameter 'num_class' for learning task other than "
            "multi-classification."
        )


def _check_updater(value: list[str], others: Mapping[str, Any]) -> None:
    if others.get("booster") == "gblinear":
        if len(value) != 1 or value[0] not in LINEAR_UPDATERS:
            raise UserError(
                "Linear updater should be one of these options: 'shotgun', 'coord_descent'."
            )
    elif others.get("process_type") == "update":
        if not set(value) <= {"refresh", "prune"}:
            raise UserError(
                "process_type 'update' can only be used with updater 'refresh' and 'prune'"
            )
    elif not set(value) <= set(TREE_UPDATERS):
        raise UserError(
            "Tree updater should be selected from these options: 'grow_colmaker', 'distcol', "
            "'grow_histmaker', 'grow_local_histmaker', 'grow_skmaker', 'grow_quantile_histmaker', "
            "'sync', 'refresh', 'prune', 'shortgun', 'coord_descent'."
        )
    elif sum(name in (*GROWERS, "grow_quantile_histmaker") for name in value) > 1:
        raise UserError(
            "Only one tree grow plugin can be selected. Choose one from the"
            "following: 'grow_colmaker', 'distcol', 'grow_histmaker', "
            "'grow_local_histmaker', 'grow_skmaker'"
        )


def _check_monotone(value: tuple[int, ...], others: Mapping[str, Any]) -> None:
    if others.get("tree_method") not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to "
            "either 'exact' or 'hist'."
        )


def _check_interaction(value: list[list[int]], others: Mapping[str, Any]) -> None:
    if others.get("tree_method") not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )


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
        [*GROWERS, "grow_skmaker", "sync", "refresh", "prune", *LINEAR_UPDATERS],
        needs=("booster", "process_type"),
        check=_check_updater,
    ),
    _choice("dsplit", ["row", "col"], "row"),
    _integer("refresh_leaf", 0, 1, "1"),
    _choice("process_type", ["default", "update"], "default"),
    _choice("grow_policy", ["depthwise", "lossguide"], "depthwise"),
    _integer("max_leaves", 0, None, "0"),
    _integer("max_bin", 0, None, "256"),
    _choice("predictor", ["auto", "cpu_predictor", "gpu_predictor"], "auto"),
    Hyperparameter(
        "monotone_constraints", "Tuple", [-1, 0, 1], needs=("tree_method",), check=_check_monotone
    ),
    Hyperparameter(
        "interaction_constraints",
        "NestedList",
        Interval(1),
        needs=("tree_method",),
        check=_check_interaction,
    ),
    _choice("sample_type", ["uniform", "weighted"], "uniform"),
    _choice("normalize_type", ["tree", "forest"], "tree"),
    _continuous("rate_drop", 0, 1, "0.0"),
    _integer("one_drop", 0, 1, "0"),
    _continuous("skip_drop", 0, 1, "0.0"),
    _continuous("lambda_bias", 0, 1, "0"),
    Hyperparameter("tweedie_variance_power", "Continuous", Interval(1, 2, True, True), "1.5"),
    _choice(
        "objective", OBJECTIVES, DEFAULT_OBJECTIVE, needs=("num_class",), check=_check_objective
    ),
    _integer("num_class", 2, needs=("objective",), check=_check_num_class),
    _continuous("base_score", 0),
    _integer("_kfold", 2),
    _integer("_num_cv_round", 1),
    _choice("_tuning_objective_metric", [f"validation:{metric}" for metric in METRICS]),
    Hyperparameter(
        "eval_metric",
        "List",
        METRICS,
        member=_eval_metric_member,
        needs=("objective",),
        check=_check_eval_metric,
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


def validate(texts: Mapping[str, str], legacy: bool) -> dict[str, Any]:
    """Validate the hyperparameters of a training job.

    Parameters
    ----------
    texts
        Name to text, as in hyperparameters.json.
    legacy
        Whether the image is 0.72.

    Returns
    -------
    dict
        Name (aliases resolved) to parsed value, for those that were given.

    Raises
    ------
    UserError
        At the first violation, with the container's text.
    """
    return validate_table(texts, (*TABLE, SILENT) if legacy else TABLE, ALIASES)
