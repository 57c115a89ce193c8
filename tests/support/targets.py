"""Targets to work with, and their possible faults, for tests of commands."""

import itertools
import json
from collections.abc import Callable, Iterator

import boto3
from botocore.awsrequest import AWSResponse

from helpers.account.target import Target
from helpers.local.containers.xgboost import versions
from helpers.local.process import Endpoint

COMMANDS = "ap-south-1"
# Regions in which tests leave resources behind; all others are untouched.
TAKEN = {
    "us-east-1",
    "ap-southeast-2",
    "eu-north-1",
    "eu-west-1",
    "ca-central-1",
    COMMANDS,
}


def region_of_commands(local: Endpoint, monkeypatch) -> Target:
    """Return the region of tests that need one to themselves, but not an empty one."""
    return place_in(local, COMMANDS, monkeypatch)


def untouched_regions(
    local: Endpoint, another: Callable[[], Endpoint]
) -> Iterator[tuple[Endpoint, str]]:
    """Return regions without resources; once they are used up, those of another server."""
    server = local
    while True:
        for region in sorted(set(versions.registries()["sagemaker-xgboost"]) - TAKEN):
            yield server, region
        server = another()


def place_in(server: Endpoint, region: str, monkeypatch) -> Target:
    """Return a region of a server, and let new clients and commands use it too."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(server.home))
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    session = boto3.Session(server.access_key, server.secret_key, region_name=region)
    return Target("local", server.account, region, session)


def refuse(
    place: Target, service: str, operation: str, code: str, message: str, times: int = 1_000_000
) -> Callable[[], int]:
    """Let AWS refuse an operation a number of times, below botocore's own retries.

    Clients made from now on see it. Returns a function that says how often it was refused.
    """
    refused = itertools.count()
    count = [0]

    def answer(request, **_):
        if next(refused) >= times:
            return None
        count[0] += 1
        if service == "s3":
            body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        else:
            body = json.dumps({"__type": code, "message": message}).encode()
        response = AWSResponse(request.url, 403 if "Denied" in code else 400, {}, None)
        response._content = body
        return response

    place.session.events.register(f"before-send.{service}.{operation}", answer)
    return lambda: count[0]
