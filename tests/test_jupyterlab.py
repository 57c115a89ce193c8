"""JupyterLab, as set-up has configured it: first view, extension, and what its terminal does.

Set-up copies scripts/etc to .venv/etc; here its JupyterLab really runs.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from support.polling import eventually
from traitlets.config.loader import PyFileConfigLoader

from helpers.course import contents, start_page
from helpers.home import CHECKOUT, START_PAGE
from helpers.local.runtime import notebooks

SOURCES, INSTALLED = CHECKOUT / "scripts/etc/jupyter", Path(sys.prefix) / "etc/jupyter"
TOKEN = "a-token-for-the-tests"
PAGE = urllib.parse.quote(START_PAGE.name)


@pytest.fixture(scope="module")
def lab(local, tmp_path_factory):
    """Run JupyterLab on the checkout; return ask(path), which gives the final URL and the text."""
    folder = tmp_path_factory.mktemp("jupyter")
    environ = {**os.environ, "JUPYTER_TOKEN": TOKEN, "HOME": str(folder)}
    environ |= {"SAGEMAKER_COURSE_BACKEND": "local", "JUPYTER_RUNTIME_DIR": str(folder)}
    output = open(folder / "log", "w")  # noqa: SIM115 (closed below)

    def start() -> tuple[subprocess.Popen, int]:
        port = notebooks.free_port(None)
        command = notebooks.command(port)
        server = subprocess.Popen(command, env=environ, stdout=output, stderr=output)
        eventually(lambda: server.poll() is not None or notebooks.is_ready(port, TOKEN))
        return server, port

    server, port = start()
    if server.poll() is not None:  # another program has taken the port before it did
        server, port = start()
    headers = {"Authorization": f"token {TOKEN}"}

    def ask(path: str) -> tuple[str, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.url, answer.read().decode()

    try:
        yield ask
    finally:
        server.terminate()
        server.wait(30)
        output.close()


def test_the_settings_are_those_of_the_checkout():
    """Set-up has installed each file of scripts/etc/jupyter as it is now; else run make setup.

    JupyterLab itself adds to page_config.json.
    """
    for source in {*SOURCES.rglob("*.*")} - {SOURCES / "labconfig/page_config.json"}:
        assert (INSTALLED / source.relative_to(SOURCES)).read_bytes() == source.read_bytes()


def test_the_first_view_is_the_start_page(lab):
    """JupyterLab opens the start page, and shows Markdown files rendered."""
    url, _ = lab("/")
    assert urllib.parse.urlsplit(url).path == f"/lab/tree/{PAGE}"
    _, settings = lab("/lab/api/settings/@jupyterlab/docmanager-extension:plugin")
    viewers = json.loads(settings)["schema"]["properties"]["defaultViewers"]
    assert viewers["default"] == {"markdown": "Markdown Preview"}


def test_the_start_page_is_written_when_it_is_read(lab):
    """The page is there without a file, and is as it is now, whatever the file says."""

    def read() -> str:
        return json.loads(lab(f"/api/contents/{PAGE}")[1])["content"]

    eventually(lambda: "AWS has not answered yet" not in read())  # the first time may take long
    START_PAGE.unlink(missing_ok=True)
    first = read()
    START_PAGE.write_text("old")
    assert read() == first
    assert first.startswith("# Start here\n")
    links = re.findall(r"\]\(<([^>]+)>\)", first)
    assert links
    assert all((CHECKOUT / link).is_file() for link in links)


@pytest.fixture
def page(tmp_path, monkeypatch) -> Path:
    """Return the path of a start page in a folder of its own."""
    monkeypatch.setattr(start_page, "START_PAGE", tmp_path / "Start Here.md")
    return start_page.START_PAGE


def read_page(page: Path, when_read: Callable[[], None] = lambda: None) -> str:
    """Return the page as JupyterLab's manager of files gives it."""
    manager = contents.CourseContentsManager(root_dir=str(page.parent))

    async def read() -> str:
        try:
            return (await manager.get(page.name))["content"]
        finally:
            when_read()

    return asyncio.run(read())


@pytest.mark.parametrize("old", [None, "as it was"])
def test_a_slow_answer_does_not_hold_up_the_page(page, monkeypatch, old):
    """If progress takes long to read, the page is shown as it was, or says that it is unknown."""
    answered = threading.Event()
    monkeypatch.setattr(contents, "REFRESH_SECONDS", 0.05)
    monkeypatch.setattr(start_page, "refresh", lambda: answered.wait(60))
    if old:
        page.write_text(old)
    shown = read_page(page, when_read=answered.set)
    assert (old or "could not be read: AWS has not answered yet.") in shown


