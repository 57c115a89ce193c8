"""Who may use the console: a browser that has the token of the home folder.

The token comes in a link, and becomes a cookie that only the browser and this server see. A request
that is signed is never the console's: a bucket may be called `console`.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import parse_qs

from helpers.local.console.urls import ROOT
from helpers.local.wire.request import Request

COOKIE_SECONDS = 400 * 24 * 3600  # the longest that browsers keep one
PRESIGNED = ("signature", "awsaccesskeyid")  # parameters of a URL of signature version 2
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    # With "no-referrer" browsers would send no Origin with the page's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_console_request(request: Request) -> bool:
    """Tell whether a request is for the console: by its path, and unsigned."""
    if request.path != ROOT and not request.path.startswith(f"{ROOT}/"):
        return False
    names = [name.lower() for name in parse_qs(request.query, keep_blank_values=True)]
    is_presigned = any(name.startswith("x-amz-") or name in PRESIGNED for name in names)
    return "authorization" not in request.headers and not is_presigned


class Access:
    """Checks what a browser sends against the token.

    Parameters
    ----------
    token
        Of the home folder.
    home_id
        Which is in the cookie's name: a browser sends a cookie to all ports of a host.
    """

    def __init__(self, token: str, home_id: str):
        self._token = token
        self.cookie = f"sagemaker-console-{home_id}"
        self.form_token = hmac.new(token.encode(), b"form", sha256).hexdigest()

    def is_token(self, text: str) -> bool:
        """Tell whether a text is the token, in a time that says nothing about it."""
        return hmac.compare_digest(text.encode(), self._token.encode())

    def may_read(self, cookies: Mapping[str, str]) -> bool:
        """Tell whether a request has the cookie."""
        return self.is_token(cookies.get(self.cookie, ""))

    def set_cookie(self, response) -> None:
        """Give the browser the cookie.

        Lax and not Strict: a link in a notebook at `localhost` comes from another site than
        127.0.0.1. A request of another site that changes something never has the cookie.
        """
        response.set_cookie(
            self.cookie,
            self._token,
            max_age=COOKIE_SECONDS,
            path=ROOT,
            httponly=True,
            samesite="lax",
        )

    def may_change(self, headers: Mapping[str, str], cookies: Mapping[str, str], body: str) -> bool:
        """Tell whether a form comes from a page of ours: cookie, Origin and the form's token."""
        token = parse_qs(body).get("token", [""])[0]
        return (
            self.may_read(cookies)
            and headers.get("origin") == f"http://{headers.get('host')}"
            and hmac.compare_digest(token.encode(), self.form_token.encode())
        )
