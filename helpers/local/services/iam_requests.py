"""Check requests to IAM and STS, as AWS does; moto takes any name and any trust policy."""

import re
from collections.abc import Mapping
from typing import Any

from moto.iam.exceptions import ValidationError
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse

from helpers.local.services.request_checks import check_before, check_constraints
from helpers.local.services.sts_iam import CALLER_ARN, find_role, trusts_caller
from helpers.local.services.trust_policies import check_trust_policy
from helpers.local.wire.service_model import operation_model

NAME_PATTERN = r"[\w+=,.@-]+"  # of the service model
TRUST_POLICIES = {
    "CreateRole": "AssumeRolePolicyDocument",
    "UpdateAssumeRolePolicy": "PolicyDocument",
}
_PATH = re.compile(r"/|/[!-~]+/")


def patch_moto() -> None:
    """Make moto's IAM and STS refuse what AWS's refuse, and not more.

    moto checks trust policies when they are changed, and refuses some that IAM takes: an older
    version, or the action sts:*.
    """
    IAMTrustPolicyDocumentValidator.validate = lambda self: None
    check_before(IamResponse, check_iam)
    check_before(TokenResponse, check_sts)


def check_iam(operation: str, request: Mapping[str, Any]) -> None:
    """Check a request to IAM.

    Sources of texts: torchserve-examples issue 7 (an ARN instead of a name), moto's own test of
    virtual MFA devices (a path).

    Raises
    ------
    ValidationError
        If a name, a path, or another value violates the service model.
    MalformedPolicyDocument
        If a trust policy is not one.
    """
    shape = operation_model(operation, "iam").input_shape
    for name, member in shape.members.items() if shape else ():
        value = request.get(name)
        if value is None:
            continue
        member_name = name[0].lower() + name[1:]
        if member.metadata.get("pattern") == NAME_PATTERN and not re.fullmatch(
            NAME_PATTERN, value, re.ASCII
        ):
            raise ValidationError(
                f"The specified value for {member_name} is invalid. It must contain only "
                "alphanumeric characters and/or the following: +=,.@_-"
            )
        if name == "Path" and not _PATH.fullmatch(value):
            raise ValidationError(
                "The specified value for path is invalid. It must begin and end with / and contain "
                "only alphanumeric characters and/or / characters."
            )
    check_constraints(operation, request, "iam", ValidationError)
    if operation in TRUST_POLICIES:
        check_trust_policy(request[TRUST_POLICIES[operation]])


def check_sts(operation: str, request: Mapping[str, Any]) -> None:
    """Check a request to STS: a role is assumed only by whom its trust policy names.

    Raises
    ------
    STSClientError
        AccessDenied, or ValidationError.
    """
    check_constraints(
        operation, request, "sts", lambda text: STSClientError("ValidationError", text)
    )
    if operation != "AssumeRole":
        return
    arn = request["RoleArn"]
    role = find_role(arn)
    if role is None or not trusts_caller(role):
        raise STSClientError(
            "AccessDenied",
            f"User: {CALLER_ARN} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )
