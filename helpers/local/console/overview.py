"""The first page: what there is in a Region, and what happened last."""

from helpers.local.console.content import Link, Page, Status, Table
from helpers.local.console.shown_types import SHOWN_TYPES, ShownType
from helpers.local.console.urls import page_url
from helpers.local.console.view import View
from helpers.local.state.documents import load_members
from helpers.local.state.page_query import PageQuery

RECENT = 10


def overview(view: View) -> Page:
    """Return the first page."""
    sections = [_counts(view), _recent(view)]
    others = [Link(each, page_url(each)) for each in view.database.regions() if each != view.region]
    if others:
        rows = [(link,) for link in others]
        sections.append(Table("regions", "Other Regions", ("Region",), rows))
    return Page("Dashboard", sections, version=view.database.changes)


def _counts(view: View) -> Table:
    rows = []
    for shown_type in SHOWN_TYPES:
        resource = shown_type.resource
        busy = len(view.database.list_by_status(resource.arn_type, view.region, resource.busy))
        total = view.database.count(resource.arn_type, view.region)
        rows.append(
            (
                view.link(shown_type.slug, text=shown_type.title),
                busy if resource.busy else None,
                total,
            )
        )
    return Table("resources", "Resources", ("Type", "Active", "Total"), rows)


def _recent(view: View) -> Table:
    changed = [each for shown_type in SHOWN_TYPES for each in _latest(view, shown_type)]
    changed.sort(key=lambda each: each[0], reverse=True)
    rows = [row for _, row in changed[:RECENT]]
    columns = ("Name", "Type", "Status", "Last modified")
    return Table("recent", "Recent activity", columns, rows, "Nothing has happened here yet.")


def _latest(view: View, shown_type: ShownType) -> list[tuple]:
    resource = shown_type.resource
    query = PageQuery(resource.arn_type, view.region, "modified", True, RECENT)
    latest = []
    for modified, name, status, text in view.database.page(query):
        times = load_members(text, ("LastModifiedTime", "CreationTime"))
        at = times.get("LastModifiedTime", times["CreationTime"])
        shown = Status(status) if status else None
        latest.append((modified, (view.link(shown_type.slug, name), resource.label, shown, at)))
    return latest
