"""Pages as HTML, by the templates beside this file. Jinja escapes all values."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from helpers.local.console.cells import cell
from helpers.local.console.content import Link, Page
from helpers.local.console.shown_types import SHOWN_TYPES
from helpers.local.console.urls import ROOT, page_url

FOLDER = Path(__file__).parent
MEDIA_TYPES = {"console.css": "text/css", "console.js": "text/javascript"}
OTHER_SERVICES = (("s3", "Amazon S3"), ("quotas", "Service Quotas"), ("costs", "Costs"))


@dataclass(frozen=True)
class Fragment:
    """The HTML of a section, and a text that tells it from an older one."""

    version: str
    html: Markup


@dataclass(frozen=True)
class StaticFile:
    """A file for browsers; `url` is another one for another content."""

    content: bytes
    media_type: str
    url: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Return the style sheet and the script, by name."""
    files = {}
    for name, media_type in MEDIA_TYPES.items():
        content = (FOLDER / "static" / name).read_bytes()
        url = f"{ROOT}/static/{name}?v={sha256(content).hexdigest()[:12]}"
        files[name] = StaticFile(content, media_type, url)
    return files


@cache
def environment() -> Environment:
    """Return Jinja's environment with the templates of this package."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["cell"] = cell
    made.globals["static"] = {name: file.url for name, file in static_files().items()}
    return made


def render(template: str, **values: object) -> str:
    """Return a template's HTML."""
    return environment().get_template(template).render(**values)


def fragments(page: Page) -> dict[str, Fragment]:
    """Return the sections of a page as HTML, by id, its status, and the buttons of its actions."""
    made = {section.id: _fragment("section.html", section=section) for section in page.sections}
    made["actions"] = _fragment("actions.html", actions=page.actions)
    return made | {"status": Fragment(page.status, Markup(cell(page.status)))}


def _fragment(template: str, **values: object) -> Fragment:
    html = render(template, **values)
    return Fragment(sha256(html.encode()).hexdigest()[:12], Markup(html))


def navigation(region: str) -> dict[str, list[tuple[str, Link]]]:
    """Return the groups of the navigation, each with slugs and links, in AWS's order."""
    groups: dict[str, list[tuple[str, Link]]] = {}
    for shown_type in SHOWN_TYPES:
        link = Link(shown_type.title, page_url(region, shown_type.slug))
        groups.setdefault(shown_type.group, []).append((shown_type.slug, link))
    groups["Other services"] = [
        (slug, Link(title, page_url(region, slug))) for slug, title in OTHER_SERVICES
    ]
    return groups
