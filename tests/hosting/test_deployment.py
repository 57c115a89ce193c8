"""Updates step by step: canary and linear traffic, baking, and alarms that roll back."""

import re
import time

import pytest
from support.alarms import put_alarm
from support.endpoints import PING, ask, configure, update, variant, wait_in_service
from support.polling import eventually
from support.server_processes import containers

from helpers.local.runtime.hosting.deployment import Deployment, DeploymentConfigError

FLEET = [{"InstanceCount": 2}, {"InstanceCount": 2}]
ALARM = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}


def policy(kind: str, wait: int = 0, **more) -> dict:
    routing = {"Type": kind, "WaitIntervalInSeconds": wait}
    for member in ("CanarySize", "LinearStepSize"):
        if member in more:
            routing[member] = more.pop(member)
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **more}}


def rolling(size: dict, wait: int = 0, **more) -> dict:
    return {
        "RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": wait, **more}
    }


def percent(value: int) -> dict:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


@pytest.mark.parametrize(
    ("config", "shares"),
    [
        ({}, (1.0,)),
        (policy("ALL_AT_ONCE"), (1.0,)),
        (policy("CANARY", CanarySize=percent(30)), (0.3, 1.0)),
        (policy("CANARY", CanarySize={"Type": "INSTANCE_COUNT", "Value": 1}), (0.25, 1.0)),
        (policy("LINEAR", LinearStepSize=percent(40)), (0.4, 0.8, 1.0)),
        (policy("LINEAR", LinearStepSize=percent(50)), (0.5, 1.0)),
        (rolling(percent(40)), (0.4, 0.8, 1.0)),
        (rolling({"Type": "INSTANCE_COUNT", "Value": 2}), (0.5, 1.0)),
    ],
)
def test_steps(config, shares):
    """Each type of traffic routing has its steps; a number of instances is a share of them all."""
    assert Deployment.of(config, FLEET).shares == shares


def test_waits():
    """Without alarms nothing is baked; the old fleet waits for its end all the same."""
    config = policy("ALL_AT_ONCE", wait=60, TerminationWaitInSeconds=7)
    without = Deployment.of(config, FLEET)
    assert (without.bake_seconds, without.termination_wait_seconds) == (0, 7)
    with_alarm = Deployment.of(config | ALARM, FLEET)
    assert (with_alarm.bake_seconds, with_alarm.alarms) == (60, ("errors",))


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (policy("CANARY"), "Traffic routing of type CANARY needs CanarySize"),
        (
            {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}, {}]}},
            "Each of the Alarms needs an AlarmName.",
        ),
        (policy("ALL_AT_ONCE", CanarySize=percent(10)), "ALL_AT_ONCE does not take CanarySize"),
        (policy("CANARY", CanarySize=percent(51)), "CanarySize is 51 % of the new fleet"),
        (policy("LINEAR", LinearStepSize=percent(5)), "LinearStepSize is 5 % of the new fleet"),
        (rolling(percent(4)), "MaximumBatchSize is 4 % of the new fleet: 5 to 50 % are allowed"),
        (
            rolling({"Type": "INSTANCE_COUNT", "Value": 3}),
            "MaximumBatchSize is 75 % of the new fleet: 5 to 50 % are allowed",
        ),
        (
            rolling(percent(50), RollbackMaximumBatchSize=percent(101)),
            "RollbackMaximumBatchSize is 101 % of the new fleet: 1 to 100 % are allowed",
        ),
        (
            rolling(percent(50), 900, MaximumExecutionTimeoutInSeconds=600) | ALARM,
            "MaximumExecutionTimeoutInSeconds is 600, less than all waits together: 1800",
        ),
        (rolling(percent(50)) | policy("ALL_AT_ONCE"), "Only one update policy can be used"),
        (
            policy("ALL_AT_ONCE", 900, MaximumExecutionTimeoutInSeconds=600) | ALARM,
            "MaximumExecutionTimeoutInSeconds is 600, less than all waits together: 900",
        ),
    ],
)
def test_contradictions(config, text):
    """Numbers beyond AWS's limits are refused, with the limit."""
    with pytest.raises(DeploymentConfigError, match=re.escape(text)):
        Deployment.of(config, FLEET)


