"""A Linear Learner job on sparse rows, against scikit-learn's SGD in a bare script.

    .venv/bin/python benchmarks/linear_learner.py            (about a minute)
    .venv/bin/python benchmarks/linear_learner.py --quick    (few rows: does it run?)

time    seconds of a training job of one model on 25,000 x 5,000 sparse rows on the Local SageMaker,
        from the request to the status Completed, against a bare script in a process of its own: it
        imports scikit-learn, reads the same rows from scipy's file, fits SGDClassifier as many
        epochs, and writes the weights. Target: a ratio of at most 1.3. The logistic loss that both
        reach on the rows is printed, and what the default of 32 models takes.
memory  peak of the job's process alone, against the peak of the bare script. Target: 1.2.

The times are the best of several runs, since other programs only ever slow one down. The data are
random: counts of 110 words in a row, and labels that a noisy linear function of them decides.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from timing import best
from training_jobs import clients, definition, wait

from helpers.local.containers.toolkit.recordio import write_frame

EPOCHS, TERMS, WORDS = 15, 5000, 110
PEAK = """
[kibibytes] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(int(kibibytes) / 1024)
"""
BARE = """
import sys
import numpy as np
import scipy.sparse
from sklearn.linear_model import SGDClassifier
folder, epochs = sys.argv[1], int(sys.argv[2])
features, labels = scipy.sparse.load_npz(folder + "/rows.npz"), np.load(folder + "/labels.npy")
model = SGDClassifier(loss="log_loss", max_iter=epochs, tol=None, random_state=0)
model.fit(features, labels)
np.savez(folder + "/bare.npz", weight=model.coef_.T, bias=model.intercept_)
"""
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
JOB = f"""
import sys
from pathlib import Path
from helpers.local.containers.linear_learner import preload
from helpers.local.containers.linear_learner.train import train
from helpers.local.containers import registry
code = train(Path(sys.argv[1]), registry.resolve("{IMAGE}", "us-east-1"))
assert code == 0, code
"""
HYPERPARAMETERS = {
    "predictor_type": "binary_classifier",
    "binary_classifier_model_selection_criteria": "loss_function",
    "num_models": "1",
    "epochs": str(EPOCHS),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rows, one run")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        features, labels = random_rows(2000 if quick else 25_000)
        scipy.sparse.save_npz(folder / "rows.npz", features, compressed=False)
        np.save(folder / "labels.npy", labels)
        opt_ml = write_job(folder / "job", to_records(features, labels))
        measure_time(folder, opt_ml, 1 if quick else 5)
        print(
            f"  logistic loss: bare script {loss(np.load(folder / 'bare.npz'), features, labels)}"
        )
        print(f"                 job         {loss(read_model(folder), features, labels)}\n")
        measure_memory(folder, opt_ml)
    return 0


def random_rows(rows: int) -> tuple[scipy.sparse.csr_matrix, np.ndarray]:
    """Return counts of words, and labels."""
    rng = np.random.default_rng(1)
    keys = np.argsort(rng.random((rows, TERMS), np.float32), axis=1)[:, :WORDS]
    columns = np.sort(keys, axis=1).astype(np.int32).ravel()
    counts = rng.integers(1, 4, rows * WORDS).astype(np.float32)
    starts = np.arange(rows + 1) * WORDS
    features = scipy.sparse.csr_matrix((counts, columns, starts), shape=(rows, TERMS))
    scores = features @ rng.normal(size=TERMS)
    labels = scores + rng.normal(size=rows) * scores.std() > np.median(scores)
    return features, labels.astype(np.float32)


def to_records(features: scipy.sparse.csr_matrix, labels: np.ndarray) -> bytes:
    """Return RecordIO-protobuf as the SDK's write_spmatrix_to_sparse_tensor writes it."""
    records = []
    shape = field(3, varint(TERMS))
    for row, label in enumerate(labels.tolist()):
        part = slice(features.indptr[row], features.indptr[row + 1])
        keys = b"".join(map(varint, features.indices[part].tolist()))
        tensor = field(1, features.data[part].tobytes()) + field(2, keys) + shape
        scalar = field(2, field(1, struct.pack("<f", label)))
        record = field(1, field(1, b"values") + field(2, field(2, tensor)))
        record += field(2, field(1, b"values") + field(2, scalar))
        records.append(write_frame(record))
    return b"".join(records)


