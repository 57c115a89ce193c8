"""Measure how long the first lesson takes, where the time goes, and what a bare script needs.

    python benchmarks/lesson.py            one run, the Local SageMaker started by it
    python benchmarks/lesson.py --runs 3   the median of three

The bare script loads, splits, writes, trains with xgboost, saves, predicts and draws the same
plots. Both need a kernel and imports, which can't be avoided, so the lesson should take at most
1.35 times as long as kernel start + imports + bare script.
"""

import argparse
import contextlib
import os
import statistics
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

import boto3
import nbformat
from nbclient import NotebookClient
from psutil import NoSuchProcess, Process

from helpers.lessons.kernels import KernelManager
from helpers.local import process

CHECKOUT = Path(__file__).resolve().parents[1]
LESSON = CHECKOUT / "Tutorial/Boston Housing - XGBoost (Batch Transform) - High Level.ipynb"
MOST = 1.35

IMPORTS = """
import tempfile, pathlib, tarfile, shutil
import numpy, pandas, xgboost
from matplotlib.figure import Figure
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Model
from sagemaker.core.transformer import Transformer
from sagemaker.train import ModelTrainer
"""

BARE = """
import tempfile, pathlib
import numpy as np, xgboost
from helpers import plots
from helpers.datasets import boston

table = boston.load()
features = [name for name in table.columns if name not in ("MEDV", "B")]
parts = dict(zip(("train", "validation", "test"), boston.split(table)))
folder = pathlib.Path(tempfile.mkdtemp())
plots.show(plots.price_histogram(table["MEDV"]))
plots.show(plots.feature_against_price(table["RM"], table["MEDV"], "RM: rooms"))
matrices = {}
for name, part in parts.items():
    file = folder / f"{name}.csv"
    part[["MEDV", *features]].to_csv(file, header=False, index=False)
    matrices[name] = xgboost.DMatrix(f"{file}?format=csv&label_column=0")
settings = {"objective": "reg:squarederror", "eval_metric": "rmse", "max_depth": 5, "eta": 0.2,
            "gamma": 4, "min_child_weight": 6, "subsample": 0.8, "nthread": 1}
booster = xgboost.train(settings, matrices["train"], 200, early_stopping_rounds=10,
                        evals=[(matrices[n], n) for n in ("train", "validation")],
                        verbose_eval=False)
best = booster[: booster.best_iteration + 1]
best.save_model(folder / "model.ubj")
predicted = best.predict(matrices["test"])
true = parts["test"]["MEDV"].to_numpy()
plots.show(plots.importance({k: int(v) for k, v in best.get_score().items()}))
plots.show(plots.predicted_against_true(true, predicted, parts["train"]["MEDV"].mean()))
plots.show(plots.residuals(true, predicted))
print("RMSE", round(float(np.sqrt(np.mean((true - predicted) ** 2))), 2))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1)
    runs = [run_once() for _ in range(parser.parse_args().runs)]
    most = peak_bytes()
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    lesson = middle.pop("the lesson, from nothing to its result")
    print(f"{'seconds':>8}  (median of {len(runs)})")
    for name, seconds in middle.items():
        print(f"{seconds:8.2f}  {name}")
    peer = middle["kernel start"] + middle["imports"] + middle["bare xgboost script"]
    print(f"{lesson:8.2f}  the lesson, from nothing to its result")
    print(f"{peer:8.2f}  kernel start + imports + bare script")
    print(f"{lesson / peer:8.2f}  times that; {MOST} is the most it may be")
    print(
        f"{most / 2**20:8.0f}  MiB at most for kernel, Local SageMaker and jobs (a run of its own)"
    )


def run_once() -> dict[str, float]:
    """Return the seconds of each part of one run, in a home folder of its own."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["SAGEMAKER_LOCAL_HOME"] = home
        try:
            start = seconds_of("pass")[0]
            kernel, _, imports, bare = seconds_of("pass", IMPORTS, BARE)
            return {
                "kernel start": min(start, kernel),
                "imports": imports,
                "bare xgboost script": bare,
                **lesson(),
            }
        finally:
            process.stop()