def test_a_rolling_update_of_a_serverless_endpoint():
    """It is refused: there are no instances to replace."""
    with pytest.raises(DeploymentConfigError, match="A serverless endpoint has no instances"):
        Deployment.of(rolling(percent(50)), [{"InstanceCount": 1, "Serverless": {}}])


def test_what_the_endpoint_refuses(sagemaker, deploy, ten, assert_aws_error):
    """A policy beyond AWS's limits, or an alarm that is missing, is refused by name."""
    name = deploy(variant(ten))
    for config, text in (
        (rolling(percent(51)), "MaximumBatchSize is 51 % of the new fleet: 5 to 50 %"),
        (policy("CANARY"), "needs CanarySize"),
        (policy("ALL_AT_ONCE") | ALARM, "alarms that do not exist in us-east-1: errors"),
    ):
        with assert_aws_error("ValidationException", re.compile(text)):
            sagemaker.update_endpoint(
                EndpointName=name, EndpointConfigName=name, DeploymentConfig=config
            )
    assert sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"


def test_alarms_that_are_not_evaluated(client, sagemaker, deploy, ten, assert_aws_error):
    """An alarm on a percentile or metric math is refused: it could not go off."""
    cloudwatch = client("cloudwatch")
    rule = {"EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1}
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "ModelLatency"}
    cloudwatch.put_metric_alarm(
        AlarmName="percentile", **rule, **metric, Period=60, ExtendedStatistic="p99"
    )
    query = {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
    cloudwatch.put_metric_alarm(AlarmName="math", **rule, Metrics=[query])
    put_alarm(cloudwatch, "sum", "AWS/SageMaker", "Invocation5XXErrors", 1)
    names = ["percentile", "math", "sum"]
    named = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in names]}}
    name = deploy(variant(ten))
    text = "does not evaluate these alarms: percentile, math. "
    with assert_aws_error("ValidationException", re.compile(text)):
        sagemaker.update_endpoint(
            EndpointName=name,
            EndpointConfigName=name,
            DeploymentConfig=policy("ALL_AT_ONCE") | named,
        )
    cloudwatch.delete_alarms(AlarmNames=names)


def test_other_variants(sagemaker, deploy, ten, assert_aws_error):
    """With a DeploymentConfig the names of the variants must stay; without one they may change.

    A rolling update can't be used with several variants.
    """
    name = deploy(variant(ten))
    configure(sagemaker, f"{name}-2", variant(ten), variant(ten, "b"))
    request = {"EndpointName": name, "EndpointConfigName": f"{name}-2"}
    for config in (policy("ALL_AT_ONCE"), rolling(percent(50))):
        with assert_aws_error("ValidationException", re.compile("same variant names.* AllTraffic")):
            sagemaker.update_endpoint(**request, DeploymentConfig=config)
    sagemaker.update_endpoint(**request)
    shown = wait_in_service(sagemaker, name)["ProductionVariants"]
    assert {item["VariantName"] for item in shown} == {"AllTraffic", "b"}
    with assert_aws_error("ValidationException", re.compile("endpoint of several variants: use")):
        sagemaker.update_endpoint(**request, DeploymentConfig=rolling(percent(50)))


def test_an_alarm_in_the_canary(sagemaker, runtime, deploy, alarm, ten, twenty):
    """The canary gets its share; when the alarm goes off, all traffic goes back."""
    name = deploy(variant(ten))
    configure(sagemaker, f"{name}-2", variant(twenty))
    config = policy("CANARY", 600, CanarySize=percent(50)) | ALARM
    sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=f"{name}-2", DeploymentConfig=config
    )
    eventually(lambda: round(ask(runtime, name)[0]) == 20)
    answers = [round(ask(runtime, name)[0]) for _ in range(200)]
    assert 60 < answers.count(20) < 140  # five standard deviations of a binomial share of 0.5
    shown = sagemaker.describe_endpoint(EndpointName=name)
    pending = shown["PendingDeploymentSummary"]["ProductionVariants"][0]
    assert pending["VariantStatus"][0]["Status"] == "Baking"
    assert pending["VariantStatus"][0]["StatusMessage"] == (
        "Baking for 600 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of "
        "1 instance(s)."
    )
    alarm("ALARM")
    shown = wait_in_service(sagemaker, name)
    assert shown["FailureReason"] == "The update was rolled back: errors is in the state ALARM."
    assert shown["EndpointConfigName"] == name
    assert {round(ask(runtime, name)[0]) for _ in range(20)} == {10}


