"""Training jobs on several instances, as boto3 sees them."""

import json
import os
import re
import signal
import time

import numpy as np
import pytest
import xgboost
from support import instances, jobs
from support.polling import eventually, family, gone

ENDLESS = {"num_round": "1000000", "max_depth": "1"}


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


@pytest.fixture(scope="module")
def boston():
    return instances.boston()


@pytest.fixture
def parted(s3, bucket, boston) -> str:
    """Return a bucket with Boston Housing in four CSV objects below `train/`."""
    instances.put_parts(s3, bucket, boston)
    return bucket


@pytest.fixture(scope="module")
def collective(boston, tmp_path_factory) -> xgboost.Booster:
    """Return the model of xgboost's own collective on what two hosts read."""
    shards = instances.of_hosts(boston, 2)
    folder = tmp_path_factory.mktemp("collective")
    return instances.train_collectively(folder, shards, json.dumps(instances.PARAMS))


def lines_of(logs, job: dict, host: int) -> list[str]:
    return jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"], f"/algo-{host}-")


@pytest.mark.parametrize("content_type", instances.FORMATS)
def test_two_instances_train_one_model(
    sagemaker, s3, logs, bucket, boston, collective, content_type
):
    """In each format the model is that of xgboost's own collective on the same parts.

    On Boston Housing it is also, bit for bit, that of one process on all rows.
    """
    instances.put_parts(s3, bucket, boston, content_type)
    request = instances.request(
        bucket, content_type=content_type, HyperParameters=instances.texts({})
    )
    job = jobs.train(sagemaker, request)
    assert job["TrainingJobStatus"] == "Completed", job
    files = instances.artifacts(s3, bucket, job)
    assert files.keys() == {"xgboost-model"}
    model = instances.booster(files["xgboost-model"])
    dump = {"with_stats": True, "dump_format": "json"}
    assert model.get_dump(**dump) == collective.get_dump(**dump)
    matrix = xgboost.DMatrix(boston[:, 1:], label=boston[:, 0])
    one = xgboost.train(instances.PARAMS, matrix, instances.ROUNDS)
    assert np.array_equal(model.predict(matrix), one.predict(matrix))
    for host, shard in enumerate(instances.of_hosts(boston, 2), start=1):
        text = f"Train matrix has {len(shard)} rows and 13 columns"
        assert any(text in line for line in lines_of(logs, job, host))


def test_each_host_has_a_log_stream(sagemaker, logs, parted):
    """Each host has a stream; the first one alone logs metrics, which are of all rows."""
    job = jobs.train(sagemaker, instances.request(parted, 3))
    listed = logs.describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs",
        logStreamNamePrefix=f"{job['TrainingJobName']}/",
    )
    names = [stream["logStreamName"].split("/")[1] for stream in listed["logStreams"]]
    assert [re.sub(r"\d+$", "", name) for name in names] == ["algo-1-", "algo-2-", "algo-3-"]
    for host in (1, 2, 3):
        lines = lines_of(logs, job, host)
        hosts = "Distributed node training with 3 hosts: ['algo-1', 'algo-2', 'algo-3']"
        assert any(line.endswith(hosts) for line in lines)
        assert any(f"Received is_master={host == 1}" in line for line in lines)
        metrics = [line for line in lines if line.startswith("[2]#011train-rmse")]
        assert len(metrics) == (host == 1)
    final = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
    logged = float(
        next(line for line in lines_of(logs, job, 1) if line.startswith("[2]")).split(":")[1]
    )
    assert final == {"train:rmse": pytest.approx(logged, rel=1e-6)}


def test_a_host_without_data_leaves(sagemaker, s3, logs, data):
    """With fewer objects than instances the others train, and the log says how to divide data."""
    job = jobs.train(sagemaker, instances.request(data, 2))
    assert job["TrainingJobStatus"] == "Completed", job
    lines = "\n".join(lines_of(logs, job, 2))
    assert "Host algo-2 does not have training data." in lines
    assert "Host algo-2 not being used for distributed training." in lines
    alone = jobs.train(sagemaker, jobs.training_request(data))
    models = [instances.artifacts(s3, data, each)["xgboost-model"] for each in (job, alone)]
    assert models[0] == models[1]