def test_a_page_that_can_not_be_written_is_shown_as_it_is(page, monkeypatch):
    """In a checkout that can't be written the page stays as it is, and nothing fails."""
    page.write_text("as it was")

    def refuse():
        raise PermissionError("read-only")

    monkeypatch.setattr(start_page, "refresh", refuse)
    assert read_page(page) == "as it was"


def test_the_extension_is_loaded(lab):
    """The page names our extension, its script is served, and it knows the start page's name."""
    _, page = lab("/lab")
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S)[1])
    (extension,) = [e for e in config["federated_extensions"] if e["name"] == "sagemaker-course"]
    _, script = lab(f"/lab/extensions/sagemaker-course/{extension['load']}")
    assert f"const START_PAGE = '{START_PAGE.name}';" in script


@pytest.fixture
def terminal(local, tmp_path):
    """Return terminal(commands, **environ), which runs them as in JupyterLab's terminal.

    It starts in Tutorial/. The learner's own ~/.bashrc puts another `python` and `aws` first on
    PATH, and there are credentials for AWS in the environment.
    """
    config = PyFileConfigLoader("jupyter_server_config.py", path=str(INSTALLED)).load_config()
    shell = config.ServerApp.terminado_settings["shell_command"]
    for name in ("python", "aws"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho the wrong {name}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / ".bashrc").write_text('PATH="$HOME:$PATH"\nMINE=yes\n')
    own = {
        "HOME": str(tmp_path),
        "AWS_PROFILE": "work",
        "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
        "SAGEMAKER_COURSE_BACKEND": "",
        # what connect() has set in this process, for another test
        "AWS_CONFIG_FILE": None,
        "AWS_SHARED_CREDENTIALS_FILE": None,
    }

    def terminal(commands: str, **environ: str | None) -> subprocess.CompletedProcess:
        merged = {**os.environ, **own, **environ}
        return subprocess.run(
            [*shell, "-c", commands],
            env={name: value for name, value in merged.items() if value is not None},
            cwd=CHECKOUT / "Tutorial",
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return terminal


def test_the_terminal_has_the_environment_first(terminal):
    """The course's Python comes first, after the learner's own settings were read."""
    done = terminal("echo $MINE; command -v python; python -m helpers local status")
    mine, python, *status = done.stdout.splitlines()
    assert mine == "yes"
    assert python == f"{sys.prefix}/bin/python"
    assert status[0].startswith("pid "), done.stderr


def test_aws_asks_the_local_sagemaker(terminal, local):
    """`aws` needs no settings, and credentials on the machine don't take it to AWS."""
    ask = "aws sts get-caller-identity --query Account --output text"
    assert terminal(ask).stdout == f"{local.account}\n"
    assert terminal(f"bash -c '{ask}'").stdout == f"{local.account}\n"
    jobs = terminal("aws sagemaker list-training-jobs")
    assert jobs.returncode == 0, jobs.stderr
    assert "TrainingJobSummaries" in json.loads(jobs.stdout)


def test_aws_asks_aws_if_that_was_chosen(terminal):
    """With the backend aws the learner's own settings count, here an address that is closed."""
    done = terminal(
        "aws sts get-caller-identity --cli-connect-timeout 1",
        SAGEMAKER_COURSE_BACKEND="aws",
        AWS_PROFILE=None,
        AWS_DEFAULT_REGION="us-east-1",
        AWS_MAX_ATTEMPTS="1",
    )
    assert "http://127.0.0.1:9" in done.stderr


def test_aws_is_not_run_by_a_wrong_choice(terminal):
    """A backend that does not exist is refused, and nothing is asked."""
    done = terminal("aws sts get-caller-identity", SAGEMAKER_COURSE_BACKEND="amazon")
    assert done.returncode
    assert "aws was not run. SAGEMAKER_COURSE_BACKEND is 'amazon'" in done.stderr


def test_aws_configure_keeps_the_learners_own_files(terminal):
    """The commands that set up credentials for AWS write where they always do."""
    terminal("aws configure set region eu-west-1", AWS_PROFILE=None)
    assert "eu-west-1" in terminal("cat ~/.aws/config").stdout
