"""The steps of a transform job work without a server."""

import contextlib
from types import SimpleNamespace

import pytest

from helpers.local.home import Home
from helpers.local.runtime.context import Context
from helpers.local.runtime.model_server import (
    READY_SECONDS,
    ContainerNotReadyError,
    ModelContainer,
)
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


def answering(tmp_path, monkeypatch, body: bytes, limits: list[float] | None = None):
    """Return a container that answers each request with this body."""
    answer = SimpleNamespace(status=200, read=lambda: body)
    connection = SimpleNamespace(
        request=lambda *_: None, getresponse=lambda: answer, close=lambda: None
    )
    container = ModelContainer(SimpleNamespace(wait=lambda: 0), tmp_path / "socket")
    limits = [] if limits is None else limits
    monkeypatch.setattr(container, "connect", lambda limit: limits.append(limit) or connection)
    return container


def test_a_busy_container_has_time_for_its_execution_parameters(tmp_path, monkeypatch):
    """Unlike /ping, which is asked again, /execution-parameters is waited for."""
    limits = []
    container = answering(tmp_path, monkeypatch, b'{"MaxPayloadInMB": 6}', limits)
    assert container.execution_parameters() == {"MaxPayloadInMB": 6}
    assert limits == [READY_SECONDS]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"junk", "must be a JSON object, got 'junk'"),
        (b"[6]", "must be a JSON object"),
        (b'{"MaxPayloadInMB": "6"}', "MaxPayloadInMB '6'"),
        (b'{"MaxPayloadInMB": 6.5}', "MaxPayloadInMB 6.5"),
        (b'{"MaxConcurrentTransforms": 0}', "MaxConcurrentTransforms 0"),
        (b'{"MaxConcurrentTransforms": true}', "MaxConcurrentTransforms True"),
        (b'{"BatchStrategy": "MultiRecord"}', "BatchStrategy 'MultiRecord'"),
    ],
)
def test_execution_parameters_that_cannot_be_used(tmp_path, monkeypatch, body, reason):
    """The container's error is named; it is not an error of this server."""
    container = answering(tmp_path, monkeypatch, body)
    with pytest.raises(ContainerNotReadyError, match=reason):
        container.execution_parameters()
