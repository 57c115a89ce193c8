"""The page of the web app: its files, with the address of the API filled in."""

from __future__ import annotations

import html
import os
import urllib.parse
from pathlib import Path

from helpers.home import CHECKOUT

FOLDER = CHECKOUT / "Mini-Projects/web_app/page"
CONTENT_TYPES = {
    "index.html": "text/html; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
}
API_URL, API_ORIGIN = "{{API_URL}}", "{{API_ORIGIN}}"  # in index.html


def page_files(api_url: str) -> dict[str, bytes]:
    """Return the content of each file of the page, for an API at a URL. Raises ValueError."""
    parts = urllib.parse.urlsplit(api_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or set(api_url) & set(" ;,'\""):
        raise ValueError(
            f"expected the URL of the API, such as https://example.com/sentiment, got {api_url!r}"
        )
    files = {name: (FOLDER / name).read_bytes() for name in CONTENT_TYPES}
    text = files["index.html"].decode()
    text = text.replace(API_ORIGIN, html.escape(f"{parts.scheme}://{parts.netloc}"))
    files["index.html"] = text.replace(API_URL, html.escape(api_url)).encode()
    return files


def write_page(folder: str | os.PathLike[str], api_url: str) -> Path:
    """Write the files of the page into a folder, to be copied to a web server.

    Parameters
    ----------
    folder : path-like
        Where to write; made if it is missing.
    api_url : str
        The URL that the page sends reviews to, and the only one that it may reach.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ValueError
        If `api_url` is not a URL of http or https.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in page_files(api_url).items():
        (folder / name).write_bytes(content)
    return folder
