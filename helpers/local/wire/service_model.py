"""The service models, the machine-readable APIs that botocore ships, each loaded once."""

from functools import cache

import botocore
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from helpers.local.wire.errors import AwsError


@cache
def service_model(service: str = "sagemaker") -> ServiceModel:
    """Return the model of a service's API. Reading SageMaker's file takes about 0.1 s, once."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def _operation_names(service: str) -> frozenset[str]:
    return frozenset(service_model(service).operation_names)


def operation_model(operation: str, service: str = "sagemaker") -> OperationModel:
    """Return the model of one operation, such as `CreateTrainingJob`; it caches its shapes.

    Raises
    ------
    AwsError
        UnknownOperationException, as AWS's awsJson services answer, if the service has no such
        operation.
    """
    if operation not in _operation_names(service):
        name = service_model(service).metadata["serviceFullName"].removesuffix(" Service")
        raise AwsError(
            "UnknownOperationException",
            f"{operation!r} is not an operation of {name} "
            f"(service model of botocore {botocore.__version__}).",
        )
    return service_model(service).operation_model(operation)
