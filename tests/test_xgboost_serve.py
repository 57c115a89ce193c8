"""`train` and `serve` run in processes of a fork server, as the runtime starts them."""

import http.client
import json
import multiprocessing
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import xgboost
from support.xgboost_job import FIVE_ROWS, Job, image

from helpers.local.containers.xgboost import model_file

PATIENCE = 120  # seconds: the machine may be busy


@pytest.fixture(scope="module")
def processes(forkserver):
    """Return a context whose processes are forked from one that has imported xgboost."""
    return multiprocessing.get_context("forkserver")


@pytest.fixture
def folder():
    """Return a folder with a short path, as a unix socket's has 107 bytes at most."""
    with tempfile.TemporaryDirectory(dir="/tmp") as path:
        yield Path(path)


def run(name, log, *arguments):
    """Run an entry point of the container with its output in a file, and exit with its code."""
    with open(log, "ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    from helpers.local.containers.xgboost import serve, train

    entry = {"train": train.train, "serve": serve.serve}[name]
    raise SystemExit(entry(*arguments))


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def listens(path: Path) -> bool:
    """Return whether a server takes connections; its socket is there a little earlier."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


class Client(http.client.HTTPConnection):
    """An HTTP client over a unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)

    def ask(self, method, path, body=None, **headers):
        self.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = self.getresponse()
        return answer.status, answer.read()


@contextmanager
def serving(processes, folder, environ=None):
    path = folder / "socket"
    log = folder / "log"
    process = processes.Process(
        target=run, args=("serve", log, folder, image(), environ or {}, path)
    )
    process.start()
    try:
        wait_for(lambda: listens(path) or process.exitcode is not None)
        yield process, Client(path), log
    finally:
        process.terminate()
        process.join(PATIENCE)
        process.kill()  # the forkserver could not be stopped while it lives


def trained(folder):
    rows = np.random.default_rng(3).random((30, 2))
    model = xgboost.train({}, xgboost.DMatrix(rows, label=rows[:, 0]), 3)
    model_file.save(model, folder / "model" / "xgboost-model")
    return model, rows


def test_serve_answers_and_stops(processes, folder):
    """One connection serves many requests with exact predictions, and SIGTERM ends it cleanly."""
    model, rows = trained(folder)
    with serving(processes, folder) as (process, client, log):
        assert client.ask("GET", "/ping") == (200, b"")
        body = "\n".join(",".join(map(repr, row)) for row in rows.tolist())
        status, answer = client.ask("POST", "/invocations", body, Content_Type="text/csv")
        assert status == 200
        expected = model.predict(xgboost.DMatrix(rows)).tolist()
        assert answer.decode() == "".join(f"{value}\n" for value in expected)
        assert client.ask("POST", "/invocations", b"")[0] == 204
        assert stat.S_IMODE(os.stat(client.path).st_mode) == 0o600
        process.terminate()
        process.join(PATIENCE)
        assert process.exitcode == 0
        assert not os.path.exists(client.path)
    lines = log.read_text()
    assert "Loading the model from /opt/ml/model/xgboost-model" in lines
    assert '"POST /invocations HTTP/1.1" 200' in lines


def test_serve_takes_the_environment(processes, folder):
    """SAGEMAKER_BATCH changes the answer, and MAX_CONTENT_LENGTH changes the limit."""
    trained(folder)
    environ = {"SAGEMAKER_BATCH": "true", "MAX_CONTENT_LENGTH": str(1024**2)}
    with serving(processes, folder, environ) as (_, client, _):
        _, parameters = client.ask("GET", "/execution-parameters")
        assert json.loads(parameters)["MaxPayloadInMB"] == 1
        answer = client.ask(
            "POST", "/invocations", "1,2\n3,4", Content_Type="text/csv", Accept="application/json"
        )[1]
        assert answer.count(b"\n") == 2
        status, text = client.ask("POST", "/invocations", bytes(1024**2 + 1))
        assert status == 413
        assert b"Request Entity Too Large" in text


