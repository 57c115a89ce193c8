"""SageMaker's service model, the machine-readable API that botocore ships, loaded once."""

from functools import cache

import botocore
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from helpers.local.wire.errors import AwsError


@cache
def service_model() -> ServiceModel:
    """The model of the SageMaker API. Reading the packaged file takes about 0.1 s, once."""
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")


@cache
def _operation_names() -> frozenset[str]:
    return frozenset(service_model().operation_names)


def operation_model(operation: str) -> OperationModel:
    """The model of one operation, such as `CreateTrainingJob`; its shapes are cached in it.

    Raises AwsError `UnknownOperationException` (as AWS's awsJson services answer) for a name that
    is no operation of SageMaker.
    """
    if operation not in _operation_names():
        raise AwsError(
            "UnknownOperationException",
            f"{operation!r} is not an operation of Amazon SageMaker "
            f"(service model of botocore {botocore.__version__}).",
        )
    return service_model().operation_model(operation)
