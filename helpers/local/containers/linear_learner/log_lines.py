"""The lines of the log, in the form that AWS's container prints in 2024 (Python 3)."""

import json
import time
from collections.abc import Mapping
from typing import Any

from helpers.local.containers.toolkit.masking import PathMasker, log, start_logging

HOST = "algo-1"
LINE = "[%(asctime)s %(levelname)s %(thread)d] %(message)s"
DATE = "%m/%d/%Y %H:%M:%S"
RESOURCES = "/opt/amazon/lib/python3.8/site-packages/algorithm/resources"
PROVIDED = "/opt/ml/input/config/hyperparameters.json"
LOSSES = ("mse", "absolute_loss")  # metrics that the log calls a loss, beside the objectives


def start(paths: PathMasker, command: str) -> None:
    """Set up the log and print what the container's entry point prints."""
    print(f"Docker entrypoint called with argument(s): {command}", flush=True)
    print("Running default environment configuration script", flush=True)
    start_logging(paths, LINE, DATE)


def configuration(defaults: Mapping[str, str], provided: Mapping[str, str]) -> None:
    """Log the hyperparameters: defaults, those of the job, and both together."""
    log.info(
        "Reading default configuration from %s/default-input.json: %s", RESOURCES, dict(defaults)
    )
    log.info("Merging with provided configuration from %s: %s", PROVIDED, dict(provided))
    log.info("Final configuration: %s", {**defaults, **provided})


def model_metrics(name: str, epoch: int, values: Any, started: float) -> None:
    """Print one line for each model."""
    lines = []
    now = time.time()
    for model, value in enumerate(values.tolist()):
        dimensions = {"epoch": epoch, "model": model}
        lines.append(_metrics(dimensions, {name: _value(value)}, started, now))
    print("\n".join(lines), flush=True)


def records_seen(rows: int, batches: int, epoch: int, started: float) -> None:
    """Print how much of the train channel has been read at the end of an epoch."""
    counts = {
        "Total Records Seen": rows * (epoch + 1),
        "Total Batches Seen": batches * (epoch + 1),
        "Max Records Seen Between Resets": rows,
        "Max Batches Seen Between Resets": batches,
        "Reset Count": epoch + 1,
        "Number of Records Since Last Reset": rows,
        "Number of Batches Since Last Reset": batches,
    }
    dimensions = {"Meta": "training_data_iter", "epoch": epoch}
    metrics = {name: _value(value) for name, value in counts.items()}
    print(_metrics(dimensions, metrics, started, time.time()), flush=True)


def total_time(epochs: int, started: float) -> None:
    """Print the last line of a job."""
    now = time.time()
    values = {"epochs": epochs, "totaltime": 1000 * (now - started)}
    metrics = {name: _value(value) for name, value in values.items()}
    print(_metrics({}, metrics, started, now), flush=True)


def _value(value: float) -> dict[str, float]:
    return {"sum": float(value), "count": 1, "min": value, "max": value}


def _metrics(
    dimensions: Mapping[str, Any], metrics: Mapping[str, Any], started: float, now: float
) -> str:
    return "#metrics " + json.dumps(
        {
            "StartTime": started,
            "EndTime": now,
            "Dimensions": {
                "Algorithm": "Linear Learner",
                "Host": HOST,
                "Operation": "training",
                **dimensions,
            },
            "Metrics": metrics,
        }
    )


def epoch_quality(channel: str, epoch: int, objective: str, value: float) -> None:
    """Log the objective of model 0 in an epoch."""
    log.info(
        "#quality_metric: host=%s, epoch=%d, %s %s <loss>=%s",
        HOST,
        epoch,
        channel,
        objective,
        value,
    )


def epoch_end(epoch: int, epochs: int, criterion: str, value: float, waited: int | None) -> None:
    """Log the criterion of the best model, and the progress.

    waited: None if the criterion has improved, else for how many epochs it had not before.
    """
    log.info(
        "#early_stopping_criteria_metric: host=%s, epoch=%d, criteria=%s, value=%s",
        HOST,
        epoch,
        criterion,
        value,
    )
    if waited is None:
        log.info("Epoch %d: Loss improved. Updating best model", epoch)
    else:
        log.info("Epoch %d: Loss has not improved for %d epochs.", epoch, waited)
    done = 100 * (epoch + 1) / epochs
    log.info("#progress_metric: host=%s, completed %s %% of epochs", HOST, done)


def stopped_early() -> None:
    log.info("Early stop condition met. Stopping training.")
    log.info("#progress_metric: host=%s, completed 100 %% epochs", HOST)


def throughput(records: int, seconds: float) -> None:
    rate = records / max(seconds, 1e-9)
    log.info("#throughput_metric: host=%s, train throughput=%s records/second", HOST, rate)


def final_scores(channel: str, metrics: Mapping[str, float]) -> None:
    """Log the metrics of the best model on a channel."""
    for name, value in metrics.items():
        log.info("#%s_score (%s) : %s", channel, HOST, (name, value))
    for name, value in metrics.items():
        label = "loss" if name in LOSSES or name.endswith("_objective") else "score"
        log.info("#quality_metric: host=%s, %s %s <%s>=%s", HOST, channel, name, label, value)
