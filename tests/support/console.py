"""A visitor of the console without a browser: requests with its cookie, as a browser sends them."""

import http.client
import json
import re
from html import unescape
from urllib.parse import urlencode

from helpers.local.home import Home
from helpers.local.process import Endpoint
from support.signing import send

REGION = "us-east-1"


class Visitor:
    """Somebody who has opened the console's link."""

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.origin = endpoint.url
        self.token = Home(endpoint.home).console_token
        answer = send(endpoint, "GET", f"/console?token={self.token}")
        self.cookie = answer.getheader("set-cookie").partition(";")[0]

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        """Ask for an address below `/console/<Region>`; `.text` is the answer's body."""
        address = path if path.startswith("/console") else f"/console/{REGION}{path}"
        answer = send(self.endpoint, "GET", address, headers={"Cookie": self.cookie, **headers})
        answer.text = answer.body.decode(errors="replace")
        return answer

    def post(self, path: str, token: str, **headers: str) -> http.client.HTTPResponse:
        """Send a form with a token. A header that is "" is left out."""
        sent = {
            "Cookie": self.cookie,
            "Origin": self.origin,
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        }
        body = urlencode({"token": token}).encode()
        address = f"/console/{REGION}{path}"
        headers = {name: value for name, value in sent.items() if value}
        answer = send(self.endpoint, "POST", address, body, headers)
        answer.text = answer.body.decode()
        return answer

    def form_token(self, path: str) -> str:
        """Return the token in the form of a question."""
        return re.search(r'name="token" value="(\w+)"', self.get(path).text)[1]

    def watch(self, path: str) -> "Stream":
        """Open the live events of a page."""
        return Stream(self, path)


class Stream:
    """The live events of a page, in their order."""

    def __init__(self, visitor: Visitor, path: str):
        host = visitor.endpoint.url.removeprefix("http://")
        self._connection = http.client.HTTPConnection(host, timeout=60)
        separator = "&" if "?" in path else "?"
        address = f"/console/{REGION}{path}{separator}live=1"
        self._connection.request("GET", address, headers={"Cookie": visitor.cookie})
        self.answer = self._connection.getresponse()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def message(self) -> dict | None:
        """Wait for the next message; None when the server has ended the stream."""
        while line := self.answer.readline():
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))
        return None


def facts(html: str) -> dict[str, str]:
    """Return the names and values of a page, as text."""
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.S)
    return {text_of(name): text_of(value) for name, value in pairs}


def rows(html: str, section: str) -> list[list[str]]:
    """Return the rows of a section's table, as text."""
    part = html.split(f'<section id="{section}"', 1)[1].split("</section>", 1)[0]
    matches = re.findall(r"<tr[^>]*>(<td.*?)</tr>", part, re.S)
    return [
        [text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in matches
    ]


def text_of(html: str) -> str:
    """Return the text of some HTML."""
    return unescape(re.sub(r"<[^>]+>", "", html)).strip()
