"""The loop of a tuning job with training jobs that end at once: limits, waiting, growth."""

import itertools
import sqlite3
import threading
from datetime import timedelta

import pytest
from support.polling import eventually
from support.tiny_jobs import tiny_runner

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB, TRAINING_JOB
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.tuning import results
from helpers.local.runtime.tuning.job import TuningJob
from helpers.local.runtime.tuning.progress import Progress
from helpers.local.runtime.workloads import now, workload_folder
from helpers.local.state.database import Database
from helpers.local.state.page_query import PageQuery
from helpers.local.wire.errors import AwsError

REGION, NAME = "us-east-1", "tune"
ARN = f"arn:aws:sagemaker:{REGION}:111122223333:hyper-parameter-tuning-job/{NAME}"
ETA = {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Auto"}


class TrainingJobs:
    """Stands for CreateTrainingJob: a training job that ends when `end` is called.

    Parameters
    ----------
    runner
        Of the server.
    ends_at_once
        Whether it ends as it is created, with its eta as the objective.
    """

    def __init__(self, runner: Runner, ends_at_once: bool = True):
        self._database, self._ends_at_once = runner.context.database, ends_at_once
        self.requests: list[dict] = []
        self.is_refused = threading.Event()
        self._running: dict[str, tuple] = {}

    def __call__(self, request: dict, members: dict, observer) -> None:
        if self.is_refused.is_set():
            raise AwsError("ResourceLimitExceeded", "no instance is left")
        name = request["TrainingJobName"]
        arn = f"arn:aws:sagemaker:{REGION}:111122223333:training-job/{name}"
        document = {
            "TrainingJobName": name,
            "TrainingJobArn": arn,
            "TrainingJobStatus": "InProgress",
            "CreationTime": now(),
            "HyperParameters": request["HyperParameters"],
            "SecondaryStatusTransitions": [],
            **members,
        }
        self._database.insert(TRAINING_JOB.arn_type, REGION, name, document, [], arn)
        self.requests.append(request)
        self._running[name] = (observer, request)
        if self._ends_at_once:
            self.end(name)

    def end(self, name: str, status: str = "Completed") -> None:
        observer, request = self._running.pop(name)
        value = float(request["HyperParameters"]["eta"])

        def change(document: dict) -> None:
            document["TrainingJobStatus"] = status
            document["TrainingEndTime"] = now()
            document["FinalMetricDataList"] = [{"MetricName": "ObjectiveMetric", "Value": value}]

        observer.ended(self._database.change(TRAINING_JOB.arn_type, REGION, name, change))

    def stop_all(self) -> None:
        for name in list(self._running):
            self.end(name, "Stopped")


@pytest.fixture
def runner(tmp_path):
    with tiny_runner(tmp_path) as runner:
        yield runner


def tuning_job(runner: Runner, create, age: timedelta = timedelta(), **limits: int) -> TuningJob:
    """Insert a tuning job that was created some time ago, and return its workload."""
    config = {
        "Strategy": "Random",
        "ResourceLimits": {"MaxParallelTrainingJobs": 2, **limits},
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "rmse"},
        "ParameterRanges": {"ContinuousParameterRanges": [ETA]},
        "TrainingJobEarlyStoppingType": "Off",
    }
    document = {
        "HyperParameterTuningJobName": NAME,
        "HyperParameterTuningJobArn": ARN,
        "HyperParameterTuningJobConfig": config,
        "TrainingJobDefinition": {"AlgorithmSpecification": {}, "StaticHyperParameters": {}},
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": now() - age,
    }
    Progress(config, "Minimize").write(document)
    kind = HYPERPARAMETER_TUNING_JOB.arn_type
    runner.context.database.insert(kind, REGION, NAME, document, [], ARN)
    return TuningJob(runner, REGION, NAME, ARN, create)


