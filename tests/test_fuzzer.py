"""Malformed requests are refused: no server error, no dropped connection, no dead server."""

import collections
import http.client
import json

import pytest
from support.fuzzer import FuzzedRequest, Fuzzer
from support.signing import send

SEED = 20261128


class Sender:
    """Sends requests on one connection, which a refusal must not close."""

    def __init__(self, endpoint):
        self._address = endpoint.url.removeprefix("http://")
        self._connection = http.client.HTTPConnection(self._address, timeout=60)

    def status_of(self, request: FuzzedRequest) -> tuple[int, bytes]:
        """Send a request unchanged; return the status and the body of the answer."""
        connection = self._connection
        connection.putrequest(
            request.method,
            request.path,
            skip_host="Host" in request.headers,
            skip_accept_encoding=1,
        )
        for name, value in request.headers.items():
            connection.putheader(name, value.encode("latin-1"))
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        answer = connection.getresponse()
        return answer.status, answer.read()


def fuzz(endpoint, seed: int, count: int) -> collections.Counter:
    """Send so many requests; return how many of each kind got which status."""
    fuzzer, sender, statuses = Fuzzer(endpoint, seed), Sender(endpoint), collections.Counter()
    for number in range(count):
        request = fuzzer.next()
        try:
            status, body = sender.status_of(request)
        except (OSError, http.client.HTTPException) as error:
            pytest.fail(f"request {number} of seed {seed}, {request}: {error!r}")
        assert status < 500, f"request {number} of seed {seed}, {request}: {body[:300]}"
        statuses[request.kind, status // 100] += 1
    health = send(endpoint, "GET", "/_local/health")
    assert json.loads(health.body)["pid"] == endpoint.pid
    return statuses


def test_malformed_requests(local):
    """Of 500 malformed requests none gets a server error or closes its connection."""
    statuses = fuzz(local, SEED, 500)
    assert len({kind for kind, _ in statuses}) == 7  # of each kind there were some
    refused = sum(count for (_, hundreds), count in statuses.items() if hundreds == 4)
    assert refused > 400


@pytest.mark.full
def test_many_malformed_requests(local):
    """Of 5,000 malformed requests none gets a server error or closes its connection."""
    statuses = fuzz(local, SEED + 1, 5_000)
    for (kind, hundreds), count in sorted(statuses.items()):
        print(f"{kind}, {hundreds}xx: {count}")
