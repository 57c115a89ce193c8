"""When the server is killed or its disk is full, acknowledged work stays and jobs end."""

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from support.clients import make_client
from support.jobs import TRAIN_CSV, log_lines, train, training_request, wait_for_training
from support.polling import eventually, family, gone
from support.signing import WAITER, open_call
from support.tuning import tuning_request

from helpers.local import process
from helpers.local.home import Home, LocalError

LONG = {"num_round": "1000000"}
ABANDONED = "The Local SageMaker stopped while this job was running."


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Return a function that starts the server of this test's home folder, or finds it."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    home = Home.find()
    yield process.ensure_running
    process.stop(home)


def clients(endpoint, *services):
    return [make_client(endpoint, service) for service in services]


def start_long_jobs(sagemaker, count) -> list[str]:
    """Start endless jobs; return once as many run as can run at the same time."""
    names = []
    for _ in range(count):
        request = training_request("data", hyperparameters=LONG)
        sagemaker.create_training_job(**request)
        names.append(request["TrainingJobName"])
    running = min(count, os.cpu_count())
    eventually(
        lambda: (
            sum(
                sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"]
                == "Training"
                for name in names
            )
            == running
        )
    )
    return names


def kill(endpoint) -> None:
    """Send kill -9 to the server, and check that all its processes end too."""
    children = family(endpoint.pid)
    assert children
    os.kill(endpoint.pid, signal.SIGKILL)
    eventually(lambda: all(map(gone, [endpoint.pid, *children])))


def test_killed_while_jobs_run(server):
    """After a kill, unfinished jobs are Failed with a reason, and finished ones are unchanged."""
    endpoint = server()
    sagemaker, s3, logs = clients(endpoint, "sagemaker", "s3", "logs")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="train/a.csv", Body=TRAIN_CSV)
    done = train(sagemaker, training_request("data"))
    name = done["TrainingJobName"]
    lines = log_lines(logs, "TrainingJobs", name)
    artifacts = s3.get_object(Bucket="data", Key=f"output/{name}/output/model.tar.gz")
    artifacts = artifacts["Body"].read()
    place = {"logGroupName": "/mine", "logStreamName": "stream"}
    for group in ("/mine", "/gone"):
        logs.create_log_group(logGroupName=group, tags={"a": "1"})
    logs.create_log_stream(**place)
    logs.put_retention_policy(logGroupName="/mine", retentionInDays=7)
    event = {"timestamp": int(time.time() * 1000), "message": "a client's\tline"}
    logs.put_log_events(**place, logEvents=[event])
    logs.delete_log_group(logGroupName="/gone")
    long = start_long_jobs(sagemaker, os.cpu_count() + 1)
    kill(endpoint)

    endpoint = server()
    sagemaker, s3, logs = clients(endpoint, "sagemaker", "s3", "logs")
    again = sagemaker.describe_training_job(TrainingJobName=name)
    again.pop("ResponseMetadata"), done.pop("ResponseMetadata")
    assert again == done
    assert log_lines(logs, "TrainingJobs", name) == lines
    groups = {group["logGroupName"]: group for group in logs.describe_log_groups()["logGroups"]}
    assert set(groups) == {"/aws/sagemaker/TrainingJobs", "/mine"}
    assert groups["/mine"]["retentionInDays"] == 7
    assert logs.list_tags_log_group(logGroupName="/mine")["tags"] == {"a": "1"}
    assert [found["message"] for found in logs.get_log_events(**place)["events"]] == [
        "a client's\tline"
    ]
    kept = s3.get_object(Bucket="data", Key=f"output/{name}/output/model.tar.gz")
    assert kept["Body"].read() == artifacts
    for job in long:
        failed = sagemaker.describe_training_job(TrainingJobName=job)
        assert failed["TrainingJobStatus"] == failed["SecondaryStatus"] == "Failed"
        assert ABANDONED in failed["FailureReason"]
        assert all("EndTime" in step for step in failed["SecondaryStatusTransitions"])
    assert train(sagemaker, training_request("data"))["TrainingJobStatus"] == "Completed"


def test_stopped_while_calls_are_held(server):
    """On SIGTERM each waiting call is answered at once, jobs end as Failed, nothing is left."""
    endpoint = server()
    sagemaker, s3 = clients(endpoint, "sagemaker", "s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="train/a.csv", Body=TRAIN_CSV)
    (job,) = start_long_jobs(sagemaker, 1)
    body = json.dumps({"TrainingJobName": job}).encode()
    held = [open_call(endpoint, "DescribeTrainingJob", body, WAITER) for _ in range(5)]
    for _ in range(20):  # on an open connection it may overtake those that are still accepted
        sagemaker.describe_training_job(TrainingJobName=job)
    children = family(endpoint.pid)
    start = time.monotonic()
    assert process.stop()
    assert time.monotonic() - start < 10
    assert all(map(gone, children))
    for call in held:
        assert call.recv(20).startswith(b"HTTP/1.1 200 OK")
        call.close()
    runtime = Home(endpoint.home).runtime()
    assert list(runtime.iterdir()) == []
    runtime.rmdir()

    (sagemaker, s3) = clients(server(), "sagemaker", "s3")
    failed = sagemaker.describe_training_job(TrainingJobName=job)
    assert failed["TrainingJobStatus"] == "Failed"
    assert ABANDONED in failed["FailureReason"]
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="data")["Contents"]] == [
        "train/a.csv"
    ]  # no artifacts of a model that was cut off


