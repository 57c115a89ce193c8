"""A training job on two instances against the same job on one with two threads.

    .venv/bin/python benchmarks/instances.py            (about two minutes)
    .venv/bin/python benchmarks/instances.py --quick    (few rows: does it run?)

The built-in XGBoost trains on random rows in four CSV objects, which two instances share
(ShardedByS3Key). With one thread each they have the same processors as one instance with two.

time    seconds from the request to the status Completed, the best of several runs in turn.
        Target: a ratio of at most 1.2.
memory  the largest sum of the proportional set sizes of a job's processes, measured every 5 ms.
        Target: a ratio of at most 1.1. What each process needs by itself is in the second figure
        twice: some 12 MiB here, up to 70 MiB for the buffers of xgboost's reader of text if an
        instance reads more than these 25 MB, and 75 MiB for the import of pyarrow (Parquet).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import numpy as np
from timing import best
from training_jobs import XGBOOST_IMAGE, definition

BUCKET, OBJECTS, COLUMNS, THREADS = "benchmark", 4, 30, 2
HYPERPARAMETERS = {"num_round": "60", "max_depth": "6", "objective": "reg:squarederror"}
SAMPLE_SECONDS = 0.005
KIB = 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rows, one run")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SAGEMAKER_LOCAL_HOME"] = folder
        from helpers.local import process

        endpoint = process.ensure_running()
        try:
            measure(endpoint, rows=4_000 if quick else 200_000, repeats=1 if quick else 5)
        finally:
            process.stop(process.Home(endpoint.home))
    return 0


def measure(endpoint, rows: int, repeats: int) -> None:
    """Print the time and the memory of both jobs."""
    train = job_runner(endpoint, rows)
    ways = (lambda: train(1), lambda: train(2))
    one, two = best(ways, repeats)
    print(f"{rows:,} rows of {COLUMNS} columns, {HYPERPARAMETERS['num_round']} rounds")
    print(f"time: one instance {one:.2f} s, two instances {two:.2f} s")
    print(f"  ratio {two / one:.3f} (target: at most 1.2)")
    peaks = []
    for way in ways:
        with peak_of_children(endpoint.pid) as peak:
            way()
        peaks.append(peak[0])
    one, two = peaks
    print(f"memory: one instance {one / KIB:.0f} MiB, two instances {two / KIB:.0f} MiB")
    print(f"  ratio {two / one:.3f} (target: at most 1.1)")


def job_runner(endpoint, rows: int) -> Callable[[int], None]:
    """Upload the data, and return what runs a job on so many instances."""
    session = boto3.Session(
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
        region_name="us-east-1",
    )
    s3, sagemaker = (
        session.client(name, endpoint_url=endpoint.url) for name in ("s3", "sagemaker")
    )
    s3.create_bucket(Bucket=BUCKET)
    for number, part in enumerate(np.array_split(random_rows(rows), OBJECTS)):
        text = "\n".join(",".join(map("{:.5g}".format, row)) for row in part.tolist())
        s3.put_object(Bucket=BUCKET, Key=f"train/part-{number}", Body=text.encode())
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
        while True:
            job = sagemaker.describe_training_job(TrainingJobName=name)
            if job["TrainingJobStatus"] == "Completed":
                return
            if job["TrainingJobStatus"] != "InProgress":
                raise RuntimeError(job.get("FailureReason", job["TrainingJobStatus"]))
            time.sleep(0.005)

    return run


def random_rows(rows: int) -> np.ndarray:
    """Return labels and features, shape (rows, 1 + COLUMNS)."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(rows, COLUMNS))
    labels = features[:, 0] * features[:, 1] + features[:, 2] + 0.1 * rng.normal(size=rows)
    return np.column_stack([labels, features])


@contextlib.contextmanager
def peak_of_children(server: int) -> Iterator[list[int]]:
    """Measure the new processes of a server; the list holds their peak in KiB."""
    before, peak, ended = set(family(server)), [0], threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            new = set(family(server)) - before
            peak[0] = max(peak[0], sum(map(proportional_set_size, new)))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def family(pid: int) -> list[int]:
    """Return all descendants of a process."""
    found = [pid]
    for known in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{known}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found[1:]


def proportional_set_size(pid: int) -> int:
    """Return what a process holds in memory, in KiB; of shared pages its share."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
