"""Warm starts and Autotune: what is refused, and what comes of them."""

import re

import pytest
from support import jobs, tuning
from support.tuning import algorithm, config, numbers, objective, ranges

NAMES_DIFFER = (
    "The set of tunable plus static HyperParameter names is not the same across current and parent "
    "tuning jobs. Please ensure this set is constant when warm starting. Note that previously "
    "static HyperParameters can be tuned in warm start jobs and vice versa."
)
FIELDS_DIFFER = (
    "Only the following fields in TrainingJobDefinition are allowed to change: "
    "[algorithmSpecification, inputDataConfig, outputDataConfig, staticHyperParameters, roleArn, "
    "resourceConfig, stoppingCondition, vpcConfig, enableManagedSpotTraining, checkpointConfig]."
)


def warm_start(data: str, parent: dict, kind: str = "IdenticalDataAndAlgorithm", **changes) -> dict:
    """Return a request that starts from a parent."""
    name = parent["HyperParameterTuningJobName"]
    start = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": name}],
        "WarmStartType": kind,
    }
    return tuning.tuning_request(data, WarmStartConfig=start, **changes)


WARM_STARTS = {
    "a static name is missing (case T-01)": (
        {"definition": {"StaticHyperParameters": {"objective": "reg:squarederror"}}},
        NAMES_DIFFER,
    ),
    "an environment (case T-02)": ({"definition": {"Environment": {"A": "1"}}}, FIELDS_DIFFER),
    "another objective": (
        config(HyperParameterTuningJobObjective=objective("validation:mae")),
        re.compile("^The objective metric must be that of the parent"),
    ),
    "another type": (
        ranges(tuning.values("eta", "0.1", "0.2", "0.3")),
        re.compile("The type of hyperparameter eta must be that of the parent .*: Continuous"),
    ),
    "another image": (
        algorithm(TrainingImage=jobs.image_uri("3.0-5")),
        re.compile("IdenticalDataAndAlgorithm needs the TrainingImage of the parent"),
    ),
    "more than 500 training jobs": (
        {"number": 498},
        re.compile("they are 501, and at most 500 are allowed"),
    ),
}


@pytest.mark.parametrize("case", WARM_STARTS)
def test_refused_warm_starts(tuning_data, tuned, refused, case):
    """A warm start that differs from its parent in what must not change is refused."""
    changes, message = WARM_STARTS[case]
    refused(warm_start(tuning_data, tuned, **changes), message)


def test_a_parent_without_a_name(tuning_data, refused):
    """A parent needs a name, although the service model does not require it."""
    start = {"ParentHyperParameterTuningJobs": [{}], "WarmStartType": "TransferLearning"}
    request = tuning.tuning_request(tuning_data, WarmStartConfig=start)
    refused(request, "Each parent of a warm start needs HyperParameterTuningJobName.")


def test_other_data_needs_transfer_learning(tuning_data, tuned, refused):
    """IdenticalDataAndAlgorithm needs the parent's data."""
    channels = [jobs.channel(f"s3://{tuning_data}/train")]
    request = warm_start(tuning_data, tuned, definition={"InputDataConfig": channels})
    refused(request, re.compile("needs the InputDataConfig of the parent"))


def test_a_warm_start(sagemaker, tuning_data, tuned):
    """A warm start with wider ranges runs, and names the best training job of both."""
    wider = ranges(numbers("Continuous", "eta", "0.00001", "0.00002"))
    job = tuning.tune(sagemaker, warm_start(tuning_data, tuned, number=1, **wider))
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    overall = job["OverallBestTrainingJob"]
    assert overall.pop("TuningJobName") == tuned["HyperParameterTuningJobName"]
    assert overall == tuned["BestTrainingJob"]
    assert job["BestTrainingJob"] != overall


@pytest.mark.parametrize(
    ("count", "more"), [(11, {}), (9, {"objective": "reg:absoluteerror"})], ids=["range", "static"]
)
def test_each_value_of_a_category_counts(sagemaker, tuning_data, refused, count, more):
    """What becomes static counts by its values, and another static category counts twice."""
    depth = numbers("Integer", "max_depth", "2", "9")
    parent = tuning.tune(
        sagemaker,
        tuning.tuning_request(
            tuning_data,
            number=1,
            **ranges({**depth, **tuning.values("eta", *(f"0.{n + 11}" for n in range(count)))}),
        ),
    )
    static = {"eta": "0.3", **more}
    request = warm_start(tuning_data, parent, **ranges(depth), hyperparameters=static)
    refused(request, re.compile("^11 hyperparameters have become static or have another static"))


def test_transfer_learning(sagemaker, tuning_data, tuned):
    """TransferLearning takes another image, and names no best training job of both."""
    other = algorithm(TrainingImage=jobs.image_uri("3.0-5"))
    job = tuning.tune(
        sagemaker, warm_start(tuning_data, tuned, "TransferLearning", number=1, **other)
    )
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert "OverallBestTrainingJob" not in job


def test_autotune(sagemaker, tuning_data):
    """Autotune turns a hint into a range, and fills in limits, early stopping and convergence."""
    hints = [
        {"Name": "max_depth", "ValueHint": "4"}, {"Name": "booster", "ValueHint": "gbtree"}
    ]  # fmt: skip
    request = tuning.tuning_request(
        tuning_data,
        number=2,
        config={"ParameterRanges": {"AutoParameters": hints}},
        Autotune={"Mode": "Enabled"},
    )
    job = tuning.tune(sagemaker, request)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    shown = job["HyperParameterTuningJobConfig"]
    assert shown["ParameterRanges"]["IntegerParameterRanges"] == [
        {"Name": "max_depth", "MinValue": "2", "MaxValue": "8", "ScalingType": "Auto"}
    ]
    assert shown["TrainingJobEarlyStoppingType"] == "Auto"
    converged = shown["TuningJobCompletionCriteria"]["ConvergenceDetected"]
    assert converged == {"CompleteOnConvergence": "Enabled"}
    definition = job["TrainingJobDefinition"]
    assert definition["RetryStrategy"]["MaximumRetryAttempts"] >= 1
    assert definition["StaticHyperParameters"]["booster"] == "gbtree"


def test_autotune_without_ranges(sagemaker, tuning_data):
    """Without ranges Autotune searches what AWS recommends for the algorithm."""
    request = tuning.tuning_request(
        tuning_data, number=1, config={"ParameterRanges": None}, Autotune={"Mode": "Enabled"}
    )
    job = tuning.tune(sagemaker, request)
    given = job["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Auto"} in given[
        "ContinuousParameterRanges"
    ]
    integers = [item["Name"] for item in given["IntegerParameterRanges"]]
    assert integers == ["max_depth"]  # num_round is static
