"""A tuning job whose server ends in the middle is continued by the next server."""

import os
import signal
import sqlite3

import pytest
from support import tuning
from support.clients import make_client
from support.polling import eventually, family, gone

from helpers.local import process
from helpers.local.home import Home

# Grid takes them in this order: one that ends, two that only a stop ends, and two that end.
ROUNDS = ("2", "1000000", "1000001", "3", "4")


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Return a function that starts the server of this test's home folder, or finds it."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    home = Home.find()
    yield process.ensure_running
    process.stop(home)


def kill(endpoint) -> None:
    """Send kill -9 to the server, and wait until all its processes have ended."""
    children = family(endpoint.pid)
    os.kill(endpoint.pid, signal.SIGKILL)
    eventually(lambda: all(map(gone, [endpoint.pid, *children])))


def stop(endpoint) -> None:
    """Stop the server as `helpers local stop` does."""
    process.stop(Home(endpoint.home))


def request(bucket: str) -> dict:
    config = {"Strategy": "Grid", "ParameterRanges": tuning.values("num_round", *ROUNDS)}
    made = tuning.tuning_request(bucket, number=None, config=config)
    del made["TrainingJobDefinition"]["StaticHyperParameters"]["num_round"]
    return made


def start_two(endpoint) -> tuple[str, str]:
    """Start two tuning jobs: of the first, one training job is done and two run; the second waits.

    It waits for processors, which the two use.
    """
    sagemaker, s3 = make_client(endpoint, "sagemaker"), make_client(endpoint, "s3")
    bucket = tuning.data_bucket(s3)
    first = tuning.start(sagemaker, request(bucket))
    tuning.wait(sagemaker, first, lambda job: job["TrainingJobStatusCounters"]["Completed"])
    eventually(lambda: len(running(sagemaker, first)) == 2)
    second = tuning.start(sagemaker, request(bucket))
    tuning.wait(sagemaker, second, lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2)
    return first, second


def running(sagemaker, name: str) -> list[dict]:
    return [
        job
        for job in tuning.training_jobs(sagemaker, name)
        if job["TrainingJobStatus"] == "InProgress"
    ]


def mark_stopping(home, name: str) -> None:
    """Write into the database of a server that does not run that a tuning job is being stopped."""
    with sqlite3.connect(Home(home).database) as connection:
        connection.execute(
            "UPDATE resources SET status = 'Stopping', document = "
            "json_set(document, '$.HyperParameterTuningJobStatus', 'Stopping') WHERE name = ?",
            (name,),
        )
    connection.close()


@pytest.mark.parametrize("end", [kill, stop])
def test_a_restart_in_the_middle(server, end):
    """What was done stays, what ran has failed, and the next server tries the rest.

    A tuning job that was being stopped is Stopped then, and starts nothing.
    """
    endpoint = server()
    continued, stopped = start_two(endpoint)
    before = make_client(endpoint, "sagemaker")
    (done,) = tuning.training_jobs(before, continued, StatusEquals="Completed")
    end(endpoint)
    mark_stopping(endpoint.home, stopped)

    sagemaker = make_client(server(), "sagemaker")
    job = tuning.wait(sagemaker, continued)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    counters = job["TrainingJobStatusCounters"]
    assert counters == {
        "Completed": 3, "InProgress": 0, "RetryableError": 2, "NonRetryableError": 0, "Stopped": 0,
    }  # fmt: skip
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 2}
    children = tuning.training_jobs(sagemaker, continued, SortBy="Name")
    assert [item["TunedHyperParameters"]["num_round"] for item in children] == list(ROUNDS)
    assert children[0] == done
    assert job["BestTrainingJob"] == children[-1]
    failed = [item for item in children if item["TrainingJobStatus"] == "Failed"]
    assert all("The Local SageMaker stopped" in item["FailureReason"] for item in failed)
    job = tuning.wait(sagemaker, stopped)
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert len(tuning.training_jobs(sagemaker, stopped)) == 2
