"""What nobody serves is refused by name, in the protocol of the request."""

import json
import re

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support.signing import send, sign

from helpers.local.home import Home

NOT_SERVED = re.compile(r"does not serve .* It serves: .*CreateTrainingJob.*StopTransformJob")


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("sagemaker", "list_pipelines", {}),
        ("sagemaker", "create_code_repository", {
            "CodeRepositoryName": "n", "GitConfig": {"RepositoryUrl": "https://example.com/n"}}),
        ("sagemaker-metrics", "batch_put_metrics", {"TrialComponentName": "t", "MetricData": [
            {"MetricName": "m", "Timestamp": 0, "Value": 1.0}]}),
        ("sagemaker-featurestore-runtime", "get_record", {
            "FeatureGroupName": "g", "RecordIdentifierValueAsString": "1"}),
        ("sagemaker-a2i-runtime", "list_human_loops", {"FlowDefinitionArn": "arn"}),
        ("sagemaker-edge", "get_device_registration", {"DeviceName": "d", "DeviceFleetName": "f"}),
        ("sagemaker-geospatial", "list_vector_enrichment_jobs", {}),
    ],
)  # fmt: skip
def test_what_is_not_served_is_refused(client, assert_aws_error, service, operation, arguments):
    """An operation that isn't served is refused by name, with those that are served."""
    with assert_aws_error("UnknownOperationException", NOT_SERVED):
        getattr(client(service), operation)(**arguments)


def signed_call(local, service, method, path, body=b"", headers=None):
    headers = sign(local, method, path, body, headers or {}, service=service)
    return send(local, method, path, body, headers)


SIGNED_AS = {"cloudwatch": "monitoring"}
UNSERVED_CALLS = [
    ("cloudtrail", "lookup_events", {}),
    ("freetier", "get_free_tier_usage", {}),
    ("health", "describe_events", {}),
    ("account", "list_regions", {}),
    ("savingsplans", "describe_savings_plans", {}),
    ("trustedadvisor", "list_checks", {}),
    ("importexport", "list_jobs", {}),  # speaks the query protocol
    ("cloudfront", "list_streaming_distributions", {}),  # REST and XML; moto has the service
    ("iam", "get_account_authorization_detail", None),  # an operation that moto does not have
    ("cloudwatch", "list_metric_streams", {}),
]


@pytest.mark.parametrize(("service", "operation", "arguments"), UNSERVED_CALLS)
def test_a_service_or_operation_that_nobody_serves(
    local, client, assert_aws_error, service, operation, arguments
):
    """It is refused with 400 in its own protocol, naming what is served; no traceback is logged."""
    log = Home(local.home).server_log
    before = log.stat().st_size
    if arguments is None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = signed_call(local, service, "POST", "/", b"Action=GetWhatIsNot", form)
        assert answer.status == 400
        assert b"<Code>UnknownOperationException</Code>" in answer.body
    else:
        with assert_aws_error(
            "UnknownOperationException",
            re.compile("does not serve .* It serves SageMaker, S3, IAM"),
        ) as refused:
            getattr(client(service), operation)(**arguments)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert b"Traceback" not in log.read_bytes()[before:]


