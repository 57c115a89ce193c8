"""Warn where training succeeds, on AWS too, but not as a user would expect."""

import json
from collections.abc import Sequence

import xgboost

from helpers.local.containers.toolkit.masking import log

LABEL_METRICS = (
    "accuracy", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "precision", "precision_macro",
    "precision_micro", "recall", "recall_macro", "recall_micro",
)  # fmt: skip
# Objectives whose predictions are all above 0, or classes: `prediction > 0` isn't the label.
ALWAYS_POSITIVE = {"binary:logistic": "1", "reg:logistic": "1", "multi:softmax": "0 or 1"}
LOG_SCALE = ("binary:logistic", "reg:logistic", "count:poisson", "reg:gamma", "reg:tweedie")


def warn_about_metrics(computed: Sequence[str], objective: str, of_margins: bool) -> None:
    """Log a warning for metrics that don't measure what their names say.

    Parameters
    ----------
    computed
        The metrics that the container computes, not xgboost.
    objective
        Of the job.
    of_margins
        Whether they get raw margins, as in images up to 1.7-1, or predictions.
    """
    labels = [name for name in computed if name in LABEL_METRICS]
    numbers = [name for name in computed if name not in LABEL_METRICS]
    if labels and not of_margins and objective in ALWAYS_POSITIVE:
        log.warning(
            "The values of %s are wrong with objective %s: since image 3.0-5 AWS's container takes "
            "a prediction above 0 for label 1, and here each prediction becomes %s. The model "
            "itself is right, but early stopping and tuning by these metrics are not. What to do: "
            "use a metric of xgboost, such as error, logloss, auc, merror or mlogloss.",
            ", ".join(labels),
            objective,
            ALWAYS_POSITIVE[objective],
        )
    if numbers and of_margins and objective in LOG_SCALE:
        log.warning(
            "The values of %s are not in the unit of the labels: up to image 1.7-1 AWS's container "
            "computes them from raw margins, which for objective %s are logarithms. What to do: "
            "use a metric of xgboost, or a newer image.",
            ", ".join(numbers),
            objective,
        )


def warn_about_no_split(model: xgboost.Booster) -> None:
    """Log a warning if no tree of a model has a split: it predicts one value for all rows."""
    config = json.loads(model.save_config())["learner"]
    if config["gradient_booster"]["name"] == "gblinear" or model.get_score():
        return
    log.warning(
        "No tree of the model has a split: it predicts the same for every row. Training started "
        "from base_score %s with objective %s. What to do: if that is far from the labels, set "
        "base_score to a typical label (0.5 for labels 0 and 1); otherwise look for labels that "
        "are all equal, too few rows, or too strict min_child_weight, gamma or max_depth.",
        config["learner_model_param"]["base_score"],
        config["objective"]["name"],
    )
