"""List operations: the filters, sorting and paging that they all share."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from helpers.local.state.database import Document
from helpers.local.wire import page_token
from helpers.local.wire.errors import ValidationException

PAGE = 10  # what one answer holds if MaxResults is not given


def list_page(
    params: dict[str, Any],
    documents: Iterable[Document],
    *,
    name: str,
    status: str | None = None,
    order: str = "Descending",
) -> tuple[list[Document], str | None]:
    """One page of resources, and the NextToken if there are more.

    name, status: the members that hold the resource's name and its status.
    order: the operation's default SortOrder. Equal sort keys are told apart by name, so that
    pages neither repeat nor skip a resource while others are made and deleted.
    Raises ValidationException for a NextToken that no such list has given.
    """
    fits = [document for document in documents if _fits(params, document, name, status)]
    fields = {"Name": name, "Status": status, "LastModifiedTime": "LastModifiedTime"}
    field = fields.get(params.get("SortBy"), "CreationTime")
    key = _sort_key(field or name, name)
    descending = (params.get("SortOrder") or order) == "Descending"
    fits.sort(key=key, reverse=descending)
    if "NextToken" in params:
        place = _decode(params["NextToken"], field)
        fits = [item for item in fits if (key(item) < place if descending else key(item) > place)]
    most = params.get("MaxResults", PAGE)
    page, rest = fits[:most], fits[most:]
    return page, page_token.encode([field, *key(page[-1])]) if rest else None


def _fits(params: dict, document: Document, name: str, status: str | None) -> bool:
    created = document["CreationTime"]
    modified = document.get("LastModifiedTime", created)
    return (
        params.get("NameContains", "").lower() in document[name].lower()
        and ("StatusEquals" not in params or params["StatusEquals"] == document[status])
        and _is_within(created, params.get("CreationTimeAfter"), params.get("CreationTimeBefore"))
        and _is_within(
            modified, params.get("LastModifiedTimeAfter"), params.get("LastModifiedTimeBefore")
        )
    )


def _is_within(time: datetime, after: datetime | None, before: datetime | None) -> bool:
    """Compares times as answers show them, in milliseconds: a shown time finds its resource."""
    shown = round(time.timestamp(), 3)
    return (after is None or shown >= round(after.timestamp(), 3)) and (
        before is None or shown <= round(before.timestamp(), 3)
    )


def _sort_key(field: str, name: str) -> Callable[[Document], tuple]:
    def key(document: Document) -> tuple:
        value = document[field]
        return (value.timestamp() if isinstance(value, datetime) else value, document[name])

    return key


def _decode(token: str, field: str | None) -> tuple:
    """The place where a page ended, if the token is of a list that is sorted as this one."""
    kind = float if field in ("CreationTime", "LastModifiedTime") else str
    values = page_token.decode(token)
    sorted_by, value, name = values if len(values) == 3 else (None, None, None)
    if sorted_by != field or not isinstance(value, kind) or not isinstance(name, str):
        raise ValidationException("Invalid NextToken: start the list again without it.")
    return (value, name)


def summaries(page: list[Document], members: Iterable[str]) -> list[dict]:
    """Of each document the members that a summary shows."""
    return [{key: item[key] for key in members if key in item} for item in page]
