"""Each constraint that the service model states is answered on the wire as AWS answers it."""

import http.client
import json
from collections import Counter

import pytest
from botocore.model import ListShape, MapShape, StructureShape
from support import jobs, model_requests, tuning
from support.clients import make_bucket, make_client
from support.endpoints import variant, wait_in_service
from support.signing import JSON, sign

from helpers.local.resources.control_plane import served
from helpers.local.wire.service_model import operation_model

OPERATIONS = sorted(served())
operations = pytest.mark.parametrize("operation", OPERATIONS)


class Wire:
    """One connection, over which requests go as they are."""

    def __init__(self, endpoint):
        self._endpoint = endpoint
        self._connection = http.client.HTTPConnection(
            endpoint.url.removeprefix("http://"), timeout=60
        )

    def call(self, operation: str, params: dict) -> tuple[int, dict]:
        """Send a request; return the status and the JSON of the answer, {} for an empty one."""
        body = json.dumps(params).encode()
        headers = {"X-Amz-Target": f"SageMaker.{operation}", "Content-Type": JSON}
        self._connection.request(
            "POST", "/", body, sign(self._endpoint, "POST", "/", body, headers)
        )
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else {}


@pytest.fixture(scope="module")
def wire(local):
    return Wire(local)


@operations
def test_a_broken_constraint(wire, operation):
    """A request that breaks one constraint is refused with that constraint's text and path."""
    for request in model_requests.broken_requests(operation):
        status, answer = wire.call(operation, request.params)
        assert (status, answer["__type"]) == (400, "ValidationException"), (request, answer)
        start = "1 validation error detected: Value"
        found = f"at '{request.path}' failed to satisfy constraint: {request.text}"
        # a text that is too long or too short may break the pattern too
        if not request.kind.endswith("length"):
            assert answer["message"].startswith(start), (request, answer)
        assert found in answer["message"], (request, answer)


@operations
def test_a_wrong_type(wire, operation):
    """A member of another JSON type than the model's is refused before all validation."""
    for request in model_requests.requests_of_wrong_type(operation):
        status, answer = wire.call(operation, request.params)
        assert (status, answer["__type"]) == (400, "SerializationException"), (request, answer)


@operations
def test_what_the_model_allows(wire, operation):
    """A request that keeps all constraints is not refused for one of them."""
    for request in model_requests.requests_at_the_limits(operation):
        status, answer = wire.call(operation, request.params)
        assert status in (200, 400), (request, answer)
        assert answer.get("__type") != "SerializationException", (request, answer)
        assert "validation error" not in answer.get("message", ""), (request, answer)


def test_the_suite_has_all_kinds():
    """The requests above break every kind of constraint, and there are hundreds of them."""
    broken = Counter(
        request.kind
        for operation in OPERATIONS
        for request in model_requests.broken_requests(operation)
    )
    assert broken.keys() >= {
        *("required", "enum", "pattern", "max length", "min length", "max value", "min value"),
        *("element: pattern", "map key: pattern", "map value: max length"),
    }
    assert broken.total() > 500


# Valid requests, one of each operation, and what their answers have

ALWAYS_PRESENT = {  # beside those that the service model requires of the answer
    "DescribeTrainingJob": {
        "TrainingJobStatus", "SecondaryStatus", "HyperParameters", "AlgorithmSpecification",
        "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition",
        "LastModifiedTime", "SecondaryStatusTransitions", "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining",
        "TrainingStartTime", "TrainingEndTime", "TrainingTimeInSeconds", "BillableTimeInSeconds",
        "FinalMetricDataList", "ProfilingStatus",
    },
    "DescribeHyperParameterTuningJob": {
        "TrainingJobDefinition", "LastModifiedTime", "HyperParameterTuningEndTime",
        "BestTrainingJob", "ConsumedResources", "TuningJobCompletionDetails",
    },
    "DescribeTransformJob": {
        "TransformInput", "TransformOutput", "TransformResources", "TransformStartTime",
        "TransformEndTime", "DataProcessing",
    },
    "DescribeModel": {"PrimaryContainer", "ExecutionRoleArn", "EnableNetworkIsolation"},
    "DescribeNotebookInstance": {
        "NotebookInstanceArn", "NotebookInstanceName", "NotebookInstanceStatus", "InstanceType",
        "RoleArn", "LastModifiedTime", "CreationTime", "DirectInternetAccess", "VolumeSizeInGB",
        "RootAccess", "PlatformIdentifier", "InstanceMetadataServiceConfiguration",
    },
    "DescribeNotebookInstanceLifecycleConfig": {
        "NotebookInstanceLifecycleConfigArn", "NotebookInstanceLifecycleConfigName",
        "OnCreate", "OnStart", "LastModifiedTime", "CreationTime",
    },
}  # fmt: skip
EMPTY_ALLOWED = {"KmsKeyId", "Value"}  # AWS shows them empty