def refusal(client, service: str, operation: str) -> dict[str, str]:
    """Return the error of a request without members, which must be the client's."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    with pytest.raises(ClientError) as refused:
        getattr(client(service, config=config), operation)()
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    return answer["Error"]


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ecr", "create_repository"),
        ("budgets", "create_budget"),
        ("cloudformation", "create_stack"),
        ("sns", "publish"),
    ],
)
def test_a_request_that_moto_cannot_read(client, service, operation):
    """A request that lacks its members is the client's error, not 500, which boto3 would repeat."""
    error = refusal(client, service, operation)
    assert error["Code"] in ("ValidationException", "ValidationError")
    assert f"moto, which answers {SIGNED_AS.get(service, service)} here" in error["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "code", "member"),
    [
        ("sts", "assume_role", "ValidationError", "roleArn"),
        ("iam", "create_virtual_mfa_device", "ValidationError", "virtualMFADeviceName"),
        ("logs", "create_log_group", "InvalidParameterException", "logGroupName"),
        ("cloudwatch", "get_metric_data", "ValidationError", "metricDataQueries"),
    ],
)
def test_a_request_that_is_checked_before_moto(client, service, operation, code, member):
    """Services that are checked by their service model name the missing member as AWS does."""
    error = refusal(client, service, operation)
    assert error["Code"] == code
    null = f"Value null at '{member}' failed to satisfy constraint: Member must not be null"
    assert null in error["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("comprehend", "detect_sentiment", {"Text": "superb", "LanguageCode": "en"}),
        ("rekognition", "detect_labels", {"Image": {"Bytes": b"image"}}),
        ("textract", "detect_document_text", {"Document": {"Bytes": b"page"}}),
        ("polly", "synthesize_speech", {"Text": "a", "OutputFormat": "mp3", "VoiceId": "Amy"}),
        ("transcribe", "list_transcription_jobs", {}),
        ("bedrock-runtime", "invoke_model", {"modelId": "m", "body": b"{}"}),
        ("athena", "start_query_execution", {"QueryString": "SELECT 1"}),
        ("stepfunctions", "list_state_machines", {}),
    ],
)
def test_results_that_moto_invents_are_refused(
    client, assert_aws_error, service, operation, arguments
):
    """A service whose results would have nothing to do with the request is not served."""
    with assert_aws_error("UnknownOperationException", re.compile("does not serve")):
        getattr(client(service), operation)(**arguments)


SCALED = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/name/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("register_scalable_target", {"MinCapacity": 1, "MaxCapacity": 2}),
        ("put_scaling_policy", {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"}),
        ("put_scheduled_action", {"ScheduledActionName": "a", "Schedule": "rate(1 minute)"}),
    ],
)
def test_scaling_of_an_endpoint_is_refused(client, assert_aws_error, operation, arguments):
    """It is not stored as if something would scale the endpoint; the lists stay empty."""
    scaling = client("application-autoscaling")
    with assert_aws_error("ValidationException", re.compile("UpdateEndpointWeightsAndCapacities")):
        getattr(scaling, operation)(**SCALED, **arguments)
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []


def test_scaling_of_another_service_is_served(client):
    """moto has the scalable targets of what is not SageMaker's."""
    scaling = client("application-autoscaling")
    table = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/name",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    scaling.register_scalable_target(**table, MinCapacity=1, MaxCapacity=2)
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert target["ResourceId"] == "table/name"


MODEL_RESOURCE = {"Type": "AWS::SageMaker::Model", "Properties": {"ModelName": "by-a-stack"}}
TOPIC_RESOURCE = {"Type": "AWS::SNS::Topic"}


def template(**resources: dict) -> str:
    return json.dumps({"Resources": resources})


def test_a_stack_with_resources_of_sagemaker_is_refused(client, assert_aws_error):
    """moto would create them where no other request sees them, at once or by an update."""
    stacks = client("cloudformation")
    text = re.compile("does not serve AWS::SageMaker::Model of CloudFormation")
    with assert_aws_error("ValidationError", text):
        stacks.create_stack(StackName="refused", TemplateBody=template(M=MODEL_RESOURCE))
    names = [stack["StackName"] for stack in stacks.list_stacks()["StackSummaries"]]
    assert "refused" not in names
    stacks.create_stack(StackName="served", TemplateBody=template(T=TOPIC_RESOURCE))
    more = template(T=TOPIC_RESOURCE, M=MODEL_RESOURCE)
    with assert_aws_error("ValidationError", text):
        stacks.update_stack(StackName="served", TemplateBody=more)
    (resource,) = stacks.describe_stack_resources(StackName="served")["StackResources"]
    assert resource["ResourceType"] == TOPIC_RESOURCE["Type"]
    stacks.delete_stack(StackName="served")


def test_what_moto_has_is_served(client):
    """A service that moto has is still answered, with its own errors."""
    assert client("dynamodb").list_tables()["TableNames"] == []
    with pytest.raises(client("sqs").exceptions.QueueDoesNotExist):
        client("sqs").get_queue_url(QueueName="nothing")
