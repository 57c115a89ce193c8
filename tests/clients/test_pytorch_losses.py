"""The script of the PyTorch project gives the same losses however it is started, digit by digit."""

import io
import json
import os
import re
import runpy
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy
import pytest
from support import jobs, pytorch_image
from support.lessons import PROJECTS, SOLUTIONS, code_cells, read, text_of

from helpers.datasets import imdb
from helpers.datasets.imdb import synthetic
from helpers.grading import word_ids
from helpers.local.home import Home
from helpers.local.runtime import images

CODE, EPOCHS, REVIEWS = PROJECTS / "pytorch", 2, 300
LOSSES = re.compile(r"epoch=\d+ train_loss=[\d.]+ validation_loss=[\d.]+")


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory) -> Path:
    """Return a folder with both channels, of some synthetic reviews."""
    folder = tmp_path_factory.mktemp("pytorch")
    synthetic.write(folder / "reviews")
    reviews = word_ids.load(imdb.Corpus(folder / "reviews", "synthetic", "a test"), "train")
    ids = word_ids.vocabulary(reviews.words)
    rows = numpy.column_stack([reviews.labels, word_ids.padded(reviews.words, ids)])
    rows = rows[:: len(rows) // REVIEWS]
    for name, part in (("train", rows[50:]), ("validation", rows[:50])):
        (folder / name).mkdir()
        numpy.savetxt(folder / name / f"{name}.csv", part, fmt="%d", delimiter=",")
    (folder / "train/vocabulary.json").write_text(json.dumps(ids))
    return folder


@pytest.fixture(scope="module")
def uris(local, s3, data_folder) -> dict[str, str]:
    """Return the URI of each channel; the image is in the server's home, or the test is skipped."""
    pytorch_image.link(local.home)
    bucket = "pytorch-losses"
    s3.create_bucket(Bucket=bucket)
    for name in ("train", "validation"):
        for path in (data_folder / name).iterdir():
            s3.upload_file(str(path), bucket, f"{name}/{path.name}")
    return {name: f"s3://{bucket}/{name}/" for name in ("train", "validation")}


@pytest.fixture(scope="module")
def script_losses(local, uris, data_folder) -> list[str]:
    """Return what `python train.py` prints of each epoch."""
    python = images.interpreter(Home(local.home), pytorch_image.framework())
    command = [python, CODE / "train.py", "--epochs", EPOCHS, "--learning-rate", 0.003]
    for name in ("train", "validation"):
        command += [f"--{name}", data_folder / name]
    command += ["--model-dir", data_folder / "model"]
    printed = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=True
    ).stdout
    losses = LOSSES.findall(printed)
    assert len(losses) == EPOCHS
    return losses


def logged_losses(client, job_name: str) -> list[str]:
    """Return what a training job has logged of each epoch."""
    events = client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job_name}/"
    )["events"]
    return LOSSES.findall("\n".join(event["message"] for event in events))


def test_both_levels_have_stored_the_same_losses():
    """High Level, by SDK 3, and Low Level, by the older protocol, show the same losses."""
    stored = []
    for path in (path for path in SOLUTIONS if "PyTorch" in path.stem):
        printed = "\n".join(map(text_of, code_cells(read(path))))
        stored.append(LOSSES.findall(printed))
    assert len(stored) == 2
    assert len(stored[0]) == 7
    assert stored[0] == stored[1]


def test_a_job_of_the_older_protocol(script_losses, uris, sagemaker, s3, client):
    """By AWS's toolkit, the script prints the losses that it prints outside of a job."""
    with io.BytesIO() as packed:
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for path in CODE.glob("*.py"):
                archive.add(path, arcname=path.name)
        s3.put_object(Bucket="pytorch-losses", Key="sourcedir.tar.gz", Body=packed.getvalue())
    hyperparameters = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://pytorch-losses/sourcedir.tar.gz",
        "epochs": EPOCHS,
        "learning-rate": 0.003,
    }
    request = jobs.training_request("pytorch-losses") | {
        "AlgorithmSpecification": {
            "TrainingImage": pytorch_image.TRAINING_IMAGE,
            "TrainingInputMode": "File",
        },
        "HyperParameters": {key: json.dumps(value) for key, value in hyperparameters.items()},
        "InputDataConfig": [jobs.channel(uri, name, None) for name, uri in uris.items()],
    }
    job = jobs.train(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert logged_losses(client, job["TrainingJobName"]) == script_losses


def test_a_job_of_sdk_3(script_losses, uris, local, client, tmp_path):
    """By the driver of SDK 3, the script prints the losses that it prints outside of a job."""
    program = tmp_path / "program.py"
    program.write_text(f"""
import helpers

helpers.connect()
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode

trainer = ModelTrainer(
    training_image={pytorch_image.TRAINING_IMAGE!r},
    source_code=SourceCode(source_dir={str(CODE)!r}, entry_script="train.py"),
    hyperparameters={{"epochs": {EPOCHS}, "learning-rate": 0.003}},
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    base_job_name="pytorch-losses",
)
channels = [InputData(channel_name=n, data_source=u) for n, u in {uris!r}.items()]
trainer.train(input_data_config=channels, logs=False)
print(trainer._latest_training_job.training_job_name)
""")
    variables = os.environ | {"SAGEMAKER_LOCAL_HOME": str(local.home)}
    done = run_program([sys.executable, program], variables)
    assert logged_losses(client, done.split()[-1]) == script_losses


@pytest.mark.full
def test_a_job_of_sdk_2(script_losses, uris, local, checkout, tmp_path):
    """By the PyTorch estimator of SDK 2.257, the script prints the same losses."""
    old = runpy.run_path(str(Path(__file__).with_name("test_old_sdks.py")))
    python = old["make_environment"](checkout, tmp_path / "env", "sdk_v2")
    (tmp_path / "config.yaml").write_text(old["readme_block"](checkout, "yaml"))
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(tmp_path / "config.yaml"),
        **local.environment(),
    }
    program = Path(__file__).with_name("pytorch_v2.py")
    printed = run_program([python, program, CODE, *uris.values(), EPOCHS], variables)
    assert LOSSES.findall(printed) == script_losses


def run_program(command: list, variables: dict[str, str]) -> str:
    """Run a program to its end; return what it printed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, env=variables, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
