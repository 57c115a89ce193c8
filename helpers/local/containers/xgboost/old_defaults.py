"""Defaults of the xgboost in old images, filled in so that today's library trains as they did.

Until 2.0 xgboost started from a `base_score` of 0.5 and searched small data for exact splits.
"""

from typing import Any

from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost.versions import Behavior

MAX_EXACT_ROWS = 4 << 20  # with more rows, tree_method auto meant approx
ESTIMATED_IN_1_7 = ("reg:absoluteerror",)  # objectives whose base_score 1.7 estimates already
RENAMED = {"reg:linear": "reg:squarederror"}  # today's xgboost can't cut a model of the old name


def fill_in(
    params: dict[str, Any], behavior: Behavior, rows: int, is_distributed: bool
) -> dict[str, Any]:
    """Return the parameters of a job with the defaults of its image's xgboost.

    Parameters
    ----------
    params
        For today's xgboost.
    behavior
        Of the image's version.
    rows
        Of the training data.
    is_distributed
        Whether several hosts train: then auto meant approx for any number of rows.
    """
    if not behavior.old_defaults:
        return params
    objective = params.get("objective", "reg:linear")
    defaults: dict[str, Any] = {}
    if objective not in ESTIMATED_IN_1_7:
        defaults["base_score"] = 0.5
    if objective in behavior.default_metrics:
        defaults["eval_metric"] = behavior.default_metrics[objective]
    if _searches_exactly(params):
        params = {name: value for name, value in params.items() if name != "tree_method"}
        defaults["tree_method"] = (
            "exact" if rows <= MAX_EXACT_ROWS and not is_distributed else "approx"
        )
    filled_in = {name: value for name, value in defaults.items() if name not in params}
    if filled_in:
        log.info(
            "Local SageMaker: defaults of xgboost %s are filled in: %s. With subsample, colsample "
            "or a ranking objective the results still differ from AWS's.",
            behavior.library,
            ", ".join(f"{name}={value}" for name, value in filled_in.items()),
        )
    if params.get("objective") in RENAMED:
        filled_in["objective"] = RENAMED[objective]
    return {**params, **filled_in}


def _searches_exactly(params: dict[str, Any]) -> bool:
    """Tell whether tree_method is left to xgboost, and today's exact search knows the rest."""
    return (
        params.get("tree_method", "auto") == "auto"
        and "updater" not in params
        and params.get("booster") != "gblinear"
        and params.get("process_type") != "update"
        and params.get("colsample_bynode", 1) == 1
    )
