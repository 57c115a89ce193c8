"""Large files in the XGBoost container: the check of a CSV, and a batch transform of libsvm.

    .venv/bin/python benchmarks/container.py            (about a minute)
    .venv/bin/python benchmarks/container.py --quick    (small files: does it run?)

csv        CPU seconds of the check that a CSV of 150 MB is numbers only, against those of xgboost
           reading the same file, in the same process. Target: at most 0.5 s.
transform  seconds of a batch transform of 16 MB of libsvm on the Local SageMaker, from the request
           to the stored predictions, against a bare script in a process of its own: it imports
           xgboost, reads the file, predicts and writes. Target: a ratio of at most 0.5.

Each is the best of several runs, since other programs only ever slow one down. The data are random.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from timing import best
from training_jobs import ROLE, XGBOOST_IMAGE, clients, wait

BARE = """
import sys
import xgboost
model = xgboost.Booster(model_file=sys.argv[1])
predictions = model.predict(xgboost.DMatrix(sys.argv[2] + "?format=libsvm"))
open(sys.argv[3], "w").write("\\n".join(map(str, predictions.tolist())) + "\\n")
"""
TERMS = 5000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small files, one run")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore", message="(?s).*Text file input has been deprecated")
    repeats = 1 if quick else 5
    with tempfile.TemporaryDirectory() as folder:
        measure_csv(Path(folder), 1_000_000 if quick else 150_000_000, repeats)
        measure_transform(Path(folder), 200 if quick else 21_500, repeats)
    return 0


def measure_csv(folder: Path, size: int, repeats: int) -> None:
    """Print what the check and xgboost's own reading of a CSV of `size` bytes take."""
    import numpy as np

    from helpers.local.containers.xgboost import csv_check, preload  # noqa: F401

    file = folder / "train.csv"
    rows = np.random.default_rng(0).normal(size=(2000, 50)) * 10
    block = "\n".join(",".join(f"{value:.4g}" for value in row) for row in rows) + "\n"
    file.write_text(block * max(1, size // len(block)))

    def read() -> None:
        import xgboost

        xgboost.DMatrix(f"{file}?format=csv&label_column=0&delimiter=,", nthread=1)

    check, xgboost_reads = best(
        (lambda: csv_check.find_text(file, file.name, ","), read), repeats, time.process_time
    )
    print(f"csv, {file.stat().st_size / 1e6:.0f} MB: check {check:.2f} CPU s, ", end="")
    print(f"xgboost {xgboost_reads:.2f} CPU s")
    print(f"  ratio {check / xgboost_reads:.3f} (target: check at most 0.5 s)\n")


def measure_transform(folder: Path, rows: int, repeats: int) -> None:
    """Print what a batch transform and a bare script take for the same rows and model."""
    features, model = folder / "test.libsvm", folder / "model.ubj"
    write_features(features, rows)
    write_model(model)
    os.environ["SAGEMAKER_LOCAL_HOME"] = str(folder / "home")
    from helpers.local import process

    endpoint = process.ensure_running()
    command = [sys.executable, "-c", BARE, str(model), str(features), str(folder / "out")]
    try:
        job = local_transform(endpoint, model, features)
        here, bare = best(
            (job, lambda: subprocess.run(command, check=True, capture_output=True)), repeats
        )
    finally:
        process.stop(process.Home(endpoint.home))
    print(f"transform, {features.stat().st_size / 1e6:.0f} MB of libsvm: bare script {bare:.2f} s,")
    print(f"  transform job {here:.2f} s")
    print(f"  ratio {here / bare:.3f} (target: at most 0.5)")


def write_features(file: Path, rows: int) -> None:
    """Write counts of words, 110 in a row, as a bag of words has them."""
    import numpy as np

    rng = np.random.default_rng(1)
    with file.open("w") as lines:
        for _ in range(rows):
            columns = np.sort(rng.choice(TERMS, 110, replace=False))
            columns[0] = 0
            counts = rng.integers(1, 4, 110)
            pairs = (f"{column}:{count}" for column, count in zip(columns, counts, strict=True))
            lines.write(" ".join(pairs) + "\n")


def write_model(file: Path) -> None:
    """Train and save a classifier of 100 trees on as many columns."""
    import numpy as np
    import scipy.sparse
    import xgboost

    rng = np.random.default_rng(2)
    table = scipy.sparse.random(2000, TERMS, 0.02, "csr", rng=rng)
    matrix = xgboost.DMatrix(table, label=rng.integers(0, 2, 2000))
    params = {"objective": "binary:logistic", "max_depth": 5}
    xgboost.train(params, matrix, 100).save_model(file)


def local_transform(endpoint: object, model: Path, features: Path) -> Callable[[], None]:
    """Upload both files, create the model, and return what runs one transform job."""
    s3, sagemaker = clients(endpoint)
    bucket = "benchmark"
    s3.create_bucket(Bucket=bucket)
    s3.upload_file(str(features), bucket, "test/test.libsvm")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.add(model, "xgboost-model")
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=archive.getvalue())
    sagemaker.create_model(
        ModelName="model",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={
            "Image": XGBOOST_IMAGE,
            "ModelDataUrl": f"s3://{bucket}/model.tar.gz",
        },
    )
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/test"}}
    numbers = iter(range(1000))

    def run() -> None:
        name = f"job-{next(numbers)}"
        sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName="model",
            TransformInput={
                "DataSource": source,
                "ContentType": "text/libsvm",
                "SplitType": "Line",
            },
            TransformOutput={"S3OutputPath": f"s3://{bucket}/{name}", "AssembleWith": "Line"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
        wait(sagemaker.describe_transform_job, "TransformJob", name)

    return run


if __name__ == "__main__":
    sys.exit(main())
