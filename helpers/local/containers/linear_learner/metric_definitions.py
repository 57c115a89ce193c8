"""AWS's metric definitions of the algorithm.

The names are those of the developer guide ("Tune a linear learner model") and of a
DescribeHyperParameterTuningJob answer that a public repository quotes, with its regexes. The server
imports this module, so it must not import numpy, which takes long.
"""

REGRESSION = ("absolute_loss", "mse")
BINARY = (
    "binary_classification_accuracy",
    "binary_f_beta",
    "precision",
    "recall",
    "roc_auc_score",
)
MULTICLASS = (
    "dcg",
    "macro_f_beta",
    "macro_precision",
    "macro_recall",
    "multiclass_accuracy",
    "multiclass_top_k_accuracy",
)
IN_LOG = {  # metric: its name in the log, which ends with the value of a hyperparameter
    "binary_f_beta": r"binary_f_\S+",
    "macro_f_beta": r"macro_f_\S+",
    "multiclass_top_k_accuracy": r"multiclass_top_k_accuracy_\S+",
}
LINE = r"#quality_metric: host=\S+, "


def metric_definitions() -> list[dict[str, str]]:
    """Return the MetricDefinitions of the algorithm, as DescribeTrainingJob shows them."""
    regexes = {
        "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
        "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
        "test:objective_loss": rf"{LINE}test \S+_objective <loss>=(\S+)",
    }
    for channel in ("train", "validation"):
        loss = rf"{channel} \S+_objective <loss>=(\S+)"
        regexes[f"{channel}:objective_loss"] = rf"{LINE}epoch=\S+, {loss}"
        regexes[f"{channel}:objective_loss:final"] = LINE + loss
    for channel in ("train", "validation", "test"):
        scores = REGRESSION + BINARY + (MULTICLASS if channel != "train" else ())
        for score in scores:
            label = "loss" if score in REGRESSION else "score"
            name = IN_LOG.get(score, score)
            regexes[f"{channel}:{score}"] = rf"{LINE}{channel} {name} <{label}>=(\S+)"
    return [{"Name": name, "Regex": regex} for name, regex in regexes.items()]


def objective_metrics() -> tuple[str, ...]:
    """Return the metrics that a tuning job may optimize: those of validation and test."""
    names = (definition["Name"] for definition in metric_definitions())
    return tuple(
        name
        for name in names
        if name.startswith(("validation:", "test:")) and not name.endswith(":final")
    )
