"""A check requests each object, listing and description only once."""

from collections import Counter

import pytest
from support import drift_learner, learner, pytorch_learner, tuning_learner, web_app_learner

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


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(
    ("done", "task"), [(done, task) for done, tasks in LEARNERS.items() for task in tasks]
)
def test_a_check_reads_nothing_twice(done, task, request, monkeypatch):
    """Checking a task requests each object, listing and description once."""
    made = request.getfixturevalue(done)
    for name in DONE_AGAIN.get(done, ()):
        getattr(made, name)()
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

    monkeypatch.setattr(made.session, "client", recorded_client)
    monkeypatch.setattr(submitted_files, "_tables", {})
    try:
        assert made.judge(task).passed
    finally:
        for client in clients:
            client.meta.events.unregister("provide-client-params.*.*", unique_id="recorder")
    assert any(name.startswith("ListObjectsV2") for name in requests) or done != "solved"
    assert requests
    assert {name: n for name, n in requests.items() if n > 1} == {}
