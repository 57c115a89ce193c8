"""Learners in several stages of the IMDB exercise."""

import functools

import boto3
import pytest
from support import course_image
from support.clients import make_client
from support.drift_learner import SERVE, DriftLearner
from support.learner import Learner, small_corpus
from support.pytorch_image import TRAINING_IMAGE
from support.pytorch_learner import PyTorchLearner
from support.servers import running
from support.tuning_learner import TuningLearner
from support.web_app_learner import WebAppLearner

from helpers.datasets import imdb
from helpers.datasets.imdb import synthetic


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return small_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def session(local, client):
    """Return a session on the session's server."""
    session = boto3.Session(region_name=local.region)
    session.client = client
    return session


@pytest.fixture(scope="session")
def role(client) -> str:
    roles = client("iam").list_roles()["Roles"]
    return next(role["Arn"] for role in roles if "ExecutionRole" in role["Arn"])


@pytest.fixture(scope="session")
def learner(session, corpus, role, tmp_path_factory):
    """learner() returns a learner who has just begun."""
    folder = tmp_path_factory.mktemp("learner")
    return lambda level="High": Learner(session, corpus, folder, role, level)


@pytest.fixture(scope="session")
def first_prepared(learner):
    """Return the learner whose words `prepared` has."""
    made = learner()
    made.files()
    return made


@pytest.fixture
def prepared(learner, first_prepared):
    """Return a learner who has done the first two tasks."""
    made = learner()
    made.files_like(first_prepared)
    return made


@pytest.fixture(scope="session")
def trained(learner):
    """Return a learner who has trained, so that tests can make later, independent mistakes."""
    made = learner()
    made.files()
    made.train()
    made.transform()
    return made


@pytest.fixture(scope="session")
def solved(learner):
    made = learner()
    made.everything()
    return made


@pytest.fixture(scope="session")
def drift_corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drift")
    synthetic.write(folder)
    return imdb.Corpus(folder, "synthetic", "a test")


@pytest.fixture(scope="session")
def updated(session, drift_corpus, role, tmp_path_factory):
    """Return a learner who has done all tasks of the exercise on updating a model.

    served: the result of task 1 before the endpoint was updated; removed at the end: the endpoint.
    """
    made = DriftLearner(session, drift_corpus, tmp_path_factory.mktemp("drift-learner"), role)
    made.first()
    made.serve()
    made.served = made.judge(SERVE)
    made.weeks()
    made.drift()
    made.words()
    made.second()
    made.update()
    made.calls()
    yield made
    made.sagemaker.delete_endpoint(EndpointName=made.endpoint)


@pytest.fixture(scope="session")
def tuned(session, corpus, role, tmp_path_factory):
    """Return a learner who has done all tasks of the exercise on tuning, at Low Level."""
    made = TuningLearner(session, corpus, tmp_path_factory.mktemp("tuning"), role, "Low")
    made.everything()
    return made


@pytest.fixture(scope="session")
def served(session, drift_corpus, role, tmp_path_factory):
    """Return a learner who has done all tasks of the exercise on the web app."""
    made = WebAppLearner(session, drift_corpus, tmp_path_factory.mktemp("web-app"), role)
    made.everything()
    yield made
    made.sagemaker.delete_endpoint(EndpointName=made.endpoint)


@pytest.fixture(scope="session")
def networked(corpus, tmp_path_factory):
    """Return a learner who has done all tasks of the PyTorch project.

    On a server of its own: its image has no PyTorch, and other tests use the real one.
    """
    home = tmp_path_factory.mktemp("home")
    course_image.pull(home, course_image.framework(TRAINING_IMAGE))
    with running(home) as endpoint:
        session = boto3.Session(region_name=endpoint.region)
        session.client = functools.cache(functools.partial(make_client, endpoint))
        made = PyTorchLearner(session, corpus)
        made.everything()
        yield made


@pytest.fixture
def connected(local, monkeypatch):
    """Let the function's process find the server, as `connect()` does."""
    for name, value in local.environment().items():
        monkeypatch.setenv(name, value)
