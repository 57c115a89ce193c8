"""What the tests of the web app share: a served model, its function, and the app in a browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from support.web_app_learner import WebAppLearner

from helpers.datasets import imdb
from helpers.datasets.imdb import synthetic
from helpers.web_app import Function

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


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


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium, or skip the test if none is installed."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed: the page is not tested in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield started
        started.close()