def seconds_of(*sources: str) -> list[float]:
    """Start a kernel and run cells in it; return the seconds of the start, then of each cell."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    begin = time.monotonic()
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        kernel_manager_class=KernelManager,
        record_timing=True,
    ).execute()
    total = time.monotonic() - begin
    seconds = [cell_seconds(cell) for cell in notebook.cells]
    return [total - sum(seconds), *seconds]


def cell_seconds(cell: nbformat.NotebookNode) -> float:
    moments = cell.metadata.get("execution", {})
    if not moments:
        return 0.0
    begin, end = (
        datetime.fromisoformat(moments[name])
        for name in ("iopub.execute_input", "shell.execute_reply")
    )
    return (end - begin).total_seconds()


def lesson() -> dict[str, float]:
    """Run the lesson itself, with the Local SageMaker not yet started."""
    begin = time.monotonic()
    notebook = run_lesson()
    total = time.monotonic() - begin
    spent = dict.fromkeys(("connect", "import", "train", "transform", "other"), 0.0)
    for cell in notebook.cells:
        spent[kind_of(cell.source)] += cell_seconds(cell)
    training, transform = job_seconds()
    return {
        "of the lesson: start of the Local SageMaker, connect()": spent["connect"],
        "of the lesson: cells that import": spent["import"],
        "of the lesson: training job": training,
        "of the lesson: transform job": transform,
        "of the lesson: SDK around and waiting for the two jobs": (
            spent["train"] + spent["transform"] - training - transform
        ),
        "of the lesson: other cells": spent["other"],
        "the lesson, from nothing to its result": total,
    }


def kind_of(source: str) -> str:
    for kind, sign in (
        ("connect", "helpers.connect("),
        ("train", ".train(input_data_config"),
        ("transform", "transformer.transform("),
        ("import", "import "),
    ):
        if sign in source:
            return kind
    return "other"


def job_seconds() -> tuple[float, float]:
    """Return the seconds of the training and the transform job, as SageMaker describes them."""
    endpoint = process.running_endpoint()
    sagemaker = boto3.client(
        "sagemaker",
        endpoint_url=endpoint.url,
        region_name=endpoint.region,
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
    )
    training = sagemaker.list_training_jobs()["TrainingJobSummaries"][0]
    transform = sagemaker.list_transform_jobs()["TransformJobSummaries"][0]
    return (
        (training["TrainingEndTime"] - training["CreationTime"]).total_seconds(),
        (transform["TransformEndTime"] - transform["CreationTime"]).total_seconds(),
    )


def run_lesson() -> nbformat.NotebookNode:
    notebook = nbformat.read(LESSON, as_version=4)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        kernel_manager_class=KernelManager,
        resources={"metadata": {"path": str(LESSON.parent)}},
        record_timing=True,
    ).execute()
    return notebook


def peak_bytes() -> int:
    """Return the peak memory of one more run, which isn't timed because watching costs time."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["SAGEMAKER_LOCAL_HOME"] = home
        try:
            with Memory() as memory:
                run_lesson()
            return memory.peak
        finally:
            process.stop()


class Memory:
    """Watch the memory (as PSS, which divides shared pages) of the kernel and the server."""

    def __enter__(self):
        self.peak, self._stop = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            found = process.running_endpoint()
            roots = Process().children() + ([Process(found.pid)] if found else [])
            self.peak = max(self.peak, sum(tree_bytes(root) for root in roots))


def tree_bytes(root: Process) -> int:
    total = 0
    with contextlib.suppress(NoSuchProcess):
        for each in [root, *root.children(recursive=True)]:
            with contextlib.suppress(NoSuchProcess):
                info = each.memory_full_info()
                total += getattr(info, "pss", info.rss)  # macOS has no PSS
    return total


if __name__ == "__main__":
    main()
