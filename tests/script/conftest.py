"""What the tests of script jobs share: a server whose home has the image that runs scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import course_image
from support.script_jobs import ScriptJobs

from helpers.local import process
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
    yield from serve(script_home)


@pytest.fixture(scope="session")
def script_jobs(script_server) -> ScriptJobs:
    """Return what runs script jobs, each in a mount namespace if this machine allows it."""
    return ScriptJobs(script_server)


@pytest.fixture(scope="module")
def rewriting_jobs(tmp_path_factory) -> Iterator[ScriptJobs]:
    """Return what runs script jobs without mounts, as where the system forbids them."""
    home = tmp_path_factory.mktemp("a home")
    course_image.pull(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAGEMAKER_LOCAL_OPT_ML", "rewrite")
        server = serve(home)
        yield ScriptJobs(next(server))
        server.close()


def serve(home: Path) -> Iterator[Endpoint]:
    """Run a server in a home folder until the generator is closed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAGEMAKER_LOCAL_HOME", str(home))
        endpoint = process.ensure_running()
    try:
        yield endpoint
    finally:
        process.stop(process.Home(home))
