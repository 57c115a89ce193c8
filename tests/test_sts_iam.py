"""STS, IAM, and the role that jobs use: the caller's identity and a role's permissions."""

import json
import re

import pytest
from moto.iam.models import IAMBackend
from support.jobs import training_request, wait_for_training

from helpers.local.services import sts_iam

ROLE_NAME = "AmazonSageMaker-ExecutionRole"
ROLE = f"arn:aws:iam::111122223333:role/service-role/{ROLE_NAME}"


def trust(service="sagemaker.amazonaws.com", action="sts:AssumeRole", effect="Allow"):
    statement = {"Effect": effect, "Principal": {"Service": service}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.fixture
def role(client, request):
    """Return a function that makes a role with a trust policy, deleted after the test."""
    iam, name = client("iam"), "role-of-a-test"

    def make(document=None, policy=None):
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document or trust())
        if policy:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        return arn["Role"]["Arn"]

    yield make
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        if ":iam::aws:" not in policy["PolicyArn"]:
            iam.delete_policy(PolicyArn=policy["PolicyArn"])
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def decisions(client, arn, *actions):
    answer = client("iam").simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions)
    return [result["EvalDecision"] for result in answer["EvaluationResults"]]


def test_caller_is_the_execution_role(client):
    """The SDK's get_execution_role() returns the role's ARN."""
    answer = client("sts").get_caller_identity()
    assert answer["Account"] == "111122223333"
    assert answer["Arn"] == f"arn:aws:sts::111122223333:assumed-role/{ROLE_NAME}/SageMaker"


def test_execution_role_trusts_sagemaker(client):
    """The execution role exists from the start, and its trust policy names SageMaker."""
    role = client("iam").get_role(RoleName=ROLE_NAME)["Role"]
    assert role["Arn"] == ROLE
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}


def test_execution_role_may_do_what_lessons_need(client):
    """The execution role may do what lessons need, but not everything."""
    allowed = "sagemaker:CreateTrainingJob", "s3:GetObject", "logs:PutLogEvents", "iam:PassRole"
    assert decisions(client, ROLE, *allowed) == ["allowed"] * 4
    assert decisions(client, ROLE, "iam:CreateUser") == ["implicitDeny"]


def test_simulation_goes_by_the_roles_policies(client, role):
    """In a simulation a denial wins, wildcards match, and case doesn't matter."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:Get*", "SageMaker:Describe?odel"], "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:GetObjectTagging", "Resource": "*"},
        ],
    }
    arn = role(policy=policy)
    assert decisions(
        client,
        arn,
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:PutObject",
        "sagemaker:DescribeModel",
    ) == ["allowed", "explicitDeny", "implicitDeny", "allowed"]


def test_simulation_sees_attached_policies(client, role):
    """A simulation includes attached policies, not only inline ones."""
    arn = role()
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": statement}
    policy = client("iam").create_policy(PolicyName="all", PolicyDocument=json.dumps(document))
    client("iam").attach_role_policy(RoleName="role-of-a-test", PolicyArn=policy["Policy"]["Arn"])
    assert decisions(client, arn, "iam:CreateUser") == ["allowed"]


def test_simulation_of_nobody(client, assert_aws_error):
    """The simulation of an unknown principal is refused with IAM's own error."""
    with assert_aws_error("NoSuchEntity", re.compile("role/nobody does not exist")):
        decisions(client, "arn:aws:iam::111122223333:role/nobody", "s3:GetObject")


