"""What takes minutes: ten thousand calls, and twenty updates under traffic."""

import threading
import time
from pathlib import Path

import psutil
import pytest
from matplotlib.figure import Figure
from support.clients import make_client
from support.endpoints import PING, ask, configure, update, variant, wait_in_service
from support.server_processes import containers

from helpers.local.process import Endpoint

pytestmark = pytest.mark.full
CALLS = 10_000


def memory(pids: set[int]) -> int:
    """Return the memory of processes in bytes; what they share counts once."""
    return sum(psutil.Process(pid).memory_full_info().pss for pid in pids)


def test_memory_and_metrics_of_many_calls(client, runtime, local, deploy, ten):
    """Memory is flat over 10,000 calls, and CloudWatch counts all of them."""
    before = containers(local.pid)
    name = deploy(variant(ten))
    pids = {local.pid, *(containers(local.pid) - before)}
    used = []
    for number in range(CALLS):
        ask(runtime, name)
        if number % 100 == 99:
            used.append(memory(pids))
    tenth = len(used) // 10
    assert sum(used[-tenth:]) <= 1.05 * sum(used[:tenth])
    cloudwatch = client("cloudwatch")
    now = time.time()
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": name},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        StartTime=now - 3600,
        EndTime=now + 60,
        Period=60,
        Statistics=["Sum"],
    )
    assert sum(point["Sum"] for point in answer["Datapoints"]) == CALLS


def test_twenty_updates(sagemaker, local, deploy, ten, twenty, broken, tmp_path):
    """Good, failed and rolled back updates and new counts: no failed call, no wrong answer."""
    name = deploy(variant(ten))
    for config, model, count in (("a", twenty, 2), ("b", ten, 1), ("broken", broken, 1)):
        configure(sagemaker, f"{name}-{config}", variant(model, InitialInstanceCount=count))
    answers: list[tuple[float, float, int]] = []
    stop = threading.Event()

    def call_without_pause(local: Endpoint) -> None:
        runtime = make_client(local, "sagemaker-runtime")
        while not stop.is_set():
            asked = time.monotonic()
            value = round(ask(runtime, name)[0])
            answers.append((asked, time.monotonic(), value))

    callers = [threading.Thread(target=call_without_pause, args=(local,)) for _ in range(2)]
    for caller in callers:
        caller.start()
    changes = [(0.0, 0.0, 10)]
    try:
        for number in range(20):
            started, value = time.monotonic(), changes[-1][2]
            if number % 4 == 3:
                sagemaker.update_endpoint_weights_and_capacities(
                    EndpointName=name,
                    DesiredWeightsAndCapacities=[
                        {"VariantName": "AllTraffic", "DesiredInstanceCount": 1 + number % 3}
                    ],
                )
                wait_in_service(sagemaker, name)
            else:
                config = ("a", "broken", "b")[number % 4]
                shown = update(sagemaker, name, f"{name}-{config}")
                assert shown.get("FailureReason") == (PING if config == "broken" else None)
                value = {"a": 20, "b": 10}.get(config, value)
            changes.append((started, time.monotonic(), value))
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    draw(changes[1:], answers, tmp_path / "updates.png")
    assert len(answers) > 200
    for asked, answered, value in answers:
        assert value in allowed(changes, asked, answered)


def draw(changes: list, answers: list, file: Path) -> None:
    """Draw which model answered when; each update is a grey area, up to when it was done."""
    start = changes[0][0]
    figure = Figure(figsize=(12, 3), layout="constrained")
    axes = figure.add_subplot()
    for started, ended, _ in changes:
        axes.axvspan(started - start, ended - start, color="0.85")
    times = [answered - start for _, answered, _ in answers]
    axes.plot(times, [value for _, _, value in answers], ".", markersize=2)
    axes.set(
        xlabel="seconds",
        ylabel="prediction",
        yticks=[10, 20],
        title=f"{len(answers):,} calls during {len(changes)} updates (grey), none failed",
    )
    figure.savefig(file)


def allowed(changes: list[tuple[float, float, int]], asked: float, answered: float) -> set[int]:
    """Return the values of the models that were meant to serve between two times."""
    last = [value for _, ended, value in changes if ended <= asked]
    during = [value for started, ended, value in changes if started <= answered and ended >= asked]
    return {last[-1], *during}
