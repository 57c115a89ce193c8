"""What the tests of script jobs share: a server whose home has the image that runs scripts."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import course_image
from support.script_jobs import ScriptJobs, running_with_image
from support.servers import running

from helpers.local.process import Endpoint


@pytest.fixture(scope="session")
def script_home(tmp_path_factory) -> Path:
    """Return a home folder with an image: the course's own Python stands for AWS's.

    Its name has a space, as a folder of a learner may.
    """
    home = tmp_path_factory.mktemp("a home")
    course_image.pull(home)
    return home


@pytest.fixture(scope="session")
def script_server(script_home) -> Iterator[Endpoint]:
    """Run a server in that home."""
    with running(script_home) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def script_jobs(script_server) -> ScriptJobs:
    """Return what runs script jobs, each in a mount namespace if this machine allows it."""
    return ScriptJobs(script_server)


@pytest.fixture(scope="module")
def rewriting_jobs(tmp_path_factory) -> Iterator[ScriptJobs]:
    """Return what runs script jobs without mounts, as where the system forbids them."""
    home = tmp_path_factory.mktemp("a home")
    course_image.pull(home)
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # of this server only
            patch.setenv("SAGEMAKER_LOCAL_OPT_ML", "rewrite")
            endpoint = stack.enter_context(running(home))
        yield ScriptJobs(endpoint)


@pytest.fixture(scope="session")
def toolkit_jobs(tmp_path_factory) -> Iterator[ScriptJobs]:
    """Return what runs script jobs in the real image, which has AWS's toolkit; it is pulled."""
    with running_with_image(tmp_path_factory.mktemp("home")) as script_jobs:
        yield script_jobs
