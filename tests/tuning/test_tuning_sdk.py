"""The SageMaker SDK v3 as a client tunes, watches, waits and reads the results, in a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import jobs, tuning, tuning_results

PROGRAM = Path(__file__).with_name("tuner_program.py")


@pytest.fixture(scope="module")
def found(local, checkout, tmp_path_factory) -> dict:
    """Return what the program found, and the name of its tuning job."""
    folder, name = tmp_path_factory.mktemp("tuner"), jobs.new_name("sdk")
    (folder / "train.csv").write_bytes(jobs.TRAIN_CSV)
    environment = {**os.environ, "PYTHONPATH": str(checkout), "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, PROGRAM, folder, name],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "found.json").read_text()) | {"name": name}


def test_the_result(found, sagemaker):
    """The best training job is the one with the lowest objective, and the one that AWS's API names.

    The table has the columns of AWS's.
    """
    job = tuning.describe(sagemaker, found["name"])
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert found["best"] == job["BestTrainingJob"]["TrainingJobName"] == found["lowest"]
    assert found["columns"] == [
        "eta", "max_depth", "TrainingJobName", "TrainingJobStatus", "FinalObjectiveValue",
        "TrainingStartTime", "TrainingEndTime", "TrainingElapsedTimeSeconds",
    ]  # fmt: skip
    assert found["rows"] == found["listed"] == 4


@pytest.mark.parametrize("strategy", ["Bayesian", "Grid", "Hyperband"])
def test_all_strategies(found, sagemaker, strategy):
    """With each strategy statuses, counters, best training job and the SDK's table are right."""
    ended = found["others"][strategy]
    job = tuning_results.assert_all_succeeded(sagemaker, ended["name"], 2)
    assert job["HyperParameterTuningJobConfig"]["Strategy"] == strategy
    assert ended["best"] == job["BestTrainingJob"]["TrainingJobName"]
    tuning_results.assert_table(sagemaker, ended["name"], ended["table"])


def test_one_training_job_fails(found, sagemaker):
    """A failed training job is a row without an objective, and does not fail the search."""
    ended = found["one_fails"]
    tuning_results.assert_one_failed(sagemaker, ended["name"], 3)
    tuning_results.assert_table(sagemaker, ended["name"], ended["table"])


def test_all_training_jobs_fail(found, sagemaker):
    """The SDK's exception has AWS's text if the first five training jobs fail."""
    job = tuning.describe(sagemaker, found["all_fail"]["name"])
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(tuning_results.NO_SUCCESS)
    assert job["FailureReason"] in found["all_fail"]["error"]


def test_a_stop_in_the_middle(found, sagemaker):
    """A search that the SDK stops keeps what is done, in the description and in the table."""
    ended = found["halted"]
    tuning_results.assert_stopped_in_the_middle(sagemaker, ended["name"])
    tuning_results.assert_table(sagemaker, ended["name"], ended["table"])
    job = tuning.describe(sagemaker, ended["name"])
    assert ended["best"] == job["BestTrainingJob"]["TrainingJobName"]


def test_the_wait(found):
    """The SDK's wait, which looks every five seconds, sees the end within half a second."""
    assert found["lag"] < 0.5


def test_a_loop_that_watches(found):
    """Who lists the training jobs and describes the job in turn gets both at once while it runs.

    Held, the three descriptions would take 150 seconds.
    """
    assert found["status"] == "InProgress"
    assert found["seconds"] < 30
    assert found["stopped"] == "Stopped"
