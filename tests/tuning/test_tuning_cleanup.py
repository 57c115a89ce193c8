"""Inventory, costs and cleanup of a search that still runs."""

import contextlib
import re
import sys

import pytest
from botocore.exceptions import ClientError
from support import course, jobs, tuning

from helpers.__main__ import main
from helpers.account import inventory
from helpers.account import target as places
from helpers.tagging import tags


@pytest.fixture
def place(untouched, monkeypatch):
    """Return an untouched region as the target of commands."""
    monkeypatch.setattr(places, "resolve_target", lambda **_: untouched)
    return untouched


def start(place) -> str:
    """Start a search that only a stop ends, with the tags of a lesson; return its name."""
    bucket, prefix = course.default_bucket(place), "boston-tuning"
    course.upload(place, bucket, prefix)
    channels = [
        jobs.channel(f"s3://{bucket}/{prefix}/train.csv", name) for name in ("train", "validation")
    ]
    request = tuning.tuning_request(
        bucket,
        hyperparameters=tuning.LONG,
        definition={
            "InputDataConfig": channels,
            "AlgorithmSpecification": {
                "TrainingImage": jobs.image_uri(region=place.region),
                "TrainingInputMode": "File",
            },
        },
        Tags=tags(course.HIGH),
    )
    sagemaker = course.client(place, "sagemaker")
    name = tuning.start(sagemaker, request)
    tuning.wait(sagemaker, name, lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2)
    return name


def run(monkeypatch, capsys, *words) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["helpers", *words])
    code = main()
    out, err = capsys.readouterr()
    return code, out + err


@pytest.fixture
def search(place):
    """Return the name of a search that runs, and stop it if the test has not."""
    name = start(place)
    yield name
    with contextlib.suppress(ClientError):  # it has ended
        course.client(place, "sagemaker").stop_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )


def test_a_search_that_runs(place, search, monkeypatch, capsys):
    """The tuning job and its training jobs are the lesson's, the latter cost; cleanup stops all."""
    name = search
    found = [(item.type.name, item.name) for item in inventory.discover(place)]
    assert ("tuning job", name) in found
    running = [item for kind, item in found if kind == "training job"]
    assert len(running) == 2
    assert all(item.startswith(f"{name}-00") for item in running)
    _, costs = run(monkeypatch, capsys, "costs")
    assert re.search(r"boston-xgboost-batch-transform-high.*training", costs), costs
    code, cleaned = run(monkeypatch, capsys, "cleanup", "--yes")
    assert code == 0, cleaned
    job = tuning.describe(course.client(place, "sagemaker"), name)
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    assert job["TrainingJobStatusCounters"]["InProgress"] == 0