class Recorder:
    """Calls operations that must succeed, and checks each answer as it is on the wire."""

    def __init__(self, wire: Wire):
        self._wire, self.called = wire, set()

    def __call__(self, operation: str, **params) -> dict:
        status, answer = self._wire.call(operation, params)
        assert status == 200, (operation, params, answer)
        self.called.add(operation)
        shape = operation_model(operation).output_shape
        if shape is None:
            assert answer == {}
            return answer
        needed = {*shape.required_members, *ALWAYS_PRESENT.get(operation, ())}
        assert needed <= answer.keys(), (operation, needed - answer.keys())
        check_answer(shape, answer, operation)
        return answer


def check_answer(shape, value, path: str) -> None:
    """Check that an answer has only members of its shape, and none that says nothing."""
    assert value is not None, path
    if isinstance(shape, StructureShape):
        assert value.keys() <= shape.members.keys(), (path, value.keys() - shape.members.keys())
        for name, item in value.items():
            assert item not in ({}, "") or name in EMPTY_ALLOWED, f"{path}.{name} is {item!r}"
            check_answer(shape.members[name], item, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for item in value:
            check_answer(shape.member, item, f"{path}[]")
    elif isinstance(shape, MapShape):
        for item in value.values():
            check_answer(shape.value, item, f"{path}{{}}")


def test_valid_requests(local, wire):
    """A valid request of each operation succeeds; its answer is of its shape, and complete."""
    call = Recorder(wire)
    s3 = make_client(local, "s3")
    bucket = make_bucket(s3)
    s3.put_object(Bucket=bucket, Key="train/a.csv", Body=jobs.TRAIN_CSV)
    s3.put_object(Bucket=bucket, Key="test.csv", Body=jobs.TEST_CSV)
    sagemaker = make_client(local, "sagemaker")
    arn = _training(call, sagemaker, bucket)
    _tags(call, arn)
    _tuning(call, sagemaker, bucket)
    _model_and_transform(call, sagemaker, bucket)
    _notebook(call, sagemaker)
    call("DeleteTrainingJob", TrainingJobName=arn.rpartition("/")[2])
    assert call.called == {*OPERATIONS}


def _endpoint(call, sagemaker, model: str) -> None:
    name = jobs.new_name("endpoint")
    named, config = {"EndpointName": name}, {"EndpointConfigName": name}
    call("CreateEndpointConfig", **config, ProductionVariants=[variant(model)])
    call("DescribeEndpointConfig", **config)
    call("ListEndpointConfigs", MaxResults=1)
    call("CreateEndpoint", **named, **config)
    wait_in_service(sagemaker, name)
    call("DescribeEndpoint", **named)
    call("ListEndpoints", MaxResults=1)
    call("UpdateEndpoint", **named, **config)
    wait_in_service(sagemaker, name)
    desired = [{"VariantName": "AllTraffic", "DesiredWeight": 2}]
    call("UpdateEndpointWeightsAndCapacities", **named, DesiredWeightsAndCapacities=desired)
    wait_in_service(sagemaker, name)
    call("DeleteEndpoint", **named)
    call("DeleteEndpointConfig", **config)


def _training(call, sagemaker, bucket: str) -> str:
    request = jobs.training_request(bucket, hyperparameters={"num_round": "1000000"})
    call("CreateTrainingJob", **request)
    call("StopTrainingJob", TrainingJobName=request["TrainingJobName"])
    request = jobs.training_request(bucket)
    arn = call("CreateTrainingJob", **request)["TrainingJobArn"]
    jobs.wait_for_training(sagemaker, request["TrainingJobName"])
    call("DescribeTrainingJob", TrainingJobName=request["TrainingJobName"])
    call("ListTrainingJobs", MaxResults=1, SortBy="Status")
    return arn


def _tuning(call, sagemaker, bucket: str) -> None:
    definition = {"InputDataConfig": [jobs.channel(f"s3://{bucket}/train", "validation")]}
    definition["InputDataConfig"] += [jobs.channel(f"s3://{bucket}/train")]
    request = tuning.tuning_request(bucket, number=1, definition=definition)
    named = {"HyperParameterTuningJobName": request["HyperParameterTuningJobName"]}
    call("CreateHyperParameterTuningJob", **request)
    tuning.wait(sagemaker, *named.values())
    call("DescribeHyperParameterTuningJob", **named)
    call("ListHyperParameterTuningJobs", MaxResults=1)
    call("ListTrainingJobsForHyperParameterTuningJob", **named)
    call("DeleteHyperParameterTuningJob", **named)
    call("CreateHyperParameterTuningJob", **request | {"Autotune": {"Mode": "Enabled"}})
    call("StopHyperParameterTuningJob", **named)


def _tags(call, arn: str) -> None:
    call("AddTags", ResourceArn=arn, Tags=[{"Key": "a", "Value": ""}, {"Key": "b", "Value": "c"}])
    call("ListTags", ResourceArn=arn)
    call("DeleteTags", ResourceArn=arn, TagKeys=["a"])


def _model_and_transform(call, sagemaker, bucket: str) -> None:
    listed = call("ListTrainingJobs", StatusEquals="Completed", MaxResults=100)
    job = listed["TrainingJobSummaries"][0]["TrainingJobName"]
    described = call("DescribeTrainingJob", TrainingJobName=job)
    name = jobs.new_name("model")
    data = described["ModelArtifacts"]["S3ModelArtifacts"]
    container = {"Image": jobs.image_uri(), "ModelDataUrl": data}
    call("CreateModel", ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE)
    call("DescribeModel", ModelName=name)
    call("ListModels", MaxResults=1)
    first, second = (jobs.transform_request(bucket, name) for _ in range(2))
    _endpoint(call, sagemaker, name)
    call("CreateTransformJob", **first)
    jobs.wait_for_transform(sagemaker, first["TransformJobName"])
    call("DescribeTransformJob", TransformJobName=first["TransformJobName"])
    call("ListTransformJobs", MaxResults=1)
    call("CreateTransformJob", **second)
    call("StopTransformJob", TransformJobName=second["TransformJobName"])
    jobs.wait_for_transform(sagemaker, second["TransformJobName"])
    call("DeleteModel", ModelName=name)


def _notebook(call, sagemaker) -> None:
    config, name = jobs.new_name("config"), jobs.new_name("notebook")
    named = {"NotebookInstanceLifecycleConfigName": config}
    instance = {"NotebookInstanceName": name}
    call("CreateNotebookInstanceLifecycleConfig", **named)
    call("UpdateNotebookInstanceLifecycleConfig", **named, OnStart=[{"Content": "ZWNobw=="}])
    call("DescribeNotebookInstanceLifecycleConfig", **named)
    call("ListNotebookInstanceLifecycleConfigs")
    call(
        "CreateNotebookInstance",
        **instance,
        InstanceType="ml.t3.medium",
        RoleArn=jobs.ROLE,
        LifecycleConfigName=config,
    )
    wait = {"WaiterConfig": {"Delay": 1, "MaxAttempts": 120}}
    sagemaker.get_waiter("notebook_instance_in_service").wait(**instance, **wait)
    call("DescribeNotebookInstance", **instance)
    call("ListNotebookInstances")
    call("CreatePresignedNotebookInstanceUrl", **instance)
    call("StopNotebookInstance", **instance)
    sagemaker.get_waiter("notebook_instance_stopped").wait(**instance, **wait)
    call("UpdateNotebookInstance", **instance, VolumeSizeInGB=9, DisassociateLifecycleConfig=True)
    call("StartNotebookInstance", **instance)
    sagemaker.get_waiter("notebook_instance_in_service").wait(**instance, **wait)
    call("StopNotebookInstance", **instance)
    sagemaker.get_waiter("notebook_instance_stopped").wait(**instance, **wait)
    call("DeleteNotebookInstance", **instance)
    call("DeleteNotebookInstanceLifecycleConfig", **named)
