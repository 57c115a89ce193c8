"""Lists: a page of the newest resources of a type, searched by name and status."""

from collections.abc import Callable, Iterable

from helpers.catalog.resource_types import ResourceType
from helpers.local.console.content import Page, Table
from helpers.local.console.view import View
from helpers.local.state.database import Document
from helpers.local.state.documents import load_members
from helpers.local.state.page_query import PageQuery
from helpers.local.wire import page_token
from helpers.local.wire.service_model import service_model

ROWS = 30
READ_AT_ONCE = 200  # resources, while a search goes through all of them


def list_page(
    view: View,
    resource: ResourceType,
    slug: str,
    title: str,
    columns: Iterable[str],
    members: Iterable[str],
    row: Callable[[View, Document], tuple],
) -> Page:
    """Return the page of a list.

    Parameters
    ----------
    slug, title
        Of the list, in addresses and for people.
    columns
        The names of the columns.
    members
        Of a resource's document, that `row` reads.
    row
        Returns the cells of a resource.
    """
    contains, status = view.query.get("contains", ""), view.query.get("status", "")
    documents, token = _find(view, resource, members, contains, status)
    total = view.database.count(resource.arn_type, view.region)
    searched = {"contains": contains, "status": status}
    more = []
    if "after" in view.query:
        more.append(view.link(slug, text="First page", **searched))
    if token:
        more.append(view.link(slug, text="Next page", after=token, **searched))
    note = f"{len(documents)} shown of {total:,}, newest first."
    table = Table(
        "list",
        title,
        tuple(columns),
        [row(view, document) for document in documents],
        f"No {title.lower()}{' match' if contains or status else ' in this Region'}.",
        note if total else "",
        more,
    )
    return Page(
        title,
        [table],
        version=view.database.changes,
        search=searched if resource.busy else {"contains": contains},
        statuses=service_model().shape_for(resource.status_member).enum if resource.busy else (),
    )


def _find(
    view: View, resource: ResourceType, members: Iterable[str], contains: str, status: str
) -> tuple[list[Document], str | None]:
    """Return the next resources that match, and where the page after them begins."""
    members = tuple(members)
    position = _position(view.query.get("after"))
    documents: list[Document] = []
    last_shown = position
    limit = READ_AT_ONCE if contains or status else ROWS + 1
    while True:
        query = PageQuery(
            resource.arn_type, view.region, "created", True, limit, (), None, position
        )
        rows = view.database.page(query)
        for created, name, of_row, text in rows:
            if contains.lower() not in name.lower() or status not in ("", of_row):
                continue
            if len(documents) == ROWS:
                return documents, page_token.encode(list(last_shown))
            documents.append(load_members(text, members))
            last_shown = (created, name)
        if len(rows) < limit:
            return documents, None
        position = rows[-1][:2]


def _position(token: str | None) -> tuple[float, str] | None:
    values = page_token.decode(token) if token else []
    if len(values) == 2 and isinstance(values[0], float) and isinstance(values[1], str):
        return values[0], values[1]
    return None
