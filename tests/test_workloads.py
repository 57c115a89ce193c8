"""All jobs share stop, failure and shutdown, and each ends with a final status."""

import errno
import os
import signal
import sqlite3
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.polling import eventually

from helpers.catalog.resource_types import JOB_IN_PROGRESS, ResourceType
from helpers.local.containers.contract import PythonFunction
from helpers.local.home import Home
from helpers.local.runtime import runner as runners
from helpers.local.runtime import workloads
from helpers.local.runtime.context import Context
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.workloads import Job, WorkloadFailedError
from helpers.local.state.database import Database

pytestmark = pytest.mark.usefixtures("forkserver")


class TinyJob(Job):
    """A job that executes a function of its own."""

    RESOURCE = ResourceType("tiny job", "tiny-job", "TinyJob", busy=JOB_IN_PROGRESS)

    def __init__(self, context, do, name="tiny"):
        super().__init__(context, "us-east-1", name, f"arn:{name}")
        self.do = do
        self.ends = []

    def work(self):
        self.do(self)
        self.finish("Completed", None)

    def finish(self, status, reason):
        self.ends.append((status, reason))


@pytest.fixture
def runner(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    runner = Runner(Context(home, Database(home.database), None), slots=2)
    yield runner
    runner.close()
    runner.context.database.close()


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


def entry_of(name, job):
    return PythonFunction(f"support.container_entries:{name}", (str(job.folder),))


def contain(entry):
    """Return a function that runs a container of container_entries."""

    def do(job):
        job.lines = []
        process = job.start_process(entry_of(entry, job), job.lines.append)
        job.code = process.wait()
        job.checkpoint()

    return do


def start(runner, entry):
    job = TinyJob(runner.context, contain(entry))
    runner.start(job)
    eventually(lambda: getattr(job, "lines", None))
    return job


def test_stop_asks_the_container(runner):
    """A stop sends SIGTERM at once, so that the container can save its model."""
    job = start(runner, "saves_when_asked")
    runner.stop(job.arn)
    eventually(lambda: job.ends)
    assert job.ends == [("Stopped", None)]
    assert job.lines == ["ready", "saved"]
    assert job.code == 0


def test_a_second_stop_sends_no_second_signal(runner):
    """A second stop sends no second SIGTERM to a container that is saving its model."""
    job = start(runner, "counts_sigterms")
    (pid,) = map(int, job.lines)
    runner.stop(job.arn)
    eventually(lambda: job.lines[-1] == "1")
    runner.stop(job.arn)
    runner.stop(job.arn)
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: "asked" in job.lines)
    job.kill()
    eventually(lambda: job.ends)
    assert job.lines[1:] == ["1", "asked"]


def test_all_processes_of_a_workload_are_stopped(runner):
    """All processes of a workload, such as one for each instance, are ended with it."""

    def do(job):
        job.lines, job.codes = [], []
        entry = entry_of("saves_when_asked", job)
        processes = [job.start_process(entry, job.lines.append) for _ in range(2)]
        readers = [
            threading.Thread(target=lambda p=p: job.codes.append(p.wait())) for p in processes
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        job.checkpoint()

    job = TinyJob(runner.context, do)
    runner.start(job)
    eventually(lambda: getattr(job, "lines", []) == ["ready", "ready"])
    runner.stop(job.arn)
    eventually(lambda: job.ends)
    assert job.codes == [0, 0]
    assert sorted(job.lines) == ["ready", "ready", "saved", "saved"]


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


def test_stop_kills_what_does_not_listen(runner, monkeypatch):
    """A container that ignores a stop is killed after its time, two minutes on AWS."""
    monkeypatch.setattr(TinyJob, "KILL_SECONDS", 0.2)
    job = start(runner, "ignores_sigterm")
    runner.stop(job.arn)
    eventually(lambda: job.ends)
    assert job.code == -9


def test_the_timer_that_kills_ends_with_the_workload(runner):
    """No thread waits for minutes to kill a container that has obeyed."""
    job = start(runner, "saves_when_asked")

    def timers() -> list[threading.Timer]:
        threads = threading.enumerate()
        return [thread for thread in threads if getattr(thread, "function", None) == job.kill]

    runner.stop(job.arn)
    eventually(lambda: job.ends and not timers())


def test_stop_before_the_container(runner):
    """If a job is stopped before its container starts, the container is never started."""
    reached, go = threading.Event(), threading.Event()

    def do(job):
        reached.set()
        go.wait(20)
        job.start_process(entry_of("sleeps", job), print)

    job = TinyJob(runner.context, do)
    runner.start(job)
    reached.wait(20)
    runner.stop(job.arn)
    go.set()
    eventually(lambda: job.ends)
    assert job.ends == [("Stopped", None)]
    assert not (job.folder / "pids").exists()


def test_first_reason_to_stop_counts(runner):
    """A job that is stopped after it ran too long keeps the first reason."""
    job = TinyJob(runner.context, lambda job: job.checkpoint())
    job.stop("MaxRuntimeExceeded")
    job.stop()
    assert job.stopped_by == "MaxRuntimeExceeded"


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


def test_stop_a_job_that_waits(runner):
    """A waiting job can be stopped although no slot is free for it."""
    go = threading.Event()
    busy = [
        TinyJob(runner.context, lambda job: go.wait(20), f"busy-{number}") for number in range(2)
    ]
    waiting = TinyJob(runner.context, lambda job: job.checkpoint(), "waiting")
    for job in (*busy, waiting):
        runner.start(job)
    runner.stop(waiting.arn)
    eventually(lambda: waiting.ends)
    assert waiting.ends == [("Stopped", None)]
    assert not any(job.ends for job in busy)
    go.set()


def test_close_ends_running_and_waiting_jobs(runner):
    """When close() returns each job has ended, and no container runs."""
    tiny = [TinyJob(runner.context, contain("ignores_sigterm"), f"{number}") for number in range(4)]
    for job in tiny:
        runner.start(job)
    eventually(lambda: sum(bool(getattr(job, "lines", None)) for job in tiny) == 2)
    runner.close()
    assert [job.ends for job in tiny] == [[("Stopped", None)]] * 4
    assert [getattr(job, "code", None) for job in tiny].count(-9) == 2


def test_job_that_outlives_close(runner, monkeypatch):
    """close() doesn't wait for a job that outlives it; the next start ends that job."""
    monkeypatch.setattr(runners, "CLOSE_SECONDS", 0.05)
    monkeypatch.setattr(threading, "excepthook", lambda args: noise.append(args))
    noise, go = [], threading.Event()

    class Slow(TinyJob):
        def finish(self, status, reason):
            self.change(lambda document: None)

    runner.start(Slow(runner.context, lambda job: go.wait(20)))
    (thread,) = runner._threads
    runner.close()
    runner.context.database.close()
    assert thread.is_alive()
    go.set()
    thread.join(20)
    assert noise == []


@given(st.text(max_size=5000))
def test_reasons_are_short_enough(text):
    """A reason has at most 1,024 characters, and keeps the last line."""
    short = workloads.shorten(text)
    assert len(short) <= 1024
    assert short == text if len(text) <= 1024 else short.endswith(text[-500:])
