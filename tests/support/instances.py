"""Data in several objects, and training jobs on several instances, for tests by boto3."""

import io
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost

from helpers.datasets import boston as boston_housing
from support import jobs
from support.linear_learner_job import to_records

SHARDED = {"S3DataDistributionType": "ShardedByS3Key"}
PARTS = 4
PARAMS = {"objective": "reg:squarederror", "max_depth": 4, "nthread": 1}
ROUNDS = 10
# One host of xgboost's own collective: the oracle of a distributed job.
MEMBER = """
import json, sys, time
from pathlib import Path
sys.modules["sklearn"] = None  # xgboost would import it, which takes seconds
import numpy as np, xgboost
from xgboost import collective
from xgboost.tracker import RabitTracker

folder, host, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
tracker_file = folder / "tracker"
if host == 0:
    tracker = RabitTracker(n_workers=count, host_ip="127.0.0.1", sortby="task")
    tracker.start()
    tracker_file.with_suffix(".new").write_text(json.dumps(tracker.worker_args()))
    tracker_file.with_suffix(".new").rename(tracker_file)
while not tracker_file.exists():
    time.sleep(0.01)
rows = np.load(folder / f"{host}.npy")
matrix = xgboost.DMatrix(rows[:, 1:], label=rows[:, 0], nthread=1)
params, rounds = json.loads(sys.argv[4]), int(sys.argv[5])
with collective.CommunicatorContext(**json.loads(tracker_file.read_text()), dmlc_task_id=str(host)):
    model = xgboost.train(params, matrix, rounds)
if host == 0:
    (folder / "model").write_bytes(model.save_raw("ubj"))
    tracker.wait_for()
"""


def boston() -> np.ndarray:
    """Return Boston Housing, shape (506, 14), the label first."""
    table = boston_housing.load()
    return table[["MEDV", *table.columns.drop("MEDV")]].to_numpy(dtype=np.float32)


def parts(rows: np.ndarray) -> list[np.ndarray]:
    """Divide rows into what the objects of a channel have."""
    return np.array_split(rows, PARTS)


def of_hosts(rows: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the rows that each host reads, in its order."""
    return [np.vstack(parts(rows)[host::count]) for host in range(count)]


def as_csv(rows: np.ndarray) -> bytes:
    return pd.DataFrame(rows).to_csv(header=False, index=False, float_format="%.9g").encode()


def as_libsvm(rows: np.ndarray) -> bytes:
    """Return rows with all their zeros, which are values then."""
    lines = [
        " ".join([f"{label:.9g}", *(f"{index}:{value:.9g}" for index, value in enumerate(values))])
        for label, *values in rows
    ]
    return "\n".join([*lines, ""]).encode()


def as_parquet(rows: np.ndarray) -> bytes:
    return pd.DataFrame(rows, columns=[str(n) for n in range(rows.shape[1])]).to_parquet()


def as_records(rows: np.ndarray) -> bytes:
    return to_records(rows[:, 1:], rows[:, 0])


FORMATS = {
    "text/csv": as_csv,
    "text/libsvm": as_libsvm,
    "application/x-parquet": as_parquet,
    "application/x-recordio-protobuf": as_records,
}


def put_parts(s3, bucket: str, rows: np.ndarray, content_type: str = "text/csv") -> None:
    """Store rows as the objects `train/part-0` and so on."""
    for number, part in enumerate(parts(rows)):
        s3.put_object(Bucket=bucket, Key=f"train/part-{number}", Body=FORMATS[content_type](part))


def request(bucket: str, count: int = 2, content_type: str = "text/csv", **changes) -> dict:
    """Return a CreateTrainingJob request for `count` instances, of which each reads a part.

    changes: as those of jobs.training_request.
    """
    channel = jobs.channel(f"s3://{bucket}/train", content_type=content_type, source=SHARDED)
    made = jobs.training_request(bucket, **({"InputDataConfig": [channel]} | changes))
    made["ResourceConfig"] = {**made["ResourceConfig"], "InstanceCount": count}
    return made


def texts(params: Mapping) -> dict[str, str]:
    """Return PARAMS and these as a request has them."""
    return {name: str(value) for name, value in (PARAMS | {"num_round": ROUNDS} | params).items()}


def artifacts(s3, bucket: str, job: Mapping, name: str = "model") -> dict[str, bytes]:
    """Return the files of a job's model.tar.gz by name."""
    key = f"output/{job['TrainingJobName']}/output/{name}.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(jobs.read(s3, bucket, key))) as tar:
        return {item.name: tar.extractfile(item).read() for item in tar if item.isfile()}


def booster(content: bytes) -> xgboost.Booster:
    return xgboost.Booster(model_file=bytearray(content))


def train_collectively(folder: Path, shards: list[np.ndarray], params: str) -> xgboost.Booster:
    """Train on shards by xgboost's own collective, a process each."""
    for host, rows in enumerate(shards):
        np.save(folder / f"{host}.npy", rows)
    members = [
        subprocess.Popen(
            [sys.executable, "-c", MEMBER, folder, str(host), str(len(shards)), params, str(ROUNDS)]
        )
        for host in range(len(shards))
    ]
    assert [member.wait(120) for member in members] == [0] * len(shards)
    return booster((folder / "model").read_bytes())
