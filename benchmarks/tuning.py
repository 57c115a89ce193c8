"""What a tuning job costs beside its trainings, when its end is seen, and whether it scales.

    .venv/bin/python benchmarks/tuning.py            (some three minutes on two quiet cores)
    .venv/bin/python benchmarks/tuning.py --quick    (a few jobs, once: does it run?)

loop     20 training jobs on Boston Housing, two in parallel, strategy Bayesian, against a bare loop
         of Optuna in one process with two threads. Its trials are the same trainings by the same
         functions: the two CSV files are read, all rounds are trained with the container's
         evaluation after each, and the model is saved. What a tuning job has beside that are
         processes, S3, logs, statuses and archives. Imports and a first training job come before
         the clock starts. Target: at most 1.15 times the bare loop. All are run in turn, and the
         best of each counts: other programs only ever slow one down. CPU is of all processes.
plain    The same loop with nothing but xgboost.train and xgboost's own evaluation, which does less
         than the container: for comparison, without a target.
wait     From the tuning job's end until the wait of SDK v3 returns. Target: within 0.5 s.
growth   A search of 500 tiny jobs: seconds a job of the last hundred and of the first. Target: at
         most 1.2 times.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import optuna
import psutil
import xgboost
from training_jobs import XGBOOST_IMAGE, definition

from helpers.datasets import boston
from helpers.local.containers.xgboost import (
    hyperparameters,
    model_file,
    trainer,
    training_data,
    versions,
)

JOBS, PARALLEL, MANY, HUNDRED = 20, 2, 500, 100
VERSION, BUCKET, METRIC = "3.2-0", "benchmark", "validation:rmse"
CHANNELS, STATIC = ("train", "validation"), {"objective": "reg:squarederror"}
RANGES = {"eta": (0.05, 0.5), "subsample": (0.5, 1.0), "max_depth": (3, 9)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few jobs, once")
    parser.add_argument("--rounds", type=int, default=200, help="boosting rounds of a training")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SAGEMAKER_LOCAL_HOME"] = f"{folder}/home"
        write_data(Path(folder))
        try:
            measure(Path(folder), arguments)
        finally:
            from helpers.local import process

            process.stop()
    return 0


def write_data(folder: Path) -> None:
    """Write the CSV files of both channels, label first."""
    table = boston.load()
    table = table[[boston.TARGET, *table.columns.drop(boston.TARGET)]]
    tables = {"validation": table[::3], "train": table.drop(table.index[::3])}
    for channel, rows in tables.items():
        (folder / channel).mkdir()
        rows.to_csv(folder / channel / "data.csv", header=False, index=False)


def measure(folder: Path, arguments: argparse.Namespace) -> None:
    import helpers

    helpers.connect()
    import boto3

    sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for channel in CHANNELS:
        s3.upload_file(f"{folder}/{channel}/data.csv", BUCKET, f"{channel}/data.csv")
    jobs, repeats = (4, 1) if arguments.quick else (JOBS, arguments.repeats)
    tune(sagemaker, PARALLEL, arguments.rounds)  # the forkserver and Optuna are imported then
    bare_loop(folder, PARALLEL, arguments.rounds)
    rows = [
        (
            clock(lambda: bare_loop(folder, jobs, arguments.rounds)),
            clock(lambda: tune(sagemaker, jobs, arguments.rounds)),
            clock(lambda: bare_loop(folder, jobs, arguments.rounds, plain=True)),
        )
        for _ in range(repeats)
    ]
    print(f"{jobs} jobs of {arguments.rounds} rounds, seconds; best of {repeats}")
    for number, name in ((0, "wall"), (1, "CPU ")):
        bare, ours, plain = (min(row[which][number] for row in rows) for which in range(3))
        line = f"  {name}  bare loop {bare:.2f}, tuning job {ours:.2f}: ratio {ours / bare:.2f}"
        print(f"{line}; plain {plain:.2f}", flush=True)
    print(f"the SDK's wait returns {wait_lag(sagemaker):.3f} s after the end", flush=True)
    measure_growth(sagemaker, 20 if arguments.quick else MANY, 5 if arguments.quick else HUNDRED)


def clock(run: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that something takes, and the CPU seconds of all our processes."""
    from helpers.local import process

    def cpu_seconds() -> float:
        server = psutil.Process(process.ensure_running().pid)
        family = [psutil.Process(), server, *server.children(recursive=True)]
        return sum(sum(item.cpu_times()[:4]) for item in family)

    start, cpu = time.perf_counter(), cpu_seconds()
    run()
    return time.perf_counter() - start, cpu_seconds() - cpu


