"""Undo helpers.connect() in the process of the tests, so that no test depends on an earlier one."""

import contextlib
import importlib
import os
from collections.abc import Iterator

import boto3

from helpers.session import network_guard

connection = importlib.import_module("helpers.session.connection")  # its name is also a function's


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Undo at the end what a test changed in AWS's variables, the guard and boto3's session.

    Commands change them too, since they connect. What was set before the test stays.
    """
    environment, session = _environment(), boto3.DEFAULT_SESSION
    was_guarded = bool(network_guard._originals)
    yield
    if not was_guarded:
        network_guard.remove()
        connection._original_environment.clear()
    if (after := _environment()) != environment:
        for name in after.keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)
    boto3.DEFAULT_SESSION = session


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("AWS_") or name.upper() == "NO_PROXY"
    }
