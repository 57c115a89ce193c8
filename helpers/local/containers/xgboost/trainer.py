"""One run of xgboost's training, with the container's parameters, metrics and errors."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from helpers.local.containers.toolkit.errors import (
    AlgorithmError,
    ContainerError,
    UserError,
    without_stack_trace,
)
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import (
    callbacks,
    early_stopping,
    metrics,
    model_file,
    old_defaults,
    training_warnings,
)
from helpers.local.containers.xgboost.versions import Behavior

ONE_CLASS = "Check failed: !auc_error AUC: the dataset only contains pos or neg samples"
LABEL_SIZE_TODAY = "Check failed: preds.Size() == info.labels.Size()"
LABEL_SIZE = (  # 0.72 for a metric that doesn't fit (aws/amazon-sagemaker-examples issue 565)
    "Given label size mismatched with prediction size. Please ensure the first column is label and "
    "the correct metric is applied."
)
# Errors of xgboost that are the user's for the container (`constants/xgb_constants.py`): its words,
# and how today's xgboost says the same. AWS's newest images have the list of old words too, so that
# there these errors are the algorithm's; on an old image they are the user's in both wordings.
CUSTOMER_ERRORS = (
    "label must be in [0,1] for logistic regression",
    "label must be in [0, num_class)",
    "Target is multiclass but average='binary'",
    "feature_names mismatch",
    "Check failed: preds.size() == info.labels_.size()",
    ONE_CLASS,
    "Check failed: base_score > 0.0f && base_score < 1.0f base_score must be in (0,1) "
    "for logistic loss",
    "Check failed: label_correct PoissonRegression: label must be nonnegative",
    "Check failed: label_correct TweedieRegression: label must be nonnegative",
    "Parameter reg_lambda should be greater equal to 0",
)
CUSTOMER_ERRORS_TODAY = (
    "label must be in (0, 1) for logistic regression",
    "label must be discrete values in the range of [0, num_class)",
    "base_score must be in (0,1) for the logistic loss",
    "label must be non-negative for Poisson/Tweedie regression",
    LABEL_SIZE_TODAY,
)


class Trainer:
    """Trains models with one set of hyperparameters.

    Parameters
    ----------
    hyperparameters
        Validated ones, without those of cross-validation and of data.
    watchlist
        The data sets to evaluate, and the names of their channels.
    model_folder
        Where the model is written.
    checkpoint_folder
        None for no checkpoints.
    behavior
        Of the image's version.
    is_master
        Whether this host logs the metrics and saves the model.
    """

    def __init__(
        self,
        hyperparameters: dict[str, Any],
        watchlist: callbacks.Watchlist,
        model_folder: Path,
        checkpoint_folder: Path | None,
        behavior: Behavior,
        is_master: bool = True,
    ):
        params = dict(hyperparameters)
        self.rounds = params.pop("num_round")
        tuned = params.pop("_tuning_objective_metric", None)
        tuned_metrics = tuned.split(":")[1].split(",") if tuned else None
        if tuned_metrics:
            log.info("Setting up HPO optimized metric to be : %s", ",".join(tuned_metrics))
        eval_metrics = params.pop("eval_metric", None)
        by_xgboost, by_container = metrics.split_metrics(eval_metrics, tuned_metrics)
        if by_xgboost:
            params["eval_metric"] = by_xgboost
        stop_metrics = tuned_metrics or eval_metrics
        stop = early_stopping.StopSettings(
            params.pop("early_stopping_rounds", None),
            stop_metrics[-1] if stop_metrics else None,
            behavior.stop_by_default_metric,
        )
        self.settings = callbacks.CallbackSettings(
            watchlist=watchlist,
            computed=by_container,
            metric_format=behavior.metric,
            model_path=model_folder / model_file.NAME,
            checkpoint_folder=checkpoint_folder,
            save_on_termination=params.pop("save_model_on_termination", "false") == "true",
            of_margins=behavior.metrics_of_margins,
            stop=stop,
            is_master=is_master,
        )
        self.behavior = behavior
        training_warnings.warn_about_metrics(
            by_container, params.get("objective", ""), behavior.metrics_of_margins
        )
        self.params = old_defaults.fill_in(
            params, behavior, watchlist[0][0].num_row(), xgboost.collective.is_distributed()
        )
        early_stopping.refuse_unsliceable(stop, len(watchlist), self.params)

    def train(
        self, matrix: xgboost.DMatrix, fold: int | None = None
    ) -> tuple[xgboost.Booster, dict[str, dict[str, list[float]]]]:
        """Train one model.

        Parameters
        ----------
        matrix
            The training data.
        fold
            The number of the model in cross-validation.

        Returns
        -------
        tuple of xgboost.Booster and dict
            The model, and its metrics: channel to metric to the values of all rounds.
        """
        settings = self.settings
        if fold is not None:
            folder = settings.checkpoint_folder
            settings = replace(
                settings,
                model_path=settings.model_path.with_name(f"{model_file.NAME}-{fold}"),
                checkpoint_folder=folder / f"model-{fold}" if folder else None,
            )
        start, first_round, round_callbacks = callbacks.build_callbacks(
            settings, self.behavior.log_master_lines
        )
        if self.behavior.one_class_auc_fails:
            self._check_auc()
        results: dict[str, dict[str, list[float]]] = {}
        model = xgboost.train(
            self.params,
            matrix,
            num_boost_round=max(self.rounds - first_round, 0),
            evals=settings.watchlist,
            evals_result=results,
            callbacks=round_callbacks,
            xgb_model=start,
            verbose_eval=False,
        )
        return model, results

    def _check_auc(self) -> None:
        """Raise ValueError with old xgboost's text if `auc` is asked of labels of one class."""
        if "auc" in self.params.get("eval_metric", ()):
            for matrix, _ in self.settings.watchlist:
                if np.unique(matrix.get_label()).size == 1:
                    raise ValueError(ONE_CLASS)


def to_container_error(error: Exception, behavior: Behavior) -> ContainerError:
    """Convert an error of training to a UserError or AlgorithmError, as the container does."""
    if isinstance(error, ContainerError):
        return error
    text = without_stack_trace(str(error))
    if behavior.own_size_text and LABEL_SIZE_TODAY in text:
        return UserError(LABEL_SIZE)
    known = CUSTOMER_ERRORS + (CUSTOMER_ERRORS_TODAY if behavior.today_wording else ())
    if any(words in text for words in known):
        return UserError(text)
    return AlgorithmError(f"XGB train call failed with exception:\n {text}")
