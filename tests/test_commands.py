"""`python -m helpers local ...` works in a terminal."""

import contextlib
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.jobs import TRAIN_CSV, train, training_request

from helpers.__main__ import main
from helpers.local import process

COMMAND = [sys.executable, "-m", "helpers", "local"]


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs `python -m helpers local`: exit code, stdout, stderr."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["helpers", "local", *words])
        code = main()
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def no_server(tmp_path, monkeypatch):
    """Return a home folder without a server."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))


def test_status(local, run):
    """The status shows the pid, the URL and the size of the home folder."""
    code, out, err = run("status")
    lines = out.splitlines()
    assert code == 0
    assert lines[:2] == [f"pid {local.pid}", f"URL {local.url}"]
    assert re.fullmatch(rf"home folder {local.home}: [\d.]+ (bytes|kB|MB)", lines[2])
    assert err == ""


def test_not_running(no_server, run):
    """Without a server each command says so and how to start it, and makes no folder."""
    code, out, _ = run("status")
    assert code == 3
    assert "is not running. Start it: python -m helpers local start" in out
    code, out, err = run("logs", "job")
    assert (code, out) == (3, "")
    assert "local start" in err
    code, out, err = run("logs")
    assert (code, out) == (1, "")
    assert "no log yet" in err
    assert run("stop") == (0, "It was not running.\n", "")
    assert not Path(os.environ["SAGEMAKER_LOCAL_HOME"]).exists()


def test_starting_or_hanging(no_server, run, monkeypatch):
    """A server that holds the lock but does not answer is not reported as stopped."""
    home = process.Home.find()
    home.prepare()
    lock = home.lock()
    try:
        code, out, _ = run("status")
    finally:
        os.close(lock)
    assert code == 3
    assert f"Process {os.getpid()} owns the home folder: it is starting or not responding" in out
    assert "local stop" in out


def test_start_finds_the_running_one(local, run):
    """Starting again finds the running server, and prints which one it is."""
    code, out, _ = run("start")
    assert code == 0
    assert out.splitlines() == [
        f"Found the Local SageMaker at {local.url}",
        f"pid {local.pid}, home folder {local.home}",
    ]


def test_env_is_for_eval(local, run):
    """`env` prints nothing but `export NAME=value`."""
    code, out, _ = run("env")
    assert code == 0
    names = [re.fullmatch(r"export ([A-Z_0-9]+)=(\S+)", line) for line in out.splitlines()]
    assert all(names)
    assert {found[1]: shlex.split(found[2])[0] for found in names} == local.environment()


def test_aws_cli(local, client, bucket, tmp_path):
    """The unchanged AWS CLI works after `eval "$(python -m helpers local env)"` in sh."""
    client("s3").put_object(Bucket=bucket, Key="a/key", Body=b"x")
    aws = shlex.quote(str(Path(sys.executable).with_name("aws")))
    script = f"""
        set -eu
        settings="$({shlex.join(COMMAND)} env)"
        eval "$settings"
        {aws} s3 ls
        {aws} s3 cp --quiet s3://{bucket}/a/key -
        echo
        {aws} sagemaker list-training-jobs --max-results 1 --query 'TrainingJobSummaries[0].Fewer'
    """
    # none of the caller's own AWS settings may be needed
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    answer = subprocess.run(
        ["sh", "-c", script],
        env={**kept, "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert any(line.endswith(bucket) for line in lines)
    assert lines[-2:] == ["x", "null"]


def test_logs(local, client, bucket, run):
    """`logs` prints the server's own log, or all streams of a job."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=TRAIN_CSV)
    request = training_request(bucket)
    train(client("sagemaker"), request)
    code, out, _ = run("logs", request["TrainingJobName"])
    assert code == 0
    assert out.startswith(f"--- /aws/sagemaker/TrainingJobs {request['TrainingJobName']}/algo-1-")
    assert "[2]#011train-rmse:" in out
    code, out, _ = run("logs")
    assert code == 0
    assert out.startswith("--- start 2")
    code, out, err = run("logs", request["TrainingJobName"][:-1])
    assert (code, out) == (1, "")
    name = request["TrainingJobName"]
    assert f'named "{name[:-1]}" has logs here. Did you mean "{name}"? Give its exact name' in err
    _, _, err = run("logs", "nothing-like-it")
    assert 'named "nothing-like-it" has logs here. Give its exact name' in err


def test_logs_of_a_notebook_instance(client, run):
    """`logs` prints the JupyterLab log of a notebook instance."""
    logs, at = client("logs"), {"logGroupName": "/aws/sagemaker/NotebookInstances"}
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(**at)
    at["logStreamName"] = "with-a-log/jupyter.log"
    logs.create_log_stream(**at)
    event = {"timestamp": int(time.time() * 1000), "message": "JupyterLab says so"}
    logs.put_log_events(**at, logEvents=[event])
    code, out, _ = run("logs", "with-a-log")
    assert (code, out) == (
        0,
        "--- {logGroupName} {logStreamName}\n".format(**at) + event["message"] + "\n",
    )


def test_logs_into_a_pipe_that_closes(local):
    """`... logs | head` ends without a traceback when the pipe closes."""
    with open(local.home / "server.log", "a") as log:
        log.write("a line of the log\n" * 20_000)  # more than a pipe can buffer
    with subprocess.Popen([*COMMAND, "logs"], stdout=-1, stderr=-1) as logs:
        assert logs.stdout.readline()
        logs.stdout.close()
        assert logs.stderr.read() == b""


@pytest.mark.parametrize("place", ["/proc/sagemaker", "below a file"])
def test_home_folder_that_cannot_be_written(place, tmp_path):
    """One message names the unwritable home folder and the remedy, without a traceback."""
    (tmp_path / "file").write_text("")
    home = place if place.startswith("/") else str(tmp_path / "file" / "home")
    environment = {**os.environ, "SAGEMAKER_LOCAL_HOME": home}
    for word in ("start", "env"):
        start = subprocess.run(
            [*COMMAND, word], env=environment, capture_output=True, text=True, check=False
        )
        assert start.returncode == 1
        assert start.stdout == ""
        assert home in start.stderr
        assert "export SAGEMAKER_LOCAL_HOME=" in start.stderr
        assert "Traceback" not in start.stderr
