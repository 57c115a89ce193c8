"""All jobs share their slots, failures and recovery, and each ends with a final status."""

import errno
import sqlite3
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.polling import eventually
from support.tiny_jobs import TinyJob, tiny_runner

from helpers.local.runtime import workloads
from helpers.local.runtime.workloads import Job, WorkloadFailedError


@pytest.fixture
def runner(tmp_path):
    with tiny_runner(tmp_path) as runner:
        yield runner


def run(runner, do):
    job = TinyJob(runner.context, do)
    job.run()
    return job.ends


def fails(error):
    def do(job):
        raise error

    return do


def test_failures_have_reasons(runner):
    """A job's own failure keeps its text, and any other exception is an internal error."""
    assert run(runner, fails(WorkloadFailedError("ClientError: why"))) == [
        ("Failed", "ClientError: why")
    ]
    ((status, reason),) = run(runner, fails(KeyError("oops")))
    assert status == "Failed"
    assert reason.startswith("InternalServerError: We encountered an internal error.")
    assert "oops" not in reason
    assert "python -m helpers local logs" in reason


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        sqlite3.OperationalError("database or disk is full"),
    ],
)
def test_full_disk_is_named(runner, error):
    """A full disk is named as the reason, because the learner can free space."""
    ((status, reason),) = run(runner, fails(error))
    assert status == "Failed"
    assert str(error) in reason
    assert "Free some disk space" in reason


def test_final_status_is_tried_again(runner, monkeypatch):
    """A final status is written again until there is space, so that nobody waits endlessly."""
    monkeypatch.setattr(workloads, "RETRY_SECONDS", 0.01)
    job, full = TinyJob(runner.context, fails(WorkloadFailedError("why"))), [True, True, False]

    def finish(status, reason):
        if full.pop(0):
            raise sqlite3.OperationalError("database or disk is full")
        job.ends.append((status, reason))

    job.finish = finish
    job.run()
    assert job.ends == [("Failed", "why")]


class RecoveredJob(Job):
    """A job that writes its final status into its document."""

    RESOURCE = TinyJob.RESOURCE

    def close(self, document, status, reason):
        document.update(TinyJobStatus=status, FailureReason=reason)


def test_recover(runner):
    """After a kill running jobs are failed, and their folders removed; ended ones unchanged."""
    database = runner.context.database
    for name, status in (("ran", "InProgress"), ("was-stopped", "Stopping"), ("done", "Completed")):
        arn = f"arn:aws:sagemaker:us-east-1:111122223333:tiny-job/{name}"
        document = {"TinyJobName": name, "TinyJobArn": arn, "TinyJobStatus": status}
        database.insert("tiny-job", "us-east-1", name, document, [], arn)
        (runner.context.home.jobs / "tiny-job" / "us-east-1" / name / "opt_ml").mkdir(parents=True)
    RecoveredJob.recover(runner.context)
    jobs = database.list_all("tiny-job")
    statuses = {job["TinyJobName"]: job["TinyJobStatus"] for job in jobs}
    assert statuses == {"ran": "Failed", "was-stopped": "Failed", "done": "Completed"}
    reasons = {job.get("FailureReason") for job in jobs if job["TinyJobStatus"] == "Failed"}
    assert reasons == {workloads.ABANDONED}
    folders = (runner.context.home.jobs / "tiny-job" / "us-east-1").iterdir()
    assert [folder.name for folder in folders] == ["done"]


def test_folder_of_an_earlier_job_of_that_name_is_emptied(runner):
    """The folder of an earlier job with the same name is emptied before the new one starts."""
    job = TinyJob(runner.context, lambda job: None)
    job.folder.mkdir(parents=True)
    (job.folder / "old").write_text("")
    job.run()
    assert job.ends == [("Completed", None)]
    assert not (job.folder / "old").exists()


def test_a_description_is_the_first_only_once_and_only_while_it_runs(runner):
    """Only the first description of a resource that runs counts as first, and only once."""
    go = threading.Event()
    job = TinyJob(runner.context, lambda job: go.wait(20))
    runner.start(job)
    runner.note_undescribed(job.arn)
    runner.note_undescribed("arn:a-model")
    assert runner.is_first_description(job.arn)
    assert not runner.is_first_description(job.arn)
    assert not runner.is_first_description("arn:a-model")
    runner.note_undescribed(job.arn)
    go.set()
    eventually(lambda: not runner._workloads)
    assert not runner._undescribed


def test_no_more_jobs_at_once_than_slots(runner):
    """No more jobs run at once than there are slots; the others wait."""
    now, most, lock = [], [], threading.Lock()

    def do(job):
        with lock:
            now.append(job)
            most.append(len(now))
        time.sleep(0.02)
        with lock:
            now.remove(job)

    tiny = [TinyJob(runner.context, do, f"{number}") for number in range(6)]
    for job in tiny:
        runner.start(job)
    eventually(lambda: all(job.ends for job in tiny))
    assert max(most) == 2


@given(st.text(max_size=5000))
def test_reasons_are_short_enough(text):
    """A reason has at most 1,024 characters, and keeps the last line."""
    short = workloads.shorten(text)
    assert len(short) <= 1024
    assert short == text if len(text) <= 1024 else short.endswith(text[-500:])
