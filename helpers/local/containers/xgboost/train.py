"""The container's `train`: read /opt/ml, train a model, write it or the reason of a failure."""

import os
import time
import traceback
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any

import xgboost

from helpers.local.containers.contract import Image
from helpers.local.containers.toolkit import channel_files
from helpers.local.containers.toolkit.errors import UserError, without_stack_trace
from helpers.local.containers.toolkit.job_config import Cluster, read_cluster, read_config
from helpers.local.containers.toolkit.masking import PathMasker, log, start_logging
from helpers.local.containers.xgboost import (
    callbacks,
    channels,
    content_types,
    distributed,
    log_lines,
    model_file,
    trainer,
    training_data,
    training_warnings,
)
from helpers.local.containers.xgboost import (
    hyperparameters as hp,
)
from helpers.local.containers.xgboost.heap import keep_freed_memory
from helpers.local.containers.xgboost.kfold import cross_validate
from helpers.local.containers.xgboost.versions import behavior, is_legacy

MIN_THREADED_BYTES = 16 * 1024 * 1024  # with less data, a second thread makes training slower


def train(opt_ml: Path, image: Image, environment: Mapping[str, str] = MappingProxyType({})) -> int:
    """Run a training job of the built-in XGBoost in this process, or a host's part of it.

    Parameters
    ----------
    opt_ml
        A folder shaped like /opt/ml. The model is written to model/xgboost-model, the text of a
        failure to output/failure, predictions of cross-validation to output/data/.
    image
        Whose version decides the texts and the validation.
    environment
        The variables of the job, of which only those that name its hosts concern this algorithm.

    Returns
    -------
    int
        The exit code, 0 for success.
    """
    paths = PathMasker(opt_ml)
    start_logging(paths)
    # About xgboost's own reader of text files, which the container uses: nothing a user could do.
    warnings.filterwarnings("ignore", message="(?s).*Text file input has been deprecated")
    try:
        _run(opt_ml, image, read_cluster(opt_ml, environment))
    except Exception as error:
        return _report_failure(error, opt_ml, image, paths)
    return 0


def _report_failure(error: Exception, opt_ml: Path, image: Image, paths: PathMasker) -> int:
    """Log why a job failed and write it where SageMaker reads FailureReason."""
    failure = opt_ml / "output" / "failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    trace = without_stack_trace(paths.mask(traceback.format_exc()))
    if is_legacy(image):
        blame = "Customer" if isinstance(error, UserError) else "Algorithm"
        log.error("%s Error: %s\n%s", blame, error, trace.rstrip())
        _write_with_time(failure, paths.mask(str(error)))
        return 1 if isinstance(error, UserError) else 255
    log.error("Reporting training FAILURE")
    text = f"framework error: \n{trace}\n{paths.mask(str(error))}"
    log.error(text)
    _write_with_time(failure, text)
    return 1


def _write_with_time(file: Path, text: str) -> None:
    """Write a file whose time tells which of several hosts has failed first.

    The clock of a file system may advance in steps of 10 ms; another host fails sooner than that.
    """
    now = time.time_ns()
    file.write_text(text)
    os.utime(file, ns=(now, now))


