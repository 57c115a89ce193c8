"""CloudWatch metrics of endpoints, and alarms on them."""

import contextlib
import os
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import jobs
from support.alarms import put_alarm
from support.clients import make_client
from support.endpoints import ask, configure, variant, wait_in_service
from support.polling import eventually, family, gone

from helpers.local import process
from helpers.local.home import Home
from helpers.local.state.metrics import KEPT, MetricStore, Source

SOURCE = Source("us-east-1", "AWS/SageMaker", (("EndpointName", "e"),))


def statistics(cloudwatch, name: str, metric: str, statistic: str) -> list[float]:
    """Return a metric's values by minute, the oldest first."""
    now = datetime.now(UTC)
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": name},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=[statistic],
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    return [point[statistic] for point in points]


def written(path: Path, metric: str) -> float:
    """Return the sum of a metric in a server's file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        sums = connection.execute("SELECT total(total) FROM minutes WHERE name = ?", [metric])
        return sums.fetchone()[0]


def test_invocations_are_counted(client, runtime, deploy, ten):
    """Counts and latencies of all calls, also of those that the container refuses."""
    cloudwatch = client("cloudwatch")
    name = deploy(variant(ten, InitialInstanceCount=2))
    for _ in range(10):
        ask(runtime, name)
    for _ in range(3):
        with pytest.raises(runtime.exceptions.ModelError):
            runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="1,2")
    sums = {
        metric: sum(statistics(cloudwatch, name, metric, "Sum"))
        for metric in (
            "Invocations",
            "InvocationsPerInstance",
            "Invocation4XXErrors",
            "Invocation5XXErrors",
        )
    }
    assert sums == {
        "Invocations": 13,
        "InvocationsPerInstance": 6.5,
        "Invocation4XXErrors": 3,
        "Invocation5XXErrors": 0,
    }
    for metric in ("ModelLatency", "OverheadLatency"):
        for value in statistics(cloudwatch, name, metric, "Average"):
            assert 1 < value < 5e6  # microseconds
    listed = cloudwatch.list_metrics(
        Namespace="AWS/SageMaker", Dimensions=[{"Name": "EndpointName", "Value": name}]
    )
    assert {metric["MetricName"] for metric in listed["Metrics"]} == {
        *sums,
        "ModelLatency",
        "OverheadLatency",
    }


def test_values_of_a_minute_are_added_up(tmp_path):
    """A minute has count, sum, least and most; what was written and what is new are one."""
    store = MetricStore(tmp_path / "m")
    now = time.time() // 60 * 60
    for value in (3, 1):
        store.count(SOURCE, "Invocations", "None", value, now)
    store.flush()
    store.count(SOURCE, "Invocations", "None", 5, now + 59)
    store.count(SOURCE, "Invocations", "None", 7, now + 60)
    store.close()
    again = MetricStore(tmp_path / "m")
    (source, first), (_, second) = again.of_region("us-east-1")
    assert (source, first.name, first.seen) == (SOURCE, "Invocations", now)
    assert (first.count, first.total, first.least, first.most) == (3, 9, 1, 5)
    assert (second.count, second.total) == (1, 7)
    assert again.of_region("eu-west-1") == []
    again.close()


def test_old_data_goes(tmp_path):
    """Data older than CloudWatch keeps them are gone after the next start."""
    store = MetricStore(tmp_path / "m")
    store.count(
        SOURCE,
        "Invocations",
        "None",
        1,
        (datetime.now(UTC) - KEPT - timedelta(minutes=2)).timestamp(),
    )
    store.count(SOURCE, "Invocations", "None", 1, time.time())
    store.close()
    again = MetricStore(tmp_path / "m")
    again.start()
    assert len(again.of_region("us-east-1")) == 1
    again.close()


def test_metrics_survive_a_kill(tmp_path, monkeypatch):
    """What was counted is written soon, and is there after a kill -9."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    try:
        local = process.ensure_running()
        services = ("sagemaker", "s3", "sagemaker-runtime")
        sagemaker, s3, runtime = [make_client(local, service) for service in services]
        s3.create_bucket(Bucket="data")
        s3.put_object(Bucket="data", Key="train/a.csv", Body=jobs.TRAIN_CSV)
        job = jobs.train(sagemaker, jobs.training_request("data"))
        model = jobs.create_model(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"])
        configure(sagemaker, "e", variant(model))
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="e")
        wait_in_service(sagemaker, "e")
        for _ in range(5):
            runtime.invoke_endpoint(EndpointName="e", ContentType="text/csv", Body="1,2")
        eventually(lambda: written(local.home / "metrics.sqlite", "Invocations") == 5)
        children = family(local.pid)
        os.kill(local.pid, signal.SIGKILL)
        eventually(lambda: all(map(gone, [local.pid, *children])))
        cloudwatch = make_client(process.ensure_running(), "cloudwatch")
        assert sum(statistics(cloudwatch, "e", "Invocations", "Sum")) == 5
    finally:
        process.stop(Home.find())


