"""In local mode no request leaves this machine, and each is correctly signed."""

import doctest
import inspect
import socket
import urllib.request

import boto3
import botocore.exceptions
import botocore.httpsession
import botocore.signers
import pytest
import requests
import urllib3
import urllib3.connection
import urllib3.util.connection
from botocore import UNSIGNED
from botocore.config import Config
from support.recording_server import KEY, SECRET, Recorder, signature_verifies

from helpers.session import network_guard


@pytest.fixture(scope="module")
def recorder():
    """Return one server for all tests."""
    server = Recorder()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def elsewhere(monkeypatch):
    """Record what any code in the process looks up or connects to beyond loopback."""
    tried = []

    def watch(owner, name, where):
        original = getattr(owner, name)

        def watcher(*args, **kwargs):
            host = str(where(args))
            if host not in ("127.0.0.1", "localhost"):
                tried.append(host)
                raise OSError(f"{host} is elsewhere")
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, watcher)

    watch(socket, "getaddrinfo", lambda args: args[0])
    # A subclass, since the attributes of the C class can't be set.
    real = socket.socket

    class Watched(real):
        def connect(self, address):
            host = address[0] if isinstance(address, tuple) else "localhost"
            if host != "127.0.0.1":
                tried.append(host)
                raise OSError(f"{host} is elsewhere")
            return super().connect(address)

    monkeypatch.setattr(socket, "socket", Watched)
    return tried


@pytest.fixture
def aws_in_the_environment(monkeypatch):
    """Set a learner's own AWS account in the environment, which must not be used."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIALEARNER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "learner-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def guarded(recorder, elsewhere):
    """Turn the guard on, and off again after the test."""
    recorder.seen.clear()
    network_guard.install(recorder.url, KEY, SECRET)
    yield recorder
    network_guard.remove()


CALLS = {
    "s3": lambda c: c.put_object(Bucket="bucket", Key="a/b c.csv", Body=b"1,2\n"),
    "sagemaker": lambda c: c.list_training_jobs(),
    "sts": lambda c: c.get_caller_identity(),
    "iam": lambda c: c.get_role(RoleName="role"),
    "logs": lambda c: c.describe_log_groups(),
    "sagemaker-runtime": lambda c: c.invoke_endpoint(EndpointName="e", Body=b"1,2"),
}


@pytest.mark.parametrize("kind", ["plain", "another region", "explicit endpoint", "proxy"])
def test_clients_stay_here_and_sign_rightly(
    kind, aws_in_the_environment, recorder, elsewhere, monkeypatch
):
    """Each client of the lessons, however and whenever made, reaches this machine only."""
    if kind == "proxy":
        monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    session = boto3.Session(region_name="ap-south-1" if kind == "another region" else None)

    def clients():
        for service in CALLS:
            host = f"https://{service}.us-west-2.amazonaws.com"
            endpoint = host if kind == "explicit endpoint" else None
            yield service, session.client(service, endpoint_url=endpoint)

    before = list(clients())
    recorder.seen.clear()
    network_guard.install(recorder.url, KEY, SECRET)
    try:
        for service, client in [*before, *clients()]:
            CALLS[service](client)
    finally:
        network_guard.remove()
    assert elsewhere == []
    assert len(recorder.seen) == 2 * len(CALLS)
    assert all(signature_verifies(seen) for seen in recorder.seen)


def test_a_bucket_in_the_host_becomes_a_path(aws_in_the_environment, guarded, elsewhere):
    """A bucket in S3's virtual-host style is moved to the path, so that it isn't lost."""
    boto3.client("s3").put_object(Bucket="bucket", Key="a/b c.csv", Body=b"1")
    assert guarded.seen[0].path == "/bucket/a/b%20c.csv"


def test_resources_and_transfer_threads_stay_here(
    aws_in_the_environment, guarded, elsewhere, tmp_path
):
    """boto3's resources, and s3transfer's threads for multipart uploads, stay local."""
    file = tmp_path / "train.csv"
    file.write_bytes(b"1,2\n" * 1000)
    boto3.resource("s3").Bucket("bucket").upload_file(str(file), "train.csv")
    assert elsewhere == []
    assert guarded.seen[0].path == "/bucket/train.csv"
    assert file.read_bytes() in guarded.seen[0].body
    assert signature_verifies(guarded.seen[0])


def test_unsigned_requests_stay_here(aws_in_the_environment, guarded, elsewhere):
    """Unsigned requests, as for public buckets, are sent to this machine."""
    client = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    client.head_object(Bucket="bucket", Key="k")
    assert elsewhere == []
    assert "Authorization" not in guarded.seen[0].headers


def test_presigned_urls_lead_here(aws_in_the_environment, guarded):
    """A presigned URL or form points at this machine too."""
    client = boto3.client("s3")
    link = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k"})
    assert link.startswith(f"{guarded.url}/bucket/k?")
    assert f"{KEY}" in link
    assert client.generate_presigned_post("bucket", "k")["url"].startswith(guarded.url)


def test_another_server_on_this_machine_is_left_alone(aws_in_the_environment, guarded, elsewhere):
    """A client with its own local endpoint keeps it, and its keys."""
    other = Recorder()
    client = boto3.client("sts", endpoint_url=other.url)
    CALLS["sts"](client)
    other.shutdown()
    other.server_close()
    assert "AKIALEARNER" in other.seen[0].headers["Authorization"]
    assert guarded.seen == []


TELEMETRY = "https://sm-pysdk-t-us-east-1.s3.us-east-1.amazonaws.com/telemetry?x-status=1"


@pytest.mark.parametrize(
    "url",
    [
        TELEMETRY,
        "https://example.s3.cn-north-1.amazonaws.com.cn/",
        "https://sts.us-east-1.api.aws/",
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.170.2/v2/credentials",
    ],
)
@pytest.mark.parametrize(
    "get",
    [lambda url: requests.get(url, timeout=2), lambda url: urllib.request.urlopen(url, None, 2)],
)
def test_what_botocore_does_not_send_is_refused(url, get, guarded, elsewhere):
    """The SDK's telemetry and the standard library are stopped before a host look-up."""
    with pytest.raises(network_guard.AwsAccessBlockedError, match="nothing leaves this machine"):
        get(url)
    assert elsewhere == []


