"""Who you are to AWS, in which region, in which role, and what that role may do."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from helpers.account.doctor.required_permissions import PermissionGroup, permission_groups
from helpers.account.doctor.results import CheckFailedError, CheckSkippedError

SERVICE = "sagemaker.amazonaws.com"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = "sagemaker-course"
NEW_KEYS_HINT = (
    "get new keys where you got these: aws sso login, aws configure, or your class account's page"
)
_IDENTITY = {
    "ExpiredToken": ("the session's token has expired", NEW_KEYS_HINT),
    "ExpiredTokenException": ("the session's token has expired", NEW_KEYS_HINT),
    "InvalidClientTokenId": ("AWS does not know the access key", NEW_KEYS_HINT),
    "UnrecognizedClientException": ("AWS does not know the access key", NEW_KEYS_HINT),
    "SignatureDoesNotMatch": ("the secret key does not belong to the access key", NEW_KEYS_HINT),
    "InvalidSignatureException": (
        "the secret key does not belong to the access key",
        NEW_KEYS_HINT,
    ),
    "OptInRequired": ("the account has not turned this region on", "console > Account > Regions"),
}
# botocore's own errors, raised before a request. By name: they differ by its version.
_SIGN_IN = ("UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError")
_CLOCK = ("Signature expired", "Signature not yet current")


def endpoint(environ: Mapping[str, str] = os.environ) -> str:
    """On AWS nothing may lead requests elsewhere, as `helpers local env` in a shell does."""
    names = sorted(n for n in environ if n.startswith("AWS_ENDPOINT_URL") and environ[n])
    if names:
        raise CheckFailedError(
            f"AWS was chosen, but requests go where {', '.join(names)} says",
            command=f"unset {' '.join(names)}",
        )
    return "AWS's own"


def region(session: Any) -> str:
    """The region, and whether SageMaker is there."""
    name = session.region_name
    if not name:
        read = ", and boto3 does not read AWS_REGION" if os.environ.get("AWS_REGION") else ""
        raise CheckFailedError(
            f"no region is set{read}", command="export AWS_DEFAULT_REGION=us-east-1"
        )
    partitions = session.get_available_partitions()
    if not any(name in session.get_available_regions("sagemaker", p) for p in partitions):
        raise CheckFailedError(
            f"{name} is no region that has SageMaker, as far as botocore knows",
            command="export AWS_DEFAULT_REGION=us-east-1",
        )
    return name


def date(sts: Any) -> str:
    """The Date header of an answer of STS, whatever it answers.

    sts: a client that does not sign: keys don't matter, nor does a wrong clock. Raises Failed if
    there is no answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = sts.get_caller_identity()
    except ClientError as error:
        answer = error.response
    except BotoCoreError as error:
        raise CheckFailedError(
            f"AWS does not answer: {error}",
            "look at the network, and at a proxy or firewall on the way. What stops it:",
            f"curl -sv -m 10 -o /dev/null {sts.meta.endpoint_url}",
        ) from None
    return answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date", "")