def _run(opt_ml: Path, image: Image, cluster: Cluster) -> None:
    texts = read_config(opt_ml, "hyperparameters.json")
    log_lines.log_start(texts, image, cluster)
    hyperparameters = hp.validate(texts, image.version)
    configs = channels.validate(read_config(opt_ml, "inputdataconfig.json"))
    channels.refuse_pipe_mode(configs, behavior(image).pipe_mode)
    if "_kfold" in hyperparameters and len(cluster.hosts) > 1:
        raise UserError(
            "The Local SageMaker does not support cross-validation (_kfold) on several instances. "
            "What to do: set the instance count to 1, or leave out _kfold."
        )
    if hyperparameters.pop("use_dask_gpu_training", "false") == "true":
        raise UserError(
            "Some configurations unsuitable for Dask GPU training were found: there is no GPU on "
            "the Local SageMaker. What to do: leave out use_dask_gpu_training, or train on AWS."
        )
    folders = {name: opt_ml / "input" / "data" / name for name in configs if name != "code"}
    empty = _check_inputs(folders, configs, image)
    if empty and len(cluster.hosts) == 1:
        label = "training" if empty[0] == "train" else empty[0]
        raise UserError(f"No data in {label} channel path {folders[empty[0]]}")
    threads = max(1, (os.cpu_count() or 1) // len(cluster.hosts))  # the others compute here too
    data = None if empty else _load(folders, configs, hyperparameters, image, threads)
    if not is_legacy(image):
        log_lines.log_hosts(cluster)
    hosts = cluster.hosts
    if len(hosts) > 1:
        distributed.log_missing_data(cluster, empty)
        hosts = distributed.exchange_hosts_with_data(cluster, has_data=not empty)
    if data is not None:
        with distributed.joined(cluster, hosts) if len(hosts) > 1 else nullcontext():
            _fit(opt_ml, image, hyperparameters, *data, is_master=cluster.current == hosts[0])


def _check_inputs(
    folders: dict[str, Path], configs: dict[str, channels.Config], image: Image
) -> list[str]:
    """Check the files of each channel before any is read; return the empty channels.

    Raises UserError.
    """
    if all(name in folders and folders[name].is_dir() for name in ("train", "validation")):
        channel_files.warn_about_duplicates(folders["train"], folders["validation"])
    if not is_legacy(image):
        log.info("Determined 0 GPU(s) available on the instance.")
    empty = [name for name, folder in folders.items() if not channel_files.size(folder)]
    data_format = content_types.to_format(configs["train"]["ContentType"])
    for name, folder in folders.items():
        if name not in empty:
            training_data.check(folder, data_format, image)
    return sorted(empty)  # training first


def _load(
    folders: dict[str, Path],
    configs: dict[str, channels.Config],
    hyperparameters: dict[str, Any],
    image: Image,
    most_threads: int,
) -> tuple[callbacks.Watchlist, xgboost.DMatrix]:
    """Return the matrices of the channels, and the one to train or cross-validate on."""
    data_format = content_types.to_format(configs["train"]["ContentType"])
    weights = hyperparameters.pop("csv_weights", 0)
    # The content type of the train channel counts for both, as in the container.
    is_small = sum(map(channel_files.size, folders.values())) < MIN_THREADED_BYTES
    threads = hyperparameters.setdefault("nthread", 1 if is_small else most_threads)
    if is_small:
        keep_freed_memory()
    options = training_data.Options(
        data_format,
        weights,
        threads,
        is_legacy(image),
        configs["train"].get("S3DistributionType", "FullyReplicated"),
    )
    watchlist = [
        (training_data.load([folders[name]], options), name)
        for name in ("train", "validation")
        if name in folders
    ]
    if "_kfold" in hyperparameters and len(watchlist) > 1:
        log.info("Read both train and validation data into one DMatrix")
        both = [folders["train"], folders["validation"]]
        return watchlist, training_data.load(both, options)
    return watchlist, watchlist[0][0]


def _fit(
    opt_ml: Path,
    image: Image,
    hyperparameters: dict[str, Any],
    watchlist: callbacks.Watchlist,
    merged: xgboost.DMatrix,
    is_master: bool,
) -> None:
    version = behavior(image)
    folds = hyperparameters.pop("_kfold", None)
    repeats = hyperparameters.pop("_num_cv_round", 1)
    train_matrix = watchlist[0][0]
    if not is_legacy(image):
        if version.log_master_lines:
            log.info("TRAIN_JOB_DEBUG: Received is_master=%s", is_master)
        log_lines.log_matrices(watchlist)
    params = _to_params(hyperparameters)
    model_folder = opt_ml / "model"
    try:
        run = trainer.Trainer(
            params, watchlist, model_folder, _checkpoint_folder(opt_ml), version, is_master
        )
        if folds:
            cross_validate(run, merged, opt_ml / "output" / "data", folds, repeats)
            return
        model, _ = run.train(train_matrix)
    except Exception as error:
        raise trainer.to_container_error(error, version) from error
    if version.log_master_lines:
        log.info("FINAL_MODEL_DEBUG: is_master=%s, model_dir=%s", is_master, model_folder)
    if not is_master:
        return
    if version.log_master_lines:
        log.info("FINAL_MODEL_SAVE: Saving final model as master")
    training_warnings.warn_about_no_split(model)
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
    """Return the folder of checkpoints, None if the job has no checkpointconfig.json."""
    config = read_config(opt_ml, "checkpointconfig.json")
    if not config:
        return None
    local = Path(config.get("LocalPath") or "/opt/ml/checkpoints")
    return opt_ml / local.relative_to("/opt/ml")