def test_botocore_does_not_try_a_refused_host_again(aws_in_the_environment, elsewhere, monkeypatch):
    """Without the first hook, the second one stops a client at once and says why."""
    network_guard.refuse_until_connected()
    try:
        with pytest.raises(botocore.exceptions.HTTPClientError, match="not connected yet"):
            boto3.client("sts").get_caller_identity()
    finally:
        network_guard.remove()
    assert elsewhere == []


def test_remove_puts_everything_back(recorder):
    """Removing the guard restores everything, however often it was installed."""
    places = (
        (botocore.signers.RequestSigner, "sign"),
        (botocore.httpsession.ProxyConfiguration, "proxy_url_for"),
        (urllib3.util.connection, "create_connection"),
        (socket, "create_connection"),
    )
    before = [getattr(*place) for place in places]
    network_guard.refuse_until_connected()
    network_guard.install(recorder.url, KEY, SECRET)
    network_guard.install(recorder.url, KEY, SECRET)
    assert all(getattr(*place) is not was for place, was in zip(places, before, strict=True))
    network_guard.remove()
    assert [getattr(*place) for place in places] == before


def test_the_internals_that_the_guard_rests_on():
    """botocore and urllib3 still have the internals that network_guard.py replaces."""
    sign = inspect.signature(botocore.signers.RequestSigner.sign)
    assert list(sign.parameters)[:3] == ["self", "operation_name", "request"]
    source = inspect.getsource(botocore.signers.RequestSigner.sign)
    assert "signing_context.get('request_credentials')" in source
    assert "self._request_signer.handler" in inspect.getsource(botocore.client)
    assert "self.sign(" in inspect.getsource(botocore.signers.RequestSigner.handler)
    proxy = inspect.signature(botocore.httpsession.ProxyConfiguration.proxy_url_for)
    assert list(proxy.parameters) == ["self", "url"]
    assert "connection.create_connection(" in inspect.getsource(urllib3.connection)
    assert botocore.httpsession.PoolManager is urllib3.PoolManager


def test_examples_in_the_docstrings_run():
    """The examples in the module's documentation are true."""
    assert doctest.testmod(network_guard).failed == 0
