"""The doctor's lines on connection, clock and identity, with a server in place of STS."""

import http.server
import threading
import time

import boto3
import pytest
from support.doctor import failed

from helpers.account.doctor import (
    checklist,
)
from helpers.account.doctor.command import text
from helpers.account.doctor.results import (
    NOT_CHECKED,
    CheckResult,
)

REGION = "us-east-1"


class Sts(http.server.BaseHTTPRequestHandler):
    """Answers as STS does to keys that it refuses, with the server's `code`, `words`, `date`."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        error = f"<Code>{self.server.code}</Code><Message>{self.server.words}</Message>"
        body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>".encode()
        self.send_response_only(403)
        if self.server.date:
            self.send_header("Date", self.server.date)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def sts(monkeypatch):
    """Return a server in place of STS; set its code, words and date."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sts)
    server.date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    server.server_close()


def examined(monkeypatch, session) -> dict[str, CheckResult]:
    monkeypatch.setattr(checklist, "_open_session", lambda *_: ("a test", session))
    return {found.name: found for found in checklist.run_checks("local")}


def session() -> boto3.Session:
    return boto3.Session(
        "ASIAEXAMPLEEXAMPLE", "a-secret-key", "a-session-token", region_name=REGION
    )


def test_an_expired_token(sts, monkeypatch):
    """With an expired token only the identity fails, without secrets and with a remedy."""
    sts.code, sts.words = "ExpiredToken", "The security token included in the request is expired"
    found = examined(monkeypatch, session())
    assert failed(found) == ["identity"]
    assert "has expired" in found["identity"].why
    assert "aws sso login" in found["identity"].fix
    shown = text(found.values())
    assert not any(secret in shown for secret in ("ASIAEXAMPLE", "a-secret", "a-token"))


def test_a_clock_that_is_off_is_not_taken_for_a_wrong_key(sts, monkeypatch):
    """Though AWS's code is the same as for wrong keys, a wrong clock fails only the clock."""
    sts.code = "SignatureDoesNotMatch"
    sts.words = "Signature expired: 20261125T070000Z is now earlier than 20261125T075500Z"
    sts.date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3600))
    found = examined(monkeypatch, session())
    assert failed(found) == ["clock"]
    assert found["clock"].command.startswith("sudo ")
    assert found["identity"].state == NOT_CHECKED


def test_nobody_answers(monkeypatch):
    """An unreachable network fails one line within seconds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    found = examined(monkeypatch, session())
    assert failed(found) == ["connection"]
    assert "AWS does not answer" in found["connection"].why
    assert found["connection"].command.startswith("curl ")
    assert all(found[name].state == NOT_CHECKED for name in ("clock", "identity", "budget"))