def test_it_waits_for_instances(runner):
    """While a quota refuses a training job, the tuning job waits, and tries the same values."""
    create = TrainingJobs(runner)
    create.is_refused.set()
    job = tuning_job(runner, create, MaxNumberOfTrainingJobs=2)
    runner.start(job)
    eventually(lambda: job._waiting is not None)
    waiting = job._waiting.parameters
    assert job.document()["TrainingJobStatusCounters"]["InProgress"] == 0
    create.is_refused.clear()
    runner.wait_until_ended(ARN)
    assert create.requests[0]["HyperParameters"] == waiting
    assert job.document()["TrainingJobStatusCounters"]["Completed"] == 2


def test_deleted_training_jobs_count_after_a_restart(runner):
    """Training jobs that were deleted count, and their numbers are not used a second time."""
    database, kind = runner.context.database, HYPERPARAMETER_TUNING_JOB.arn_type
    create = TrainingJobs(runner)
    runner.start(tuning_job(runner, create, MaxNumberOfTrainingJobs=3))
    runner.wait_until_ended(ARN)
    for request in create.requests[1:]:
        name = request["TrainingJobName"]
        arn = f"arn:aws:sagemaker:{REGION}:111122223333:training-job/{name}"
        database.delete(TRAINING_JOB.arn_type, REGION, name, arn)

    def continue_(document: dict) -> None:
        document["HyperParameterTuningJobStatus"] = "InProgress"
        limits = document["HyperParameterTuningJobConfig"]["ResourceLimits"]
        limits["MaxNumberOfTrainingJobs"] = 5

    database.change(kind, REGION, NAME, continue_)
    job = TuningJob(runner, REGION, NAME, ARN, create)
    runner.start(job)
    runner.wait_until_ended(ARN)
    numbers = [request["TrainingJobName"].split("-")[1] for request in create.requests]
    assert numbers == ["001", "002", "003", "004", "005"]
    assert job.document()["TrainingJobStatusCounters"]["Completed"] == 5
    assert job.document()["ObjectiveStatusCounters"]["Succeeded"] == 5


def test_its_time_is_over(runner):
    """When MaxRuntimeInSeconds is over, what runs is stopped and the tuning job is Completed."""
    create = TrainingJobs(runner, ends_at_once=False)
    limits = {"MaxNumberOfTrainingJobs": 9, "MaxRuntimeInSeconds": 120}
    job = tuning_job(runner, create, timedelta(seconds=119.5), **limits)
    runner.start(job)
    eventually(lambda: all(item["TrainingJobStatus"] == "Stopping" for item in listed(runner, 2)))
    create.stop_all()
    runner.wait_until_ended(ARN)
    document = job.document()
    assert document["HyperParameterTuningJobStatus"] == "Completed"
    assert document["TrainingJobStatusCounters"]["Stopped"] == 2
    assert document["ConsumedResources"]["RuntimeInSeconds"] >= 120


def listed(runner: Runner, count: int) -> list[dict]:
    """Return the training jobs once there are so many."""
    eventually(lambda: len(runner.context.database.list_children(ARN)) == count)
    return runner.context.database.list_children(ARN)


def test_an_unexpected_error(runner):
    """If a training job can't be created for another reason, the tuning job fails and says where.

    Those that run are stopped.
    """
    create = TrainingJobs(runner, ends_at_once=False)
    calls = itertools.count()

    def broken(*args) -> None:
        if next(calls):
            raise OSError("the disk is full")
        create(*args)

    job = tuning_job(runner, broken, MaxNumberOfTrainingJobs=3)
    runner.start(job)
    eventually(lambda: [item["TrainingJobStatus"] for item in listed(runner, 1)] == ["Stopping"])
    assert job.document()["HyperParameterTuningJobStatus"] == "InProgress"
    create.stop_all()
    runner.wait_until_ended(ARN)
    document = job.document()
    assert document["HyperParameterTuningJobStatus"] == "Failed"
    assert document["FailureReason"].startswith("InternalServerError")
    assert document["TrainingJobStatusCounters"]["InProgress"] == 0
    assert document["TrainingJobStatusCounters"]["Stopped"] == 1


