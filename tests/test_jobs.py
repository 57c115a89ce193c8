"""What all jobs share: stop, failure, shutdown, and that each ends with a final status."""

import errno
import sqlite3
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import eventually

from helpers.home import Home
from helpers.local.runtime import workloads
from helpers.local.runtime.workloads import Job, JobFailedError, JobRunner
from helpers.local.state.database import Database

pytestmark = pytest.mark.usefixtures("forkserver")


class TinyJob(Job):
    """A job whose work is a function of it."""

    KIND = "tiny-job"
    MEMBER = "TinyJob"

    def __init__(self, workshop, do, name="tiny"):
        super().__init__(workshop, "us-east-1", name, f"arn:{name}")
        self.do = do
        self.ends = []

    def work(self):
        self.do(self)
        self.finish("Completed", None)

    def finish(self, status, reason):
        self.ends.append((status, reason))


@pytest.fixture
def workshop(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    workshop = JobRunner(home, Database(home.database), None, slots=2)
    yield workshop
    workshop.close()
    workshop.database.close()


def run(workshop, do):
    job = TinyJob(workshop, do)
    job.run()
    return job.ends


def fails(error):
    def do(job):
        raise error

    return do


def test_failures_have_reasons(workshop):
    """A failure that is the job's own keeps its text; any other is an internal error."""
    assert run(workshop, fails(JobFailedError("ClientError: why"))) == [
        ("Failed", "ClientError: why")
    ]
    ((status, reason),) = run(workshop, fails(KeyError("oops")))
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
def test_full_disk_is_named(workshop, error):
    """The learner can do something about it."""
    ((status, reason),) = run(workshop, fails(error))
    assert status == "Failed"
    assert str(error) in reason
    assert "Free some disk space" in reason


def test_final_status_is_tried_again(workshop, monkeypatch):
    """While there is no space for it; a job that never ends would be waited for, for ever."""
    monkeypatch.setattr(workloads, "RETRY_SECONDS", 0.01)
    job, full = TinyJob(workshop, fails(JobFailedError("why"))), [True, True, False]

    def finish(status, reason):
        if full.pop(0):
            raise sqlite3.OperationalError("database or disk is full")
        job.ends.append((status, reason))

    job.finish = finish
    job.run()
    assert job.ends == [("Failed", "why")]


def test_recover(workshop):
    """After a kill: what ran is failed, and its folder goes; what had ended stays as it is."""
    for name, status in (("ran", "InProgress"), ("was-stopped", "Stopping"), ("done", "Completed")):
        arn = f"arn:aws:sagemaker:us-east-1:111122223333:tiny-job/{name}"
        document = {"TinyJobName": name, "TinyJobArn": arn, "TinyJobStatus": status}
        workshop.database.insert("tiny-job", "us-east-1", name, document, [], arn)
        (workshop.home.jobs / "tiny-job" / "us-east-1" / name / "opt_ml").mkdir(parents=True)
    workloads.recover(workshop, TinyJob, lambda job: job.update(TinyJobStatus="Failed"))
    found = {
        job["TinyJobName"]: job["TinyJobStatus"] for job in workshop.database.every("tiny-job")
    }
    assert found == {"ran": "Failed", "was-stopped": "Failed", "done": "Completed"}
    left = (workshop.home.jobs / "tiny-job" / "us-east-1").iterdir()
    assert [folder.name for folder in left] == ["done"]


def test_folder_of_an_earlier_job_of_that_name_is_emptied(workshop):
    """Nothing of it may be taken for this job's."""
    job = TinyJob(workshop, lambda job: None)
    job.folder.mkdir(parents=True)
    (job.folder / "old").write_text("")
    job.run()
    assert job.ends == [("Completed", None)]
    assert not (job.folder / "old").exists()


def contain(entry, code=None):
    """Work that runs a container of container_entries."""

    def do(job):
        job.lines = []
        process = job.start_container(
            f"container_entries:{entry}", (str(job.folder),), job.lines.append
        )
        job.code = process.wait()
        job.checkpoint()

    return do


def start(workshop, entry):
    job = TinyJob(workshop, contain(entry))
    workshop.start(job)
    eventually(lambda: getattr(job, "lines", None))
    return job


def test_stop_asks_the_container(workshop):
    """SIGTERM at once, so that it can save its model."""
    job = start(workshop, "saves_when_asked")
    workshop.stop(job.arn)
    eventually(lambda: job.ends)
    assert job.ends == [("Stopped", None)]
    assert job.lines == ["ready", "saved"]
    assert job.code == 0


def test_stop_kills_what_does_not_listen(workshop, monkeypatch):
    """After the time that the container has, two minutes on AWS."""
    monkeypatch.setattr(workloads, "STOP_SECONDS", 0.2)
    job = start(workshop, "ignores_sigterm")
    workshop.stop(job.arn)
    eventually(lambda: job.ends)
    assert job.code == -9


def test_stop_before_the_container(workshop):
    """It is never started."""
    reached, go = threading.Event(), threading.Event()

    def do(job):
        reached.set()
        go.wait(20)
        job.start_container("container_entries:sleeps", (str(job.folder),), print)

    job = TinyJob(workshop, do)
    workshop.start(job)
    reached.wait(20)
    workshop.stop(job.arn)
    go.set()
    eventually(lambda: job.ends)
    assert job.ends == [("Stopped", None)]
    assert not (job.folder / "pids").exists()


def test_first_reason_to_stop_counts(workshop):
    """A job that ran too long and is stopped then ran too long."""
    job = TinyJob(workshop, lambda job: job.checkpoint())
    job.stop("MaxRuntimeExceeded")
    job.stop()
    assert job.stopped_by == "MaxRuntimeExceeded"


def test_no_more_jobs_at_once_than_slots(workshop):
    """The others wait for their turn."""
    now, most, lock = [], [], threading.Lock()

    def do(job):
        with lock:
            now.append(job)
            most.append(len(now))
        time.sleep(0.02)
        with lock:
            now.remove(job)

    tiny = [TinyJob(workshop, do, f"{number}") for number in range(6)]
    for job in tiny:
        workshop.start(job)
    eventually(lambda: all(job.ends for job in tiny))
    assert max(most) == 2


def test_stop_a_job_that_waits(workshop):
    """It ends although no processor is free for it."""
    go = threading.Event()
    busy = [TinyJob(workshop, lambda job: go.wait(20), f"busy-{number}") for number in range(2)]
    waiting = TinyJob(workshop, lambda job: job.checkpoint(), "waiting")
    for job in (*busy, waiting):
        workshop.start(job)
    workshop.stop(waiting.arn)
    eventually(lambda: waiting.ends)
    assert waiting.ends == [("Stopped", None)]
    assert not any(job.ends for job in busy)
    go.set()


def test_close_ends_running_and_waiting_jobs(workshop):
    """Each has its end when close() returns, and no container runs on."""
    tiny = [TinyJob(workshop, contain("ignores_sigterm"), f"{number}") for number in range(4)]
    for job in tiny:
        workshop.start(job)
    eventually(lambda: sum(bool(getattr(job, "lines", None)) for job in tiny) == 2)
    workshop.close()
    assert [job.ends for job in tiny] == [[("Stopped", None)]] * 4
    assert [getattr(job, "code", None) for job in tiny].count(-9) == 2


def test_job_that_outlives_close(workshop, monkeypatch):
    """It is not waited for, and finds a closed database without noise; the next start ends it."""
    monkeypatch.setattr(workloads, "CLOSE_SECONDS", 0.05)
    monkeypatch.setattr(threading, "excepthook", lambda args: noise.append(args))
    noise, go = [], threading.Event()

    class Slow(TinyJob):
        def finish(self, status, reason):
            self.change(lambda document: None)

    workshop.start(Slow(workshop, lambda job: go.wait(20)))
    (thread,) = workshop._threads
    workshop.close()
    workshop.database.close()
    assert thread.is_alive()
    go.set()
    thread.join(20)
    assert noise == []


@given(st.text(max_size=5000))
def test_reasons_are_short_enough(text):
    """1,024 characters at the most, and the last line is kept."""
    short = workloads.shorten(text)
    assert len(short) <= 1024
    assert short == text if len(text) <= 1024 else short.endswith(text[-500:])
