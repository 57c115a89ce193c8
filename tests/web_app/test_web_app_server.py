"""The page and the API are served on loopback, each at an origin of its own."""

import http.client
import json
import re
import socket
import struct
import threading
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from support.polling import eventually

from helpers.web_app import WebApp, write_page
from helpers.web_app.page import FOLDER, page_files


def request(url: str, method: str = "GET", body: bytes | None = None, **headers):
    """Return status, headers by lower-case name, and body of an answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, parts.path, body, names)
        answer = connection.getresponse()
        received = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, received, answer.read()
    finally:
        connection.close()


def test_page_and_api_have_two_origins(app):
    """The page is at another origin than the API, as on AWS, and only the page may read answers."""
    page, api = urlsplit(app.page_url), urlsplit(app.api_url)
    assert {page.hostname, api.hostname} == {"127.0.0.1"}
    assert page.port != api.port
    headers = {"Origin": app.page_url.rstrip("/"), "Content_Type": "application/json"}
    status, received, body = request(app.api_url, "POST", b'{"review": "A good film."}', **headers)
    assert (status, json.loads(body)["sentiment"]) == (200, "positive")
    assert received["access-control-allow-origin"] == app.page_url.rstrip("/")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
    ],
)
def test_the_page_is_served_with_its_headers(app, name, content_type):
    """Each file of the page has its type, and headers that keep other pages from framing it."""
    status, headers, body = request(app.page_url + name)
    assert (status, headers["content-type"]) == (200, content_type)
    assert body == page_files(app.api_url)[name or "index.html"]
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["nothing", "../handler.py", "page/index.html", "%2e%2e/README.md"]
)
def test_other_files_are_not_served(app, path):
    """Only the page's own files are served."""
    assert request(app.page_url + path)[0] == 404


def test_a_name_that_was_rebound_is_refused(app):
    """A request for another host is refused: a page of that name would be within the origin."""
    for url in (app.page_url, app.api_url):
        status, _, body = request(url, Host="example.com")
        assert (status, json.loads(body)) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Length": "7000000"}, 413),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "x"}, 411),
        ({"Content_Length": "1" * 5000}, 411),
        ({"Transfer_Encoding": "chunked"}, 411),
    ],
)
def test_bodies_of_unknown_or_large_size_are_not_read(app, headers, status):
    """A request of too large or unknown size is answered at once, and the connection closed."""
    answered, received, _ = request(app.api_url, "POST", None, **headers)
    assert (answered, received["connection"]) == (status, "close")


def test_who_sends_too_much_learns_why(app):
    """A client that sends its whole body first gets the answer, and the page may read it."""
    origin = app.page_url.rstrip("/")
    body = b"x" * 20_000_000
    status, headers, text = request(app.api_url, "POST", body, Origin=origin)
    assert (status, json.loads(text)) == (413, {"message": "Request Entity Too Large"})
    assert headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    ("path", "header", "status"), [("a" * 70_000, "", 414), ("a", "x" * 70_000, 431)]
)
def test_a_request_that_is_too_long_has_the_form_of_all_errors(app, path, header, status):
    """A line that the server does not read to its end is refused in JSON, as by the API."""
    answered, received, body = request(f"{app.api_url}{path}", "POST", b"{}", X_Header=header)
    assert answered == status
    assert received["content-type"] == "application/json"
    assert set(json.loads(body)) == {"message"}


def test_cookies_and_an_answer_without_a_body():
    """Each cookie is a header of its own; after a 204, the connection takes the next request."""
    values = [
        {"statusCode": 204, "body": "dropped", "cookies": ["a=1; Path=/", "b=2"]},
        {"statusCode": 200, "body": "next"},
    ]
    app = WebApp(SimpleNamespace(invoke=lambda event: values.pop(0)))
    parts = urlsplit(app.api_url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request("POST", parts.path, b"{}")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
        assert answer.headers.get_all("set-cookie") == ["a=1; Path=/", "b=2"]
        connection.request("POST", parts.path, b"{}")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"next")
    finally:
        connection.close()
        app.stop()


def test_a_browser_that_goes_away_writes_nothing_into_the_notebook(app, capfd):
    """A connection that is reset in the middle of a request leaves no traceback."""
    parts = urlsplit(app.api_url)
    others = set(threading.enumerate())
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        head = f"POST /sentiment HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 10\r\n\r\n{{"
        connection.sendall(head.encode())
        eventually(lambda: set(threading.enumerate()) - others)
        threads = set(threading.enumerate()) - others
        reset_at_close = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_at_close)
    eventually(lambda: not any(thread.is_alive() for thread in threads))
    assert capfd.readouterr().err == ""


def test_a_page_for_another_address_may_reach_only_that(tmp_path):
    """The page's policy lets it reach the API's origin alone, and load nothing from outside."""
    url = "https://abc.execute-api.us-east-1.amazonaws.com/sentiment"
    text = (write_page(tmp_path / "page", url) / "index.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert "connect-src https://abc.execute-api.us-east-1.amazonaws.com;" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert f'<meta name="api-url" content="{url}">' in text
    assert "{{" not in text


@pytest.mark.parametrize(
    "url", ["", "sentiment", "ftp://a/b", "https://a b", "https://a/;x", "https:"]
)
def test_a_wrong_address_is_refused(tmp_path, url):
    """Text that is not a URL, or would change the policy, is refused; nothing is written."""
    with pytest.raises(ValueError, match="expected the URL of the API"):
        write_page(tmp_path / "page", url)


def test_the_page_loads_and_keeps_nothing():
    """The page names no other server, and uses no storage, cookie or HTML from text."""
    for file in FOLDER.iterdir():
        text = file.read_text()
        assert not re.search(r"https?://|//[a-z]+\.", re.sub(r"^\s*//.*$", "", text, flags=re.M))
        assert not re.search(r"localStorage|sessionStorage|indexedDB|cookie\b.*=|innerHTML", text)