@pytest.mark.parametrize(
    "document",
    [
        trust("ec2.amazonaws.com"),
        trust(action="sts:TagSession"),
        trust(effect="Deny"),
        json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:Get*"}]}),
    ],
)
def test_role_that_does_not_trust_sagemaker(client, bucket, role, assert_aws_error, document):
    """CreateTrainingJob refuses a role that doesn't trust SageMaker, and creates no job."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=b"1,2\n")
    request = training_request(bucket, RoleArn=role(document))
    with assert_aws_error("ValidationException", re.compile("Could not assume role .*role-of-a")):
        client("sagemaker").create_training_job(**request)
    listed = client("sagemaker").list_training_jobs(NameContains=request["TrainingJobName"])
    assert listed["TrainingJobSummaries"] == []


@pytest.mark.parametrize(
    "document",
    [
        trust(
            ["ec2.amazonaws.com", "sagemaker.amazonaws.com"], ["sts:TagSession", "sts:AssumeRole"]
        ),
        trust(action="sts:*"),
    ],
)
def test_role_that_trusts_sagemaker(client, bucket, role, document):
    """A role trusts SageMaker if that is one of several services, or by a wildcard."""
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=b"1,2\n2,3\n" * 5)
    request = training_request(bucket, RoleArn=role(document))
    client("sagemaker").create_training_job(**request)
    ended = wait_for_training(client("sagemaker"), request["TrainingJobName"])
    assert ended["TrainingJobStatus"] == "Completed"


MANAGED = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"


def test_managed_policies(client, role):
    """AWS's managed policies can be read and attached, and a simulation includes them."""
    iam, arn = client("iam"), role()
    assert iam.get_policy(PolicyArn=MANAGED)["Policy"]["PolicyName"] == "AmazonSageMakerFullAccess"
    iam.attach_role_policy(RoleName="role-of-a-test", PolicyArn=MANAGED)
    iam.attach_role_policy(
        RoleName="role-of-a-test", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    attached = iam.list_attached_role_policies(RoleName="role-of-a-test")["AttachedPolicies"]
    assert {item["PolicyName"] for item in attached} == {
        "AmazonSageMakerFullAccess",
        "AmazonS3ReadOnlyAccess",
    }
    assert decisions(client, arn, "sagemaker:CreateModel", "s3:GetObject", "iam:CreateUser") == [
        "allowed",
        "allowed",
        "implicitDeny",
    ]
    own = iam.list_policies(Scope="Local")["Policies"]
    assert not any(":iam::aws:" in policy["Arn"] for policy in own)


NAMED_IN_LESSONS = (
    "AmazonSageMakerFullAccess",
    "AmazonSageMakerReadOnly",
    "AmazonSageMakerPipelinesIntegrations",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonEC2ContainerRegistryReadOnly",
    "CloudWatchLogsFullAccess",
    "CloudWatchFullAccess",
    "IAMFullAccess",
    "AdministratorAccess",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AmazonSageMakerServiceCatalogProductsLambdaServiceRolePolicy",
)


def test_all_managed_policies_are_listed(client):
    """ListPolicies shows all of AWS's policies and the account's own, by scope and by path."""
    pages = client("iam").get_paginator("list_policies")

    def listed(**query) -> set[str]:
        return {item["Arn"] for page in pages.paginate(**query) for item in page["Policies"]}

    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    own = client("iam").create_policy(PolicyName="own", PolicyDocument=document)["Policy"]["Arn"]
    of_aws = listed(Scope="AWS")
    assert len(of_aws) > 1000
    assert listed() == of_aws | {own}
    assert listed(Scope="Local") == {own}
    service_roles = listed(Scope="AWS", PathPrefix="/service-role/")
    assert service_roles
    assert all(":aws:policy/service-role/" in arn for arn in service_roles)
    client("iam").delete_policy(PolicyArn=own)


@pytest.mark.parametrize("name", NAMED_IN_LESSONS)
def test_policy_that_lessons_name(client, role, name):
    """A managed policy that lessons and SDKs name can be read, and attached to a role."""
    iam, arn = client("iam"), f"arn:aws:iam::aws:policy/{name}"
    role()
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn
    iam.attach_role_policy(RoleName="role-of-a-test", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="role-of-a-test")["AttachedPolicies"]
    assert [item["PolicyArn"] for item in attached] == [arn]


@pytest.mark.parametrize("name", ["AmazonNothingAtAll", "other-path/AmazonS3FullAccess"])
def test_managed_policy_that_does_not_exist(client, role, assert_aws_error, name):
    """A policy that AWS does not have, or has at another path, is refused in IAM's words.

    Sources: hashicorp/terraform issue 31748 and getmoto/moto pull request 6482.
    """
    arn = f"arn:aws:iam::aws:policy/{name}"
    role()
    with assert_aws_error("NoSuchEntity", f"Policy {arn} was not found."):
        client("iam").get_policy(PolicyArn=arn)
    with assert_aws_error(
        "NoSuchEntity", f"Policy {arn} does not exist or is not attachable."
    ) as refused:
        client("iam").attach_role_policy(RoleName="role-of-a-test", PolicyArn=arn)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_role_arn_of_an_earlier_release(client, bucket, assert_aws_error):
    """The execution role is found without its path; another role, and GetRole, want the right one.

    Programs and models of a home folder of an earlier release name it so.
    """
    client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=b"1,2\n2,3\n" * 5)
    arn = ROLE.replace("service-role/", "")
    request = training_request(bucket, RoleArn=arn)
    client("sagemaker").create_training_job(**request)
    ended = wait_for_training(client("sagemaker"), request["TrainingJobName"])
    assert (ended["TrainingJobStatus"], ended["RoleArn"]) == ("Completed", arn)
    assert decisions(client, arn, "s3:GetObject") == ["allowed"]
    for wrong in (ROLE.replace("Amazon", "Other"), ROLE.replace("service-role/", "other/")):
        with assert_aws_error("ValidationException", re.compile("Could not assume role")):
            client("sagemaker").create_training_job(**training_request(bucket, RoleArn=wrong))
    with pytest.raises(client("iam").exceptions.ClientError):
        client("iam").get_role(RoleName=f"service-role/{ROLE_NAME}")


@pytest.fixture
def old_role(monkeypatch):
    """Return the execution role at the path /, as earlier releases made it, in its own IAM."""
    iam = IAMBackend("aws", "111122223333")
    monkeypatch.setattr(sts_iam, "backend", lambda: iam)
    sts_iam.make_execution_role()
    (role,) = iam.roles.values()
    role.path = "/"
    return role


def test_role_of_an_earlier_release_is_moved(old_role):
    """A home folder's execution role at the path / is moved, and keeps its policies."""
    policies = dict(old_role.policies)
    sts_iam.make_execution_role()
    assert [role.arn for role in sts_iam.backend().roles.values()] == [ROLE]
    assert old_role.policies == policies


def test_role_that_the_learner_made_stays(old_role):
    """A role of the same name that somebody else made is left where it is."""
    old_role.description = "mine"
    sts_iam.make_execution_role()
    assert old_role.arn == ROLE.replace("service-role/", "")
