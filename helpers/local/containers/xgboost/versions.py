"""The images of the built-in XGBoost, and how their versions differ.

AWS publishes it in two repositories: `xgboost` (0.72, closed) and `sagemaker-xgboost` (0.90-1 and
later, github.com/aws/sagemaker-xgboost-container). The registry account of each Region
(`registries.json`) and the tags are those that the SageMaker Python SDK ships in
`image_uri_config/xgboost.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from helpers.local.containers.contract import Image, Repository


@dataclass(frozen=True)
class Behavior:
    """Where the versions differ, as a caller sees it.

    Parameters
    ----------
    failure
        What FailureReason starts with when the user is to blame.
    metric
        The format of a metric in the log.
    separator, end
        What stands between two predictions, and after the last one, in a CSV answer.
    check_feature_count
        Compare a request's columns with the model's (models were pickles).
    ignore_accept
        Answer CSV whatever Accept says, except in selectable inference.
    one_based_libsvm
        Count a libsvm request whose smallest index is 1 or more from 1.
    log_master_lines
        Write the lines of 3.2-0 that name the master host.
    metrics_of_margins
        The container's own metrics get raw margins; later images pass them as `custom_metric`,
        which gets predictions.
    serve_best_rounds
        Predict with the rounds up to the best one of early stopping, not with all trees.
    stop_by_default_metric
        `early_stopping_rounds` alone stops training, by the last metric of the last channel, and
        the model keeps all trees; later images ignore it without `eval_metric`.
    absolute_error
        Accept the objective `reg:absoluteerror`.
    library
        The version of xgboost in AWS's image.
    old_defaults
        Fill in the defaults of xgboost up to 1.7: `base_score` 0.5, exact splits.
    default_metrics
        Objective to default metric, where the image's xgboost has another one than today's.
    old_tree_settings
        Accept `grow_local_histmaker` and `single_precision_histogram`, which xgboost dropped.
    objective_required
        Fail if `eval_metric` comes without `objective`.
    pipe_mode
        The image reads channels through pipes (which the Local SageMaker doesn't).
    numpy_1_texts
        Errors quote a cell of a request as `'a'`, not as `np.str_('a')`.
    one_class_auc_fails
        The metric `auc` of labels that are all equal is an error, not nan.
    own_size_text
        A metric that doesn't fit to the labels has the container's own text.
    today_wording
        Errors of data are the user's also in the words of today's xgboost.
    """

    library: str
    failure: str = "AlgorithmError"
    metric: str = "%.5f"
    separator: str = "\n"
    end: str = "\n"
    check_feature_count: bool = False
    ignore_accept: bool = False
    one_based_libsvm: bool = False
    log_master_lines: bool = False
    metrics_of_margins: bool = False
    serve_best_rounds: bool = False
    stop_by_default_metric: bool = False
    absolute_error: bool = False
    old_defaults: bool = False
    default_metrics: Mapping[str, str] = field(default_factory=dict)
    old_tree_settings: bool = False
    objective_required: bool = True
    pipe_mode: bool = True
    numpy_1_texts: bool = False
    one_class_auc_fails: bool = False
    own_size_text: bool = False
    today_wording: bool = False


COMMA = {"separator": ",", "end": "", "check_feature_count": True, "ignore_accept": True}
# The default metrics were printed by the libraries themselves: xgboost 0.90, 1.2.1, 1.3.3, 1.5.2
# and 1.7.6, one round of each objective.
RANKING = {"rank:pairwise": "map", "rank:ndcg": "map", "reg:gamma": "gamma-nloglik"}
RAW_BY_AUC = {**RANKING, "binary:logitraw": "auc"}
BY_ERROR = {
    **RAW_BY_AUC,
    "binary:logistic": "error",
    "multi:softmax": "merror",
    "multi:softprob": "merror",
}
# Images whose xgboost is older than 2.0, which estimates base_score and searches by histograms.
OLD = {
    "metrics_of_margins": True,
    "serve_best_rounds": True,
    "old_defaults": True,
    "old_tree_settings": True,
    "numpy_1_texts": True,
    "today_wording": True,
}
OLDEST = {
    **OLD,
    "stop_by_default_metric": True,
    "default_metrics": BY_ERROR,
    "one_class_auc_fails": True,
}
LEGACY = "0.72"  # the closed image; the others are "open"

VERSIONS = {  # version: how it behaves. All of them run on the one xgboost installed here.
    LEGACY: Behavior(
        "0.72",
        failure="ClientError",
        metric="%.6g",
        objective_required=False,
        own_size_text=True,
        **OLDEST,
        **COMMA,
    ),
    "0.90-1": Behavior("0.90", metric="%.6g", **OLDEST, **COMMA),
    "0.90-2": Behavior("0.90", metric="%.6g", **OLDEST, **COMMA),
    "1.0-1": Behavior("1.0", **OLDEST, **COMMA),
    "1.2-1": Behavior("1.2", **OLDEST, **COMMA),
    "1.2-2": Behavior("1.2", **OLDEST, check_feature_count=True),
    "1.3-1": Behavior("1.3", **OLD, default_metrics=RAW_BY_AUC),
    "1.5-1": Behavior("1.5", **OLD, default_metrics=RANKING),
    "1.7-1": Behavior("1.7", **OLD, default_metrics=RANKING, absolute_error=True),
    "3.0-5": Behavior("3.0", absolute_error=True),
    "3.2-0": Behavior(
        "3.2",
        absolute_error=True,
        one_based_libsvm=True,
        log_master_lines=True,
        pipe_mode=False,
    ),
}

# Only the tags of the SDK's table exist: `0.90-1` alone doesn't, nor does `1.2-1-cpu-py3`.
_SUFFIXED = ("0.90-1", "0.90-2", "1.0-1")
TAGS = {  # repository: {tag: version}, oldest first
    "sagemaker-xgboost": {
        f"{version}-cpu-py3" if version in _SUFFIXED else version: version
        for version in VERSIONS
        if version != LEGACY
    },
    "xgboost": {"1": LEGACY, "latest": LEGACY},
}


@cache
def registries() -> dict[str, dict[str, str]]:
    """Return the account that holds a repository, by repository and Region."""
    return json.loads(Path(__file__).with_name("registries.json").read_text())


def repositories() -> tuple[Repository, ...]:
    """Return both repositories, the older one first."""
    return tuple(
        Repository(name, registries()[name], TAGS[name].get, tuple(TAGS[name]))
        for name in ("xgboost", "sagemaker-xgboost")
    )


def is_legacy(image: Image) -> bool:
    """Tell whether an image is the closed 0.72: its texts and validation differ from all later."""
    return image.version == LEGACY


def behavior(image: Image) -> Behavior:
    """Return how an image's version behaves."""
    return VERSIONS[image.version]


def repository_and_tag(version: str) -> tuple[str, str]:
    """Return where a version is published: the repository, and its newest tag there.

    >>> repository_and_tag("1.0-1"), repository_and_tag("0.72")
    (('sagemaker-xgboost', '1.0-1-cpu-py3'), ('xgboost', 'latest'))
    """
    return next(
        (repository, tag)
        for repository, tags in TAGS.items()
        for tag in reversed(tags)
        if tags[tag] == version
    )
