"""What CreateHyperParameterTuningJob refuses, in AWS's words where they are public."""

import re

import pytest
from support import jobs, tuning
from support.tuning import algorithm, config, definition, numbers, objective, ranges

OVERRIDE = (
    "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the "
    "request without specifying metric definitions."
)
NO_MAX_RESOURCE = (
    "MaxResource parameter is not provided and could not be inferred from provided static "
    "hyperparameters of TrainingJobDefinition."
)
MISSING_ROLE = "arn:aws:iam::111122223333:role/missing"
FIVE_EPOCHS = {"epochs": "5"}
TENTHS = [str(number / 10) for number in range(1, 31)]
MANY_VALUES = {
    "CategoricalParameterRanges": [{"Name": name, "Values": TENTHS} for name in ("eta", "alpha")]
}
METRICS = [{"Name": "validation:mae", "Regex": ".*"}]


def minimum(resource: int) -> dict:
    return {"HyperbandStrategyConfig": {"MinResource": resource}}


REFUSED = {
    "no objective": (
        config(HyperParameterTuningJobObjective=None),
        "A metric is required for this hyperparameter tuning job objective. Provide a metric in "
        "the metric definitions.",
    ),
    "metric definitions of a built-in algorithm": (algorithm(MetricDefinitions=METRICS), OVERRIDE),
    "too few combinations": (
        {"number": 10, **ranges(numbers("Integer", "max_depth", "3", "5"))},
        "You don't have enough combinations of hyperparameter ranges. The total number of "
        "hyperparameter combinations for the provided ranges [3.0] must be equal or greater than "
        "the value of MaxNumberOfJobs, [10]. Provide additional ranges.",
    ),
    "Hyperband without MaxResource": (config(Strategy="Hyperband"), NO_MAX_RESOURCE),
    "Hyperband with no epochs": (
        {**config(Strategy="Hyperband"), "hyperparameters": {"epochs": "0"}},
        NO_MAX_RESOURCE,
    ),
    "Hyperband with more epochs than AWS allows": (
        {**config(Strategy="Hyperband"), "hyperparameters": {"epochs": "20001"}},
        re.compile("^MaxResource is 20001, and at most 20000 epochs are allowed"),
    ),
    "MinResource above the inferred MaxResource": (
        {**config(Strategy="Hyperband", StrategyConfig=minimum(6)), "hyperparameters": FIVE_EPOCHS},
        "MinResource of HyperbandStrategyConfig, 6, must not be greater than MaxResource, 5.",
    ),
    "a role that does not exist": (
        definition(RoleArn=MISSING_ROLE),
        f"Could not assume role {MISSING_ROLE}. Please ensure that the role exists and allows "
        "principal 'sagemaker.amazonaws.com' to assume the role.",
    ),
    "a metric of no channel": (
        config(HyperParameterTuningJobObjective=objective("rmse")),
        re.compile(r"^The objective metric \[rmse\] can't be optimized .*validation:rmse"),
    ),
    "a metric of the training channel": (
        config(HyperParameterTuningJobObjective=objective("train:rmse")),
        re.compile(r"^The objective metric \[train:rmse\] can't be optimized"),
    ),
    "a name that can't be tuned": (
        ranges(tuning.values("booster", "gbtree", "dart", "gblinear")),
        re.compile(r"\[booster\]\. Tune some of \[num_round, eta, "),
    ),
    "no range": (ranges({}), re.compile("at least one hyperparameter range")),
    "a range of one value": (
        ranges(numbers("Integer", "max_depth", "1", "1")),
        "MinValue of hyperparameter max_depth must be less than its MaxValue, and they are 1 and "
        "1.",
    ),
    "equal categorical values": (
        ranges(tuning.values("max_depth", "2", "2")),
        "The values of hyperparameter max_depth must be unique: ['2', '2']",
    ),
    "a range of texts": (
        ranges(numbers("Continuous", "eta", "low", "high")),
        "MinValue and MaxValue of hyperparameter eta must each be a number, and are 'low' and "
        "'high'.",
    ),
    "an infinite range": (
        ranges(numbers("Continuous", "eta", "0", "inf")),
        re.compile("must each be a number"),
    ),
    "a range that is wider than a number": (
        ranges(numbers("Continuous", "gamma", "-1e308", "1e308")),
        re.compile("^The range of hyperparameter gamma is too wide"),
    ),
    "a bound with an underscore": (
        ranges(numbers("Continuous", "gamma", "1_0", "20")),
        re.compile("must each be a number, and are '1_0' and '20'"),
    ),
    "an integer bound with an underscore": (
        ranges(numbers("Integer", "max_depth", "1", "1_0")),
        re.compile("must each be an integer, and are '1' and '1_0'"),
    ),
    "a fraction as an integer": (
        ranges(numbers("Integer", "max_depth", "1.5", "4")),
        re.compile("must each be an integer, and are '1.5' and '4'"),
    ),
    "Logarithmic from 0": (
        ranges(numbers("Continuous", "alpha", "0", "1", "Logarithmic")),
        re.compile("Logarithmic of hyperparameter alpha needs a range of values greater than 0"),
    ),
    "ReverseLogarithmic to 1": (
        ranges(numbers("Continuous", "subsample", "0.5", "1", "ReverseLogarithmic")),
        re.compile("ReverseLogarithmic of hyperparameter subsample needs a range from 0 to less"),
    ),
    "ReverseLogarithmic of integers": (
        ranges(numbers("Integer", "max_depth", "0", "9", "ReverseLogarithmic")),
        re.compile("ReverseLogarithmic of hyperparameter max_depth needs a continuous range"),
    ),
    "two ranges of one name": (
        ranges({**numbers("Continuous", "eta", "0", "1"), **tuning.values("eta", "0.1", "0.2")}),
        "Hyperparameter eta has 2 ranges. Provide one.",
    ),
    "static and tuned": (
        {"hyperparameters": {"eta": "0.3"}},
        re.compile("^Hyperparameter eta is both static and tuned"),
    ),
    "more than 100 hyperparameters": (
        {"hyperparameters": {f"name{number}": "1" for number in range(97)}},
        re.compile("100 static ones .* and 1 tuned"),
    ),
    "no MaxNumberOfTrainingJobs": (
        {"number": None},
        "MaxNumberOfTrainingJobs of ResourceLimits is required for strategy Random.",
    ),
    "Grid with more combinations than a tuning job can have": (
        {"number": None, **config(Strategy="Grid", ParameterRanges=MANY_VALUES)},
        re.compile("^A tuning job with strategy Grid can have at most 750 .* would have 900"),
    ),
    "Grid with numbers": (
        config(Strategy="Grid"),
        re.compile("^Strategy Grid tunes categorical hyperparameters only"),
    ),
    "Grid with another number": (
        {"number": 3, **config(Strategy="Grid", ParameterRanges=tuning.values("eta", "0", "1"))},
        re.compile("tries each of the 2 combinations .*, and MaxNumberOfTrainingJobs is 3"),
    ),
    "Hyperband with early stopping": (
        config(Strategy="Hyperband", TrainingJobEarlyStoppingType="Auto"),
        re.compile("TrainingJobEarlyStoppingType must be Off"),
    ),
    "Hyperband's settings of another strategy": (
        config(StrategyConfig={"HyperbandStrategyConfig": {"MaxResource": 9}}),
        "HyperbandStrategyConfig can't be given for strategy Random.",
    ),
    "MinResource over MaxResource": (
        config(
            Strategy="Hyperband",
            StrategyConfig={"HyperbandStrategyConfig": {"MinResource": 9, "MaxResource": 3}},
        ),
        re.compile("MinResource of HyperbandStrategyConfig, 9, must not be greater"),
    ),
    "too many training jobs": (
        {"number": 751, **config(Strategy="Bayesian")},
        re.compile("at most 750 training jobs"),
    ),
    "no definition": (
        {"TrainingJobDefinition": None},
        re.compile("either TrainingJobDefinition or TrainingJobDefinitions"),
    ),
    "no resources": (
        definition(ResourceConfig=None),
        re.compile("either ResourceConfig or HyperParameterTuningResourceConfig"),
    ),
    "instances twice": (
        definition(
            ResourceConfig=None,
            HyperParameterTuningResourceConfig={
                "InstanceType": "ml.m5.large",
                "InstanceConfigs": [
                    {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
                ],
            },
        ),
        re.compile("'InstanceType'.* can't be given together with InstanceConfigs"),
    ),
    "hints without Autotune": (
        ranges({**tuning.ETA, "AutoParameters": [{"Name": "max_depth", "ValueHint": "4"}]}),
        "AutoParameters can only be used with Autotune: enable it, or give ranges.",
    ),
    "checkpoints outside S3": (
        definition(CheckpointConfig={"S3Uri": "https://example.com/a"}),
        re.compile("^The S3Uri of CheckpointConfig .* got 'https://example.com/a'.$"),
    ),
    "spot training without a wait": (
        definition(EnableManagedSpotTraining=True),
        "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
        "MaxRuntimeInSeconds",
    ),
    "a tag of AWS": (
        {"Tags": [{"Key": "aws:x", "Value": "1"}]},
        "aws: prefixed tag key names are not allowed for external use.",
    ),
    "a parent that does not exist": (
        {
            "WarmStartConfig": {
                "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "missing"}],
                "WarmStartType": "TransferLearning",
            }
        },
        "Amazon SageMaker can't find a tuning job called missing. Type another name.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tuning_data, refused, case):
    """A request that AWS would refuse is refused at once, and creates nothing."""
    changes, message = REFUSED[case]
    refused(tuning.tuning_request(tuning_data, **changes), message)


def test_a_name_of_33_characters(tuning_data, refused, sagemaker, assert_aws_error):
    """A name may have 32 characters."""
    request = tuning.tuning_request(tuning_data, HyperParameterTuningJobName="n" * 33)
    with assert_aws_error("ValidationException", re.compile("less than or equal to 32")):
        sagemaker.create_hyper_parameter_tuning_job(**request)


def test_data_that_does_not_exist(tuning_data, refused):
    """A channel that leads nowhere is refused with the text of CreateTrainingJob."""
    channels = [jobs.channel(f"s3://{tuning_data}/nothing")]
    request = tuning.tuning_request(tuning_data, definition={"InputDataConfig": channels})
    refused(request, re.compile(f'^No S3 objects found under S3 URL "s3://{tuning_data}/nothing"'))


def test_metric_definitions_of_a_training_job(sagemaker, tuning_data, assert_aws_error):
    """CreateTrainingJob refuses metric definitions with the same text (case T-04)."""
    request = jobs.training_request(tuning_data)
    request["AlgorithmSpecification"]["MetricDefinitions"] = METRICS
    with assert_aws_error("ValidationException", OVERRIDE):
        sagemaker.create_training_job(**request)


def test_max_resource_of_epochs(sagemaker, tuning_data):
    """MaxResource is taken from a static hyperparameter named epochs (case T-03)."""
    request = tuning.tuning_request(
        tuning_data, config={"Strategy": "Hyperband"}, hyperparameters={"epochs": "9"}
    )
    name = tuning.start(sagemaker, request)
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert tuning.wait(sagemaker, name)["HyperParameterTuningJobStatus"] in ("Stopped", "Failed")


def test_quotas(sagemaker, tuning_data, assert_aws_error):
    """More training jobs at once than quotas allow are refused, with the number asked for."""
    request = tuning.tuning_request(tuning_data, number=20, parallel=11)
    with assert_aws_error("ResourceLimitExceeded", re.compile("is 10 .* delta of 11 ")):
        sagemaker.create_hyper_parameter_tuning_job(**request)
    request = tuning.tuning_request(tuning_data, number=501)
    with assert_aws_error("ResourceLimitExceeded", re.compile("Random .* is 500 .* delta of 501 ")):
        sagemaker.create_hyper_parameter_tuning_job(**request)
    many = {"InstanceType": "ml.g4dn.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
    request = tuning.tuning_request(
        tuning_data, number=20, parallel=9, definition={"ResourceConfig": many}
    )
    message = re.compile("'ml.g4dn.xlarge for training job usage' .* delta of 9 Instances")
    with assert_aws_error("ResourceLimitExceeded", message):
        sagemaker.create_hyper_parameter_tuning_job(**request)
    too_long = {"StoppingCondition": {"MaxRuntimeInSeconds": 432_001}}
    request = tuning.tuning_request(tuning_data, definition=too_long)
    message = re.compile("'Longest run time for a training job' .* delta of 432001 Seconds")
    with assert_aws_error("ResourceLimitExceeded", message):
        sagemaker.create_hyper_parameter_tuning_job(**request)
