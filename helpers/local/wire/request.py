"""A request as the gateway's handlers see it."""

from typing import Any
from urllib.parse import unquote

from helpers.local.wire.asgi import Receive, join_headers


class Request:
    """An HTTP request: what it claims in its headers, and what was verified since.

    Attributes
    ----------
    service : str or None
        The service of the credential scope, as the request claims it.
    body : bytes or None
        None until it is read, and for one that is passed on as a stream.
    region : str
        The Region of the credential scope, once the signature is verified.
    """

    def __init__(self, scope: dict[str, Any], receive: Receive):
        self.scope, self.receive = scope, receive
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: str = scope["query_string"].decode()
        self.headers = join_headers(scope["headers"])
        self.target = self.headers.get("x-amz-target", "")
        self.service = claimed_service(self.headers, self.query)
        self.body: bytes | None = None
        self.region = ""
        self.is_verified = False


def claimed_service(headers: dict[str, str], query: str) -> str | None:
    """Return the service of the credential scope, as a request claims it; not verified."""
    for text in (headers.get("authorization", ""), unquote(query)):
        _, label, scope = text.partition("Credential=")
        if label:
            parts = scope.split("/")
            return parts[3] if len(parts) > 3 else None
    return None
