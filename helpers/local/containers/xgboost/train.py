"""The container's `train`: reads /opt/ml, trains a model, and leaves it or the reason why not."""

import json
import os
import traceback
from pathlib import Path
from typing import Any

import xgboost

from ..images import Image, behaviour
from . import boosting, callbacks, channels, checkpoints, content_types, data, files
from . import hyperparameters as hp
from .errors import UserError
from .kfold import cross_validate
from .logs import Paths, log, start_logging

SMALL = 2_000_000  # cells: below, a second thread costs more than it brings


def train(opt_ml: Path, image: Image, environ: dict[str, str]) -> int:
    """Run a training job of the built-in XGBoost in this process; returns its exit code.

    opt_ml: a folder shaped like /opt/ml. The model goes to model/xgboost-model, the text of a
    failure to output/failure, predictions of cross-validation to output/data/.
    environ: the job's environment; nothing in it changes this algorithm.
    """
    paths = Paths(opt_ml)
    start_logging(paths)
    try:
        _run(opt_ml, image)
    except Exception as error:
        return _report(error, opt_ml, image, paths)
    return 0


def _report(error: Exception, opt_ml: Path, image: Image, paths: Paths) -> int:
    """Log why a job failed and write it where SageMaker reads FailureReason."""
    failure = opt_ml / "output" / "failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    trace = paths.masked(traceback.format_exc())
    if image.family == "0.72":
        blame = "Customer" if isinstance(error, UserError) else "Algorithm"
        log.error("%s Error: %s\n%s", blame, error, trace.rstrip())
        failure.write_text(paths.masked(str(error)))
        return 1 if isinstance(error, UserError) else 255
    log.error("Reporting training FAILURE")
    text = f"framework error: \n{trace}\n{paths.masked(str(error))}"
    log.error(text)
    failure.write_text(text)
    return 1


def _run(opt_ml: Path, image: Image) -> None:
    given = _read_config(opt_ml, "hyperparameters.json")
    _log_start(given, image)
    hyperparameters = hp.validated(given, image.family)
    configs = channels.validated(_read_config(opt_ml, "inputdataconfig.json"))
    channels.refuse_pipe_mode(configs)
    hosts = _read_config(opt_ml, "resourceconfig.json").get("hosts", ["algo-1"])
    if len(hosts) > 1:
        raise UserError(
            f"Distributed training ({len(hosts)} instances) doesn't run on the Local SageMaker. "
            "What to do: set the instance count to 1, or train on AWS."
        )
    train_path = opt_ml / "input" / "data" / "train"
    validation_path = opt_ml / "input" / "data" / "validation"
    has_validation = "validation" in configs
    if has_validation and train_path.is_dir() and validation_path.is_dir():
        files.warn_of_duplicates(train_path, validation_path)
    log.info("Determined 0 GPU(s) available on the instance.")
    used = [train_path, *([validation_path] if has_validation else [])]
    sizes = {path: files.size(path) for path in used}
    data_format = content_types.to_format(configs["train"]["ContentType"])
    image_name = f"{image.repository}:{image.tag}"
    for path in used:
        if sizes[path]:
            data.check(path, data_format, image.family, image_name)
    for path in used:
        if not sizes[path]:
            kind = "training" if path == train_path else "validation"
            raise UserError(f"No data in {kind} channel path {path}")
    csv_weights = hyperparameters.pop("csv_weights", 0)
    threads = hyperparameters.get("nthread", os.cpu_count() or 1)
    watchlist = [(data.load([path], data_format, csv_weights, threads), path.name) for path in used]
    merged = watchlist[0][0]
    if "_kfold" in hyperparameters and has_validation:
        log.info("Read both train and validation data into one DMatrix")
        merged = data.load(used, data_format, csv_weights, threads)
    log.info("Single node training.")
    _fit(opt_ml, image, hyperparameters, watchlist, merged)


def _fit(
    opt_ml: Path,
    image: Image,
    hyperparameters: dict[str, Any],
    watchlist: callbacks.Watchlist,
    merged: xgboost.DMatrix,
) -> None:
    behaves = behaviour(image)
    folds = hyperparameters.pop("_kfold", None)
    repeats = hyperparameters.pop("_num_cv_round", 1)
    train_matrix = watchlist[0][0]
    if behaves.logs_master:
        log.info("TRAIN_JOB_DEBUG: Received is_master=True")
    log.info(
        "Train matrix has %d rows and %d columns", train_matrix.num_row(), train_matrix.num_col()
    )
    for matrix, _ in watchlist[1:]:
        log.info("Validation matrix has %d rows", matrix.num_row())
    params = _to_params(hyperparameters, train_matrix)
    model_folder = opt_ml / "model"
    try:
        booster = boosting.Booster(
            params, watchlist, model_folder, _checkpoint_folder(opt_ml), behaves
        )
        if folds:
            cross_validate(booster, merged, opt_ml / "output" / "data", folds, repeats)
            return
        model, _ = booster.train(train_matrix)
    except Exception as error:
        raise boosting.explain(error) from error
    if behaves.logs_master:
        log.info("FINAL_MODEL_DEBUG: is_master=True")
        log.info("FINAL_MODEL_SAVE: Saving final model as master")
    checkpoints.save(model, model_folder / checkpoints.MODEL_NAME)


def _to_params(hyperparameters: dict[str, Any], matrix: xgboost.DMatrix) -> dict[str, Any]:
    """The parameters for xgboost, with those resolved that only the container knows."""
    params = dict(hyperparameters)
    params.pop("use_dask_gpu_training", None)
    if params.pop("silent", 0):
        params["verbosity"] = 0
    if "updater" in params:
        params["updater"] = ",".join(params["updater"])
    if matrix.num_row() * matrix.num_col() < SMALL:
        params.setdefault("nthread", 1)
    return {"nthread": os.cpu_count() or 1, **params}


def _checkpoint_folder(opt_ml: Path) -> Path | None:
    """Where checkpoints go: LocalPath of checkpointconfig.json, None if the job keeps none."""
    config = _read_config(opt_ml, "checkpointconfig.json")
    if not config:
        return None
    local = Path(config.get("LocalPath") or "/opt/ml/checkpoints")
    return opt_ml / local.relative_to("/opt/ml")


def _log_start(given: dict[str, str], image: Image) -> None:
    log.info("Imported framework sagemaker_xgboost_container.training")
    for name, text in given.items():
        try:
            json.loads(text)
        except ValueError:
            log.info(
                "Failed to parse hyperparameter %s value %s to Json.\nReturning the value itself",
                name,
                text,
            )
    log.info("No GPUs detected (normal if no gpus installed)")
    log.info("Running XGBoost Sagemaker in algorithm mode")
    log.info(
        "Local SageMaker: image %s:%s is run by xgboost %s",
        image.repository,
        image.tag,
        xgboost.__version__,
    )


def _read_config(opt_ml: Path, name: str) -> dict[str, Any]:
    path = opt_ml / "input" / "config" / name
    return json.loads(path.read_text()) if path.is_file() else {}
