"""What a training job of the PyTorch project costs beside its script, and what padding costs.

    .venv/bin/python benchmarks/pytorch.py            (some five minutes on two quiet cores)
    .venv/bin/python benchmarks/pytorch.py --quick    (few reviews, once: does it run?)

It needs the PyTorch image: make setup-pytorch. The reviews are the synthetic ones, as the lesson
prepares them; both runs read the same files.

job      A training job from its creation until it is Completed, against `python train.py` in the
         Python of the same image: imports, loading the data, all epochs, saving the model. The job
         has S3, the toolkit of AWS, logs, statuses and an archive beside that. Target: at most 1.1
         times the script. Both are run in turn, and the best of each counts: other programs only
         ever slow one down.
padding  The seconds of an epoch with each batch padded to its longest review, against all reviews
         padded to 500 words: the same seed, the same batches, and so the same loss. Target: at most
         half of the time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import numpy
from timing import best
from training_jobs import definition

from helpers.datasets import imdb
from helpers.grading import word_ids
from helpers.home import CHECKOUT, home_folder
from helpers.local.home import Home
from helpers.local.runtime import images

CODE = CHECKOUT / "Mini-Projects/pytorch"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.10-cpu-py313"
NAME, BUCKET, CHANNELS = "pytorch-2.10", "benchmark", ("train", "validation")
MOST_JOB, MOST_PADDING, SAME_LOSS = 1.1, 0.5, 1e-5
EPOCH = re.compile(r"train_loss=([\d.]+) .*seconds=([\d.]+)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few reviews, once")
    parser.add_argument("--epochs", type=int, default=12, help="of the job and of the script")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.epochs, arguments.repeats = 1, 1
    image = Home(home_folder()).images / NAME
    if not (image / images.MARKER).exists():
        parser.error("The PyTorch image has not been pulled: make setup-pytorch")
    os.environ["SAGEMAKER_COURSE_DATA"] = "synthetic"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SAGEMAKER_LOCAL_HOME"] = f"{folder}/home"
        write_data(Path(folder), 200 if arguments.quick else None)
        (Path(folder) / "home/images").mkdir(parents=True, exist_ok=True)
        (Path(folder) / "home/images" / NAME).symlink_to(image)
        try:
            measure_job(Path(folder), image, arguments)
            measure_padding(Path(folder), image, arguments.repeats)
        finally:
            from helpers.local import process

            process.stop()
    return 0


def write_data(folder: Path, number: int | None) -> None:
    """Write both channels, of all training reviews or of so many."""
    reviews = word_ids.load(imdb.corpus(quiet=True), "train")
    ids = word_ids.vocabulary(reviews.words)
    rows = numpy.column_stack([reviews.labels, word_ids.padded(reviews.words, ids)]).tolist()
    random.Random(1).shuffle(rows)
    rows = rows[:number]
    for name, part in zip(CHANNELS, (rows[len(rows) // 5 :], rows[: len(rows) // 5]), strict=True):
        (folder / name).mkdir()
        text = "".join(f"{','.join(map(str, row))}\n" for row in part)
        (folder / name / f"{name}.csv").write_text(text)
    (folder / "train/vocabulary.json").write_text(json.dumps(ids))


def run_script(folder: Path, image: Path, *options: object) -> str:
    """Run train.py in the image's Python; return what it printed."""
    channels = [word for name in CHANNELS for word in (f"--{name}", folder / name)]
    command = [image / "bin/python3", CODE / "train.py", *channels, "--model-dir", folder / "model"]
    done = subprocess.run(
        [*map(str, command), *map(str, options)],
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,  # as the job has: Linux divides a busy machine's time by session
    )
    return done.stdout


def measure_job(folder: Path, image: Path, arguments: argparse.Namespace) -> None:
    import helpers

    helpers.connect()
    import boto3

    sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for name in CHANNELS:
        for path in (folder / name).iterdir():
            s3.upload_file(str(path), BUCKET, f"{name}/{path.name}")
    with tarfile.open(folder / "sourcedir.tar.gz", "w:gz") as packed:
        for path in CODE.glob("*.py"):
            packed.add(path, arcname=path.name)
    s3.upload_file(str(folder / "sourcedir.tar.gz"), BUCKET, "sourcedir.tar.gz")
    run_job(sagemaker, 1)  # the server and the files of the image are warm then, as for the script
    ways = (
        lambda: run_script(folder, image, "--epochs", arguments.epochs),
        lambda: run_job(sagemaker, arguments.epochs),
    )
    script, job = best(ways, arguments.repeats)
    print(f"{arguments.epochs} epochs, data loading included; best of {arguments.repeats}")
    print(f"  script {script:.2f} s, job {job:.2f} s: ratio {job / script:.2f}, at most {MOST_JOB}")


def run_job(sagemaker, epochs: int) -> None:
    """Run train.py as a training job to its end."""
    name = f"pytorch-{time.time_ns() % 10**12}"
    request = definition(
        IMAGE,
        {channel: f"s3://{BUCKET}/{channel}/" for channel in CHANNELS},
        f"s3://{BUCKET}/output",
        content_type=None,
    )
    hyperparameters = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": f"s3://{BUCKET}/sourcedir.tar.gz",
        "epochs": epochs,
    }
    sagemaker.create_training_job(
        TrainingJobName=name,
        HyperParameters={key: json.dumps(value) for key, value in hyperparameters.items()},
        **request,
    )
    while (job := sagemaker.describe_training_job(TrainingJobName=name))[
        "TrainingJobStatus"
    ] == "InProgress":
        time.sleep(0.05)
    assert job["TrainingJobStatus"] == "Completed", job


def measure_padding(folder: Path, image: Path, repeats: int) -> None:
    cut, padded = [], []
    for _ in range(repeats):
        cut.append(run_epoch(folder, image))
        padded.append(run_epoch(folder, image, "--pad-to", "all"))
    (loss, _), (padded_loss, _) = cut[0], padded[0]
    assert abs(loss - padded_loss) < SAME_LOSS, (loss, padded_loss)
    cut_seconds, padded_seconds = (min(seconds for _, seconds in runs) for runs in (cut, padded))
    print(f"an epoch, training loss {loss:.9f} and {padded_loss:.9f}; best of {repeats}")
    print(
        f"  padded to the batch {cut_seconds:.2f} s, to 500 words {padded_seconds:.2f} s: "
        f"ratio {cut_seconds / padded_seconds:.2f}, at most {MOST_PADDING}"
    )


def run_epoch(folder: Path, image: Path, *options: str) -> tuple[float, float]:
    """Run train.py for one epoch; return its training loss, and its seconds."""
    loss, seconds = EPOCH.search(run_script(folder, image, "--epochs", 1, *options)).groups()
    return float(loss), float(seconds)


if __name__ == "__main__":
    raise SystemExit(main())
