"""Where a command of the course works: which backend, account and region.

Every command chooses by the rule of ``connect()`` (`helpers.session.backend`), starts the Local
SageMaker if it needs it, and prints the target first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from helpers.session import backend as backends

if TYPE_CHECKING:
    import boto3


class TargetError(Exception):
    """There is no backend to work with; the message says what to do."""


class Target(NamedTuple):
    """A backend (``local`` or ``aws``) with its account's id, a region and a boto3 session."""

    backend: str
    account: str
    region: str
    session: boto3.Session

    def __str__(self) -> str:
        name = "Local SageMaker" if self.backend == "local" else "AWS"
        return f"{name}, account {self.account}, region {self.region}"


def resolve_target(backend: str | None = None, region: str | None = None) -> Target:
    """Find the place to work in; `backend` and `region` overrule what is set up.

    Raises TargetError if the Local SageMaker does not start, or AWS knows no region or credentials,
    and ValueError for another backend.
    """
    import boto3  # here, since `python -m helpers --help` should cost next to nothing
    from botocore.exceptions import BotoCoreError, ClientError

    from helpers.session.connection import ConnectError, use_local

    choice = backends.choose(backend)
    if choice.backend == "local":
        try:
            endpoint = use_local()
        except ConnectError as error:
            raise TargetError(str(error)) from None
        region = region or endpoint.region
        return Target("local", endpoint.account, region, boto3.Session(region_name=region))
    session = boto3.Session(region_name=region)
    if not session.region_name:
        raise TargetError(
            f"AWS was chosen ({choice.reason}), but no region is. Set one, for example: "
            "export AWS_DEFAULT_REGION=us-east-1"
        )
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise TargetError(
            f"AWS was chosen ({choice.reason}), but it does not tell who you are: {error}. Check "
            "with `aws sts get-caller-identity`; new keys come from `aws sso login`, or from the "
            "page where you got them. To stay on this machine: export SAGEMAKER_COURSE_BACKEND="
            "local"
        ) from None
    return Target("aws", account, session.region_name, session)
