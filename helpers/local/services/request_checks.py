"""Check requests before moto answers them: it takes much that AWS refuses."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.responses import ActionResult, BaseResponse

from helpers.local.wire.errors import ValidationException
from helpers.local.wire.validation import validate

Check = Callable[[str, Mapping[str, Any]], None]
"""Called with an operation, such as `PutMetricAlarm`, and its parameters; raises moto's errors."""


def check_before(response_class: type[BaseResponse], check: Check) -> None:
    """Make one of moto's services check each request, and answer with what the check raises.

    Parameters
    ----------
    response_class
        moto's class of the service.
    check
        Gets the parameters in the types of the service model, whatever the protocol.
    """
    call_action = response_class.call_action

    def checked(self: BaseResponse) -> Any:
        try:
            if not self.automated_parameter_parsing:
                self.parse_parameters(self.normalized_request)
        except ValueError:  # a value of another type: moto answers as it can
            return call_action(self)
        try:
            check(self._get_action(), self.params)
        except ServiceException as error:
            status, headers, body = self.serialized(ActionResult(error))
        except JsonRESTError as error:
            status, headers, body = error.code, dict(error.get_headers()), error.description
        else:
            return call_action(self)
        return status, *self._enrich_response({**headers, "status": status}, body)

    response_class.call_action = checked


def check_constraints(
    operation: str,
    request: Mapping[str, Any],
    service: str,
    error_class: Callable[[str], Exception],
) -> None:
    """Check a request by the service model; `error_class` makes the error that is raised."""
    try:
        validate(operation, request, service)
    except ValidationException as error:
        raise error_class(error.message) from None
