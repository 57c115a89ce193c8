"""moto's other services, such as IAM and STS, keep their state after a kill."""

import io
import json

import pytest
from botocore.exceptions import ClientError
from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID
from support.moto_server import Starter

from helpers.local.state import moto_services

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}
TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}}}}


@pytest.fixture(scope="module")
def starter():
    starter = Starter("apigateway", "cloudformation")  # a second each
    yield starter
    starter.close()


def make(server) -> None:
    """Create one resource each in services with the protocols query, awsJson, REST, RPC v2."""
    iam = server.client("iam")
    role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.put_role_policy(RoleName="role", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    policy = iam.create_policy(PolicyName="mine", PolicyDocument=json.dumps(POLICY))["Policy"]
    iam.attach_role_policy(RoleName="role", PolicyArn=policy["Arn"])
    iam.create_user(UserName="user")
    iam.create_access_key(UserName="user")
    iam.create_role(RoleName="deleted", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.delete_role(RoleName="deleted")
    server.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")
    server.client("sqs").create_queue(QueueName="queue")
    server.client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    server.client("dynamodb").put_item(TableName="table", Item={"k": {"S": "v"}})
    server.client("ssm").put_parameter(Name="/p", Value="v", Type="String")
    server.client("cloudwatch").put_metric_data(
        Namespace="course", MetricData=[{"MetricName": "m", "Value": 1}]
    )
    server.client("budgets").create_budget(
        AccountId="111122223333",
        Budget={
            "BudgetName": "budget",
            "BudgetLimit": {"Amount": "1", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
    )
    server.client("apigateway").create_rest_api(name="rest")
    server.client("cloudformation").create_stack(
        StackName="stack", TemplateBody=json.dumps(TEMPLATE)
    )


def answers(server) -> dict:
    """Return what the services answer about those resources."""
    clients = {
        name: server.client(name)
        for name in ("iam", "sqs", "dynamodb", "ssm", "cloudwatch", "budgets", "apigateway", "sns")
    }
    found = {
        "role": clients["iam"].get_role(RoleName="role"),
        "roles": clients["iam"].list_roles(),
        "policy": clients["iam"].get_role_policy(RoleName="role", PolicyName="p"),
        "attached": clients["iam"].list_attached_role_policies(RoleName="role"),
        "keys": clients["iam"].list_access_keys(UserName="user"),
        "queues": clients["sqs"].list_queues(),
        "item": clients["dynamodb"].scan(TableName="table"),
        "parameter": clients["ssm"].get_parameter(Name="/p"),
        "metrics": clients["cloudwatch"].list_metrics(Namespace="course"),
        "budget": clients["budgets"].describe_budget(AccountId="111122223333", BudgetName="budget"),
        "apis": clients["apigateway"].get_rest_apis(),
        "topics": clients["sns"].list_topics(),
        "stacks": server.client("cloudformation").describe_stacks(),
    }
    for answer in found.values():
        del answer["ResponseMetadata"]
    found["queues"] = [url.rpartition("/")[2] for url in found["queues"]["QueueUrls"]]
    return found


def test_services_survive_a_kill(starter, tmp_path):
    """After a kill every service answers as before, and only the owner can read the files."""
    server = starter.start(tmp_path)
    make(server)
    before = answers(server)
    server.kill()
    server = starter.start(tmp_path)
    after = answers(server)
    server.kill()
    assert after == before
    assert before["topics"]["Topics"]
    for path in (tmp_path / "services").glob("*.record"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_damaged_state_is_set_aside(starter, tmp_path):
    """The server starts, names the service whose file is damaged, and keeps the others."""
    server = starter.start(tmp_path)
    server.client("iam").create_user(UserName="user")
    server.client("sqs").create_queue(QueueName="queue")
    server.kill()
    record = tmp_path / "services" / "sqs.record"
    record.write_bytes(record.read_bytes()[:-1])
    server = starter.start(tmp_path)
    assert "The state of sqs is damaged" in server.stderr()
    assert (tmp_path / "services" / "set-aside" / "sqs.record").exists()
    assert [user["UserName"] for user in server.client("iam").list_users()["Users"]] == ["user"]
    assert "QueueUrls" not in server.client("sqs").list_queues()
    server.kill()


def test_full_disk_takes_the_change_back(starter, tmp_path):
    """A change that can't be saved is refused with a clear message and is not visible."""
    server = starter.start(tmp_path)
    server.client("iam").create_user(UserName="old")
    server.kill()
    server = starter.start(tmp_path, "no space for records")
    iam = server.client("iam")
    with pytest.raises(ClientError, match=r"could not store this.*No space left on device"):
        iam.create_user(UserName="new")
    with pytest.raises(ClientError, match=r"could not store this.*No space left on device"):
        server.client("sqs").create_queue(QueueName="queue")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["old"]
    assert "QueueUrls" not in server.client("sqs").list_queues()
    server.kill()


def test_a_backend_is_never_copied():
    """A stored reference to a backend refers to the current one when it is loaded."""
    iam = backends.get_backend("iam")
    account = iam[DEFAULT_ACCOUNT_ID]
    saved = moto_services._pickled({"one": account["aws"], "account": account, "all": iam})
    loaded = moto_services._Unpickler(io.BytesIO(saved)).load()
    assert loaded["one"] is account["aws"]
    assert (loaded["account"] is account, loaded["all"] is iam) == (True, True)


@pytest.mark.parametrize(
    ("environ", "changes"),
    [
        ({"HTTP_X_AMZ_TARGET": "AmazonSSM.GetParameter"}, False),
        ({"HTTP_X_AMZ_TARGET": "AmazonSSM.PutParameter"}, True),
        ({"QUERY_STRING": "Action=ListRoles&Version=1"}, False),
        ({"QUERY_STRING": "Action=CreateRole&Version=1"}, True),
        ({"PATH_INFO": "/service/GraniteServiceVersion20100801/operation/ListMetrics"}, False),
        ({"PATH_INFO": "/service/GraniteServiceVersion20100801/operation/PutMetricData"}, True),
        ({"REQUEST_METHOD": "GET", "PATH_INFO": "/restapis"}, False),
        ({"PATH_INFO": "/restapis"}, True),
    ],
)
def test_changes_are_told_by_the_operation(environ, changes):
    """A change is recognised by the operation's name if there is one, else by the HTTP method."""
    assert (
        moto_services._changes({"REQUEST_METHOD": "POST", "PATH_INFO": "/", **environ}) is changes
    )
