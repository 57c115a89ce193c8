"""Who you are to AWS, in which region, in which role, and what that role may do."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from helpers.doctor.lines import Failed, NotChecked

SERVICE = "sagemaker.amazonaws.com"
# What the lessons do, by the names that IAM has for it.
ACTIONS = (
    "sagemaker:CreateTrainingJob",
    "sagemaker:DescribeTrainingJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateTransformJob",
    "sagemaker:DescribeTransformJob",
    "sagemaker:DeleteModel",
    "sagemaker:AddTags",
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "logs:DescribeLogStreams",
    "logs:GetLogEvents",
    "iam:PassRole",
)
KEYS = (
    "get new keys where you got these: aws sso login, aws configure, or your class account's page"
)
_IDENTITY = {
    "ExpiredToken": ("the session's token has expired", KEYS),
    "ExpiredTokenException": ("the session's token has expired", KEYS),
    "InvalidClientTokenId": ("AWS does not know the access key", KEYS),
    "UnrecognizedClientException": ("AWS does not know the access key", KEYS),
    "SignatureDoesNotMatch": ("the secret key does not belong to the access key", KEYS),
    "InvalidSignatureException": ("the secret key does not belong to the access key", KEYS),
    "OptInRequired": ("the account has not turned this region on", "console > Account > Regions"),
}


def region(session: Any) -> str:
    """The region, and whether SageMaker is there."""
    name = session.region_name
    if not name:
        raise Failed("no region is set", "export AWS_DEFAULT_REGION=us-east-1")
    partitions = session.get_available_partitions()
    if not any(name in session.get_available_regions("sagemaker", p) for p in partitions):
        raise Failed(
            f"{name} is no region that has SageMaker, as far as botocore knows",
            "export AWS_DEFAULT_REGION=us-east-1",
        )
    return name


def who(sts: Any) -> dict[str, Any]:
    """Ask STS who calls. Raises Failed for keys that are wrong, missing or expired."""
    from botocore.exceptions import ClientError, NoCredentialsError

    try:
        return sts.get_caller_identity()
    except NoCredentialsError:
        raise Failed("there are no credentials", "aws configure, or aws sso login") from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _IDENTITY:
            raise Failed(*_IDENTITY[code]) from None
        raise


def identity(caller: dict[str, Any]) -> str:
    """The kind and name of the caller."""
    kind, name = _name(caller)
    return f"{kind} {name}, account {caller['Account']}"


def role(iam: Any, caller: dict[str, Any]) -> dict[str, Any]:
    """Describe the execution role: the one that the caller has. Raises Failed or NotChecked."""
    from botocore.exceptions import ClientError

    kind, name = _name(caller)
    if kind != "assumed-role":
        raise Failed(
            f"you are {kind} {name}, and jobs need a role",
            "work on a notebook instance (python -m helpers notebook create), or give the lessons "
            "the ARN of a role that trusts SageMaker",
        )
    try:
        return iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchEntity", "NoSuchEntityException"):
            raise Failed(
                f"IAM has no role {name}", "python -m helpers notebook create makes one"
            ) from None
        raise


def trust(described: dict[str, Any]) -> str:
    """Whether SageMaker may take the role on."""
    policy = described["AssumeRolePolicyDocument"]
    if isinstance(policy, str):
        policy = json.loads(unquote(policy))
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        services = statement.get("Principal", {}).get("Service", [])
        services = [services] if isinstance(services, str) else services
        if statement.get("Effect") == "Allow" and SERVICE in services:
            return f"{SERVICE} may take it on"
    raise Failed(
        f"the trust policy of {described['RoleName']} does not name {SERVICE}: no job can take it "
        "on",
        f"IAM > Roles > {described['RoleName']} > Trust relationships > Edit: allow the service "
        f"{SERVICE} the action sts:AssumeRole",
    )


def permissions(iam: Any, described: dict[str, Any]) -> str:
    """Whether the role may do what the lessons do."""
    answer = iam.simulate_principal_policy(
        PolicySourceArn=described["Arn"], ActionNames=list(ACTIONS)
    )
    denied = [
        found["EvalActionName"]
        for found in answer["EvaluationResults"]
        if found["EvalDecision"] != "allowed"
    ]
    if denied:
        raise Failed(
            f"{described['RoleName']} may not {', '.join(denied)}",
            f"IAM > Roles > {described['RoleName']} > Add permissions > Attach policies: "
            "AmazonSageMakerFullAccess",
        )
    return f"all {len(ACTIONS)} actions that the lessons need"


def _name(caller: dict[str, Any]) -> tuple[str, str]:
    kind, _, rest = caller["Arn"].split(":", 5)[5].partition("/")
    if kind == "root":
        return "root", "(the account's owner)"
    if not rest:
        raise NotChecked(f"an identity of an unknown kind: {kind}")
    return kind, rest.partition("/")[0]
