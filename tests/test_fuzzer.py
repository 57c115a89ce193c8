"""Malformed requests are refused: no server error, no dropped connection, no dead server."""

import collections
import http.client
import json

import pytest
from support import endpoints, jobs
from support.clients import make_bucket
from support.fuzzer import FuzzedRequest, Fuzzer
from support.fuzzer_data_planes import DataPlaneFuzzer
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


def fuzz(endpoint, fuzzer: Fuzzer | DataPlaneFuzzer, count: int) -> collections.Counter:
    """Send so many requests; return how many of each kind got which status."""
    sender, statuses = Sender(endpoint), collections.Counter()
    for number in range(count):
        request = fuzzer.next()
        try:
            status, body = sender.status_of(request)
        except (OSError, http.client.HTTPException) as error:
            pytest.fail(f"request {number}, {request}: {error!r}")
        is_refusal = status == 501 and b"<Code>NotImplemented</Code>" in body  # S3's own
        assert status < 500 or is_refusal, f"request {number}, {request}: {status} {body[:300]}"
        statuses[request.kind, status // 100] += 1
    health = send(endpoint, "GET", "/_local/health")
    assert json.loads(health.body)["pid"] == endpoint.pid
    return statuses


def test_malformed_requests(local):
    """Of 500 malformed requests none gets a server error or closes its connection."""
    statuses = fuzz(local, Fuzzer(local, SEED), 500)
    assert len({kind for kind, _ in statuses}) == 7  # of each kind there were some
    refused = sum(count for (_, hundreds), count in statuses.items() if hundreds == 4)
    assert refused > 400


@pytest.fixture(scope="module")
def data_planes(sagemaker, s3, trained) -> tuple[str, str]:
    """Return the names of an endpoint in service, and of a bucket with an object."""
    bucket, name = make_bucket(s3), jobs.new_name("fuzzed")
    s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    model = jobs.create_model(sagemaker, trained["ModelArtifacts"]["S3ModelArtifacts"])
    endpoints.configure(sagemaker, name, endpoints.variant(model))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    endpoints.wait_in_service(sagemaker, name)
    yield name, bucket
    sagemaker.delete_endpoint(EndpointName=name)


def test_malformed_requests_to_the_data_planes(local, data_planes, sagemaker):
    """Of 500 malformed calls of an endpoint and of S3 none gets a server error; both still work."""
    statuses = fuzz(local, DataPlaneFuzzer(local, SEED, *data_planes), 500)
    assert {kind.split()[0] for kind, _ in statuses} == {"invocation", "S3"}
    refused = sum(count for (_, hundreds), count in statuses.items() if hundreds >= 4)
    assert refused > 300
    described = sagemaker.describe_endpoint(EndpointName=data_planes[0])
    assert described["EndpointStatus"] == "InService"


@pytest.mark.full
def test_many_malformed_requests(local, data_planes):
    """Of 5,000 malformed requests none gets a server error or closes its connection."""
    statuses = fuzz(local, Fuzzer(local, SEED + 1), 5_000)
    statuses += fuzz(local, DataPlaneFuzzer(local, SEED + 1, *data_planes), 5_000)
    for (kind, hundreds), count in sorted(statuses.items()):
        print(f"{kind}, {hundreds}xx: {count}")
