"""A training job on two instances against one process with two threads.

    .venv/bin/python benchmarks/instances.py                  (about five minutes)
    .venv/bin/python benchmarks/instances.py --rows 500000    (a minute)
    .venv/bin/python benchmarks/instances.py --quick          (few rows: does it run?)

The built-in XGBoost trains on random rows in four CSV objects, which two instances share
(ShardedByS3Key), with one thread each. The one process is a bare script that imports xgboost, reads
the same four files and trains with two threads; the same job on one instance is measured too.

time    seconds of the script, and of a job from the request to the status Completed, the best of
        several runs in turn. Target: a ratio of at most 1.2. It needs two cores that nobody else
        uses; the CPU seconds of the last run, which other programs change less, are shown as well.
memory  the largest sum of the proportional set sizes of the processes, measured every 5 ms, and of
        each process. Target: a ratio of at most 1.1 to the script.

What the second process costs: jobs share the imports, since they are forked, but each has its own
reader. While xgboost reads text, its buffers take 65 to 75 MiB in each process, whatever the size
of the data and whatever glibc's settings, and that is when the peak is. So on small data two
instances take more memory than one: for 500,000 rows 284 MiB against 220. The script takes 315,
since it imports more.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from timing import best
from training_jobs import XGBOOST_IMAGE, clients, definition, wait

BUCKET, OBJECTS, COLUMNS, THREADS = "benchmark", 4, 30, 2
BARE = """
import json, sys, xgboost
paths, params, rounds = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
matrix = xgboost.DMatrix(f"{paths}?format=csv&label_column=0", nthread=params["nthread"])
xgboost.train(params, matrix, rounds, evals=[(matrix, "train")]).save_model(sys.argv[4])
"""
HYPERPARAMETERS = {"num_round": "20", "max_depth": "6", "objective": "reg:squarederror"}
SAMPLE_SECONDS = 0.005
KIB = 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rows, one run")
    parser.add_argument("--rows", type=int, default=2_000_000, help="of the training data")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SAGEMAKER_LOCAL_HOME"] = f"{folder}/home"
        from helpers.local import process

        endpoint = process.ensure_running()
        try:
            rows, repeats = (4_000, 1) if arguments.quick else (arguments.rows, 3)
            measure(endpoint, Path(folder), rows, repeats)
        finally:
            process.stop(process.Home(endpoint.home))
    return 0


def measure(endpoint, folder: Path, rows: int, repeats: int) -> None:
    """Print the time and the memory of the script and of both jobs."""
    files = write_files(folder, rows)
    train = job_runner(endpoint, files)
    ways = (lambda: run_script(folder, files), lambda: train(1), lambda: train(2))
    bare, one, two = best(ways, repeats)
    print(f"{rows:,} rows of {COLUMNS} columns, {HYPERPARAMETERS['num_round']} rounds")
    print(f"time: script {bare:.2f} s, one instance {one:.2f} s, two instances {two:.2f} s")
    print(f"  ratio {two / bare:.3f} (target: at most 1.2); to one instance {two / one:.3f}")
    seconds, peaks = [], []
    for way, parent in zip(ways, (os.getpid(), endpoint.pid, endpoint.pid), strict=True):
        before = cpu_seconds(parent)
        with peak_of_children(parent) as peak:
            way()
        seconds.append(cpu_seconds(parent) - before)
        peaks.append(peak)
    bare, one, two = seconds
    print(f"CPU: script {bare:.2f} s, one instance {one:.2f} s, two instances {two:.2f} s")
    print(f"  ratio {two / bare:.3f}; to one instance {two / one:.3f}")
    bare, one, two = (peak.kib / KIB for peak in peaks)
    print(f"memory: script {bare:.0f} MiB, one instance {one:.0f}, two instances {two:.0f}")
    print(f"  ratio {two / bare:.3f} (target: at most 1.1); to one instance {two / one:.3f}")
    each = [sorted(round(kib / KIB) for kib in peak.by_pid.values()) for peak in peaks]
    print("  largest of each process: script {}, one instance {}, two instances {}".format(*each))


def write_files(folder: Path, rows: int) -> list[Path]:
    """Write random rows as CSV files, the label first."""
    files = [folder / f"part-{number}" for number in range(OBJECTS)]
    for file, part in zip(files, np.array_split(random_rows(rows), OBJECTS), strict=True):
        pd.DataFrame(part).to_csv(file, header=False, index=False)
    return files


def run_script(folder: Path, files: list[Path]) -> None:
    """Train in a bare script with two threads."""
    params = {name: text for name, text in HYPERPARAMETERS.items() if name != "num_round"}
    arguments = (
        ";".join(map(str, files)),
        json.dumps(params | {"nthread": THREADS}),
        HYPERPARAMETERS["num_round"],
        str(folder / "model.ubj"),
    )
    subprocess.run([sys.executable, "-c", BARE, *arguments], check=True, capture_output=True)


def job_runner(endpoint, files: list[Path]) -> Callable[[int], None]:
    """Upload files, and return what runs a job on so many instances."""
    s3, sagemaker = clients(endpoint)
    s3.create_bucket(Bucket=BUCKET)
    for file in files:
        s3.upload_file(str(file), BUCKET, f"train/{file.name}")
    request = definition(XGBOOST_IMAGE, {"train": f"s3://{BUCKET}/train"}, f"s3://{BUCKET}/output")
    source = request["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3DataDistributionType"] = "ShardedByS3Key"
    numbers = iter(range(1000))

    def run(instances: int) -> None:
        name = f"job-{next(numbers)}"
        sagemaker.create_training_job(
            TrainingJobName=name,
            HyperParameters=HYPERPARAMETERS | {"nthread": str(THREADS // instances)},
            **request
            | {"ResourceConfig": request["ResourceConfig"] | {"InstanceCount": instances}},
        )
        wait(sagemaker.describe_training_job, "TrainingJob", name)

    return run


def random_rows(rows: int) -> np.ndarray:
    """Return labels and features, shape (rows, 1 + COLUMNS)."""
    rng = np.random.default_rng(1)
    features = rng.integers(0, 1000, (rows, COLUMNS), dtype=np.int32)
    labels = features[:, 0] * features[:, 1] // 1000 + features[:, 2]
    return np.column_stack([labels + rng.integers(0, 100, rows, dtype=np.int32), features])


@dataclass
class Peak:
    """The largest memory of some processes, in KiB: of all together, and of each."""

    kib: int = 0
    by_pid: dict[int, int] = field(default_factory=dict)

    def add(self, sizes: dict[int, int]) -> None:
        self.kib = max(self.kib, sum(sizes.values()))
        for pid, kib in sizes.items():
            self.by_pid[pid] = max(kib, self.by_pid.get(pid, 0))


@contextlib.contextmanager
def peak_of_children(server: int) -> Iterator[Peak]:
    """Measure the new processes of a server."""
    before, peak, ended = set(family(server)), Peak(), threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            new = set(family(server)) - before
            peak.add({pid: proportional_set_size(pid) for pid in new})

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def cpu_seconds(parent: int) -> float:
    """Return the CPU seconds of a process and its descendants; of this process, those alone."""
    times = psutil.Process(parent).cpu_times()
    total = times.children_user + times.children_system
    if parent != os.getpid():
        total += times.user + times.system
    for pid in family(parent):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(psutil.Process(pid).cpu_times()[:4])
    return total


def family(pid: int) -> list[int]:
    """Return all descendants of a process."""
    pids = [pid]
    for parent in pids:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                pids += map(int, (task / "children").read_text().split())
    return pids[1:]


def proportional_set_size(pid: int) -> int:
    """Return what a process holds in memory, in KiB; of shared pages its share."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
