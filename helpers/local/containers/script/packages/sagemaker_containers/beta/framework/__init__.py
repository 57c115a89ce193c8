"""The modules that inference scripts import from here; those that they use have something in them.

Source: sagemaker-containers 2.8.6.post2, `beta.framework`.
"""

from typing import NoReturn

from sagemaker_containers import _content_types as content_types
from sagemaker_containers import _encoders as encoders
from sagemaker_containers import _worker as worker

__all__ = ["content_types", "encoders", "worker"]


class EmptyModule:
    """A module that scripts import together with the others, and rarely use."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> NoReturn:
        raise AttributeError(
            f"sagemaker_containers.beta.framework.{self._name}.{attribute} is not in the Local "
            "SageMaker. What to do: use the package sagemaker_training, which replaced this one."
        )


env, errors, files, functions = map(EmptyModule, ("env", "errors", "files", "functions"))
logging, mapping, modules, mpi = map(EmptyModule, ("logging", "mapping", "modules", "mpi"))
params, process, runner, server = map(EmptyModule, ("params", "process", "runner", "server"))
trainer, transformer = map(EmptyModule, ("trainer", "transformer"))
