"""Endpoints whose containers or whose server are killed."""

import contextlib
import os
import shutil
import signal
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from support import jobs
from support.clients import make_client
from support.endpoints import ask, configure, variant, wait_in_service
from support.polling import eventually, family, gone
from support.server_processes import containers

from helpers.local import process
from helpers.local.home import Home

CALLERS = 4


class Callers:
    """Threads that call an endpoint without pause until `stop`."""

    def __init__(self, local, name: str):
        self.values, self.errors, self._stop = [], [], threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=(local, name)) for _ in range(CALLERS)
        ]
        for thread in self._threads:
            thread.start()

    def _call(self, local, name: str) -> None:
        runtime = make_client(local, "sagemaker-runtime")
        while not self._stop.is_set():
            try:
                self.values.append(round(ask(runtime, name)[0]))
            except (ClientError, BotoCoreError) as error:
                self.errors.append(error)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("count", [1, 2])
def test_a_container_killed_under_load(sagemaker, local, deploy, ten, count):
    """Of a killed container at most the calls in flight fail, and another one takes its place."""
    before = containers(local.pid)
    name = deploy(variant(ten, InitialInstanceCount=count))
    callers = Callers(local, name)
    try:
        eventually(lambda: len(callers.values) > 20)
        victim = min(containers(local.pid) - before)
        os.kill(victim, signal.SIGKILL)
        after = len(callers.values)
        eventually(lambda: len(containers(local.pid) - before - {victim}) == count)
        eventually(lambda: len(callers.values) > after + 50)
    finally:
        callers.stop()
    assert set(callers.values) == {10}
    assert len(callers.errors) <= CALLERS
    shown = sagemaker.describe_endpoint(EndpointName=name)
    assert shown["EndpointStatus"] == "InService"


def test_containers_killed_again_and_again(sagemaker, runtime, local, deploy, ten):
    """Containers that are killed while they start are replaced until all are there."""
    before = containers(local.pid)
    name = deploy(variant(ten, InitialInstanceCount=2))
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        for pid in containers(local.pid) - before:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(containers(local.pid) - before) == 2)
    assert round(ask(runtime, name)[0]) == 10
    shown = sagemaker.describe_endpoint(EndpointName=name)
    assert shown["EndpointStatus"] == "InService"
    assert shown["ProductionVariants"][0]["CurrentInstanceCount"] == 2


def test_a_folder_that_can_not_be_written(sagemaker, runtime, local, deploy, bucket, ten):
    """An endpoint that can't write what it captures keeps serving, and nothing is left of it."""
    before = containers(local.pid)
    name = jobs.new_name("endpoint")
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[variant(ten)],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{bucket}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    shutil.rmtree(local.home / "jobs/endpoint/us-east-1" / name)  # stands for a full disk
    ask(runtime, name)
    time.sleep(1.5)  # after the next look at what was captured
    assert round(ask(runtime, name)[0]) == 10
    assert sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)
    eventually(lambda: containers(local.pid) <= before)


def test_deleted_under_load(sagemaker, local, deploy, ten):
    """A deleted endpoint leaves no process; its callers are told that it is gone."""
    before = containers(local.pid)
    name = deploy(variant(ten))
    callers = Callers(local, name)
    try:
        eventually(lambda: len(callers.values) > 20)
        sagemaker.delete_endpoint(EndpointName=name)
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)
        eventually(lambda: containers(local.pid) <= before)
    finally:
        callers.stop()
    assert f"Endpoint {name} of account 111122223333 not found." in str(callers.errors[-1])


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Return a function that starts the server of this test's home folder, or finds it."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    home = Home.find()
    yield process.ensure_running
    process.stop(home)


def clients(endpoint):
    services = ("sagemaker", "s3", "sagemaker-runtime")
    return [make_client(endpoint, service) for service in services]


def test_a_server_killed_and_started_again(server):
    """Endpoints serve again after a kill -9, and an interrupted update is finished."""
    local = server()
    sagemaker, s3, runtime = clients(local)
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="train/a.csv", Body=jobs.TRAIN_CSV)
    job = jobs.train(sagemaker, jobs.training_request("data"))
    model = jobs.create_model(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"])
    for name in ("serving", "updating", "deleting"):
        configure(sagemaker, name, variant(model))
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    for name in ("serving", "updating", "deleting"):
        wait_in_service(sagemaker, name)
    value = ask(runtime, "serving")
    data = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://data/")
    artifacts = jobs.read(s3, "data", data)
    configure(sagemaker, "three", variant(model, InitialInstanceCount=3))
    sagemaker.delete_endpoint(EndpointName="deleting")
    sagemaker.update_endpoint(EndpointName="updating", EndpointConfigName="three")
    children = family(local.pid)
    os.kill(local.pid, signal.SIGKILL)
    eventually(lambda: all(map(gone, [local.pid, *children])))

    local = server()
    sagemaker, s3, runtime = clients(local)
    assert sagemaker.describe_endpoint(EndpointName="serving")["EndpointStatus"] == "InService"
    started = time.monotonic()
    assert ask(runtime, "serving") == value
    assert time.monotonic() - started < 30
    shown = wait_in_service(sagemaker, "updating")
    assert shown["EndpointConfigName"] == "three"
    assert shown["ProductionVariants"][0]["CurrentInstanceCount"] == 3
    assert ask(runtime, "updating") == value
    with pytest.raises(ClientError, match="Could not find endpoint"):
        sagemaker.describe_endpoint(EndpointName="deleting")
    eventually(lambda: len(containers(local.pid)) == 4)

    s3.delete_object(Bucket="data", Key=data)
    process.stop(Home.find())
    local = server()
    sagemaker, s3, runtime = clients(local)
    time.sleep(0.5)
    assert sagemaker.describe_endpoint(EndpointName="serving")["EndpointStatus"] == "InService"
    s3.put_object(Bucket="data", Key=data, Body=artifacts)
    assert ask(runtime, "serving") == value
