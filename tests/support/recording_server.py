"""A server that records every request, and the check of a recorded request's signature."""

import http.server
import threading
from typing import NamedTuple
from urllib.parse import parse_qs

import botocore.auth
import botocore.awsrequest
from botocore.credentials import Credentials

KEY, SECRET = "AKIALOCAL", "local-secret"
FORM = "application/x-www-form-urlencoded"  # STS and IAM ask in this way, and read XML


class Seen(NamedTuple):
    """One request as it arrived over the wire."""

    method: str
    path: str
    headers: dict
    body: bytes


class Recorder(http.server.ThreadingHTTPServer):
    """A server on loopback that records every request and gives them all the same answer."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Read a whole request with either framing, and answer 200."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size + 2)[:-2]
            self.rfile.readline()
        self.server.seen.append(Seen(self.command, self.path, self.headers, body))
        answer = b""
        if self.headers.get("Content-Type", "").startswith(FORM):
            action = parse_qs(body.decode())["Action"][0]
            answer = f"<Response><{action}Result/></Response>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer

    def log_message(self, *_):
        """Log nothing."""


def signature_verifies(seen):
    """Sign a received request again with the local keys, as a server does, and compare."""
    sent = seen.headers["Authorization"]
    credential, signed, _ = (part.split("=", 1)[1] for part in sent.split(" ", 1)[1].split(", "))
    key, _, region, service, _ = credential.split("/")
    again = botocore.awsrequest.AWSRequest(
        seen.method, f"http://{seen.headers['Host']}{seen.path}", data=seen.body
    )
    for name in signed.split(";"):
        again.headers[name] = seen.headers[name]
    again.context["timestamp"] = seen.headers["X-Amz-Date"]
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    signer = kind(Credentials(KEY, SECRET), service, region)
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return key == KEY and sent.endswith(f"Signature={signer.signature(text, again)}")
