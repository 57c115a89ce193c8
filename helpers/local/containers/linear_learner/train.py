"""The container's `train`: read /opt/ml, train a model, write it or the reason of a failure."""

import json
import time
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from helpers.local.containers.contract import Image
from helpers.local.containers.linear_learner import (
    errors,
    log_lines,
    model_file,
    training_data,
)
from helpers.local.containers.linear_learner import (
    hyperparameters as hp,
)
from helpers.local.containers.linear_learner.trainer import Best, Trainer
from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.job_config import read_config
from helpers.local.containers.toolkit.masking import PathMasker, log


def train(opt_ml: Path, image: Image) -> int:
    """Run a training job of the built-in Linear Learner in this process.

    Parameters
    ----------
    opt_ml
        A folder shaped like /opt/ml. The model is written to model/model_algo-1, the text of a
        failure to output/failure.
    image
        For the log.

    Returns
    -------
    int
        The exit code: 0 for success, 2 for an error of the user, 1 for one of the algorithm.
    """
    paths = PathMasker(opt_ml)
    log_lines.start(paths, "train")
    log.info("Local SageMaker: image %s:%s is run by numpy", image.repository, image.tag)
    try:
        with np.errstate(all="ignore"):  # a model may diverge: another one is better
            _run(opt_ml)
    except Exception as error:
        return _report_failure(error, opt_ml, paths)
    return 0


def _report_failure(error: Exception, opt_ml: Path, paths: PathMasker) -> int:
    """Log why a job failed and write it where SageMaker reads FailureReason."""
    text = paths.mask(errors.describe(error))
    log.error(text)
    is_customers = isinstance(error, UserError)
    if not is_customers:
        log.error(paths.mask(traceback.format_exc()))
    failure = opt_ml / "output" / "failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    failure.write_text(text)
    return errors.EXIT_CUSTOMER_ERROR if is_customers else errors.EXIT_ALGORITHM_ERROR


def _run(opt_ml: Path) -> None:
    began = time.time()
    texts = read_config(opt_ml, "hyperparameters.json")
    log_lines.configuration(hp.defaults(), texts)
    settings = hp.validate(texts)
    log.info("Checkpoint loading and saving are disabled.")
    types = training_data.content_types(read_config(opt_ml, "inputdataconfig.json"))
    data = {
        name: training_data.load(opt_ml / "input" / "data" / name, content_type, settings)
        for name, content_type in types.items()
    }
    _check_sizes(data, settings)
    trainer = Trainer(settings, data["train"], data.get("validation"))
    log.info("Scaling model computed with parameters:\n %s", _scaler_parameters(trainer))
    best = trainer.train()
    _finish(trainer, best, data.get("test"), opt_ml)
    log_lines.total_time(settings.epochs, began)


def _check_sizes(data: dict[str, training_data.Data], settings: SimpleNamespace) -> None:
    rows, columns = data["train"].features.shape
    if settings.mini_batch_size > rows:
        raise errors.CustomerError(
            f"mini_batch_size {settings.mini_batch_size} is larger than the number of records in "
            f"the train channel, {rows}. Please set mini_batch_size to at most {rows}."
        )
    for channel in data.values():
        if channel.features.shape[1] != columns:
            raise training_data.dimension_error(channel.features.shape[1], columns)


def _scaler_parameters(trainer: Trainer) -> dict[str, Any]:
    scaler = trainer.scaler
    return {
        "stdev_weight": scaler.deviation.astype(np.float32),
        "stdev_label": scaler.label_deviation,
        "mean_label": scaler.label_mean,
        "mean_weight": scaler.mean.astype(np.float32),
    }


def _finish(trainer: Trainer, best: Best, test: training_data.Data | None, opt_ml: Path) -> None:
    """Log the metrics of the best model and write it."""
    settings, candidate = trainer.settings, trainer.candidates[best.model]
    log_lines.final_scores(trainer.channel, trainer.final_metrics(best, trainer.evaluated))
    chosen = {
        "optimizer": settings.optimizer,
        "learning_rate": candidate.learning_rate,
        "l1": candidate.l1,
        "wd": candidate.wd,
        "lr_scheduler_step": trainer.schedule.step,
        "lr_scheduler_factor": trainer.schedule.factor,
        "lr_scheduler_minimum_lr": trainer.schedule.minimum,
    }
    log.info("Best model found for hyperparameters: %s", json.dumps(chosen))
    weight, bias = trainer.scaler.unscale(best.weights[:-1], best.weights[-1])
    model = model_file.Model(weight, bias, settings.predictor_type, settings.loss, best.threshold)
    model_file.save(model, opt_ml / "model")
    log.info('Saved checkpoint to "/opt/ml/model/%s"', model_file.NAME)
    if test is None:
        log.info("Test data is not provided.")
    else:
        log_lines.final_scores("test", trainer.final_metrics(best, trainer.scaled(test)))
