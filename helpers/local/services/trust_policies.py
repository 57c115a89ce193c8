"""The policies that say who may assume a role, checked as IAM checks them.

Sources of texts: AWSCookbook/Security issue 2 (not JSON), devopsacademyau pull request 1368
(Resource), matrix-docker-ansible-deploy issue 1869 (a missing field), terraform-aws-iam issue 47
(no principals), opstrace issue 88 (a principal that does not exist). No public traceback was found
of the others. The rules: IAM user guide, "IAM JSON policy elements reference".
"""

import json
import re
from typing import Any

from moto.iam.exceptions import MalformedPolicyDocument

from helpers.home import ACCOUNT
from helpers.local.services.sts_iam import as_list, find_role

VERSIONS = ("2008-10-17", "2012-10-17")
NO_PRINCIPALS = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in "
    "policy has a statement with no principals!"
)
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")


def check_trust_policy(text: str) -> None:
    """Check a trust policy. Raises MalformedPolicyDocument."""
    try:
        policy = json.loads(text)
    except ValueError:
        raise MalformedPolicyDocument("This policy contains invalid Json") from None
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise MalformedPolicyDocument("Syntax errors in policy.")
    if policy.get("Version", VERSIONS[0]) not in VERSIONS:
        raise MalformedPolicyDocument("The policy must contain a valid version string")
    for statement in as_list(policy["Statement"]):
        _check_statement(statement)


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyDocument("Syntax errors in policy.")
    for member in ("Resource", "NotResource"):
        if member in statement:
            raise MalformedPolicyDocument(f"Has prohibited field {member}")
    for member in ("Principal", "Action"):
        if not statement.keys() & {member, f"Not{member}"}:
            raise MalformedPolicyDocument(f"Missing required field {member}")
    for action in as_list(statement.get("Action")):
        if not action.lower().startswith("sts:") and action != "*":
            raise MalformedPolicyDocument(
                "AssumeRole policy may only specify STS AssumeRole actions."
            )
    principals = statement.get("Principal", statement.get("NotPrincipal"))
    if principals != "*":
        _check_principals(principals)


def _check_principals(principals: Any) -> None:
    if not isinstance(principals, dict):
        raise MalformedPolicyDocument("Syntax errors in policy.")
    if not any(as_list(names) for names in principals.values()):
        raise MalformedPolicyDocument(NO_PRINCIPALS)
    for service in as_list(principals.get("Service")):
        if not _SERVICE.fullmatch(service):
            raise MalformedPolicyDocument(f'Invalid principal in policy: "SERVICE":"{service}"')
    for name in as_list(principals.get("AWS")):
        if name.startswith(f"arn:aws:iam::{ACCOUNT}:role/") and find_role(name) is None:
            raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{name}"')
