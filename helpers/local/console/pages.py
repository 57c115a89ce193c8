"""From an address to its page."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from helpers.local.console import costs, quotas, s3_pages
from helpers.local.console.content import NotFoundError, Page
from helpers.local.console.listing import list_page
from helpers.local.console.overview import overview
from helpers.local.console.shown_types import BY_SLUG, ShownType
from helpers.local.console.view import View
from helpers.local.state.database import Document

OTHER_PAGES: dict[str, Callable[[View, Sequence[str]], Page]] = {
    "s3": s3_pages.page,
    "quotas": quotas.page,
    "costs": costs.page,
}


def make_page(view: View, parts: Sequence[str]) -> Page:
    """Return the page of a Region at an address, which is split at its slashes.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    match parts:
        case []:
            return overview(view)
        case [slug] if slug in BY_SLUG:
            shown_type = BY_SLUG[slug]
            page = list_page(
                *(view, shown_type.resource, slug, shown_type.title),
                *(shown_type.columns, shown_type.members, shown_type.row),
            )
            return replace(page, slug=slug)
        case [slug, name] if slug in BY_SLUG:
            return _resource_page(view, BY_SLUG[slug], name)
        case [slug, *rest] if slug in OTHER_PAGES:
            return replace(OTHER_PAGES[slug](view, rest), slug=slug)
    raise NotFoundError


def find_document(view: View, shown_type: ShownType, name: str) -> Document:
    """Return the document of a resource. Raises NotFoundError."""
    arn_type = shown_type.resource.arn_type
    document = view.database.read(arn_type, view.region, name)
    if document is None:  # a link that was made from an ARN has the name in lower case
        full_name = view.database.name_of(view.call().arn(shown_type.resource, name))
        document = full_name and view.database.read(arn_type, view.region, full_name)
    if not document:
        raise NotFoundError(
            f"There is no {shown_type.resource.label} named {name} in {view.region}. It may have "
            "been deleted, or be in another Region."
        )
    return document


def _resource_page(view: View, shown_type: ShownType, name: str) -> Page:
    document = find_document(view, shown_type, name)
    name, page = document[shown_type.resource.name_member], shown_type.page(view, document)
    return replace(
        page,
        slug=shown_type.slug,
        parents=[view.link(shown_type.slug, text=shown_type.title)],
        actions=[
            view.link(shown_type.slug, name, action, text=action.capitalize())
            for action in _actions(shown_type, document)
        ],
    )


def _actions(shown_type: ShownType, document: Document) -> list[str]:
    """Return what AWS's console has enabled buttons for."""
    status = document.get(shown_type.resource.status_member)
    is_busy = status in shown_type.resource.busy
    actions = []
    if shown_type.can_stop and is_busy and status not in ("Stopping", "Pending"):
        actions.append("stop")
    if shown_type.can_delete and (not is_busy or not shown_type.can_stop) and status != "Deleting":
        actions.append("delete")
    return actions
