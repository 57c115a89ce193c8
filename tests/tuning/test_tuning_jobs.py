"""Tuning jobs by boto3: what they start, show, list, stop and delete."""

import re

from support import tuning


def test_a_completed_job(sagemaker, tuned):
    """The answer counts the training jobs and names the one with the best objective."""
    assert tuned["HyperParameterTuningJobStatus"] == "Completed"
    assert tuned["TrainingJobStatusCounters"] == {
        "Completed": 3, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0,
    }  # fmt: skip
    assert tuned["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    assert tuned["HyperParameterTuningEndTime"] == tuned["LastModifiedTime"]
    best, children = tuned["BestTrainingJob"], tuning.children_of(sagemaker, tuned)
    assert best == min(children, key=tuning.value_of)
    assert list(best) == [
        "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime",
        "TrainingJobStatus", "TunedHyperParameters", "FinalHyperParameterTuningJobObjectiveMetric",
        "ObjectiveStatus",
    ]  # fmt: skip
    assert best["FinalHyperParameterTuningJobObjectiveMetric"].keys() == {"MetricName", "Value"}
    assert "OverallBestTrainingJob" not in tuned


def test_the_definition_that_is_shown(tuned):
    """Describe shows the objective with the static hyperparameters and the metric definitions."""
    definition = tuned["TrainingJobDefinition"]
    assert list(definition["StaticHyperParameters"]) == [
        "_tuning_objective_metric", "num_round", "objective",
    ]  # fmt: skip
    metrics = definition["AlgorithmSpecification"]["MetricDefinitions"]
    regex = {item["Name"]: item["Regex"] for item in metrics}
    assert regex["ObjectiveMetric"] == regex["validation:rmse"]
    assert definition["EnableManagedSpotTraining"] is False
    (eta,) = tuned["HyperParameterTuningJobConfig"]["ParameterRanges"]["ContinuousParameterRanges"]
    assert eta["ScalingType"] == "Auto"
    assert tuned["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Off"


def test_its_training_jobs(sagemaker, tuned):
    """A training job has a name, an ARN, hyperparameters, tags and a metric by its tuning job."""
    name, children = tuned["HyperParameterTuningJobName"], tuning.children_of(sagemaker, tuned)
    for number, child in enumerate(reversed(children), start=1):
        assert re.fullmatch(rf"{name}-00{number}-[0-9a-f]{{8}}", child["TrainingJobName"])
        arn = child["TrainingJobArn"]
        assert arn.endswith(f":training-job/{child['TrainingJobName'].lower()}")
        job = sagemaker.describe_training_job(TrainingJobName=child["TrainingJobName"])
        assert job["TuningJobArn"] == tuned["HyperParameterTuningJobArn"]
        tuned_here = {"eta": child["TunedHyperParameters"]["eta"]}
        static = tuned["TrainingJobDefinition"]["StaticHyperParameters"]
        assert job["HyperParameters"] == static | tuned_here
        values = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
        assert values["ObjectiveMetric"] == values["validation:rmse"]
        assert tuning.float32(values["ObjectiveMetric"]) == tuning.value_of(child)
        metrics = job["AlgorithmSpecification"]["MetricDefinitions"]
        assert metrics[-1]["Name"] == "ObjectiveMetric"
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "blue"}]


def test_lists_of_training_jobs(sagemaker, tuned):
    """The newest come first unless the request sorts; one that sorts goes by name, ascending."""
    newest = [item["TrainingJobName"] for item in tuning.children_of(sagemaker, tuned)]
    assert newest == sorted(newest, reverse=True)
    names = [
        item["TrainingJobName"] for item in tuning.children_of(sagemaker, tuned, SortBy="Name")
    ]
    assert names == sorted(newest)
    by_value = tuning.children_of(sagemaker, tuned, SortBy="FinalObjectiveMetricValue")
    assert list(map(tuning.value_of, by_value)) == sorted(map(tuning.value_of, by_value))
    worst = tuning.children_of(
        sagemaker, tuned, SortBy="FinalObjectiveMetricValue", SortOrder="Descending"
    )
    assert worst == by_value[::-1]


