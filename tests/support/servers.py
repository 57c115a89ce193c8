"""Local SageMakers for tests, each in a home folder of its own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.local import process
from helpers.local.process import Endpoint


@contextlib.contextmanager
def running(home: Path) -> Iterator[Endpoint]:
    """Run a Local SageMaker in this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAGEMAKER_LOCAL_HOME", str(home))
        endpoint = process.ensure_running()
    try:
        yield endpoint
    finally:
        process.stop(process.Home(endpoint.home))
