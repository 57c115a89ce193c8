"""How a tuning job's strategies, criteria and failures end it."""

import pytest
from support import jobs, tuning, tuning_results


def test_a_grid(sagemaker, tuning_data):
    """Grid tries each combination once, without a MaxNumberOfTrainingJobs."""
    ranges = tuning.values("eta", "0.1", "0.5")
    ranges["CategoricalParameterRanges"] += tuning.values("max_depth", "2", "5")[
        "CategoricalParameterRanges"
    ]
    config = {"Strategy": "Grid", "ParameterRanges": ranges}
    job = tuning.tune(sagemaker, tuning.tuning_request(tuning_data, number=None, config=config))
    tried = [
        tuple(item["TunedHyperParameters"].values()) for item in tuning.children_of(sagemaker, job)
    ]
    assert sorted(tried) == [("0.1", "2"), ("0.1", "5"), ("0.5", "2"), ("0.5", "5")]
    assert job["HyperParameterTuningJobStatus"] == "Completed"


def test_no_success_in_five_attempts(sagemaker, tuning_data):
    """If all of the first five training jobs fail, the tuning job has failed (case T-06)."""
    config = {
        "Strategy": "Grid",
        "ParameterRanges": tuning.values("eta", *(f"{number}.5" for number in range(1, 9))),
    }
    definition = {
        "AlgorithmSpecification": {
            "TrainingImage": jobs.image_uri("0.72"), "TrainingInputMode": "File"
        }
    }  # fmt: skip
    request = tuning.tuning_request(tuning_data, number=None, config=config, definition=definition)
    request["TrainingJobDefinition"]["StaticHyperParameters"]["objective"] = "reg:linear"
    job = tuning.tune(sagemaker, request)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        "No training job succeeded after 5 attempts. For additional details, please take a look at "
        "the training job failures by listing training jobs for the hyperparameter tuning job."
    )
    assert 5 <= job["TrainingJobStatusCounters"]["NonRetryableError"] <= 6
    assert "BestTrainingJob" not in job
    failed = tuning.children_of(sagemaker, job, StatusEquals="Failed")
    assert all(item["FailureReason"].startswith("ClientError: ") for item in failed)


def test_no_objective(sagemaker, tuning_data):
    """If no training job logs the objective, the tuning job has failed and says what to look at."""
    channels = [jobs.channel(f"s3://{tuning_data}/train")]
    request = tuning.tuning_request(tuning_data, definition={"InputDataConfig": channels})
    job = tuning.tune(sagemaker, request)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert "is there a channel that the metric is computed on?" in job["FailureReason"]
    assert job["ObjectiveStatusCounters"]["Failed"] == 3


def test_a_target(sagemaker, tuning_data):
    """A training job that reaches the target ends the tuning job, and stops the others."""
    config = {
        "Strategy": "Grid",
        "ParameterRanges": tuning.values("num_round", "2", "1000000"),
        "TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 100.0},
    }
    request = tuning.tuning_request(tuning_data, number=None, config=config)
    del request["TrainingJobDefinition"]["StaticHyperParameters"]["num_round"]
    job = tuning.tune(sagemaker, request)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["InProgress"] == 0
    assert job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] <= 100


def test_no_improvement(sagemaker, tuning_data):
    """A tuning job ends after the given number of training jobs that did not improve the best."""
    criteria = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    # Nothing can be learned in one round with this eta, so all objectives are nearly the same.
    ranges = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0", "MaxValue": "1e-9"}]}
    config = {"TuningJobCompletionCriteria": criteria, "ParameterRanges": ranges}
    request = tuning.tuning_request(tuning_data, number=50, parallel=1, config=config)
    job = tuning.tune(sagemaker, request)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 4
    details = job["TuningJobCompletionDetails"]
    assert details["NumberOfTrainingJobsObjectiveNotImproving"] == 3


def test_early_stopping(sagemaker, tuning_data):
    """A training job that is worse than the median of the earlier ones is stopped early.

    Its last objective counts.
    """
    # Grid takes them in this order. The last one learns next to nothing and would take long.
    etas = ("0.3", "0.4", "0.5", "0.2", "0.000001")
    config = {
        "Strategy": "Grid",
        "ParameterRanges": tuning.values("eta", *etas),
        "TrainingJobEarlyStoppingType": "Auto",
    }
    request = tuning.tuning_request(
        tuning_data, number=None, parallel=1, config=config, hyperparameters={"num_round": "300"}
    )
    job = tuning.tune(sagemaker, request)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 5, "Pending": 0, "Failed": 0}
    last = tuning.children_of(sagemaker, job)[0]
    assert last["TunedHyperParameters"] == {"eta": "0.000001"}
    assert last["TrainingJobStatus"] == "Stopped"
    assert tuning.value_of(last) > tuning.value_of(job["BestTrainingJob"])


@pytest.mark.parametrize("strategy", ["Random", "Hyperband"])
def test_a_random_seed(sagemaker, tuning_data, strategy):
    """The same seed proposes the same values, although two training jobs run at a time."""
    config = {"Strategy": strategy, "RandomSeed": 7}
    if strategy == "Hyperband":
        config["StrategyConfig"] = {"HyperbandStrategyConfig": {"MaxResource": 3}}
    first, second = (
        [
            item["TunedHyperParameters"]
            for item in tuning.children_of(
                sagemaker,
                tuning.tune(sagemaker, tuning.tuning_request(tuning_data, config=config)),
                SortBy="Name",
            )
        ]
        for _ in range(2)
    )
    assert first == second
    assert len(first) == 3


@pytest.mark.parametrize("strategy", ["Bayesian", "Random", "Grid", "Hyperband"])
def test_all_strategies(sagemaker, tuning_data, strategy):
    """With each strategy statuses and counters are right, and the best training job is named."""
    config, number = {"Strategy": strategy, "RandomSeed": 1}, 4
    if strategy == "Hyperband":
        band = {"MinResource": 1, "MaxResource": 9}
        config["StrategyConfig"] = {"HyperbandStrategyConfig": band}
    if strategy == "Grid":
        config["ParameterRanges"], number = tuning.values("eta", "0.1", "0.2", "0.3", "0.5"), None
    request = tuning.tuning_request(
        tuning_data, number=number, config=config, hyperparameters={"num_round": "9"}
    )
    job = tuning.tune(sagemaker, request)
    tuning_results.assert_all_succeeded(sagemaker, job[tuning.MEMBER], 4)