def test_pages_of_training_jobs(sagemaker, tuned):
    """A page is taken first and filtered then, so a page can be empty and not the last."""
    name = {"HyperParameterTuningJobName": tuned["HyperParameterTuningJobName"]}
    list_page = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job
    page = list_page(**name, MaxResults=2, StatusEquals="Stopped")
    assert page["TrainingJobSummaries"] == []
    page = list_page(**name, MaxResults=2, NextToken=page["NextToken"])
    assert [item["TrainingJobName"][-12:-9] for item in page["TrainingJobSummaries"]] == ["001"]
    assert "NextToken" not in page
    pages = tuning.children_of(sagemaker, tuned, PaginationConfig={"PageSize": 1})
    assert len(pages) == 3


def test_the_list_of_tuning_jobs(sagemaker, tuned):
    """A summary has the counters and the limits; the usual filters choose; names are in order."""
    name = tuned["HyperParameterTuningJobName"]
    listed = sagemaker.list_hyper_parameter_tuning_jobs(NameContains=name, StatusEquals="Completed")
    (item,) = listed["HyperParameterTuningJobSummaries"]
    shared = (
        "HyperParameterTuningJobArn", "HyperParameterTuningJobStatus", "CreationTime",
        "HyperParameterTuningEndTime", "LastModifiedTime", "TrainingJobStatusCounters",
        "ObjectiveStatusCounters",
    )  # fmt: skip
    assert item == {
        "HyperParameterTuningJobName": name,
        "Strategy": "Random",
        "ResourceLimits": tuned["HyperParameterTuningJobConfig"]["ResourceLimits"],
        **{member: tuned[member] for member in shared},
    }
    every = sagemaker.list_hyper_parameter_tuning_jobs(MaxResults=100)
    names = [item[tuning.MEMBER] for item in every["HyperParameterTuningJobSummaries"]]
    assert names == sorted(names)


def test_a_failing_training_job(sagemaker, tuning_data):
    """A training job that fails is counted and listed with its reason; the search continues."""
    config = {"Strategy": "Grid", "ParameterRanges": tuning.values("eta", "0.1", "2", "0.5")}
    job = tuning.tune(sagemaker, tuning.tuning_request(tuning_data, number=None, config=config))
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 2, "Pending": 0, "Failed": 1}
    children = tuning.children_of(sagemaker, job)
    (failed,) = [item for item in children if item["ObjectiveStatus"] == "Failed"]
    assert failed["TunedHyperParameters"] == {"eta": "2"}
    assert "Hyperparameter eta: 2.0 is not in [0, 1]" in failed["FailureReason"]
    assert "FinalHyperParameterTuningJobObjectiveMetric" not in failed
    valued = tuning.children_of(sagemaker, job, SortBy="FinalObjectiveMetricValue")
    assert failed not in valued
    assert len(valued) == 2


def test_a_stop_in_the_middle(sagemaker, tuning_data):
    """A stopped tuning job keeps what is done, and stops the training jobs that run."""
    config = {"Strategy": "Grid", "ParameterRanges": tuning.values("num_round", "2", "1000000")}
    request = tuning.tuning_request(tuning_data, number=None, config=config)
    del request["TrainingJobDefinition"]["StaticHyperParameters"]["num_round"]
    name = tuning.start(sagemaker, request)
    done = tuning.wait(sagemaker, name, lambda job: job["TrainingJobStatusCounters"]["Completed"])
    assert done["BestTrainingJob"]["TunedHyperParameters"] == {"num_round": "2"}
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    job = tuning.wait(sagemaker, name)
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Completed"] == 1
    assert job["TrainingJobStatusCounters"]["Stopped"] == 1
    assert job["TrainingJobStatusCounters"]["InProgress"] == 0
    assert "BestTrainingJob" in job
    assert "FailureReason" not in job


def test_several_definitions(sagemaker, tuning_data):
    """Each definition has its own search; the best of all is the best training job."""
    config = {"HyperParameterTuningJobObjective": None, "ParameterRanges": None}
    own = {"TuningObjective": tuning.RMSE, "HyperParameterRanges": tuning.ETA}
    definitions = [
        tuning.job_definition(tuning_data, DefinitionName=name, **own) for name in ("one", "two")
    ]
    request = tuning.tuning_request(
        tuning_data,
        number=4,
        config=config,
        TrainingJobDefinition=None,
        TrainingJobDefinitions=definitions,
    )
    job = tuning.tune(sagemaker, request)
    names = [item["TrainingJobDefinitionName"] for item in tuning.children_of(sagemaker, job)]
    assert sorted(names) == ["one", "one", "two", "two"]
    assert job["BestTrainingJob"]["TrainingJobDefinitionName"] in ("one", "two")
    child = sagemaker.describe_training_job(
        TrainingJobName=job["BestTrainingJob"]["TrainingJobName"]
    )
    assert "TrainingJobDefinitionName" not in child
    assert [item["DefinitionName"] for item in job["TrainingJobDefinitions"]] == ["one", "two"]


