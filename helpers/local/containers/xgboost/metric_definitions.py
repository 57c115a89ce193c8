"""The names of the evaluation metrics, and AWS's metric definitions of them.

The server imports this, so it must not import numpy, which takes long.
"""

MAXIMIZE = (
    "accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "map", "ndcg",
    "precision", "r2", "recall", "precision_macro", "precision_micro", "recall_macro",
    "recall_micro",
)  # fmt: skip
MINIMIZE = (
    "aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik",
    "interval-regression-accuracy", "logloss", "mae", "mape", "merror", "mlogloss", "mphe", "mse",
    "poisson-nloglik", "rmse", "rmsle", "tweedie-nloglik",
)  # fmt: skip

NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"


def metric_definitions() -> list[dict[str, str]]:
    """Return the MetricDefinitions of the algorithm, as DescribeTrainingJob shows them.

    The regexes match log lines as CloudWatch stores them (`#011` is the tab); their form is quoted
    in aws/sagemaker-xgboost-container issue 121.
    """
    return [
        {
            "Name": f"{channel}:{metric}",
            "Regex": rf".*\[[0-9]+\].*#011{channel}-{metric}:{NUMBER}.*",
        }
        for channel in ("train", "validation")
        for metric in (*MAXIMIZE, *MINIMIZE)
    ]


def objective_metrics() -> tuple[str, ...]:
    """Return the metrics that a tuning job may optimize: those of the channel `validation`."""
    names = (definition["Name"] for definition in metric_definitions())
    return tuple(name for name in names if name.startswith("validation:"))
