"""What a page consists of: sections of facts, tables, charts and text, before they are HTML."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from markupsafe import Markup


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere; without an address it is only a text."""

    text: str
    url: str | None


@dataclass(frozen=True)
class Status:
    """A status, shown with a symbol and a colour."""

    text: str


@dataclass(frozen=True)
class Section:
    """A part of a page, which a browser replaces when it changes.

    Parameters
    ----------
    id
        Unique on its page.
    title
        Its heading.
    """

    LAYOUT: ClassVar[str] = "text"  # the macro of `sections.html` that draws it
    id: str
    title: str


@dataclass(frozen=True)
class Facts(Section):
    """Names and values. A value is a text, a number, a datetime, a Link, a Status or None."""

    LAYOUT: ClassVar[str] = "facts"
    facts: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True)
class Table(Section):
    """Rows of values as in `Facts`; `empty` is said if there is none."""

    LAYOUT: ClassVar[str] = "table"
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    empty: str = "None."
    note: str = ""
    more: Sequence[Link] = ()


@dataclass(frozen=True)
class Charts(Section):
    """Pictures, each an SVG."""

    LAYOUT: ClassVar[str] = "charts"
    charts: Sequence[Markup] = ()
    empty: str = ""


@dataclass(frozen=True)
class Lines(Section):
    """A text by lines, such as a log or a file."""

    LAYOUT: ClassVar[str] = "lines"
    lines: Sequence[str] = ()
    note: str = ""
    empty: str = "Nothing yet."
    more: Sequence[Link] = ()


@dataclass(frozen=True)
class Page:
    """A page.

    Parameters
    ----------
    title
        Its heading.
    sections
        In their order.
    slug
        The entry of the navigation that it belongs to.
    parents
        Links to the pages above it.
    actions
        Links to what can be done.
    status
        Of what the page shows; a screen reader is told when it changes.
    version
        Returns a value that changes when the page may have changed; it must cost next to nothing.
        None: the page does not change any more.
    search
        The parameters of a list's search, by name; None: it has none.
    statuses
        That a list can be searched for.
    """

    title: str
    sections: Sequence[Section]
    slug: str = ""
    parents: Sequence[Link] = ()
    actions: Sequence[Link] = ()
    status: str = ""
    version: Callable[[], Any] | None = None
    search: Mapping[str, str] | None = None
    statuses: Sequence[str] = ()


class NotFoundError(Exception):
    """There is nothing at this address; the message says what is missing."""

    def __init__(self, message: str = "There is no page at this address."):
        super().__init__(message)