def bare_loop(folder: Path, jobs: int, rounds: int, plain: bool = False) -> None:
    """Run the trainings in this process, two at a time, with the container's own functions.

    plain: with xgboost's functions only.
    """
    behavior = versions.VERSIONS[VERSION]
    options = training_data.Options("csv", 0, 1, False)

    def objective(trial: optuna.Trial) -> float:
        tuned = {
            "eta": trial.suggest_float("eta", *RANGES["eta"]),
            "subsample": trial.suggest_float("subsample", *RANGES["subsample"]),
            "max_depth": trial.suggest_int("max_depth", *RANGES["max_depth"]),
        }
        texts = STATIC | {"num_round": rounds, "_tuning_objective_metric": METRIC} | tuned
        params = hyperparameters.validate({key: f"{text}" for key, text in texts.items()}, VERSION)
        params["nthread"] = 1  # as the container does with so little data
        watchlist = [
            (training_data.load([folder / channel], options), channel) for channel in CHANNELS
        ]
        if plain:
            results: dict = {}
            settings = {"evals": watchlist, "evals_result": results, "verbose_eval": False}
            model = xgboost.train(
                tuned | STATIC | {"nthread": 1}, watchlist[0][0], rounds, **settings
            )
        else:
            run = trainer.Trainer(params, watchlist, folder, None, behavior)
            model, results = run.train(watchlist[0][0])
        model_file.save(model, folder / f"model-{trial.number}")
        return results["validation"]["rmse"][-1]

    study = optuna.create_study(sampler=optuna.samplers.TPESampler())
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        study.optimize(objective, n_trials=jobs, n_jobs=PARALLEL)


def tune(sagemaker, jobs: int, rounds: int) -> str:
    """Run a tuning job to its end; return its name."""
    named = {"HyperParameterTuningJobName": start(sagemaker, jobs, rounds)}
    describe = sagemaker.describe_hyper_parameter_tuning_job
    while (job := describe(**named))["HyperParameterTuningJobStatus"] == "InProgress":
        time.sleep(0.05)
    assert job["TrainingJobStatusCounters"]["Completed"] == jobs, job
    return named["HyperParameterTuningJobName"]


def start(sagemaker, jobs: int, rounds: int) -> str:
    """Create a tuning job; return its name."""
    name = f"tune-{time.time_ns() % 10**12}"
    numbers = {
        key: {"Name": key, "MinValue": str(low), "MaxValue": str(high)}
        for key, (low, high) in RANGES.items()
    }
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": METRIC},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": jobs,
                "MaxParallelTrainingJobs": PARALLEL,
            },
            "ParameterRanges": {
                "ContinuousParameterRanges": [numbers["eta"], numbers["subsample"]],
                "IntegerParameterRanges": [numbers["max_depth"]],
            },
        },
        TrainingJobDefinition={
            "StaticHyperParameters": {"objective": "reg:squarederror", "num_round": str(rounds)},
            **definition(
                XGBOOST_IMAGE,
                {channel: f"s3://{BUCKET}/{channel}" for channel in CHANNELS},
                f"s3://{BUCKET}/output",
            ),
        },
    )
    return name


def wait_lag(sagemaker) -> float:
    """Return the seconds from a tuning job's end until the SDK's wait for it returns."""
    from sagemaker.core.resources import HyperParameterTuningJob

    name = start(sagemaker, 6, 200)
    job = HyperParameterTuningJob.get(hyper_parameter_tuning_job_name=name)
    job.wait()
    return time.time() - job.hyper_parameter_tuning_end_time.timestamp()


def measure_growth(sagemaker, number: int, part: int) -> None:
    name = tune(sagemaker, number, 1)
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    ends = sorted(
        item["TrainingEndTime"]
        for page in pages.paginate(HyperParameterTuningJobName=name)
        for item in page["TrainingJobSummaries"]
    )
    first = (ends[part] - ends[0]).total_seconds() / part
    last = (ends[-1] - ends[-1 - part]).total_seconds() / part
    print(
        f"{number} tiny jobs: {first:.3f} s a job of the first {part}, {last:.3f} s of the last, "
        f"ratio {last / first:.2f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