def test_a_host_without_validation_data_leaves(sagemaker, s3, logs, parted):
    """A host that has training data but none to validate with doesn't take part."""
    s3.put_object(Bucket=parted, Key="validation/v.csv", Body=instances.as_csv(instances.boston()))
    channels = [
        jobs.channel(f"s3://{parted}/{name}", name, source=instances.SHARDED)
        for name in ("train", "validation")
    ]
    job = jobs.train(sagemaker, instances.request(parted, 2, InputDataConfig=channels))
    assert job["TrainingJobStatus"] == "Completed", job
    lines = "\n".join(lines_of(logs, job, 2))
    assert "Host algo-2 does not have validation data in the validation channel" in lines


def test_no_host_has_data(sagemaker, s3, bucket):
    """A job without any data fails and says so."""
    s3.put_object(Bucket=bucket, Key="train/empty.csv", Body=b"")
    job = jobs.train(sagemaker, instances.request(bucket, 2))
    assert job["TrainingJobStatus"] == "Failed"
    assert "No hosts received training data. What to do:" in job["FailureReason"]


def test_fully_replicated_data_is_read_by_each_host(sagemaker, logs, parted, boston):
    """Without sharding each host reads all objects."""
    job = jobs.train(
        sagemaker,
        instances.request(parted, 2, InputDataConfig=[jobs.channel(f"s3://{parted}/train")]),
    )
    for host in (1, 2):
        text = f"Train matrix has {len(boston)} rows and 13 columns"
        assert any(text in line for line in lines_of(logs, job, host))


def test_the_first_failure_is_the_jobs(sagemaker, s3, logs, parted):
    """The reason is that of the host which failed, not the lost connection of the others."""
    s3.put_object(Bucket=parted, Key="train/part-3", Body=b"-1,1,2,3,4,5,6,7,8,9,10,11,12,13\n")
    settings = {"objective": "count:poisson"}
    job = jobs.train(sagemaker, instances.request(parted, 2, hyperparameters=settings))
    assert job["TrainingJobStatus"] == "Failed"
    assert "label must be non-negative for Poisson" in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 1")


def test_a_failing_host_ends_those_that_wait(sagemaker, s3, logs, parted):
    """Hosts that wait for one that fails before training are ended, and their log says why."""
    s3.put_object(Bucket=parted, Key="train/part-1", Body=b"\xff\xfe1,2\n")
    job = jobs.train(sagemaker, instances.request(parted, 2))
    assert job["TrainingJobStatus"] == "Failed"
    assert "AlgorithmError: framework error" in job["FailureReason"]
    text = "Local SageMaker: this host was ended because algo-2 has failed."
    assert lines_of(logs, job, 1)[-1] == text


def start_endless(sagemaker, logs, bucket: str, **hyperparameters) -> str:
    """Start a job on two instances; return its name once it trains."""
    request = instances.request(bucket, 2, hyperparameters=ENDLESS | hyperparameters)
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    eventually(lambda: any(line.startswith("[3]") for line in safe_lines(logs, name)))
    return name


def safe_lines(logs, name: str) -> list[str]:
    try:
        return jobs.log_lines(logs, "TrainingJobs", name)
    except logs.exceptions.ResourceNotFoundException:
        return []


def test_a_stop_reaches_all_hosts(sagemaker, s3, logs, parted):
    """A stopped job ends at once on all hosts, and keeps the model that its first one saved."""
    name = start_endless(sagemaker, logs, parted, save_model_on_termination="true")
    start = time.monotonic()
    sagemaker.stop_training_job(TrainingJobName=name)
    job = jobs.wait_for_training(sagemaker, name)
    assert (job["TrainingJobStatus"], "FailureReason" in job) == ("Stopped", False)
    assert time.monotonic() - start < 60
    model = instances.booster(instances.artifacts(s3, parted, job)["xgboost-model"])
    assert model.num_boosted_rounds() >= 3


@pytest.mark.parametrize("number", [0, 1])
def test_a_killed_host_fails_the_job(sagemaker, logs, local, parted, number):
    """If the process of any host is killed, the job fails with its signal."""
    before = family(local.pid)
    name = start_endless(sagemaker, logs, parted)
    hosts = sorted(set(family(local.pid)) - set(before))
    assert len(hosts) == 2
    os.kill(hosts[number], signal.SIGKILL)
    job = jobs.wait_for_training(sagemaker, name)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].endswith("exit code: -9")
    eventually(lambda: all(map(gone, hosts)))


def test_max_runtime_ends_all_hosts(sagemaker, parted):
    """A job on two instances that exceeds its runtime is stopped."""
    request = instances.request(
        parted, 2, hyperparameters=ENDLESS, StoppingCondition={"MaxRuntimeInSeconds": 3}
    )
    job = jobs.train(sagemaker, request)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