def test_a_deployment_without_alarm(sagemaker, runtime, deploy, ten, twenty):
    """Without alarms the steps follow each other; the old fleet ends after its wait."""
    name = deploy(variant(ten))
    configure(sagemaker, f"{name}-2", variant(twenty))
    config = policy("LINEAR", 600, LinearStepSize=percent(50), TerminationWaitInSeconds=1)
    started = time.monotonic()
    shown = update(sagemaker, name, f"{name}-2", DeploymentConfig=config)
    assert 1 <= time.monotonic() - started < 600
    assert shown["LastDeploymentConfig"] == config
    assert round(ask(runtime, name)[0]) == 20
    started = time.monotonic()
    again = update(sagemaker, name, name, RetainDeploymentConfig=True)
    assert time.monotonic() - started >= 1
    assert again["LastDeploymentConfig"] == config


def test_a_rolling_update(sagemaker, runtime, local, deploy, ten, twenty):
    """Each batch takes the place of old containers: never more than a batch on top, and no gap."""
    before = containers(local.pid)
    name = deploy(variant(ten, InitialInstanceCount=4))
    configure(sagemaker, f"{name}-2", variant(twenty, InitialInstanceCount=4))
    sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=f"{name}-2",
        DeploymentConfig=rolling(percent(25)),
    )
    numbers, answers = set(), set()
    while sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Updating":
        numbers.add(len(containers(local.pid) - before))
        answers.add(round(ask(runtime, name)[0]))
    assert max(numbers) <= 5
    assert answers <= {10, 20}
    assert {round(ask(runtime, name)[0]) for _ in range(20)} == {20}
    shown = sagemaker.describe_endpoint(EndpointName=name)
    assert shown["EndpointConfigName"] == f"{name}-2"
    assert shown["LastDeploymentConfig"] == rolling(percent(25))
    assert shown["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    assert len(containers(local.pid) - before) == 4


def test_an_alarm_in_a_rolling_update(sagemaker, runtime, local, deploy, alarm, ten, twenty):
    """A batch gets the share of its containers; when the alarm goes off, it ends."""
    before = containers(local.pid)
    name = deploy(variant(ten, InitialInstanceCount=4))
    configure(sagemaker, f"{name}-2", variant(twenty, InitialInstanceCount=4))
    sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=f"{name}-2",
        DeploymentConfig=rolling(percent(25), 60) | ALARM,
    )
    eventually(lambda: round(ask(runtime, name)[0]) == 20)
    answers = [round(ask(runtime, name)[0]) for _ in range(200)]
    assert 10 < answers.count(20) < 70  # five standard deviations of a binomial share of 0.2
    assert len(containers(local.pid) - before) == 5
    shown = sagemaker.describe_endpoint(EndpointName=name)
    (pending,) = shown["PendingDeploymentSummary"]["ProductionVariants"]
    assert pending["VariantStatus"][0]["StatusMessage"] == (
        "Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled on capacity of "
        "1 instance(s)."
    )
    alarm("ALARM")
    shown = wait_in_service(sagemaker, name)
    assert shown["FailureReason"] == "The update was rolled back: errors is in the state ALARM."
    assert shown["EndpointConfigName"] == name
    assert {round(ask(runtime, name)[0]) for _ in range(20)} == {10}
    assert len(containers(local.pid) - before) == 4


def test_a_rolling_update_to_a_broken_model(sagemaker, runtime, local, deploy, ten, broken):
    """A batch that can't be started ends the update; the old containers keep serving."""
    before = containers(local.pid)
    name = deploy(variant(ten, InitialInstanceCount=2))
    configure(sagemaker, f"{name}-2", variant(broken, InitialInstanceCount=2))
    shown = update(sagemaker, name, f"{name}-2", DeploymentConfig=rolling(percent(50)))
    assert shown["FailureReason"] == PING
    assert {round(ask(runtime, name)[0]) for _ in range(20)} == {10}
    assert len(containers(local.pid) - before) == 2