def get_caller(sts: Any) -> dict[str, Any]:
    """Ask STS who calls. Raises Failed for keys that are wrong, missing or expired."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        CredentialRetrievalError,
        NoCredentialsError,
        PartialCredentialsError,
    )

    try:
        return sts.get_caller_identity()
    except NoCredentialsError:
        raise CheckFailedError(
            "there are no credentials", "aws configure, or aws sso login"
        ) from None
    except (PartialCredentialsError, CredentialRetrievalError) as error:
        raise CheckFailedError(f"the credentials can't be read: {error}", NEW_KEYS_HINT) from None
    except BotoCoreError as error:
        if type(error).__name__ not in _SIGN_IN:
            raise
        raise CheckFailedError(
            f"the sign-in has expired: {error}", command="aws sso login"
        ) from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if any(words in str(error) for words in _CLOCK):  # the code is that of a wrong secret
            raise CheckSkippedError("AWS refuses the time of the request: see the clock") from None
        if code in _IDENTITY:
            raise CheckFailedError(*_IDENTITY[code]) from None
        raise


def check_identity(caller: dict[str, Any]) -> str:
    """The kind and name of the caller."""
    kind, name = _name(caller)
    return f"{kind} {name}, account {caller['Account']}"


def role(iam: Any, caller: dict[str, Any], given: str | None = None) -> dict[str, Any]:
    """Describe the execution role: the one that is given (an ARN), else the caller's.

    Raises CheckFailedError or CheckSkippedError.
    """
    from botocore.exceptions import ClientError

    kind, name = _name(caller)
    if given:
        name = given.rpartition("/")[2]
    elif kind != "assumed-role":
        raise CheckFailedError(
            f"you are {kind} {name}, and jobs need a role",
            "work on a notebook instance (python -m helpers notebook create), or name a role: "
            "python -m helpers doctor --role ARN, and role = ARN in a lesson. This makes one:",
            _create_role_command("sagemaker-course", caller),
        )
    try:
        return iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchEntity", "NoSuchEntityException"):
            raise CheckFailedError(
                f"IAM has no role {name}",
                "name another one (python -m helpers doctor --role ARN), or make it:",
                _create_role_command(name, caller),
            ) from None
        raise


def trust(described: dict[str, Any]) -> str:
    """Whether SageMaker may take the role on. Conditions of the policy are not judged."""
    policy = described["AssumeRolePolicyDocument"]
    if isinstance(policy, str):
        policy = json.loads(unquote(policy))
    effects = {
        statement.get("Effect")
        for statement in _listed(policy["Statement"])
        if isinstance(statement.get("Principal"), dict)
        and SERVICE in _listed(statement["Principal"].get("Service", []))
        and {"sts:assumerole", "sts:*", "*"}
        & {action.lower() for action in _listed(statement.get("Action", []))}
    }
    if effects == {"Allow"}:  # a denial outweighs an allowance
        return f"{SERVICE} may take it on"
    name = described["RoleName"]
    raise CheckFailedError(
        f"the trust policy of {name} does not name {SERVICE}: no job can take it on",
        f"IAM > Roles > {name} > Trust relationships > Edit: allow the service {SERVICE} the "
        "action sts:AssumeRole. Or this, which replaces the policy, and whoever it named is out:",
        f"aws iam update-assume-role-policy --role-name {name} "
        f"--policy-document {shlex.quote(json.dumps(TRUST))}",
    )


def permissions(iam: Any, described: dict[str, Any], region: str, bucket: str) -> str:
    """Whether the role may do what the lessons do, by IAM's policy simulator."""
    arn, name = described["Arn"], described["RoleName"]
    asked = permission_groups(arn, region, bucket)
    denied = [(group, *each) for group in asked for each in _refused(iam, arn, group)]
    if not denied:
        return f"all {sum(len(group.actions) for group in asked)} actions that the lessons need"
    why = f"{name} may not {', '.join(action for _, action, _ in denied)}"
    if explicit := [action for _, action, decision in denied if decision == "explicitDeny"]:
        raise CheckFailedError(
            why,
            f"a policy denies {', '.join(explicit)}, and no other outweighs that. Remove the "
            f"statement: IAM > Roles > {name} > Permissions, or in a boundary of the role, or in "
            "the organization's policies",
        )
    raise CheckFailedError(
        why,
        f"IAM > Roles > {name} > Add permissions > Attach policies: AmazonSageMakerFullAccess. Or, "
        "to allow just that:",
        f"aws iam put-role-policy --role-name {name} --policy-name {POLICY} "
        f"--policy-document {shlex.quote(json.dumps(_policy(denied)))}",
    )


def _refused(iam: Any, role: str, group: PermissionGroup) -> Iterable[tuple[str, str]]:
    """The actions that are not allowed, with IAM's decision."""
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=list(group.actions),
        ResourceArns=[group.resource],
        ContextEntries=group.entries,
    )
    return [
        (found["EvalActionName"], found["EvalDecision"])
        for found in answer["EvaluationResults"]
        if found["EvalDecision"] != "allowed"
    ]


def _policy(denied: list[tuple[PermissionGroup, str, str]]) -> dict[str, Any]:
    statements: dict[PermissionGroup, list[str]] = {}
    for group, action, _ in denied:
        statements.setdefault(group, []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": group.pattern}
            | ({"Condition": {"StringEquals": dict(group.context)}} if group.context else {})
            for group, actions in statements.items()
        ],
    }


def _create_role_command(name: str, caller: dict[str, Any]) -> str:
    """The command that makes a role for the lessons."""
    partition = caller["Arn"].split(":")[1]
    return (
        f"aws iam create-role --role-name {name} "
        f"--assume-role-policy-document {shlex.quote(json.dumps(TRUST))} && "
        f"aws iam attach-role-policy --role-name {name} "
        f"--policy-arn arn:{partition}:iam::aws:policy/AmazonSageMakerFullAccess"
    )


def _listed(value: Any) -> list:
    return value if isinstance(value, list) else [value]


def _name(caller: dict[str, Any]) -> tuple[str, str]:
    kind, _, rest = caller["Arn"].split(":", 5)[5].partition("/")
    if kind == "root":
        return "root", "(the account's owner)"
    if not rest:
        raise CheckSkippedError(f"an identity of an unknown kind: {kind}")
    return kind, rest.partition("/")[0]