def test_what_training_jobs_take_from_the_definition(sagemaker, tuning_data):
    """Environment, checkpoints and the first of the InstanceConfigs go to the training jobs."""
    small = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 7}
    definition = {
        "Environment": {"COLOUR": "blue"},
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        "CheckpointConfig": {"S3Uri": f"s3://{tuning_data}/checkpoints"},
        "ResourceConfig": None,
        "HyperParameterTuningResourceConfig": {
            "AllocationStrategy": "Prioritized",
            "InstanceConfigs": [small, small | {"InstanceType": "ml.m5.xlarge"}],
        },
    }
    job = tuning.tune(
        sagemaker, tuning.tuning_request(tuning_data, number=1, definition=definition)
    )
    name = job["BestTrainingJob"]["TrainingJobName"]
    child = sagemaker.describe_training_job(TrainingJobName=name)
    assert child["Environment"] == {"COLOUR": "blue"}
    assert child["RetryStrategy"] == {"MaximumRetryAttempts": 2}
    assert child["ResourceConfig"] == small
    # of its own: no training job may resume from the trees of another one
    assert child["CheckpointConfig"]["S3Uri"] == f"s3://{tuning_data}/checkpoints/{name}"


def test_a_definition_without_a_run_time(sagemaker, tuning_data):
    """A training job of an empty StoppingCondition may run for a day, AWS's default."""
    request = tuning.tuning_request(tuning_data, number=1, definition={"StoppingCondition": {}})
    best = tuning.tune(sagemaker, request)["BestTrainingJob"]
    child = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert child["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}


def test_names_and_deletion(sagemaker, tuning_data, assert_aws_error):
    """A deleted job is not found, its training jobs stay, and its name is free for another one."""
    request = tuning.tuning_request(tuning_data, number=1)
    named = {"HyperParameterTuningJobName": request["HyperParameterTuningJobName"]}
    name = named["HyperParameterTuningJobName"]
    first = tuning.tune(sagemaker, request)
    taken = f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different"
    with assert_aws_error("ResourceInUse", f"{taken} name."):
        sagemaker.create_hyper_parameter_tuning_job(**request)
    with assert_aws_error("ValidationException", re.compile("already")):
        sagemaker.stop_hyper_parameter_tuning_job(**named)
    sagemaker.delete_hyper_parameter_tuning_job(**named)
    missing = f"Amazon SageMaker can't find a tuning job called {name}. Type another name."
    for call in (
        sagemaker.describe_hyper_parameter_tuning_job,
        sagemaker.stop_hyper_parameter_tuning_job,
        sagemaker.list_training_jobs_for_hyper_parameter_tuning_job,
        sagemaker.delete_hyper_parameter_tuning_job,
    ):
        with assert_aws_error("ResourceNotFound", missing):
            call(**named)
    old = first["BestTrainingJob"]["TrainingJobName"]
    assert sagemaker.describe_training_job(TrainingJobName=old)["TrainingJobStatus"] == "Completed"
    second = tuning.tune(sagemaker, request)
    assert [item["TrainingJobName"] for item in tuning.children_of(sagemaker, second)] == [
        second["BestTrainingJob"]["TrainingJobName"]
    ]


def test_a_job_that_runs_is_not_deleted(sagemaker, tuning_data, assert_aws_error):
    """A tuning job in progress can't be deleted, and runs two training jobs at the most."""
    request = tuning.tuning_request(tuning_data, number=9, hyperparameters=tuning.LONG)
    name = tuning.start(sagemaker, request)
    running = tuning.wait(
        sagemaker, name, lambda job: job["TrainingJobStatusCounters"]["InProgress"] == 2
    )
    assert running["ObjectiveStatusCounters"]["Pending"] == 2
    assert {item["ObjectiveStatus"] for item in tuning.children_of(sagemaker, running)} == {
        "Pending"
    }
    with assert_aws_error("ValidationException", re.compile("not in a terminal state")):
        sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    job = tuning.wait(sagemaker, name)
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2
    assert len(tuning.children_of(sagemaker, job)) == 2
