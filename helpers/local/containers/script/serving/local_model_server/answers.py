"""What a service answers, and what Flask and nginx in AWS's containers make of it."""

from __future__ import annotations

import re
from typing import NamedTuple

_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")  # RFC 9110, section 5.5
JSON = "application/json"
HTML = "text/html; charset=utf-8"


class Answer(NamedTuple):
    """A whole HTTP response."""

    status: int
    body: bytes
    content_type: str


class Timeout(NamedTuple):
    """How long a prediction may take, from its request on, and what is answered after that."""

    seconds: float
    answer: Answer


def page(status: int, title: str, text: str) -> Answer:
    """Return an error page of Flask."""
    html = f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n"
    return Answer(status, f"{html}<p>{text}</p>\n".encode(), HTML)


OK = Answer(200, b"", JSON)
NOT_FOUND = page(
    404,
    "Not Found",
    "The requested URL was not found on the server. If you entered the URL manually please check "
    "your spelling and try again.",
)
NOT_ALLOWED = page(405, "Method Not Allowed", "The method is not allowed for the requested URL.")
TOO_LARGE = page(
    413, "Request Entity Too Large", "The data value transmitted exceeds the capacity limit."
)
FAILED = page(
    500,
    "Internal Server Error",
    "The server encountered an internal error and was unable to complete your request. Either the "
    "server is overloaded or there is an error in the application.",
)

_NGINX_TITLE = "504 Gateway Time-out"
TIMED_OUT = Answer(
    504,
    (
        f"<html>\r\n<head><title>{_NGINX_TITLE}</title></head>\r\n<body>\r\n"
        f"<center><h1>{_NGINX_TITLE}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n"
        "</html>\r\n"
    ).encode(),
    "text/html",
)


def to_bytes(content: object) -> bytes:
    """Return what Flask sends as the body of a response: of an iterable, its items joined.

    So a dict is sent as its keys. Raises TypeError for what is neither text nor bytes nor an
    iterable of them, UnicodeEncodeError for text that UTF-8 does not have.
    """
    if content is None:
        return b""
    if isinstance(content, bytearray):
        return bytes(content)
    parts = [content] if isinstance(content, (str, bytes)) else list(content)
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    for part in encoded:
        if not isinstance(part, bytes):
            kind = type(part).__name__
            raise TypeError(f"expected str or bytes in the response's body, got {kind}")
    return b"".join(encoded)


def header_value(content_type: str) -> str:
    """Return a content type that HTTP allows in a header. Raises ValueError for any other."""
    if not _HEADER_VALUE.fullmatch(content_type):
        raise ValueError(f"HTTP does not allow the content type {content_type!r}")
    return content_type