def test_a_disk_that_is_full_for_a_while(runner, monkeypatch):
    """What can't be written is written later; only what a restart would learn from is lost."""
    create = TrainingJobs(runner)
    for function in ("insert", "change"):
        fail_at_first(monkeypatch, Database, function, sqlite3.OperationalError("disk is full"))
    fail_at_first(monkeypatch, results, "write_steps", OSError(28, "No space left on device"))

    def reporting(request: dict, members: dict, observer) -> None:
        observer.reported(request["TrainingJobName"], "ObjectiveMetric", 1.0)
        create(request, members, observer)

    job = tuning_job(runner, reporting, MaxNumberOfTrainingJobs=2)
    runner.start(job)
    runner.wait_until_ended(ARN)
    document = job.document()
    assert document["HyperParameterTuningJobStatus"] == "Completed", document
    assert document["TrainingJobStatusCounters"]["Completed"] == 2


@pytest.mark.parametrize(
    ("reason", "has_failed"),
    [("InternalServerError: We encountered an internal error.", False), ("ClientError: no", True)],
)
def test_restarts_do_not_count_as_attempts(reason, has_failed):
    """Five jobs that end with the server don't fail a tuning job that runs; five that fail do."""
    progress = Progress({"ResourceLimits": {}}, "Minimize")
    child = {"TrainingJobStatus": "Failed", "ObjectiveStatus": "Failed", "FailureReason": reason}
    for _ in range(5):
        progress.start()
        progress.end(child)
    assert (progress.failure(is_at_end=False) is not None) == has_failed
    assert progress.failure(is_at_end=True).startswith("No training job succeeded after 5 attempts")


@pytest.mark.parametrize("content", ["", "[0.5, 0."])
def test_steps_that_were_half_written(runner, content):
    """A tuning job continues after a kill that cut off what it wrote of a training job's epochs."""
    folder = workload_folder(runner.context.home, TRAINING_JOB, REGION, "child")
    folder.mkdir(parents=True)
    results.write_steps(runner.context, REGION, "child", [0.5, 0.25])
    assert results.read_steps(runner.context, REGION, "child") == (0.5, 0.25)
    (folder / results.STEPS_FILE).write_text(content)
    assert results.read_steps(runner.context, REGION, "child") == ()


def fail_at_first(monkeypatch, owner, function: str, error: Exception) -> None:
    """Let a function raise an error in the first call that a tuning job or its jobs make."""
    work, calls = getattr(owner, function), itertools.count()

    def broken(*args):
        if (owner is results or is_for_a_search(function, args)) and not next(calls):
            raise error
        return work(*args)

    monkeypatch.setattr(owner, function, broken)


def is_for_a_search(function: str, args: tuple) -> bool:
    """Tell whether a call inserts a training job, or changes a tuning job."""
    resource = TRAINING_JOB if function == "insert" else HYPERPARAMETER_TUNING_JOB
    return args[1] == resource.arn_type


def test_five_hundred_training_jobs(runner):
    """The 500th training job takes no longer than the first ones: nothing grows with their number.

    Looked at are the size of the tuning job's document, which is written for each of them, and how
    the database finds a page of their list.
    """
    create = TrainingJobs(runner)
    sizes = []

    def counted(*args) -> None:
        create(*args)
        sizes.append(len(str(job.document())))

    job = tuning_job(runner, counted, MaxNumberOfTrainingJobs=500)
    runner.start(job)
    runner.wait_until_ended(ARN)
    assert job.document()["TrainingJobStatusCounters"]["Completed"] == 500
    assert max(sizes) - min(sizes[10:]) < 250  # counters with three digits, times with microseconds
    sql, values = PageQuery(
        TRAINING_JOB.arn_type,
        REGION,
        "created",
        is_descending=True,
        limit=10,
        times=(("created", ">=", job.document()["CreationTime"].timestamp()),),
        parent=ARN,
    ).statement()
    connection = runner.context.database._connection
    (step,) = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    assert "USING INDEX children (parent=?)" in step[3]  # in the order of the list, nothing sorted
