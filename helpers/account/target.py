"""Where a command works: the backend, account and region.

Every command chooses by the rule of ``connect()`` (`helpers.session.backend`) and prints the target
first. A command that creates or deletes something starts the Local SageMaker; one that only looks
changes nothing, and says that it is stopped.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from helpers import cli
from helpers.local.home import Home
from helpers.session import backend as backends
from helpers.session.connection import ConnectError, use_local


class TargetError(cli.CommandError):
    """There is no backend to work with; the message says what to do."""

    code = cli.NO_ANSWER


class Target(NamedTuple):
    """A backend (``local`` or ``aws``) with its account's ID, a region and a boto3 session."""

    backend: str
    account: str
    region: str
    session: boto3.Session

    def __str__(self) -> str:
        name = "Local SageMaker" if self.is_local else "AWS"
        return f"{name}, account {self.account}, region {self.region}"

    @property
    def is_local(self) -> bool:
        return self.backend == "local"

    def as_json(self) -> dict[str, str]:
        """The members that say where a command worked, the same in the JSON of each command."""
        return {"backend": self.backend, "account": self.account, "region": self.region}


class StoppedError(TargetError):
    """The Local SageMaker is stopped, and a question does not start it."""

    code = cli.NOT_RUNNING

    def __init__(self):
        super().__init__(
            "The Local SageMaker is stopped, so nothing runs there now. What you made is still on "
            "disk: to see it, start the server, then run this command again:\n"
            "  python -m helpers local start"
        )


def resolve_target(
    backend: str | None = None, region: str | None = None, start: bool = True
) -> Target:
    """Resolve the target to work in; by default the backend of ``connect()``, in its region.

    Without `start` a stopped Local SageMaker raises StoppedError. Raises TargetError if it does not
    start, AWS has no region or no valid credentials, or the region does not exist; ValueError if
    the backend has another name.
    """
    choice = backends.choose(backend)
    if choice.backend == "local":
        if not start and Home.find().holder() is None:
            raise StoppedError
        try:
            endpoint = use_local()
        except ConnectError as error:
            raise TargetError(str(error)) from None
        region = _existing(region or endpoint.region)
        return Target("local", endpoint.account, region, boto3.Session(region_name=region))
    session = boto3.Session(region_name=region)
    if not session.region_name:
        raise TargetError(
            f"AWS was chosen ({choice.reason}), but no region is configured. Set one, for example: "
            "export AWS_DEFAULT_REGION=us-east-1"
        )
    _existing(session.region_name)
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise TargetError(
            f"AWS was chosen ({choice.reason}), but the caller identity could not be determined: "
            f"{error}. Check with `aws sts get-caller-identity`; get new keys with `aws sso "
            "login`, or from the page where you got them. To stay on this machine: export "
            "SAGEMAKER_COURSE_BACKEND=local"
        ) from None
    return Target("aws", account, session.region_name, session)


def _existing(region: str) -> str:
    if region not in cli.regions():
        raise TargetError(cli.unknown_region(region))
    return region


def command_target(arguments: argparse.Namespace, start: bool = True) -> Target:
    """Resolve the target of a command, and print it; see `resolve_target`."""
    target = resolve_target(region=getattr(arguments, "region", None), start=start)
    print(target, file=cli.output(arguments))
    return target