def varint(number: int) -> bytes:
    content = bytearray()
    while number > 127:
        content.append(number & 127 | 128)
        number >>= 7
    return bytes([*content, number])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def write_job(opt_ml: Path, records: bytes) -> Path:
    """Write the folder of a job for its process alone."""
    config, train = opt_ml / "input/config", opt_ml / "input/data/train"
    config.mkdir(parents=True)
    train.mkdir(parents=True)
    (train / "part").write_bytes(records)
    (config / "hyperparameters.json").write_text(json.dumps(HYPERPARAMETERS))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": {}}))
    return opt_ml


def measure_time(folder: Path, opt_ml: Path, repeats: int) -> None:
    """Print what a job and the bare script take."""
    os.environ["SAGEMAKER_LOCAL_HOME"] = str(folder / "home")
    from helpers.local import process

    endpoint = process.ensure_running()
    command = [sys.executable, "-c", BARE, str(folder), str(EPOCHS)]
    try:
        job = training_job(endpoint, opt_ml / "input/data/train/part", folder)
        [many] = best((lambda: job("32"),), 1)
        here, bare = best((job, lambda: subprocess.run(command, check=True)), repeats)
    finally:
        process.stop(process.Home(endpoint.home))
    print(f"time: bare script {bare:.2f} s, job {here:.2f} s")
    print(f"  ratio {here / bare:.3f} (target: at most 1.3); job with 32 models {many:.2f} s")


def training_job(endpoint: Any, records: Path, folder: Path) -> Callable[..., None]:
    """Upload the rows, and return what runs one job and stores its model in the folder."""
    s3, sagemaker = clients(endpoint)
    bucket, numbers = "benchmark", iter(range(1000))
    s3.create_bucket(Bucket=bucket)
    s3.upload_file(str(records), bucket, "train/part")
    channels, output = {"train": f"s3://{bucket}/train"}, f"s3://{bucket}/output"

    def run(models: str = "1") -> None:
        name = f"job-{next(numbers)}"
        sagemaker.create_training_job(
            TrainingJobName=name,
            HyperParameters=HYPERPARAMETERS | {"num_models": models},
            **definition(IMAGE, channels, output, content_type=None),
        )
        wait(sagemaker.describe_training_job, "TrainingJob", name)
        s3.download_file(bucket, f"output/{name}/output/model.tar.gz", str(folder / "model.tar.gz"))

    return run


def read_model(folder: Path) -> Any:
    """Return the arrays of the job's model."""
    with tarfile.open(folder / "model.tar.gz") as archive:
        return np.load(io.BytesIO(archive.extractfile("model_algo-1").read()))


def loss(model: Any, features: scipy.sparse.csr_matrix, labels: np.ndarray) -> str:
    scores = features @ model["weight"][:, 0] + model["bias"][0]
    return f"{np.mean(np.logaddexp(0, scores) - labels * scores):.4f}"


def measure_memory(folder: Path, opt_ml: Path) -> None:
    """Print the peak memory of the job's process alone and of the bare script."""
    bare = peak([sys.executable, "-c", BARE + PEAK, str(folder), str(EPOCHS)])
    here = peak([sys.executable, "-c", JOB + PEAK, str(opt_ml)])
    print(f"memory: bare script {bare:.0f} MiB, job {here:.0f} MiB")
    print(f"  ratio {here / bare:.3f} (target: at most 1.2)")


def peak(command: list[str]) -> float:
    """Run a program whose last line is its peak in MiB."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
