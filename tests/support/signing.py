"""Requests signed by botocore and sent unchanged, for what boto3 would never send."""

import http.client
import socket

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

JSON = "application/x-amz-json-1.1"
WAITER = "Boto3/1.44.8 md/Botocore#1.44.8 m/B,Z,b"
SDK = "Boto3/1.44.8 lib/AWS-SageMakerCore#2.27.0"


def sign(endpoint, method, path, body=b"", headers=None, service="sagemaker") -> dict[str, str]:
    """Return the headers with which a request to `path` is accepted."""
    request = AWSRequest(method, endpoint.url + path, headers=headers or {}, data=body)
    keys = Credentials(endpoint.access_key, endpoint.secret_key)
    SigV4Auth(keys, service, endpoint.region).add_auth(request)
    return dict(request.headers)


def send(endpoint, method, path, body=b"", headers=None) -> http.client.HTTPResponse:
    """Send a request unchanged, and read its whole answer (`.body`).

    body: bytes, or an iterable of chunks.
    """
    connection = http.client.HTTPConnection(endpoint.url.removeprefix("http://"), timeout=30)
    chunked = not isinstance(body, bytes)
    connection.request(method, path, body, headers or {}, encode_chunked=chunked)
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def open_call(endpoint, operation, body: bytes, user_agent: str) -> socket.socket:
    """Send a control-plane call, and leave its answer to be read from the socket."""
    headers = {
        "X-Amz-Target": f"SageMaker.{operation}",
        "Content-Type": JSON,
        "User-Agent": user_agent,
    }
    headers = sign(endpoint, "POST", "/", body, headers)
    host, port = endpoint.url.removeprefix("http://").split(":")
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(
        ["POST / HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(body)}", *lines]
    )
    opened = socket.create_connection((host, int(port)), timeout=30)
    opened.sendall(f"{head}\r\n\r\n".encode() + body)
    return opened
