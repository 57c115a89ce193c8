"""A script's requests reach the Local SageMaker and never AWS; isolation refuses both."""

import json
from urllib.parse import urlsplit

from support.mounts import needs_mounts

CALLS = """
import json, socket, urllib.request
import boto3

def attempt(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def connect(host, port):
    with socket.create_connection((host, port), timeout=2):
        return "connected"

regional = {"region_name": "us-east-1", "endpoint_url": "https://sts.us-east-1.amazonaws.com"}
print("shown " + json.dumps({
    "s3": attempt(lambda: bool(boto3.client("s3").list_buckets()["Buckets"])),
    "sts": attempt(lambda: boto3.client("sts", **regional).get_caller_identity()["Account"]),
    "address": attempt(lambda: urllib.request.urlopen("https://s3.amazonaws.com/").status),
    "metadata": attempt(lambda: connect("169.254.169.254", 80)),
    "server": attempt(lambda: connect("127.0.0.1", PORT)),
    "resolve": attempt(lambda: socket.getaddrinfo("sts.amazonaws.com", 443)),
}))
"""


def seen(script_jobs, **changes) -> dict:
    port = urlsplit(script_jobs.endpoint.url).port
    code = CALLS.replace("PORT", str(port))
    ended = script_jobs.run(script_jobs.driver_request({"train.py": code}, **changes))
    assert ended.status == "Completed", ended.log
    (line,) = [line for line in ended.log if line.startswith("shown ")]
    return json.loads(line.removeprefix("shown "))


def test_calls_reach_the_local_sagemaker(script_jobs):
    """Clients of boto3, also with AWS's own endpoint, answer from here; all else of AWS is shut."""
    results = seen(script_jobs)
    assert results["s3"] is True
    assert results["sts"] == script_jobs.endpoint.account
    assert results["server"] == "connected"
    for name in ("address", "metadata", "resolve"):
        assert "is AWS, and this job runs on the Local SageMaker" in results[name], name


@needs_mounts
def test_an_isolated_job_reaches_nothing(script_jobs):
    """With EnableNetworkIsolation neither AWS, nor the Local SageMaker, nor anything is reached."""
    results = seen(script_jobs, EnableNetworkIsolation=True)
    assert results["server"].startswith(("ConnectionRefusedError", "OSError"))
    for name in ("s3", "sts", "address", "metadata", "resolve"):
        assert "Error" in str(results[name]), name


def test_without_mounts_isolation_is_that_of_python(rewriting_jobs):
    """Without a network namespace, Python itself refuses what leaves the machine."""
    results = seen(rewriting_jobs, EnableNetworkIsolation=True)
    for name in ("s3", "sts", "address", "metadata", "resolve"):
        assert "Error" in str(results[name]), name
