"""What is asserted of ended tuning jobs, and of the tables that SDKs make of them."""

import math

from support import tuning

NO_SUCCESS = "No training job succeeded after 5 attempts."


def assert_all_succeeded(sagemaker, name: str, number: int) -> dict:
    """Assert that a tuning job and its training jobs have succeeded; return its description.

    Its best training job has the lowest objective. Hyperband may stop training jobs, which then
    count with their last objective. number: how many training jobs it ran.
    """
    job, children = tuning.describe(sagemaker, name), tuning.training_jobs(sagemaker, name)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    statuses = [child["TrainingJobStatus"] for child in children]
    is_hyperband = job["HyperParameterTuningJobConfig"]["Strategy"] == "Hyperband"
    stopped = statuses.count("Stopped") if is_hyperband else 0
    assert sorted(statuses) == ["Completed"] * (number - stopped) + ["Stopped"] * stopped
    assert job["TrainingJobStatusCounters"] == {
        "Completed": number - stopped, "InProgress": 0, "RetryableError": 0,
        "NonRetryableError": 0, "Stopped": stopped,
    }  # fmt: skip
    assert job["ObjectiveStatusCounters"] == {"Succeeded": number, "Pending": 0, "Failed": 0}
    assert job["BestTrainingJob"] == min(children, key=tuning.value_of)
    return job


def assert_table(sagemaker, name: str, table: list[dict]) -> None:
    """Assert that an SDK's analytics().dataframe() shows all training jobs of a tuning job.

    table: its rows; a missing objective is NaN or None.
    """
    rows = {row["TrainingJobName"]: row for row in table}
    children = tuning.training_jobs(sagemaker, name)
    assert len(table) == len(children)
    assert rows.keys() == {child["TrainingJobName"] for child in children}
    for child in children:
        row = rows[child["TrainingJobName"]]
        assert row["TrainingJobStatus"] == child["TrainingJobStatus"]
        objective = row["FinalObjectiveValue"]
        if "FinalHyperParameterTuningJobObjectiveMetric" in child:
            assert objective == tuning.value_of(child)
        else:
            assert objective is None or math.isnan(objective)
        for parameter, text in child["TunedHyperParameters"].items():
            assert float(row[parameter]) == float(text)


def assert_one_failed(sagemaker, name: str, number: int) -> None:
    """Assert that a tuning job is Completed although one of its training jobs has failed."""
    job = tuning.describe(sagemaker, name)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    counters = job["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["NonRetryableError"]) == (number - 1, 1)
    assert job["ObjectiveStatusCounters"]["Failed"] == 1


def assert_stopped_in_the_middle(sagemaker, name: str) -> None:
    """Assert that a stopped tuning job has kept its one training job that was done.

    The one that was stopped counts with its last objective.
    """
    job = tuning.describe(sagemaker, name)
    assert job["HyperParameterTuningJobStatus"] == "Stopped", job
    counters = job["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["Stopped"], counters["InProgress"]) == (1, 1, 0)
    children = tuning.training_jobs(sagemaker, name)
    assert sorted(child["TrainingJobStatus"] for child in children) == ["Completed", "Stopped"]
    (done,) = (child for child in children if child["TrainingJobStatus"] == "Completed")
    assert done["ObjectiveStatus"] == "Succeeded"
    assert job["BestTrainingJob"] in children
    assert tuning.value_of(job["BestTrainingJob"]) <= tuning.value_of(done)
