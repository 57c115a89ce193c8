"""NextToken: what a list operation must know to continue, as text."""

import base64
import json
from typing import Any


def encode(values: list[Any]) -> str:
    """Return a token of JSON values.

    >>> decode(encode(["CreationTime", 1.5, "boston"]))
    ['CreationTime', 1.5, 'boston']
    """
    return base64.urlsafe_b64encode(json.dumps(values, sort_keys=True).encode()).decode()


def decode(token: str) -> list[Any]:
    """Return the values of a token, [] for a text that isn't one."""
    try:
        values = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        return []
    return values if isinstance(values, list) else []
