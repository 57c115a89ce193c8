"""What of the built-in XGBoost works on several instances, and what is refused."""

import re

import numpy as np
import pytest
import xgboost
from support import instances, jobs, tuning

ROWS = instances.boston()
LABELS = (ROWS[:, 0] > np.median(ROWS[:, 0])).astype(np.float32)
CLASSES = np.column_stack([LABELS, ROWS[:, 1:]])


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


def channels(bucket: str) -> list[dict]:
    return [
        jobs.channel(f"s3://{bucket}/{name}", name, source=instances.SHARDED)
        for name in ("train", "validation")
    ]


@pytest.fixture
def classes(s3, bucket) -> str:
    """Return a bucket with two classes in four CSV objects, to train and to validate."""
    instances.put_parts(s3, bucket, CLASSES)
    for number, part in enumerate(instances.parts(CLASSES)):
        body = instances.as_csv(part[::3])
        s3.put_object(Bucket=bucket, Key=f"validation/part-{number}", Body=body)
    return bucket


def rounds(lines: list[str]) -> list[int]:
    return [int(match[1]) for line in lines if (match := re.match(r"\[(\d+)\]#011", line))]


def lines_of(logs, job: dict, host: int = 1) -> list[str]:
    return jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"], f"/algo-{host}-")


@pytest.mark.parametrize("metric", ["logloss", "f1"])
def test_early_stopping(sagemaker, s3, logs, classes, metric):
    """All hosts stop at the same round, also by a metric that the container computes."""
    settings = {
        "objective": "binary:logistic",
        "num_round": "200",
        "eval_metric": metric,
        "early_stopping_rounds": "3",
        "max_depth": "2",
        "eta": "0.9",
    }
    request = instances.request(
        classes, 2, hyperparameters=settings, InputDataConfig=channels(classes)
    )
    job = jobs.train(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job
    last = rounds(lines_of(logs, job))[-1]
    assert last < 199
    model = instances.booster(instances.artifacts(s3, classes, job)["xgboost-model"])
    assert model.num_boosted_rounds() == last - 3 + 1


def test_a_metric_of_the_container_is_the_mean_of_the_hosts(sagemaker, s3, logs, bucket):
    """As xgboost does with custom metrics, the metric is the mean of those of the hosts."""
    instances.put_parts(s3, bucket, ROWS)
    settings = {"eval_metric": "mae,mse", "num_round": "1", "base_score": "0", "eta": "0.3"}
    request = instances.request(bucket, 2, hyperparameters=settings)
    job = jobs.train(sagemaker, request)
    model = instances.booster(instances.artifacts(s3, bucket, job)["xgboost-model"])
    expected = []
    for shard in instances.of_hosts(ROWS, 2):
        error = model.predict(xgboost.DMatrix(shard[:, 1:])) - shard[:, 0]
        expected.append(np.mean(error.astype(float) ** 2))
    final = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
    assert final["train:mse"] == pytest.approx(np.mean(expected), abs=1e-4)


def test_checkpoints(sagemaker, s3, logs, bucket):
    """One host writes checkpoints, all resume from them, and the model is that of one job."""
    instances.put_parts(s3, bucket, ROWS)
    config = {"CheckpointConfig": {"S3Uri": f"s3://{bucket}/checkpoints"}}

    def train(num_round: str, **changes) -> tuple[dict, xgboost.Booster]:
        changes["hyperparameters"] = {"num_round": num_round}
        job = jobs.train(sagemaker, instances.request(bucket, 2, **changes))
        files = instances.artifacts(s3, bucket, job)
        return job, instances.booster(files["xgboost-model"])

    train("4", **config)
    written = jobs.keys(s3, bucket, "checkpoints/")
    assert written == [f"checkpoints/xgboost-checkpoint.{number}" for number in range(4)]
    job, model = train("7", **config)
    for host in (1, 2):
        assert any("Resuming from iteration 4" in line for line in lines_of(logs, job, host))
    assert rounds(lines_of(logs, job)) == [4, 5, 6]
    _, whole = train("7")
    assert model.get_dump() == whole.get_dump()


@pytest.mark.parametrize("version", ["0.72", "1.2-1", "1.7-1"])
def test_old_images(sagemaker, s3, logs, bucket, version):
    """Old images train on several instances too, by approximate splits, as their xgboost did."""
    instances.put_parts(s3, bucket, ROWS)
    settings = {"objective": "reg:linear"}
    request = instances.request(bucket, 2, version=version, hyperparameters=settings)
    job = jobs.train(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job
    assert any("tree_method=approx" in line for line in lines_of(logs, job))
    if version == "0.72":
        assert any("Running distributed xgboost training." in line for line in lines_of(logs, job))


def test_exact_splits_are_xgboosts_to_refuse(sagemaker, s3, bucket):
    """Exact splits on several instances fail with the text of xgboost."""
    instances.put_parts(s3, bucket, ROWS)
    request = instances.request(bucket, 2, hyperparameters={"tree_method": "exact"})
    job = jobs.train(sagemaker, request)
    assert job["TrainingJobStatus"] == "Failed"
    assert "doesn't support distributed training" in job["FailureReason"]


def test_cross_validation_is_refused(sagemaker, s3, bucket):
    """Cross-validation on several instances is refused with the remedy."""
    instances.put_parts(s3, bucket, ROWS)
    job = jobs.train(sagemaker, instances.request(bucket, 2, hyperparameters={"_kfold": "3"}))
    assert "set the instance count to 1, or leave out _kfold" in job["FailureReason"]


def test_linear_learner_is_refused(sagemaker, s3, bucket, assert_aws_error):
    """The Linear Learner on several instances is refused when the job is created."""
    instances.put_parts(s3, bucket, ROWS)
    request = instances.request(bucket, 2)
    image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
    request["AlgorithmSpecification"]["TrainingImage"] = image
    with assert_aws_error("ValidationException", re.compile("the Linear Learner on one instance")):
        sagemaker.create_training_job(**request)


def test_a_tuning_job_on_two_instances(sagemaker, s3):
    """The training jobs of a tuning job run on as many instances as its definition says."""
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 5}
    request = tuning.tuning_request(
        tuning.data_bucket(s3), number=2, definition={"ResourceConfig": resources}
    )
    job = tuning.tune(sagemaker, request)
    assert job["ObjectiveStatusCounters"]["Succeeded"] == 2, job
    best = sagemaker.describe_training_job(
        TrainingJobName=job["BestTrainingJob"]["TrainingJobName"]
    )
    assert best["ResourceConfig"]["InstanceCount"] == 2
