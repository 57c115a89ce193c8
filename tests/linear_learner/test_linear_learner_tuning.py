"""What a tuning job may search with Linear Learner, and what it may optimize."""

from support import tuning
from support.linear_learner_job import IMAGE_URI, image

from helpers.local.containers import registry
from helpers.local.containers.linear_learner import hyperparameters as hp

CONTAINER = registry.container_of(image())


def test_tunable_hyperparameters():
    """The hyperparameters that can be tuned are AWS's, and both ends of a range are valid."""
    table = {row.name: row for row in hp.TABLE}
    tunable = CONTAINER.tunable_hyperparameters(image())
    assert {item.name for item in tunable} == {
        "wd",
        "l1",
        "learning_rate",
        "mini_batch_size",
        "use_bias",
        "positive_example_weight_mult",
    }
    for item in tunable:
        for value in item.values or (item.low, item.high):
            table[item.name].parse(str(value))


def test_objective_metrics():
    """Every objective metric is one of the metric definitions, of validation or test."""
    names = [item["Name"] for item in CONTAINER.metric_definitions(image())]
    metrics = CONTAINER.objective_metrics(image())
    assert set(metrics) <= set(names)
    assert {name.split(":")[0] for name in metrics} == {"validation", "test"}
    assert {"validation:objective_loss", "test:binary_f_beta", "validation:mse"} <= set(metrics)
    assert not any("final" in name for name in metrics)


def test_a_tuning_job(sagemaker, s3):
    """A tuning job searches AWS's ranges; each of its jobs trains one model."""
    bucket = tuning.data_bucket(s3)
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "learning_rate", "MinValue": "0.001", "MaxValue": "1"},
            {"Name": "wd", "MinValue": "0.0000001", "MaxValue": "1"},
        ],
        "CategoricalParameterRanges": [{"Name": "use_bias", "Values": ["true", "false"]}],
    }
    objective = {"Type": "Minimize", "MetricName": "validation:objective_loss"}
    request = tuning.tuning_request(
        bucket,
        number=2,
        config={"ParameterRanges": ranges, "HyperParameterTuningJobObjective": objective},
        definition={
            "AlgorithmSpecification": {"TrainingImage": IMAGE_URI, "TrainingInputMode": "File"},
            "StaticHyperParameters": {"predictor_type": "regressor", "mini_batch_size": "10"},
        },
    )
    job = tuning.tune(sagemaker, request)
    assert job["TrainingJobStatusCounters"]["Completed"] == 2, job.get("FailureReason")
    for child in tuning.training_jobs(sagemaker, request["HyperParameterTuningJobName"]):
        found = sagemaker.describe_training_job(TrainingJobName=child["TrainingJobName"])
        metrics = {item["MetricName"]: item["Value"] for item in found["FinalMetricDataList"]}
        best = child["FinalHyperParameterTuningJobObjectiveMetric"]
        assert best["Value"] == metrics["validation:objective_loss"]
        assert best["MetricName"] == "validation:objective_loss"
        assert set(child["TunedHyperParameters"]) == {"learning_rate", "wd", "use_bias"}
