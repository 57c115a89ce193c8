"""The resource types that the Local SageMaker serves: a row each, in the order of recovery.

A row names the module whose functions are the type's operations: that of `CreateTrainingJob` is
`create_training_job`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from helpers.catalog import resource_types as catalog
from helpers.local.resources import (
    endpoint_configs,
    endpoints,
    models,
    notebook_instances,
    notebook_lifecycle_configs,
    tags,
    training_jobs,
    transform_jobs,
    tuning_jobs,
)
from helpers.local.runtime import notebooks
from helpers.local.runtime.hosting import endpoint
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.training import TrainingJob
from helpers.local.runtime.transform.job import TransformJob


def _nothing(runner: Runner) -> None:
    pass


@dataclass(frozen=True)
class ServedType:
    """How the Local SageMaker serves a resource type.

    Parameters
    ----------
    resource
        The type.
    operations
        The module with its operations.
    recover
        Brings its resources into a valid state after a restart.
    is_read_back
        Version 3 of the SDK describes a new resource once right after it created it, and must not
        wait then.
    """

    resource: catalog.ResourceType
    operations: ModuleType
    recover: Callable[[Runner], None] = _nothing
    is_read_back: bool = False


TYPES = (
    ServedType(
        catalog.TRAINING_JOB,
        training_jobs,
        recover=lambda runner: TrainingJob.recover(runner.context),
        is_read_back=True,
    ),
    ServedType(  # after the training jobs: those that a tuning job lost are Failed then
        catalog.HYPERPARAMETER_TUNING_JOB,
        tuning_jobs,
        recover=tuning_jobs.recover,
        is_read_back=True,
    ),
    ServedType(
        catalog.TRANSFORM_JOB,
        transform_jobs,
        recover=lambda runner: TransformJob.recover(runner.context),
    ),
    ServedType(
        catalog.NOTEBOOK_INSTANCE,
        notebook_instances,
        recover=notebooks.recover,
        is_read_back=True,
    ),
    ServedType(catalog.ENDPOINT, endpoints, recover=endpoint.recover, is_read_back=True),
    ServedType(catalog.ENDPOINT_CONFIG, endpoint_configs),
    ServedType(catalog.MODEL, models),
    ServedType(catalog.LIFECYCLE_CONFIG, notebook_lifecycle_configs),
)
OPERATION_MODULES = (*(served.operations for served in TYPES), tags)
