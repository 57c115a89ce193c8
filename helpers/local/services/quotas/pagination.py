"""Pages of Service Quotas' lists, and the tokens that lead from one to the next."""

import base64
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from helpers.local.state.database import Database
from helpers.local.wire.errors import AwsError

PAGE = 100  # what one answer holds if MaxResults is not given


class Call(NamedTuple):
    """A validated request."""

    operation: str
    params: dict[str, Any]
    region: str
    database: Database


def page(call: Call, member: str, items: Iterable[dict]) -> dict:
    """One page, and the NextToken if there are more.

    The token names the last item that was shown: a list that grows at its start meanwhile, as the
    history does, repeats and skips nothing.
    """
    found, start = list(items), 0
    if "NextToken" in call.params:
        last = _read_token(call)
        keys = [_key(item) for item in found]
        if last not in keys:
            raise _invalid_token()
        start = keys.index(last) + 1
    end = start + call.params.get("MaxResults", PAGE)
    more = end < len(found)
    return {
        member: found[start:end],
        "NextToken": _token(call, _key(found[end - 1])) if more else None,
    }


def _key(item: dict) -> str:
    return item.get("Id") or item.get("QuotaCode") or item["ServiceCode"]


def _scope(call: Call) -> list:
    """What a token is of: this list, and no other."""
    asked = {
        name: value
        for name, value in call.params.items()
        if name not in ("NextToken", "MaxResults")
    }
    return [call.operation, call.region, asked]


def _token(call: Call, last: str) -> str:
    return base64.b64encode(json.dumps([*_scope(call), last], sort_keys=True).encode()).decode()


def _read_token(call: Call) -> str:
    try:
        *scope, last = json.loads(base64.b64decode(call.params["NextToken"]))
    except (ValueError, TypeError):
        raise _invalid_token() from None
    if scope != _scope(call):
        raise _invalid_token()
    return last


def _invalid_token() -> AwsError:
    return AwsError(
        "InvalidPaginationTokenException",
        "Invalid NextToken: start the list again without it.",
    )
