"""A target on AWS whose answers are prepared by botocore's Stubber for each client."""

import boto3
from botocore.stub import Stubber

from helpers.account.target import Target

ACCOUNT, REGION = "444455556666", "us-east-1"


class StubbedSession:
    """A session that gives each service one client, with a stub: `session.stubs["s3"]`."""

    def __init__(self):
        self._session = boto3.Session("key", "secret", region_name=REGION)
        self._clients = {}
        self.stubs: dict[str, Stubber] = {}
        for service in ("sagemaker", "s3", "logs", "cloudformation", "budgets"):
            self._clients[service] = self._session.client(service)
            self.stubs[service] = Stubber(self._clients[service])
            self.stubs[service].activate()

    def client(self, service, **_):
        return self._clients[service]


def stubbed_place() -> tuple[Target, dict[str, Stubber]]:
    """Return a target on AWS, and its stubs by service."""
    session = StubbedSession()
    return Target("aws", ACCOUNT, REGION, session), session.stubs


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"


def gone(stub: Stubber, operation: str, message: str, code: str = "ValidationException") -> None:
    """Let the next call answer that the resource does not exist."""
    stub.add_client_error(operation, code, message)
