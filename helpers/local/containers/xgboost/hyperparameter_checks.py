"""Hyperparameters that depend on each other, and metrics with a threshold: the checks.

Texts: the open container's `algorithm_mode/hyperparameter_validation.py`.
"""

from collections.abc import Mapping
from typing import Any

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost.metric_definitions import MAXIMIZE, MINIMIZE

DEFAULT_OBJECTIVE = "reg:squarederror"
GROWERS = ["grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker"]
TREE_UPDATERS = [*GROWERS, "grow_skmaker", "sync", "refresh", "prune", "grow_quantile_histmaker"]
LINEAR_UPDATERS = ["shotgun", "coord_descent"]
METRICS = [*MAXIMIZE, *MINIMIZE]


def eval_metric_member(metric: str) -> bool:
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


def check_eval_metric(value: list[str], others: Mapping[str, Any]) -> None:
    objective = others.get("objective", DEFAULT_OBJECTIVE)
    if "auc" in value and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in value and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def check_objective(value: str, others: Mapping[str, Any]) -> None:
    if value in ("multi:softmax", "multi:softprob") and "num_class" not in others:
        raise UserError("Require input for parameter 'num_class' for multi-classification")


def check_updater(value: list[str], others: Mapping[str, Any]) -> None:
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


def check_monotone(value: tuple[int, ...], others: Mapping[str, Any]) -> None:
    if others.get("tree_method") not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to "
            "either 'exact' or 'hist'."
        )


def check_interaction(value: list[list[int]], others: Mapping[str, Any]) -> None:
    if others.get("tree_method") not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )


def check_legacy_num_class(texts: Mapping[str, str]) -> None:
    """Raise UserError if 0.72 gets `num_class` for an objective that isn't multi-class."""
    if "num_class" in texts and not texts.get("objective", "").startswith("multi:"):
        raise UserError(
            "Do not need to setup parameter 'num_class' for learning task other than multi "
            "classification."
        )


def require_objective(values: Mapping[str, Any]) -> None:
    """Fail as the open images do if `eval_metric` comes without `objective`.

    Raises
    ------
    KeyError
        The container looks the objective up without asking whether there is one.
    """
    if "eval_metric" in values and "objective" not in values:
        log.error(
            "eval_metric needs objective: AWS's container fails with KeyError: 'objective'. What "
            "to do: set the objective too; the default is %s.",
            DEFAULT_OBJECTIVE,
        )
        raise KeyError("objective")
