"""The container's `train`: reads /opt/ml, trains a model, and leaves it or the reason why not."""

import json
import os
import traceback
import warnings
from pathlib import Path
from typing import Any

import xgboost

from helpers.local.containers.contract import Image
from helpers.local.containers.toolkit import channel_files
from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import PathMasker, log, start_logging
from helpers.local.containers.xgboost import (
    callbacks,
    channels,
    content_types,
    model_file,
    trainer,
    training_data,
)
from helpers.local.containers.xgboost import (
    hyperparameters as hp,
)
from helpers.local.containers.xgboost.kfold import cross_validate
from helpers.local.containers.xgboost.versions import behavior, is_legacy

SMALL = 16 * 1024 * 1024  # bytes of data: below, a second thread costs more than it brings


def train(opt_ml: Path, image: Image) -> int:
    """Run a training job of the built-in XGBoost in this process; returns its exit code.

    opt_ml: a folder shaped like /opt/ml. The model goes to model/xgboost-model, the text of a
    failure to output/failure, predictions of cross-validation to output/data/. Nothing in a job's
    environment changes this algorithm.
    """
    paths = PathMasker(opt_ml)
    start_logging(paths)
    # Of xgboost's own reader of text files, which the container relies on: nothing to act upon.
    warnings.filterwarnings("ignore", message="(?s).*Text file input has been deprecated")
    try:
        _run(opt_ml, image)
    except Exception as error:
        return _report(error, opt_ml, image, paths)
    return 0


def _report(error: Exception, opt_ml: Path, image: Image, paths: PathMasker) -> int:
    """Log why a job failed and write it where SageMaker reads FailureReason."""
    failure = opt_ml / "output" / "failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    trace = paths.mask(traceback.format_exc())
    if is_legacy(image):
        blame = "Customer" if isinstance(error, UserError) else "Algorithm"
        log.error("%s Error: %s\n%s", blame, error, trace.rstrip())
        failure.write_text(paths.mask(str(error)))
        return 1 if isinstance(error, UserError) else 255
    log.error("Reporting training FAILURE")
    text = f"framework error: \n{trace}\n{paths.mask(str(error))}"
    log.error(text)
    failure.write_text(text)
    return 1


def _run(opt_ml: Path, image: Image) -> None:
    given = _read_config(opt_ml, "hyperparameters.json")
    _log_start(given, image)
    hyperparameters = hp.validated(given, is_legacy(image))
    configs = channels.validated(_read_config(opt_ml, "inputdataconfig.json"))
    channels.refuse_pipe_mode(configs)
    hosts = _read_config(opt_ml, "resourceconfig.json").get("hosts", ["algo-1"])
    if len(hosts) > 1:
        raise UserError(
            f"Distributed training ({len(hosts)} instances) doesn't run on the Local SageMaker. "
            "What to do: set the instance count to 1, or train on AWS."
        )
    if hyperparameters.pop("use_dask_gpu_training", "false") == "true":
        raise UserError(
            "Some configurations unsuitable for Dask GPU training were found: there is no GPU on "
            "the Local SageMaker. What to do: leave out use_dask_gpu_training, or train on AWS."
        )
    folders = {name: opt_ml / "input" / "data" / name for name in configs if name != "code"}
    _check_inputs(folders, configs, image)
    _fit(opt_ml, image, hyperparameters, *_load(folders, configs, hyperparameters))


def _check_inputs(
    folders: dict[str, Path], configs: dict[str, channels.Config], image: Image
) -> None:
    """Look at the files of each channel before any is read. Raises UserError."""
    if all(name in folders and folders[name].is_dir() for name in ("train", "validation")):
        channel_files.warn_about_duplicates(folders["train"], folders["validation"])
    log.info("Determined 0 GPU(s) available on the instance.")
    empty = [name for name, folder in folders.items() if not channel_files.size(folder)]
    data_format = content_types.to_format(configs["train"]["ContentType"])
    for name, folder in folders.items():
        if name not in empty:
            training_data.check(folder, data_format, image)
    for name in sorted(empty):  # training first
        kind = "training" if name == "train" else name
        raise UserError(f"No data in {kind} channel path {folders[name]}")


