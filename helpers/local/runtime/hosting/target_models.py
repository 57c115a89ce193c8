"""The model that an invocation of a multi-model endpoint names."""

from helpers.local.runtime.hosting import invocation_errors as errors
from helpers.local.runtime.hosting.endpoint import Endpoint
from helpers.local.runtime.hosting.invocation_errors import InvocationError
from helpers.local.runtime.hosting.model_cache import LoadedModel
from helpers.local.runtime.hosting.model_errors import (
    ModelNotFoundError,
    ModelNotLoadedError,
    ModelNotReadyError,
)
from helpers.local.runtime.hosting.traffic import Instance


async def target_model(
    endpoint: Endpoint, instance: Instance, target: str | None
) -> LoadedModel | None:
    """Return the model that an invocation names, loaded; None on an ordinary endpoint.

    `give_back` of the instance's models must follow.

    Parameters
    ----------
    endpoint, instance
        Which was invoked, and which container answers.
    target
        The request's TargetModel.

    Raises
    ------
    InvocationError
        If the model does not exist, or the endpoint has one model only.
    OSError
        If the container has ended.
    """
    if instance.models is None:
        if target is not None:
            raise errors.target_model(endpoint.name)
        return None
    if not target:
        raise errors.no_target_model()
    try:
        return await instance.models.take(target)
    except ModelNotFoundError as error:
        raise InvocationError("ValidationError", str(error)) from error
    except ModelNotReadyError as error:
        raise errors.model_not_ready(target) from error
    except ModelNotLoadedError as error:
        raise errors.model_error(endpoint, error.status, str(error)) from error
