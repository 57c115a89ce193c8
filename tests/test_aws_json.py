"""awsJson: what comes in, what goes out, and that botocore's own parser reads it."""

import json
from datetime import UTC, datetime

import pytest
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.wire import aws_json
from helpers.local.wire.errors import AwsError
from helpers.local.wire.json_writer import JsonReady
from helpers.local.wire.service_model import operation_model, service_model

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def parse(operation: str, params) -> dict:
    """Return the parameters of a request whose body is `params` as JSON."""
    return aws_json.parse(f"SageMaker.{operation}", json.dumps(params).encode())[1]


def refused(operation: str, body: bytes, code: str = "SerializationException") -> str:
    """Assert that the request is refused with this code; return the message."""
    with pytest.raises(AwsError) as caught:
        aws_json.parse(operation, body)
    assert (caught.value.code, caught.value.status) == (code, 400)
    return caught.value.message


def test_parse_converts_by_shape():
    """Parsing turns epoch seconds into aware datetimes; strings, numbers and flags stay."""
    operation, params = aws_json.parse(
        "SageMaker.ListTrainingJobs", b'{"CreationTimeAfter": 1764072000.5, "MaxResults": 5.0}'
    )
    assert operation == "ListTrainingJobs"
    after = datetime(2025, 11, 25, 12, 0, 0, 500_000, UTC)
    assert params == {"CreationTimeAfter": after, "MaxResults": 5}
    assert type(params["MaxResults"]) is int


def test_parse_leaves_out_null_and_unknown_members():
    """Null and unknown members count as absent; a null in a list or map is left to validation."""
    assert parse("ListModels", {"MaxResults": None, "Typo": [1]}) == {}
    assert parse("AddTags", {"Tags": [None], "ResourceArn": "a"})["Tags"] == [None]
    job = parse("CreateTrainingJob", {"HyperParameters": {"eta": None}})
    assert job == {"HyperParameters": {"eta": None}}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"MaxResults": "1"}, "STRING_VALUE can not be converted to an Integer"),
        ({"MaxResults": True}, "TRUE_VALUE can not be converted to an Integer"),
        ({"MaxResults": 1.5}, "NUMBER_VALUE can not be converted to an Integer"),
        ({"MaxResults": [1]}, "Start of list found where not expected"),
        ({"MaxResults": {"a": 1}}, "Start of structure or map found where not expected."),
        ({"NextToken": 1}, "NUMBER_VALUE can not be converted to a String"),
        (
            {"CreationTimeAfter": "now"},
            "STRING_VALUE can not be converted to milliseconds since epoch",
        ),
        ({"CreationTimeAfter": 1e30}, "The timestamp 1e+30 is out of range"),
    ],
)
def test_parse_refuses_wrong_scalars(params, text):
    """A scalar of the wrong type is refused before anything else, in the framework's words."""
    body = json.dumps(params).encode()
    assert refused("SageMaker.ListTrainingJobs", body).startswith(text)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"Tags": "x"}, "Expected list or null"),
        ({"Tags": {}}, "Start of structure or map found where not expected."),
        ({"Tags": ["x"]}, "Expected null"),
        ({"ResourceConfig": "x"}, "Expected null"),
        ({"ResourceConfig": []}, "Start of list found where not expected"),
        ({"HyperParameters": "x"}, "Expected map or null"),
        ({"HyperParameters": {"max_depth": 5}}, "NUMBER_VALUE can not be converted to a String"),
        ({"EnableNetworkIsolation": "yes"}, "STRING_VALUE can not be converted to a Boolean"),
    ],
)
def test_parse_refuses_wrong_structures(params, text):
    """A structure of the wrong type is refused with AWS's text for the expected type."""
    assert refused("SageMaker.CreateTrainingJob", json.dumps(params).encode()) == text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"x"',
        b"[]",
        b'{"a": NaN}',
        b'{"MaxResults": 1,}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_parse_refuses_other_bodies_than_json_objects(body):
    """A body that isn't a JSON object is refused with the reason, unlike a wrong request."""
    assert refused("SageMaker.ListModels", body)


@pytest.mark.parametrize("target", ["SageMaker.TrainJob", "DynamoDB.ListTables", "", "SageMaker."])
def test_parse_refuses_unknown_operations(target):
    """An operation that the API doesn't have is refused by name."""
    assert repr(target.removeprefix("SageMaker.")) in refused(
        target, b"{}", "UnknownOperationException"
    )


@given(JSON_VALUES, st.sampled_from(["CreateTrainingJob", "AddTags", "ListTrainingJobs"]))
def test_parse_never_crashes(value, operation):
    """Whatever JSON arrives, the result is a dict or an AwsError."""
    members = list(operation_model(operation).input_shape.members)
    codes = set()
    for params in (value, dict.fromkeys(members, value)):
        try:
            assert isinstance(parse(operation, params), dict)
        except AwsError as error:
            codes.add(error.code)
    assert codes <= {"SerializationException"}


def read_back(operation: str, body: bytes) -> dict:
    """Return what a boto3 client makes of an answer."""
    parser = create_parser("json")
    response = {"status_code": 200, "headers": {}, "body": body}
    parsed = parser.parse(response, operation_model(operation).output_shape)
    del parsed["ResponseMetadata"]
    return parsed


