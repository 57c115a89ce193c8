"""Who you are to AWS, in which region, in which role, and what that role may do."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import BotoCoreError, ClientError

from helpers import cli
from helpers.account.clients import error_code
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
_EXPIRED_TOKEN = ("the session's token has expired", NEW_KEYS_HINT)
_UNKNOWN_KEY = ("AWS does not know the access key", NEW_KEYS_HINT)
_WRONG_SECRET = ("the secret key does not belong to the access key", NEW_KEYS_HINT)
_UNREADABLE = ("the credentials can't be read", NEW_KEYS_HINT)
_SIGNED_OUT = ("the sign-in has expired", "aws sso login")
# By AWS's code, or by the name of botocore's error: which of them exist differs by its version.
_IDENTITY_PROBLEMS = {
    "ExpiredToken": _EXPIRED_TOKEN,
    "ExpiredTokenException": _EXPIRED_TOKEN,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": _WRONG_SECRET,
    "InvalidSignatureException": _WRONG_SECRET,
    "OptInRequired": ("the account has not enabled this region", "console > Account > Regions"),
    "NoCredentialsError": ("there are no credentials", "aws configure, or aws sso login"),
    "PartialCredentialsError": _UNREADABLE,
    "CredentialRetrievalError": _UNREADABLE,
    "UnauthorizedSSOTokenError": _SIGNED_OUT,
    "SSOTokenLoadError": _SIGNED_OUT,
    "TokenRetrievalError": _SIGNED_OUT,
}
_CLOCK_MESSAGES = ("Signature expired", "Signature not yet current")


def check_endpoint(environ: Mapping[str, str] = os.environ) -> str:
    """Check that no variable redirects requests, as those of `helpers local env` in a shell do."""
    names = sorted(n for n in environ if n.startswith("AWS_ENDPOINT_URL") and environ[n])
    if names:
        raise CheckFailedError(
            f"AWS was chosen, but {', '.join(names)} redirects requests",
            command=f"unset {' '.join(names)}",
        )
    return "AWS's own"


def check_region(session: Any) -> str:
    """Check that a region is configured and has SageMaker."""
    name = session.region_name
    if not name:
        hint = ", and boto3 does not read AWS_REGION" if os.environ.get("AWS_REGION") else ""
        raise CheckFailedError(
            f"no region is set{hint}", command="export AWS_DEFAULT_REGION=us-east-1"
        )
    if name not in cli.regions():
        raise CheckFailedError(
            f"AWS has no region {name!r} with SageMaker",
            command="export AWS_DEFAULT_REGION=us-east-1",
        )
    return name


def read_date(sts: Any) -> tuple[str, str]:
    """Return the Date header of an answer of STS, whatever it answers.

    sts: a client that does not sign, so that neither keys nor a wrong clock matter.
    """
    try:
        answer = sts.get_caller_identity()
    except ClientError as error:
        answer = error.response
    except BotoCoreError as error:
        raise CheckFailedError(
            f"AWS does not answer: {error}",
            "check the network, and a proxy or firewall on the way. To see what stops it:",
            f"curl -sv -m 10 -o /dev/null {sts.meta.endpoint_url}",
        ) from None
    return "STS answers", answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date", "")


def get_caller(sts: Any) -> tuple[str, dict[str, Any]]:
    """Return the caller's identity. Fails for keys that are wrong, missing or expired."""
    try:
        caller = sts.get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        if any(message in str(error) for message in _CLOCK_MESSAGES):  # with a wrong secret's code
            raise CheckSkippedError("AWS refuses the time of the request: see the clock") from None
        problem = _IDENTITY_PROBLEMS.get(error_code(error) or type(error).__name__)
        if problem is None:
            raise
        raise CheckFailedError(*problem) from None
    caller_type, name = _caller_name(caller)
    return f"{caller_type} {name}, account {caller['Account']}", caller


