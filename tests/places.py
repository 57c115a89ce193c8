"""Places to work in, and what may go wrong there: for tests of commands."""

import itertools
import json
from collections.abc import Callable

import boto3
from botocore.awsrequest import AWSResponse

from helpers.local.containers import images
from helpers.place import Place

_REGIONS = itertools.count()
TAKEN = {
    "us-east-1",
    "ap-southeast-2",
    "eu-north-1",
    "eu-west-1",
    "ca-central-1",
}  # other tests work there


def region_of_its_own(local, monkeypatch) -> Place:
    """A region of a server in which no other test works."""
    regions = sorted(set(images.registries()["sagemaker-xgboost"]) - TAKEN)
    region = regions[next(_REGIONS) % len(regions)]
    monkeypatch.setenv("AWS_ENDPOINT_URL", local.url)
    session = boto3.Session(local.access_key, local.secret_key, region_name=region)
    return Place("local", local.account, region, session)


def refuse(
    place: Place, service: str, operation: str, code: str, message: str, times: int = 1_000_000
) -> Callable[[], int]:
    """Let AWS refuse an operation so many times, under the eyes of botocore's own retries.

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