def test_serve_without_a_model_ends(processes, folder):
    """If a model can't be loaded the process exits with 1, and the log says why."""
    (folder / "model").mkdir()
    (folder / "model" / "xgboost-model").write_bytes(b"\x80\x04N.")
    with serving(processes, folder) as (process, client, log):
        process.join(PATIENCE)
        assert process.exitcode == 1
        assert not os.path.exists(client.path)
    text = log.read_text()
    assert "Model /opt/ml/model/xgboost-model cannot be loaded:" in text
    assert "the file is a pickle" in text


def test_train_in_a_process(processes, folder):
    """A job runs in a forked process, and its lines are written at once."""
    Job(folder, {"train": {"t.csv": FIVE_ROWS}})
    log = folder / "log"
    process = processes.Process(target=run, args=("train", log, folder, image()))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode == 0
    assert "[1]\ttrain-rmse:" in log.read_text()
    assert (folder / "model/xgboost-model").exists()


def test_preload_leaves_out_what_jobs_seldom_need(processes, folder):
    """The fork server has imported xgboost and uvloop, but not scikit-learn or pandas."""
    process = processes.Process(target=_list_modules, args=(folder / "modules",))
    process.start()
    process.join(PATIENCE)
    modules = set((folder / "modules").read_text().split())
    assert {"xgboost", "uvloop", "scipy.sparse"} <= modules
    assert not {"sklearn", "pandas", "pyarrow", "moto", "boto3"} & modules


def _list_modules(path):
    path.write_text("\n".join(sys.modules))


@pytest.mark.parametrize("saves", ["true", "false"])
def test_stopped_training(processes, folder, saves):
    """SIGTERM leaves the last model only if the job asked for that."""
    Job(folder, {"train": {"t.csv": FIVE_ROWS}}, num_round=1_000_000,
        save_model_on_termination=saves)  # fmt: skip
    log = folder / "log"
    process = processes.Process(target=run, args=("train", log, folder, image()))
    process.start()
    wait_for(lambda: log.exists() and b"\n[20]\t" in log.read_bytes())
    process.terminate()
    process.join(PATIENCE)
    assert process.exitcode == (0 if saves == "true" else -signal.SIGTERM)
    names = [path.name for path in (folder / "model").glob("*")]
    assert names == (["xgboost-model"] if saves == "true" else [])
    if names:
        booster = xgboost.Booster(model_file=folder / "model" / "xgboost-model")
        assert booster.num_boosted_rounds() >= 20  # a round's line is printed before its model


@pytest.mark.parametrize(("setting", "models"), [(None, 2), ("true", 2), ("True", 1), ("false", 1)])
def test_only_lower_case_true_is_an_ensemble(folder, monkeypatch, setting, models):
    """SAGEMAKER_INFERENCE_ENSEMBLE=True switches the ensemble off, as on AWS."""
    from helpers.local.containers.toolkit import http_server
    from helpers.local.containers.xgboost import serve

    trained(folder)
    shutil.copy(folder / "model/xgboost-model", folder / "model/xgboost-model-1")
    served = []
    monkeypatch.setattr(http_server, "run", lambda app, socket: served.append(app))
    environ = {} if setting is None else {"SAGEMAKER_INFERENCE_ENSEMBLE": setting}
    assert serve.serve(folder, image(), environ, folder / "socket") == 0
    assert len(served[0].predictor.boosters) == models


def test_a_signal_before_the_first_request_ends_the_server(folder, monkeypatch):
    """SIGTERM that comes before the server listens isn't lost."""
    from helpers.local.containers.toolkit import http_server
    from helpers.local.containers.toolkit.http_app import HttpApp
    from helpers.local.containers.toolkit.masking import PathMasker

    listen = http_server._listen

    def signalled(path):
        listener = listen(path)
        signal.raise_signal(signal.SIGTERM)
        return listener

    def too_late(*_):
        raise AssertionError("the server still runs")

    monkeypatch.setattr(http_server, "_listen", signalled)
    previous = signal.signal(signal.SIGALRM, too_late)
    terminate = signal.getsignal(signal.SIGTERM)  # uvloop leaves a handler of its closed loop
    signal.alarm(PATIENCE)
    try:
        http_server.run(HttpApp({}, PathMasker(folder)), folder / "socket")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
        signal.signal(signal.SIGTERM, terminate)
    assert not (folder / "socket").exists()
