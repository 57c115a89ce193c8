"""A check requests each object, listing and description only once."""

import contextlib
from collections import Counter
from collections.abc import Iterator

import pytest
from support import drift_learner, jobs, learner, pytorch_learner, tuning_learner, web_app_learner

from helpers.grading import submitted_files

LEARNERS = {  # a fixture with all tasks done, and the tasks
    "solved": learner.TASKS,
    "updated": drift_learner.TASKS,
    "tuned": tuning_learner.TASKS,
    "served": web_app_learner.TASKS,
    "networked": pytorch_learner.TASKS,
}
DONE_AGAIN = {"served": ("max_counts", "pack"), "networked": ("choose", "test")}
"""The tasks that other tests of a fixture do wrong and leave so."""


@contextlib.contextmanager
def recording(made) -> Iterator[Counter]:
    """Count the requests, with their parameters, that a learner's session makes."""
    requests = Counter()
    client_of, clients = made.session.client, []

    def recorded_client(service):
        client = client_of(service)
        client.meta.events.register(
            "provide-client-params.*.*",
            lambda params, model, **_: requests.update([f"{model.name} {params}"]),
            unique_id="recorder",
        )
        clients.append(client)
        return client

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(made.session, "client", recorded_client)
            yield requests
    finally:
        for client in clients:
            client.meta.events.unregister("provide-client-params.*.*", unique_id="recorder")


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(
    ("done", "task"), [(done, task) for done, tasks in LEARNERS.items() for task in tasks]
)
def test_a_check_reads_nothing_twice(done, task, request, monkeypatch):
    """Checking a task requests each object, listing and description once."""
    made = request.getfixturevalue(done)
    for name in DONE_AGAIN.get(done, ()):
        getattr(made, name)()
    monkeypatch.setattr(submitted_files, "_tables", {})
    with recording(made) as requests:
        assert made.judge(task).passed
    assert any(name.startswith("ListObjectsV2") for name in requests) or done != "solved"
    assert requests
    assert {name: n for name, n in requests.items() if n > 1} == {}


def test_an_ended_job_of_others_is_described_once(trained, sagemaker, data):
    """A job that is not the learner's is described again only if it had not ended."""
    ended = jobs.train(sagemaker, jobs.training_request(data))["TrainingJobName"]
    endless = jobs.training_request(data, hyperparameters={"num_round": "1000000"})
    running = endless["TrainingJobName"]
    sagemaker.create_training_job(**endless)
    described = [f"DescribeTrainingJob {{'TrainingJobName': '{n}'}}" for n in (ended, running)]
    try:
        with recording(trained) as first:
            assert trained.judge(learner.TRAIN).passed
        with recording(trained) as second:
            assert trained.judge(learner.TRAIN).passed
    finally:
        sagemaker.stop_training_job(TrainingJobName=running)
        jobs.wait_for_training(sagemaker, running)
    assert [(first[name], second[name]) for name in described] == [(1, 0), (1, 1)]
