"""IAM and STS refuse what AWS's refuse, in their words: moto takes nearly everything."""

import json
import re

import pytest
from botocore.config import Config

from helpers.local.services.sts_iam import TRUST_POLICY

NOBODY = "arn:aws:iam::111122223333:role/nobody"
NAME = "is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
PATH = (
    "The specified value for path is invalid. It must begin and end with / and contain only "
    "alphanumeric characters and/or / characters."
)


def trust(**changes) -> str:
    """Return TRUST_POLICY with another statement; a member that is None is left out."""
    statement = {**TRUST_POLICY["Statement"][0], **changes}
    kept = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({**TRUST_POLICY, "Statement": [kept]})


@pytest.fixture(scope="module")
def iam(client):
    """Return a client that leaves checks to the server."""
    return client("iam", config=Config(parameter_validation=False))


@pytest.fixture
def role(iam):
    """Return the name of a role that SageMaker may assume."""
    iam.create_role(RoleName="checked", AssumeRolePolicyDocument=trust())
    yield "checked"
    iam.delete_role(RoleName="checked")


def test_an_arn_is_not_a_name(iam, role, assert_aws_error):
    """The ARN of a role instead of its name is refused in AWS's words."""
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    for operation, more in (
        (iam.get_role, {}),
        (iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}),
        (iam.list_attached_role_policies, {}),
    ):
        with assert_aws_error("ValidationError", f"The specified value for roleName {NAME}"):
            operation(RoleName=arn, **more)
    with assert_aws_error("ValidationError", f"The specified value for policyName {NAME}"):
        iam.put_role_policy(RoleName=role, PolicyName="my policy", PolicyDocument="{}")


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"RoleName": "a b"}, "ValidationError", f"The specified value for roleName {NAME}"),
        ({"RoleName": "rôle"}, "ValidationError", f"The specified value for roleName {NAME}"),
        (
            {"RoleName": "r" * 65},
            "ValidationError",
            f"1 validation error detected: Value '{'r' * 65}' at 'roleName' failed to satisfy "
            "constraint: Member must have length less than or equal to 64",
        ),
        ({"Path": "course"}, "ValidationError", PATH),
        ({"Path": "/course"}, "ValidationError", PATH),
        (
            {"MaxSessionDuration": 60},
            "ValidationError",
            "1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy "
            "constraint: Member must have value greater than or equal to 3600",
        ),
        (
            {"AssumeRolePolicyDocument": "trust.json"},
            "MalformedPolicyDocument",
            "This policy contains invalid Json",
        ),
        ({"AssumeRolePolicyDocument": "{}"}, "MalformedPolicyDocument", "Syntax errors in policy."),
        (
            {"AssumeRolePolicyDocument": trust(Principal=None)},
            "MalformedPolicyDocument",
            "Missing required field Principal",
        ),
        (
            {"AssumeRolePolicyDocument": trust(Resource="*")},
            "MalformedPolicyDocument",
            "Has prohibited field Resource",
        ),
        (
            {"AssumeRolePolicyDocument": trust(Action="s3:GetObject")},
            "MalformedPolicyDocument",
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            {"AssumeRolePolicyDocument": trust(Action=None)},
            "MalformedPolicyDocument",
            "Missing required field Action",
        ),
        (
            {"AssumeRolePolicyDocument": trust(Effect="Perhaps")},
            "MalformedPolicyDocument",
            "Syntax errors in policy.",
        ),
        (
            {"AssumeRolePolicyDocument": trust(Principal={"AWS": []})},
            "MalformedPolicyDocument",
            "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The "
            "passed in policy has a statement with no principals!",
        ),
        (
            {"AssumeRolePolicyDocument": trust(Principal={"AWS": NOBODY})},
            "MalformedPolicyDocument",
            f'Invalid principal in policy: "AWS":"{NOBODY}"',
        ),
        (
            {"AssumeRolePolicyDocument": json.dumps({**TRUST_POLICY, "Version": "2026-01-01"})},
            "MalformedPolicyDocument",
            "The policy must contain a valid version string",
        ),
        (
            {"AssumeRolePolicyDocument": trust(Principal={"Service": "sagemaker"})},
            "MalformedPolicyDocument",
            'Invalid principal in policy: "SERVICE":"sagemaker"',
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_role_that_aws_refuses(changes, code, text, iam, assert_aws_error):
    """A role with a wrong name, path or trust policy is refused, and is not made."""
    before = iam.list_roles()["Roles"]
    with assert_aws_error(code, text):
        iam.create_role(**{"RoleName": "new", "AssumeRolePolicyDocument": trust(), **changes})
    assert iam.list_roles()["Roles"] == before


@pytest.mark.parametrize(
    "changes",
    [
        {"Path": "/service-role/"},
        {"RoleName": "All+of=these,are.@_allowed-"},
        {"AssumeRolePolicyDocument": trust(Principal="*")},
        {"AssumeRolePolicyDocument": trust(Action="sts:*")},
        {"AssumeRolePolicyDocument": trust(Action=["sts:AssumeRole", "sts:SetSourceIdentity"])},
        {"AssumeRolePolicyDocument": json.dumps({**TRUST_POLICY, "Version": "2008-10-17"})},
        {"AssumeRolePolicyDocument": trust(Principal={"AWS": ["111122223333"], "Service": []})},
    ],
)
def test_a_role_that_aws_takes(changes, iam):
    """What IAM allows is kept."""
    request = {"RoleName": "new", "AssumeRolePolicyDocument": trust(), **changes}
    name, policy = request["RoleName"], request["AssumeRolePolicyDocument"]
    made = iam.create_role(**request)["Role"]
    assert made["AssumeRolePolicyDocument"] == json.loads(policy)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy)
    iam.delete_role(RoleName=name)


def test_a_trust_policy_is_checked_when_it_is_changed(iam, role, assert_aws_error):
    """The same rules hold for another trust policy; the old one stays."""
    with assert_aws_error("MalformedPolicyDocument", "Missing required field Principal"):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(Principal=None))
    assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"] == TRUST_POLICY


def test_a_role_is_assumed_by_whom_it_trusts(iam, role, client, assert_aws_error):
    """A role that trusts SageMaker alone can't be assumed by a caller, nor one that is missing."""
    sts = client("sts")
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    caller = sts.get_caller_identity()["Arn"]
    for each in (arn, f"{arn}-2"):
        text = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {each}"
        with assert_aws_error("AccessDenied", text):
            sts.assume_role(RoleArn=each, RoleSessionName="me")
    account = sts.get_caller_identity()["Account"]
    policy = trust(Principal="*", Action="sts:TagSession")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy)
    with assert_aws_error("AccessDenied", re.compile("sts:AssumeRole")):
        sts.assume_role(RoleArn=arn, RoleSessionName="me")
    own = iam.get_role(RoleName=caller.split("/")[1])["Role"]["Arn"]
    for principal in (
        *({"AWS": each} for each in (f"arn:aws:iam::{account}:root", [account], own)),
        "*",
    ):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(Principal=principal))
        assert sts.assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]


def test_a_session_that_aws_refuses(iam, role, client, assert_aws_error):
    """A session's name and length have the limits of the service model."""
    sts = client("sts", config=Config(parameter_validation=False))
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    text = (
        "1 validation error detected: Value 'my session' at 'roleSessionName' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"
    )
    with assert_aws_error("ValidationError", text):
        sts.assume_role(RoleArn=arn, RoleSessionName="my session")
