"""The steps of a transform job work without a server."""

import contextlib
from types import SimpleNamespace

import pytest

from helpers.local.home import Home
from helpers.local.runtime.context import Context
from helpers.local.runtime.model_server import READY_SECONDS, ModelContainer
from helpers.local.runtime.transform import job as transform
from helpers.local.runtime.transform.client import InvocationError
from helpers.local.runtime.workloads import WorkloadStoppedError

JOB = {
    "TransformInput": {"DataSource": {"S3DataSource": {}}, "SplitType": "Line"},
    "TransformOutput": {"AssembleWith": "None"},
}


@pytest.mark.parametrize(("stops", "ends"), [(True, WorkloadStoppedError), (False, None)])
def test_stop_during_a_request(tmp_path, monkeypatch, stops, ends):
    """A stop ends the container during a request: that is not an error of the object."""
    job = transform.TransformJob(Context(Home(tmp_path), None, None), "us-east-1", "job", "arn")
    reported = []

    def lost(*_):
        if stops:
            job.stop()
        raise InvocationError(0, "Unable to get response from algorithm")

    monkeypatch.setattr(transform, "log_failed_object", lambda *given: reported.append(given))
    monkeypatch.setattr(job, "_transform_object", lost)
    server = SimpleNamespace(execution_parameters=dict)
    log = SimpleNamespace(write=lambda *lines: None)
    with pytest.raises(ends) if ends else contextlib.nullcontext():
        failed = job._transform(JOB, server, log, ["object"])
        assert [error.status for error in failed] == [0]
    assert len(reported) == (0 if stops else 1)


def test_a_busy_container_has_time_for_its_execution_parameters(tmp_path, monkeypatch):
    """Unlike /ping, which is asked again, /execution-parameters is waited for."""
    limits = []
    answer = SimpleNamespace(status=200, read=lambda: b'{"MaxPayloadInMB": 6}')
    connection = SimpleNamespace(
        request=lambda *_: None, getresponse=lambda: answer, close=lambda: None
    )
    container = ModelContainer(SimpleNamespace(wait=lambda: 0), tmp_path / "socket")
    monkeypatch.setattr(container, "connect", lambda limit: limits.append(limit) or connection)
    assert container.execution_parameters() == {"MaxPayloadInMB": 6}
    assert limits == [READY_SECONDS]
