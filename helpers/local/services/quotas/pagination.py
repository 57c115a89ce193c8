"""Pages of Service Quotas' lists."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from helpers.local.state.database import Database
from helpers.local.wire import page_token
from helpers.local.wire.errors import AwsError

PAGE_SIZE = 100  # if MaxResults is not given


class Call(NamedTuple):
    """A validated request of an operation, in a Region."""

    operation: str
    params: dict[str, Any]
    region: str
    database: Database


def page(call: Call, member: str, items: Iterable[dict]) -> dict:
    """Return one page of a list as a response, with the NextToken if there are more.

    The token contains the last item of the page: if a list grows at its start meanwhile, as the
    history does, no item is repeated or skipped.

    Parameters
    ----------
    call
        The request; its members MaxResults and NextToken count.
    member
        The member of the response that holds the items.
    items
        All items of the list, in their order.

    Raises
    ------
    AwsError
        InvalidPaginationTokenException for a token that isn't from this list.
    """
    items, start = list(items), 0
    if "NextToken" in call.params:
        *scope, last = page_token.decode(call.params["NextToken"]) or [None]
        keys = [_key(item) for item in items]
        if scope != _scope(call) or last not in keys:
            raise AwsError(
                "InvalidPaginationTokenException",
                "Invalid NextToken: start the list again without it.",
            )
        start = keys.index(last) + 1
    end = start + call.params.get("MaxResults", PAGE_SIZE)
    token = page_token.encode([*_scope(call), _key(items[end - 1])]) if end < len(items) else None
    return {member: items[start:end], "NextToken": token}


def _key(item: dict) -> str:
    return item.get("Id") or item.get("QuotaCode") or item["ServiceCode"]


def _scope(call: Call) -> list:
    """Return what identifies a list: its tokens are valid for no other one."""
    filters = {
        name: value
        for name, value in call.params.items()
        if name not in ("NextToken", "MaxResults")
    }
    return [call.operation, call.region, filters]