def test_serialize_round_trip():
    """A client reads what was written: times to the millisecond, None omitted, text unchanged."""
    created = datetime(2026, 11, 25, 1, 2, 3, 456_000, UTC)
    result = {
        "TrainingJobName": "boston-1",
        "CreationTime": created,
        "FailureReason": None,
        "FinalMetricDataList": [{"MetricName": "größe", "Value": 1.5, "Timestamp": created}],
        "HyperParameters": {"eta": "0.2"},
        "BillableTimeInSeconds": 3,
        "EnableNetworkIsolation": False,
    }
    body = aws_json.serialize("DescribeTrainingJob", result)
    assert "FailureReason" not in json.loads(body)
    assert json.loads(body)["CreationTime"] == 1795568523.456
    read = read_back("DescribeTrainingJob", body)
    del result["FailureReason"]
    assert read == result


def test_serialize_non_finite_numbers():
    """NaN and the infinities are strings on the wire, as awsJson prescribes."""
    for number, text in [(float("nan"), "NaN"), (float("-inf"), "-Infinity")]:
        metric = {"MetricName": "m", "Value": number}
        body = aws_json.serialize("DescribeTrainingJob", {"FinalMetricDataList": [metric]})
        assert json.loads(body)["FinalMetricDataList"][0]["Value"] == text


def test_serialize_operation_without_output():
    """An operation without output has an empty body, which a client reads as an empty answer."""
    assert aws_json.serialize("StopTrainingJob", {}) == b""
    with pytest.raises(TypeError, match="has no output"):
        aws_json.serialize("StopTrainingJob", {"TrainingJobArn": "a"})


@pytest.mark.parametrize(
    "result",
    [
        {"TrainingJobNam": "typo"},
        {"TrainingJobName": 5},
        {"BillableTimeInSeconds": True},
        {"EnableNetworkIsolation": 1},
        {"CreationTime": datetime(2026, 1, 1)},
        {"CreationTime": 1795568523.0},
        {"InputDataConfig": {}},
        {"InputDataConfig": [{"ChannelName": None, "Nope": 1}]},
        {"HyperParameters": {"eta": 0.2}},
        {"ModelArtifacts": "s3://b/k"},
    ],
)
def test_serialize_refuses_what_the_shape_does_not_hold(result):
    """A result that doesn't fit the shape is refused at once, with the path to the error."""
    with pytest.raises(TypeError, match="DescribeTrainingJob"):
        aws_json.serialize("DescribeTrainingJob", result)


@pytest.mark.parametrize(
    "body",
    [
        {"TrainingJobName": "a\ud800"},
        {"HyperParameters": {"eta": "\udfff"}},
        {"HyperParameters": {"eta\ud83d": "1"}},
        {"Tags": [{"Key": "a", "Value": "\udc00\ud83d"}]},
    ],
)
def test_half_of_a_surrogate_pair(body):
    """Half of a surrogate pair, which JSON can write, is refused, as UTF-8 can't write it."""
    body = json.dumps(body).encode()
    assert "half of a surrogate pair" in refused("SageMaker.CreateTrainingJob", body)


def test_a_whole_surrogate_pair():
    """A character that JSON writes as a surrogate pair is read as that character."""
    params = {"HyperParameters": {"eta": "\U0001f600"}}
    assert b"\\ud83d" in json.dumps(params).encode()
    assert parse("CreateTrainingJob", params) == {"HyperParameters": {"eta": "\U0001f600"}}


def test_a_part_that_is_ready():
    """A part of a result that is always the same is written as the list that it holds."""
    part = [{"Name": "a é", "Regex": 'b"\\'}]
    specification = {"TrainingInputMode": "File", "MetricDefinitions": JsonReady(part)}
    result = {"AlgorithmSpecification": specification, "TrainingJobName": "a"}
    expected = {**result, "AlgorithmSpecification": {**specification, "MetricDefinitions": part}}
    assert json.loads(aws_json.serialize("DescribeTrainingJob", result)) == expected


@pytest.mark.parametrize(
    ("code", "member"), [("ResourceInUse", "Message"), ("ValidationException", "message")]
)
def test_error_body(code, member):
    """Modelled and framework errors name their message differently, and clients read both."""
    body = aws_json.error_body(AwsError(code, "text"))
    assert json.loads(body) == {"__type": code, member: "text"}
    parsed = create_parser("json").parse({"status_code": 400, "headers": {}, "body": body}, None)
    assert parsed["Error"] == {"Code": code, "Message": "text"}


def test_response_headers():
    """Every answer has a request id of its own."""
    first, second = aws_json.response_headers(), aws_json.response_headers()
    assert first["Content-Type"] == "application/x-amz-json-1.1"
    assert len(first["x-amzn-RequestId"]) == 36
    assert first["x-amzn-RequestId"] != second["x-amzn-RequestId"]


def test_service_model_is_loaded_once():
    """The service model is read from its file, which takes 0.1 s, only once."""
    assert service_model() is service_model()
    assert len(service_model().operation_names) > 400
