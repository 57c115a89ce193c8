"""From an address to its page."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from helpers.local.console import costs, quotas, s3_pages
from helpers.local.console.content import NotFoundError, Page
from helpers.local.console.kinds import BY_SLUG, Kind
from helpers.local.console.listing import list_page
from helpers.local.console.overview import overview
from helpers.local.console.view import View
from helpers.local.state.database import Document

OTHER_PAGES: dict[str, Callable[[View, Sequence[str]], Page]] = {
    "s3": s3_pages.page,
    "quotas": quotas.page,
    "costs": costs.page,
}


def make_page(view: View, parts: Sequence[str]) -> Page:
    """Return the page of a Region at an address, given by its parts.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    match parts:
        case []:
            return overview(view)
        case [slug] if slug in BY_SLUG:
            kind = BY_SLUG[slug]
            page = list_page(
                *(view, kind.resource, slug, kind.title),
                *(kind.columns, kind.members, kind.row),
            )
            return replace(page, slug=slug)
        case [slug, name] if slug in BY_SLUG:
            return _resource_page(view, BY_SLUG[slug], name)
        case [slug, *rest] if slug in OTHER_PAGES:
            return replace(OTHER_PAGES[slug](view, rest), slug=slug)
    raise NotFoundError("There is no page at this address.")


def find_document(view: View, kind: Kind, name: str) -> Document:
    """Return the document of a resource. Raises NotFoundError."""
    arn_type = kind.resource.arn_type
    document = view.database.read(arn_type, view.region, name)
    if document is None:  # a link that was made from an ARN has the name in lower case
        full_name = view.database.name_of(view.call().arn(kind.resource, name))
        document = full_name and view.database.read(arn_type, view.region, full_name)
    if not document:
        raise NotFoundError(
            f"There is no {kind.resource.label} named {name} in {view.region}. It may have been "
            "deleted, or be in another Region."
        )
    return document


def _resource_page(view: View, kind: Kind, name: str) -> Page:
    document = find_document(view, kind, name)
    name, page = document[kind.resource.name_member], kind.page(view, document)
    return replace(
        page,
        slug=kind.slug,
        parents=[view.link(kind.slug, text=kind.title)],
        actions=[
            view.link(kind.slug, name, action, text=action.capitalize())
            for action in _actions(kind, document)
        ],
    )


def _actions(kind: Kind, document: Document) -> list[str]:
    """Return what AWS's console has enabled buttons for."""
    status = document.get(kind.resource.status_member)
    is_busy = status in kind.resource.busy
    actions = []
    if kind.can_stop and is_busy and status not in ("Stopping", "Pending"):
        actions.append("stop")
    if kind.can_delete and (not is_busy or not kind.can_stop) and status != "Deleting":
        actions.append("delete")
    return actions