def get_role(
    iam: Any, caller: dict[str, Any], role_arn: str | None = None
) -> tuple[str, dict[str, Any]]:
    """Describe the execution role; without an ARN it is the caller's."""
    caller_type, name = _caller_name(caller)
    if role_arn:
        name = role_arn.rpartition("/")[2]
    elif caller_type != "assumed-role":
        raise CheckFailedError(
            f"you are signed in as {caller_type} {name}; jobs need an execution role",
            "work on a notebook instance (python -m helpers notebook create), or name a role: "
            "python -m helpers doctor --role ARN, and role = ARN in a lesson. To create one:",
            _create_role_command("sagemaker-course", caller),
        )
    try:
        return name, iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if error_code(error) not in ("NoSuchEntity", "NoSuchEntityException"):
            raise
        raise CheckFailedError(
            f"IAM has no role {name}",
            "name another one (python -m helpers doctor --role ARN), or create it:",
            _create_role_command(name, caller),
        ) from None


def check_trust(described: dict[str, Any]) -> str:
    """Check that SageMaker may assume the role. Conditions of the policy are ignored."""
    policy = described["AssumeRolePolicyDocument"]
    if isinstance(policy, str):
        policy = json.loads(unquote(policy))
    effects = {
        statement.get("Effect")
        for statement in _as_list(policy["Statement"])
        if isinstance(statement.get("Principal"), dict)
        and SERVICE in _as_list(statement["Principal"].get("Service", []))
        and {"sts:assumerole", "sts:*", "*"}
        & {action.lower() for action in _as_list(statement.get("Action", []))}
    }
    if effects == {"Allow"}:  # a denial overrides any allowance
        return f"{SERVICE} can assume it"
    name = described["RoleName"]
    raise CheckFailedError(
        f"the trust policy of {name} does not name {SERVICE}: no job can assume it",
        f"IAM > Roles > {name} > Trust relationships > Edit: allow the service {SERVICE} the "
        "action sts:AssumeRole. Or run this; it replaces the policy, so principals it lists lose "
        "access:",
        f"aws iam update-assume-role-policy --role-name {name} "
        f"--policy-document {shlex.quote(json.dumps(TRUST))}",
    )


def check_permissions(iam: Any, described: dict[str, Any], region: str, bucket: str) -> str:
    """Check by IAM's policy simulator that the role may do what the lessons do."""
    arn, name = described["Arn"], described["RoleName"]
    groups = permission_groups(arn, region, bucket)
    denied = [(group, *denial) for group in groups for denial in _denials(iam, arn, group)]
    if not denied:
        return f"all {sum(len(group.actions) for group in groups)} actions that the lessons need"
    why = f"{name} may not {', '.join(action for _, action, _ in denied)}"
    if explicit := [action for _, action, decision in denied if decision == "explicitDeny"]:
        raise CheckFailedError(
            why,
            f"a policy denies {', '.join(explicit)}, which no other policy overrides. Remove the "
            f"statement: IAM > Roles > {name} > Permissions, or in a boundary of the role, or in "
            "the organization's policies",
        )
    raise CheckFailedError(
        why,
        f"IAM > Roles > {name} > Add permissions > Attach policies: AmazonSageMakerFullAccess. Or, "
        "to allow only these:",
        f"aws iam put-role-policy --role-name {name} --policy-name {POLICY} "
        f"--policy-document {shlex.quote(json.dumps(_policy(denied)))}",
    )


def _denials(iam: Any, role: str, group: PermissionGroup) -> Iterable[tuple[str, str]]:
    """The actions that are not allowed, with IAM's decision."""
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=list(group.actions),
        ResourceArns=[group.resource],
        ContextEntries=group.entries,
    )
    return [
        (result["EvalActionName"], result["EvalDecision"])
        for result in answer["EvaluationResults"]
        if result["EvalDecision"] != "allowed"
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
    """The command that creates a role for the lessons."""
    partition = caller["Arn"].split(":")[1]
    return (
        f"aws iam create-role --role-name {name} "
        f"--assume-role-policy-document {shlex.quote(json.dumps(TRUST))} && "
        f"aws iam attach-role-policy --role-name {name} "
        f"--policy-arn arn:{partition}:iam::aws:policy/AmazonSageMakerFullAccess"
    )


def _as_list(value: Any) -> list:
    return value if isinstance(value, list) else [value]


def _caller_name(caller: dict[str, Any]) -> tuple[str, str]:
    """The type of the caller, such as user or assumed-role, and its name."""
    caller_type, _, rest = caller["Arn"].split(":", 5)[5].partition("/")
    if caller_type == "root":
        return "root", "(the account's owner)"
    if not rest:
        raise CheckSkippedError(f"an identity of an unknown type: {caller_type}")
    return caller_type, rest.partition("/")[0]
