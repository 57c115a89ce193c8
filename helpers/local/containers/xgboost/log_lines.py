"""What the container logs about the job as a whole."""

import json

import xgboost

from helpers.local.containers.contract import Image
from helpers.local.containers.toolkit.job_config import Cluster
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost.callbacks import Watchlist
from helpers.local.containers.xgboost.versions import is_legacy


def log_start(hyperparameters: dict[str, str], image: Image, cluster: Cluster) -> None:
    """Log what a job begins with."""
    if is_legacy(image):
        print("Arguments: train", flush=True)
        kind = "distributed" if len(cluster.hosts) > 1 else "standalone"
        log.info("Running %s xgboost training.", kind)
    else:
        _log_framework(hyperparameters)
    log.info(
        "Local SageMaker: image %s:%s is run by xgboost %s",
        image.repository,
        image.tag,
        xgboost.__version__,
    )


def _log_framework(hyperparameters: dict[str, str]) -> None:
    log.info("Imported framework sagemaker_xgboost_container.training")
    for name, text in hyperparameters.items():
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


def log_hosts(cluster: Cluster) -> None:
    """Log on how many hosts a job trains."""
    hosts = cluster.hosts
    if len(hosts) == 1:
        log.info("Single node training.")
    else:
        log.info("Distributed node training with %d hosts: %s", len(hosts), hosts)


def log_matrices(watchlist: Watchlist) -> None:
    """Log the size of the data."""
    matrix = watchlist[0][0]
    log.info("Train matrix has %d rows and %d columns", matrix.num_row(), matrix.num_col())
    for matrix, _ in watchlist[1:]:
        log.info("Validation matrix has %d rows", matrix.num_row())
