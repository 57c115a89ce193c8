"""The parts of STS and IAM that moto lacks or answers differently.

`get_execution_role()` of the SDK needs GetCallerIdentity to name an assumed role, and needs that
role in IAM. moto answers SimulatePrincipalPolicy with an error that makes the SDK fail.
"""

import fnmatch
import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from moto.iam.models import IAMBackend, Role, iam_backends

from helpers.home import ACCOUNT, ROLE_NAME
from helpers.local.services import managed_policies
from helpers.local.wire.errors import AwsError

CALLER_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE_NAME}/SageMaker"
ROLE_PATH = "/service-role/"  # where SageMaker's console creates an execution role
DESCRIPTION = "SageMaker execution role of the course"
ARN_WITHOUT_PATH = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
TRUST_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
# The actions that the managed policy AmazonSageMakerFullAccess allows a training, transform or
# hosting role; only actions are checked here.
FULL_ACCESS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "sagemaker:*",
                "sagemaker-mlflow:*",
                "s3:*",
                "logs:*",
                "cloudwatch:*",
                "ecr:*",
                "ec2:Describe*",
                "ec2:*NetworkInterface*",
                "glue:Get*",
                "kms:Decrypt",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "lambda:InvokeFunction",
                "iam:GetRole",
                "iam:PassRole",
                "iam:SimulatePrincipalPolicy",
            ],
            "Resource": "*",
        }
    ],
}


def backend() -> IAMBackend:
    """Return moto's IAM of the local account."""
    return iam_backends[ACCOUNT]["aws"]


def make_execution_role() -> None:
    """Create the role that lessons run under, unless the home folder has it.

    In a home folder of an earlier release the role has the path /; it is moved, and keeps what was
    attached to it.
    """
    existing = _execution_role()
    if existing is not None:
        if existing.description == DESCRIPTION:  # not one that the learner made
            existing.path = ROLE_PATH
        return
    role = backend().create_role(
        role_name=ROLE_NAME,
        assume_role_policy_document=json.dumps(TRUST_POLICY),
        path=ROLE_PATH,
        permissions_boundary=None,
        description=DESCRIPTION,
        tags=[],
        max_session_duration="3600",
    )
    backend().put_role_policy(role.name, "SageMakerFullAccess", json.dumps(FULL_ACCESS))


def find_role(arn: str) -> Role | None:
    """Return the role of an ARN, or None. Clients may add and delete roles meanwhile.

    The execution role is found without its path too, where earlier releases had it: programs and
    the models of a home folder of that time name it so.
    """
    if arn == ARN_WITHOUT_PATH:
        return _execution_role()
    return next((role for role in list(backend().roles.values()) if role.arn == arn), None)


def _execution_role() -> Role | None:
    return next((role for role in list(backend().roles.values()) if role.name == ROLE_NAME), None)


def trusts_sagemaker(role: Role) -> bool:
    """Tell whether a role's trust policy lets SageMaker assume it."""
    return "sagemaker.amazonaws.com" in _trusted(role, "Service")


def trusts_caller(role: Role) -> bool:
    """Tell whether a role's trust policy lets the caller assume it, or the whole account."""
    own = _execution_role()
    accepted = {"*", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", CALLER_ARN, own.arn if own else ""}
    return bool(accepted & _trusted(role, "AWS"))


def _trusted(role: Role, kind: str) -> set[str]:
    """Return the principals of a kind that a role's trust policy lets assume it."""
    document = role.assume_role_policy_document
    policy = json.loads(document) if isinstance(document, str) else document
    return {
        principal
        for statement in as_list(policy.get("Statement"))
        if statement.get("Effect") == "Allow"
        and any(_matches("sts:AssumeRole", action) for action in as_list(statement.get("Action")))
        for principal in as_list(_principal(statement.get("Principal")).get(kind))
    }


def handle_query(service: str, body: bytes) -> bytes | None:
    """Answer a query of STS or IAM that moto can't.

    Parameters
    ----------
    service
        "sts" or "iam".
    body
        The form of the query protocol.

    Returns
    -------
    bytes or None
        The XML of the response; None for what moto answers.

    Raises
    ------
    AwsError
        NoSuchEntity for a principal that does not exist.
    """
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    action = form.get("Action")
    if service == "sts" and action == "GetCallerIdentity":
        result = {
            "Arn": CALLER_ARN,
            "UserId": "AROALOCALSAGEMAKER00:SageMaker",
            "Account": ACCOUNT,
        }
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in result.items())
        return _envelope("https://sts.amazonaws.com/doc/2011-06-15/", action, inner)
    if service == "iam" and action == "SimulatePrincipalPolicy":
        return _simulate(form)
    if service == "iam" and "PolicyArn" in form:
        managed_policies.add_policy(backend(), form["PolicyArn"])
        if action == "GetPolicy":
            managed_policies.check_exists(backend(), form["PolicyArn"])
    return None


def _simulate(form: dict[str, str]) -> bytes:
    """Simulate actions with the role's own policies: Deny wins over Allow.

    Only Action is evaluated; NotAction, Resource and Condition are not.
    """
    arn = form.get("PolicySourceArn", "")
    role = find_role(arn)
    if role is None:
        raise AwsError("NoSuchEntity", f"The entity {arn} does not exist.", 404)
    actions = [value for name, value in form.items() if name.startswith("ActionNames.member.")]
    resource = form.get("ResourceArns.member.1", "*")
    results = "".join(
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{_decide(role, action)}</EvalDecision>"
        "<MatchedStatements/><MissingContextValues/></member>"
        for action in actions
    )
    return _envelope(
        "https://iam.amazonaws.com/doc/2010-05-08/",
        "SimulatePrincipalPolicy",
        f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>",
    )


def _decide(role: Role, action: str) -> str:
    effects = {
        statement.get("Effect")
        for statement in _statements(role)
        if any(_matches(action, pattern) for pattern in as_list(statement.get("Action")))
    }
    if "Deny" in effects:
        return "explicitDeny"
    return "allowed" if "Allow" in effects else "implicitDeny"


def _statements(role: Role) -> Iterator[dict]:
    """Yield the statements of a role's inline and attached policies."""
    documents = list(role.policies.values())
    for policy in list(role.managed_policies.values()):
        documents += [version.document for version in policy.versions if version.is_default]
    for document in documents:
        policy = json.loads(document) if isinstance(document, str) else document
        yield from as_list(policy.get("Statement"))


def _matches(action: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(action.lower(), pattern.lower())


def as_list(value: Any) -> list:
    """Return the values of a policy's member, which may be a list, one value or missing."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _principal(value: Any) -> dict:
    return {"AWS": "*"} if value == "*" else value if isinstance(value, dict) else {}


def _envelope(namespace: str, action: str, inner: str) -> bytes:
    return (
        f'<{action}Response xmlns="{namespace}"><{action}Result>{inner}</{action}Result>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        f"</{action}Response>"
    ).encode()