def make_jobs(endpoint, made: list[str], stored: list[str]) -> None:
    """Create short jobs, and objects, until the server is gone; note what was acknowledged."""
    sagemaker, s3 = clients(endpoint, "sagemaker", "s3")
    with contextlib.suppress(BotoCoreError):
        while True:
            request = training_request("data", hyperparameters={"num_round": "20"})
            name = request["TrainingJobName"]
            sagemaker.create_training_job(**request)
            made.append(name)
            s3.put_object(Bucket="data", Key=f"made/{name}", Body=name.encode())
            stored.append(name)


def test_killed_at_any_moment(server):
    """Every acknowledged job has a final status, complete logs, and any artifacts it made."""
    endpoint = server()
    (s3,) = clients(endpoint, "s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="train/a.csv", Body=TRAIN_CSV)
    made, stored = [], []
    for _ in range(2):
        maker = threading.Thread(target=make_jobs, args=(endpoint, made, stored))
        maker.start()
        before = len(made)
        eventually(lambda before=before: len(made) > before)
        time.sleep(random.random() / 2)
        kill(endpoint)
        maker.join()
        endpoint = server()
    sagemaker, s3, logs = clients(endpoint, "sagemaker", "s3", "logs")
    ends = set()
    for name in made:
        job = wait_for_training(sagemaker, name)
        ends.add(job["TrainingJobStatus"])
        if job["TrainingJobStatus"] == "Completed":
            assert log_lines(logs, "TrainingJobs", name)[-1:] != []
            s3.head_object(Bucket="data", Key=f"output/{name}/output/model.tar.gz")
        else:
            assert ABANDONED in job["FailureReason"]
    assert ends <= {"Completed", "Failed"}
    for name in stored:
        assert s3.get_object(Bucket="data", Key=f"made/{name}")["Body"].read() == name.encode()


@pytest.fixture
def small_disk(tmp_path):
    """Return a file system of 16 MB, where one may be mounted."""
    folder = tmp_path / "home"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder) -> None:
    """Fill the disk to the last byte."""
    with open(folder / "filler", "ab", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 4096)


def test_disk_that_fills_up_while_a_job_runs(small_disk, server):
    """The job ends as Failed with a helpful reason, and all works once there is space again."""
    endpoint = server()
    sagemaker, s3 = clients(endpoint, "sagemaker", "s3")
    s3.create_bucket(Bucket="data")
    for channel in ("train", "validation"):
        s3.put_object(Bucket="data", Key=f"{channel}/a.csv", Body=TRAIN_CSV)
    before = set(family(endpoint.pid))
    (job,) = start_long_jobs(sagemaker, 1)
    eventually(lambda: set(family(endpoint.pid)) - before)  # its status changes a little earlier
    containers = set(family(endpoint.pid)) - before
    fill(small_disk)
    # the disk has space for its status only, which was kept free, and not for its log
    eventually(lambda: all(map(gone, containers)))
    failed = wait_for_training(sagemaker, job)
    assert failed["TrainingJobStatus"] == "Failed"
    assert "No space left on device" in failed["FailureReason"]
    assert "Free some disk space" in failed["FailureReason"]
    fill(small_disk)  # what its clean-up has freed
    with pytest.raises(ClientError, match=r"could not store this|Local SageMaker"):
        s3.put_object(Bucket="data", Key="more", Body=b"x" * 100_000)
    for call, request in (
        (sagemaker.create_training_job, training_request("data")),
        (sagemaker.create_hyper_parameter_tuning_job, tuning_request("data")),
        (sagemaker.delete_training_job, {"TrainingJobName": job}),
    ):
        with pytest.raises(ClientError, match="Free some disk space") as refused:
            call(**request)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
    os.truncate(small_disk / "filler", 8 << 20)
    again = sagemaker.describe_training_job(TrainingJobName=job)
    assert again["FailureReason"] == failed["FailureReason"]
    assert train(sagemaker, training_request("data"))["TrainingJobStatus"] == "Completed"

    fill(small_disk)
    assert process.stop()
    os.truncate(endpoint.home / "server.log", 1)  # the rest of its block has room for the reason
    fill(small_disk)
    with pytest.raises(LocalError, match="home folder") as refused:
        server()
    assert "Free some disk space" in str(refused.value)
    assert "Traceback" not in str(refused.value)
    (small_disk / "filler").unlink()
    (sagemaker,) = clients(server(), "sagemaker")
    assert len(sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 2