def _load(
    folders: dict[str, Path], configs: dict[str, channels.Config], hyperparameters: dict[str, Any]
) -> tuple[callbacks.Watchlist, xgboost.DMatrix]:
    """The matrices of the channels, and the one to cross-validate on: both channels in one."""
    data_format = content_types.to_format(configs["train"]["ContentType"])
    weights = hyperparameters.pop("csv_weights", 0)
    # The content type of the train channel counts for both, as in the container.
    small = sum(channel_files.size(folder) for folder in folders.values()) < SMALL
    threads = hyperparameters.setdefault("nthread", 1 if small else os.cpu_count() or 1)
    watchlist = [
        (training_data.load([folders[name]], data_format, weights, threads), name)
        for name in ("train", "validation")
        if name in folders
    ]
    if "_kfold" in hyperparameters and len(watchlist) > 1:
        log.info("Read both train and validation data into one DMatrix")
        both = [folders["train"], folders["validation"]]
        return watchlist, training_data.load(both, data_format, weights, threads)
    return watchlist, watchlist[0][0]


def _fit(
    opt_ml: Path,
    image: Image,
    hyperparameters: dict[str, Any],
    watchlist: callbacks.Watchlist,
    merged: xgboost.DMatrix,
) -> None:
    log.info("Single node training.")
    version = behavior(image)
    folds = hyperparameters.pop("_kfold", None)
    repeats = hyperparameters.pop("_num_cv_round", 1)
    train_matrix = watchlist[0][0]
    if version.log_master_lines:
        log.info("TRAIN_JOB_DEBUG: Received is_master=True")
    log.info(
        "Train matrix has %d rows and %d columns", train_matrix.num_row(), train_matrix.num_col()
    )
    for matrix, _ in watchlist[1:]:
        log.info("Validation matrix has %d rows", matrix.num_row())
    params = _to_params(hyperparameters)
    model_folder = opt_ml / "model"
    try:
        booster = trainer.Trainer(
            params, watchlist, model_folder, _checkpoint_folder(opt_ml), version
        )
        if folds:
            cross_validate(booster, merged, opt_ml / "output" / "data", folds, repeats)
            return
        model, _ = booster.train(train_matrix)
    except Exception as error:
        raise trainer.to_container_error(error) from error
    if version.log_master_lines:
        log.info("FINAL_MODEL_DEBUG: is_master=True")
        log.info("FINAL_MODEL_SAVE: Saving final model as master")
    model_file.save(model, model_folder / model_file.NAME)


def _to_params(hyperparameters: dict[str, Any]) -> dict[str, Any]:
    """Checked hyperparameters as xgboost takes them."""
    params = dict(hyperparameters)
    if params.pop("silent", 0):
        params["verbosity"] = 0
    if "updater" in params:
        params["updater"] = ",".join(params["updater"])
    return params


def _checkpoint_folder(opt_ml: Path) -> Path | None:
    """Where checkpoints go: LocalPath of checkpointconfig.json, None if the job keeps none."""
    config = _read_config(opt_ml, "checkpointconfig.json")
    if not config:
        return None
    local = Path(config.get("LocalPath") or "/opt/ml/checkpoints")
    return opt_ml / local.relative_to("/opt/ml")


def _log_start(given: dict[str, str], image: Image) -> None:
    if is_legacy(image):
        print("Arguments: train", flush=True)
        log.info("Running standalone xgboost training.")
    else:
        _log_framework(given)
    log.info(
        "Local SageMaker: image %s:%s is run by xgboost %s",
        image.repository,
        image.tag,
        xgboost.__version__,
    )


def _log_framework(given: dict[str, str]) -> None:
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


def _read_config(opt_ml: Path, name: str) -> dict[str, Any]:
    path = opt_ml / "input" / "config" / name
    return json.loads(path.read_text()) if path.is_file() else {}
