"""Learners in several stages of the IMDB exercise."""

import boto3
import pytest
from support.learner import Learner, small_corpus


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return small_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def learner(local, client, corpus, tmp_path_factory):
    """learner() returns a learner who has just begun."""
    session = boto3.Session(region_name=local.region)
    session.client = client  # of the session's server
    roles = client("iam").list_roles()["Roles"]
    role = next(role["Arn"] for role in roles if "ExecutionRole" in role["Arn"])
    folder = tmp_path_factory.mktemp("learner")
    return lambda level="High": Learner(session, corpus, folder, role, level)


@pytest.fixture
def prepared(learner):
    """Return a learner who has done the first two tasks."""
    made = learner()
    made.files()
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