def test_an_alarm_on_a_metric_of_ones_own_rolls_an_update_back(
    client, sagemaker, runtime, deploy, ten, twenty
):
    """An alarm on what a client has reported goes off, and not before it is above the threshold."""
    cloudwatch = client("cloudwatch")
    name = deploy(variant(ten))
    configure(sagemaker, f"{name}-2", variant(twenty))
    metric = {"MetricName": "Wrong", "Dimensions": [{"Name": "EndpointName", "Value": name}]}
    put_alarm(cloudwatch, name, "my-metrics", "Wrong", 20, Dimensions=metric["Dimensions"])
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name}]}}
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60}
    blue_green = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=f"{name}-2", DeploymentConfig=blue_green | alarms
    )
    eventually(lambda: round(ask(runtime, name)[0]) == 20)

    def status_after(value: float) -> str:
        """Report a value; return the status after a few looks at the alarm, fewer if busy."""
        data = [{**metric, "Value": value, "Unit": "Count"}]
        cloudwatch.put_metric_data(Namespace="my-metrics", MetricData=data)
        time.sleep(0.3)
        return sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]

    assert status_after(15) == "Updating"
    # again and again: at the end of a minute nobody may look in time
    eventually(lambda: status_after(25) != "Updating")
    shown = wait_in_service(sagemaker, name)
    assert shown["FailureReason"] == f"The update was rolled back: {name} is in the state ALARM."
    assert round(ask(runtime, name)[0]) == 10
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_an_alarm_on_errors_rolls_an_update_back(client, sagemaker, runtime, deploy, ten, twenty):
    """An alarm on the endpoint's own errors goes off without anybody setting its state."""
    cloudwatch = client("cloudwatch")
    name = deploy(variant(ten))
    configure(sagemaker, f"{name}-2", variant(twenty))
    dimensions = [
        {"Name": "EndpointName", "Value": name},
        {"Name": "VariantName", "Value": "AllTraffic"},
    ]
    put_alarm(cloudwatch, name, "AWS/SageMaker", "Invocation4XXErrors", 2, Dimensions=dimensions)
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 600}
    sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=f"{name}-2",
        DeploymentConfig={
            "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name}]},
        },
    )
    eventually(lambda: round(ask(runtime, name)[0]) == 20)

    def rolled_back() -> bool:
        """Make three errors, and tell whether the update is over: they may be in two minutes."""
        for _ in range(3):
            with pytest.raises(runtime.exceptions.ModelError):
                runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="1,2")
        return sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] != "Updating"

    eventually(rolled_back)
    shown = wait_in_service(sagemaker, name)
    assert shown["FailureReason"] == f"The update was rolled back: {name} is in the state ALARM."
    assert round(ask(runtime, name)[0]) == 10
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
    cloudwatch.delete_alarms(AlarmNames=[name])
