"""Endpoints that change while they serve: new configurations, weights and instance counts."""

import re
import threading
import time

import pytest
from support.endpoints import PING, ask, configure, update, variant, wait_in_service


def test_weights_and_capacities(sagemaker, runtime, deploy, ten, twenty, assert_aws_error):
    """Weights and counts change while the endpoint serves; a weight of 0 gets no calls."""
    name = deploy(variant(ten, "a"), variant(twenty, "b"))

    def change(*items: dict) -> dict:
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=list(items)
        )
        wait_in_service(sagemaker, name)
        variants = sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
        assert all(
            item["CurrentWeight"] == item["DesiredWeight"]
            and item["CurrentInstanceCount"] == item["DesiredInstanceCount"]
            for item in variants
        )
        return {
            item["VariantName"]: (item["CurrentWeight"], item["CurrentInstanceCount"])
            for item in variants
        }

    assert change(
        {"VariantName": "a", "DesiredWeight": 0}, {"VariantName": "b", "DesiredInstanceCount": 3}
    ) == {"a": (0, 1), "b": (1, 3)}
    assert {ask(runtime, name)[1] for _ in range(30)} == {"b"}
    assert ask(runtime, name, TargetVariant="a")[1] == "a"
    assert change({"VariantName": "b", "DesiredInstanceCount": 1})["b"] == (1, 1)
    with assert_aws_error(
        "ValidationException",
        f'The variant name(s) "c" is/are not present within endpoint configuration "{name}".',
    ):
        change({"VariantName": "c", "DesiredWeight": 1})
    with assert_aws_error("ValidationException", re.compile("a weight greater than 0")):
        change({"VariantName": "b", "DesiredWeight": 0})
    with assert_aws_error("ValidationException", re.compile("3.4e\\+38 at most")):
        change({"VariantName": "b", "DesiredWeight": float("inf")})
    change({"VariantName": "b", "DesiredInstanceCount": 0})
    with pytest.raises(runtime.exceptions.ValidationError, match="Variant b has no instances"):
        ask(runtime, name)
    change({"VariantName": "b", "DesiredInstanceCount": 1})
    assert ask(runtime, name)[1] == "b"


def test_updates_under_traffic(sagemaker, runtime, client, deploy, ten, twenty, broken):
    """A client that calls without pause sees no failed call, and no answer of a wrong model."""
    name = deploy(variant(ten))
    for config, model, count in (("good", twenty, 2), ("back", ten, 1), ("bad", broken, 1)):
        configure(sagemaker, f"{name}-{config}", variant(model, InitialInstanceCount=count))
    answers, stop = [], threading.Event()

    def call_without_pause() -> None:
        while not stop.is_set():
            answers.append((time.monotonic(), round(ask(runtime, name)[0])))

    caller = threading.Thread(target=call_without_pause)
    caller.start()
    changes = []
    try:
        for config, value in (("good", 20), ("bad", 20), ("back", 10), ("bad", 10)):
            started = time.monotonic()
            shown = update(sagemaker, name, f"{name}-{config}")
            changes.append((started, time.monotonic(), value))
            assert shown.get("FailureReason") == (PING if config == "bad" else None)
    finally:
        stop.set()
        caller.join()
    assert shown["EndpointConfigName"] == f"{name}-back"
    assert len(answers) > 10  # a busy machine answers few
    before = 10
    for started, ended, value in changes:
        during = {answer for at, answer in answers if started < at < ended}
        assert during <= {before, value}
        before = value
    after = [answer for at, answer in answers if at > changes[-1][1] + 0.1]
    assert set(after) <= {10}


def test_an_update_shows_old_and_new(sagemaker, deploy, alarm, ten, assert_aws_error):
    """While an endpoint is updated, the new fleet is pending, and nothing else may change."""
    name = deploy(variant(ten))
    configure(sagemaker, f"{name}-2", variant(ten, InitialInstanceCount=3))
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 600}
    sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=f"{name}-2",
        DeploymentConfig={
            "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]},
        },
    )
    shown = sagemaker.describe_endpoint(EndpointName=name)
    assert shown["EndpointStatus"] == "Updating"
    assert shown["EndpointConfigName"] == name
    pending = shown["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == f"{name}-2"
    assert pending["ProductionVariants"][0]["DesiredInstanceCount"] == 3
    text = f'Cannot update in-progress endpoint "{shown["EndpointArn"]}".'
    with assert_aws_error("ValidationException", text):
        sagemaker.delete_endpoint(EndpointName=name)
    alarm("ALARM")  # ends the wait, and with it the update
    wait_in_service(sagemaker, name)
    shown = update(sagemaker, name, f"{name}-2")
    assert shown["EndpointConfigName"] == f"{name}-2"
    assert "PendingDeploymentSummary" not in shown


@pytest.mark.parametrize(
    ("settings", "count", "weight"),
    [
        ({}, 1, 1.0),
        ({"RetainAllVariantProperties": True}, 3, 0.5),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            },
            3,
            1.0,
        ),
    ],
)
def test_what_an_update_keeps(sagemaker, deploy, ten, settings, count, weight):
    """An update resets counts and weights to the configuration's, unless they are retained."""
    name = deploy(variant(ten))
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "AllTraffic", "DesiredWeight": 0.5, "DesiredInstanceCount": 3}
        ],
    )
    wait_in_service(sagemaker, name)
    shown = update(sagemaker, name, name, **settings)["ProductionVariants"][0]
    assert (shown["CurrentInstanceCount"], shown["CurrentWeight"]) == (count, weight)
