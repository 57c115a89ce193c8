"""What the tests of the web app share: a served model, its function, and the app in a browser."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from playwright.sync_api import Browser
from support.browser import chromium
from support.web_app_learner import WebAppLearner
from support.web_page import WAIT_MS

from helpers.datasets import imdb
from helpers.datasets.imdb import synthetic
from helpers.web_app import Function, WebApp


@pytest.fixture
def run(tmp_path):
    """Return run(code, ...), which returns a function whose handler module has this code."""
    made = []

    def run(code, **settings):
        path = tmp_path / "function.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("handler.py", code)
        made.append(Function(path, **settings))
        return made[-1]

    yield run
    for function in made:
        function.stop()


@pytest.fixture(scope="session")
def served(local, client, tmp_path_factory) -> Iterator[WebAppLearner]:
    """Return a learner who has trained on the synthetic reviews and serves the model."""
    corpus = imdb.Corpus(tmp_path_factory.mktemp("reviews"), "synthetic", "a test")
    synthetic.write(corpus.folder)
    session = boto3.Session(region_name=local.region)
    session.client = client
    roles = client("iam").list_roles()["Roles"]
    role = next(role["Arn"] for role in roles if "ExecutionRole" in role["Arn"])
    made = WebAppLearner(session, corpus, tmp_path_factory.mktemp("web-app"), role)
    made.prepare()
    made.max_counts()
    made.train()
    made.serve()
    yield made
    made.sagemaker.delete_endpoint(EndpointName=made.endpoint)


@pytest.fixture(scope="session")
def package(served) -> Path:
    """Return the package of the solution's function."""
    return served.package()


@pytest.fixture(scope="session")
def environment(local) -> dict[str, str]:
    """Return the variables by which a function finds the server."""
    return local.environment()


@pytest.fixture(scope="session")
def function(served, package, environment) -> Iterator[Function]:
    """Return the solution's function, which asks the endpoint."""
    made = Function(package, {**environment, "ENDPOINT_NAME": served.endpoint})
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium, or skip the test if none is installed."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def app(function) -> Iterator[WebApp]:
    """Return the app with the solution's function."""
    made = WebApp(function, rate_per_second=1000, burst=1000)
    yield made
    made.stop()


@pytest.fixture
def open_page(browser, app):
    """Return open_page(...), which returns the page in a window of its own.

    The test fails if the page causes an error, or a message of the browser that is not expected.
    """
    contexts, problems = [], []

    def open_page(url=app.page_url, expected="(?!)", **settings):
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                None if re.search(expected, message.text) else problems.append(message.text)
            ),
        )
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
