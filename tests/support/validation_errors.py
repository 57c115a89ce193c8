"""The errors of a request by the service model, as a list."""

import re

from helpers.local.wire.errors import ValidationException
from helpers.local.wire.validation import validate


def errors(operation: str, params: dict) -> list[str]:
    """Return the errors that the answer lists, without their count; [] if there is none."""
    try:
        validate(operation, params)
    except ValidationException as error:
        count, _, text = error.message.partition(" detected: ")
        found = re.split(r"; (?=Value)", text)
    else:
        return []
    assert count == ("1 validation error" if len(found) == 1 else f"{len(found)} validation errors")
    return found
