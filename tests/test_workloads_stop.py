"""A stop ends a job, its containers and their processes; so does closing the runner."""

import os
import signal
import threading

import pytest
from support.polling import eventually
from support.tiny_jobs import TinyJob, tiny_runner

from helpers.local.containers.contract import PythonFunction
from helpers.local.runtime import runner as runners

pytestmark = pytest.mark.usefixtures("forkserver")


@pytest.fixture
def runner(tmp_path):
    with tiny_runner(tmp_path) as runner:
        yield runner


def entry_of(name, job):
    return PythonFunction(f"support.container_entries:{name}", (str(job.folder),))


def contain(entry):
    """Return a function that runs a container of container_entries."""

    def do(job):
        job.lines = []
        process = job.start_process(entry_of(entry, job), job.lines.extend)
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
        processes = [job.start_process(entry, job.lines.extend) for _ in range(2)]
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
