"""InvokeEndpoint: what reaches the container, and what the client gets."""

import re

import pytest
from support.endpoints import ask, variant


def test_several_rows_and_what_they_are_answered_in(runtime, deploy, ten):
    """The container's content type and separator reach the client, by what it accepts."""
    name = deploy(variant(ten))
    request = {"EndpointName": name, "ContentType": "text/csv", "Body": "1\n2\n"}
    answer = runtime.invoke_endpoint(**request)
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    values = re.split(r"[,\n]", answer["Body"].read().decode().strip())
    assert [round(float(value)) for value in values] == [10, 10]
    answer = runtime.invoke_endpoint(**request, Accept="application/json")
    assert answer["ContentType"] == "application/json"
    assert answer["Body"].read().startswith(b'{"predictions": [{"score": ')


def test_what_the_container_refuses(runtime, deploy, ten):
    """A refusal by the container is a ModelError with its text, its status and the log group."""
    name = deploy(variant(ten))
    with pytest.raises(runtime.exceptions.ModelError) as refused:
        runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="1,2,3")
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["OriginalStatusCode"] == 400
    assert answer["OriginalMessage"].startswith("Unable to evaluate payload provided: ")
    group = f"/aws/sagemaker/Endpoints/{name}"
    assert answer["LogStreamArn"] == f"arn:aws:logs:us-east-1:111122223333:log-group:{group}"
    assert answer["Error"]["Message"] == (
        f'Received client error (400) from primary with message "{answer["OriginalMessage"]}". See '
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        f"#logEventViewer:group={group} in account 111122223333 for more information."
    )


def test_no_endpoint(runtime, deploy, ten):
    """The name in an invocation must be exact, also in its case."""
    name = deploy(variant(ten))
    for other in ("nobody", name.upper()):
        with pytest.raises(
            runtime.exceptions.ValidationError,
            match=f"Endpoint {other} of account 111122223333 not found.",
        ):
            ask(runtime, other)


def test_a_target_model(runtime, deploy, ten):
    """TargetModel is for multi-model endpoints, and refused in AWS's words elsewhere."""
    name = deploy(variant(ten))
    with pytest.raises(
        runtime.exceptions.ValidationError,
        match=f"Endpoint {name} is not a multi-model endpoint and does not support target model he",
    ) as refused:
        ask(runtime, name, TargetModel="model.tar.gz")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_members_that_are_not_served(runtime, deploy, ten):
    """A member that would change the answer, and is not served, is refused by name."""
    name = deploy(variant(ten))
    with pytest.raises(runtime.exceptions.ValidationError, match="EnableExplanations"):
        ask(runtime, name, EnableExplanations="`true`")


def test_long_headers(runtime, deploy, ten):
    """Headers that botocore does not check have the lengths of the service model."""
    name = deploy(variant(ten))
    ask(runtime, name, CustomAttributes="a" * 1024, InferenceId="a" * 64)
    request = {"EndpointName": name, "ContentType": "text/csv", "Body": "3"}
    for member, length in (
        ("CustomAttributes", 1024), ("InferenceId", 64), ("ContentType", 1024), ("Accept", 1024)
    ):  # fmt: skip
        with pytest.raises(runtime.exceptions.ValidationError, match="must have length less than"):
            runtime.invoke_endpoint(**request | {member: "a" * (length + 1)})


@pytest.mark.parametrize("target", ["modèle.tar.gz", "日本.tar.gz", "a\tb"])
def test_a_target_model_that_is_not_ascii(runtime, deploy, ten, target):
    """What the service model does not allow is refused in its words, with the value as sent."""
    name = deploy(variant(ten))
    with pytest.raises(runtime.exceptions.ValidationError) as refused:
        ask(runtime, name, TargetModel=target)
    assert refused.value.response["Error"]["Message"] == (
        f"1 validation error detected: Value '{target}' at 'targetModel' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: \A\S[\p{Print}]*\z"
    )


def test_too_large(runtime, deploy, ten):
    """25 MB reach the container, which refuses over 6 MB; more is refused before it."""
    name = deploy(variant(ten))
    request = {"EndpointName": name, "ContentType": "text/csv"}
    with pytest.raises(runtime.exceptions.ModelError) as refused:
        runtime.invoke_endpoint(**request, Body=b"1\n" * (7 << 19))
    assert refused.value.response["OriginalStatusCode"] == 413
    with pytest.raises(runtime.exceptions.ClientError, match="RequestEntityTooLarge"):
        runtime.invoke_endpoint(**request, Body=b"1\n" * (13 << 20))


def test_share_of_variants(runtime, deploy, ten, twenty):
    """Each variant gets a share of the calls by its weight; a target is always met."""
    name = deploy(
        variant(ten, "a", InitialVariantWeight=3.0), variant(twenty, "b", InitialVariantWeight=1.0)
    )
    answers = [ask(runtime, name) for _ in range(700)]
    assert {(round(value), by) for value, by in answers} == {(10, "a"), (20, "b")}
    share = sum(by == "a" for _, by in answers) / len(answers)
    assert 0.66 < share < 0.84  # five standard deviations of a binomial share of 0.75
    for target, value in (("a", 10), ("b", 20)):
        answer = ask(runtime, name, TargetVariant=target)
        assert (round(answer[0]), answer[1]) == (value, target)
    with pytest.raises(
        runtime.exceptions.ValidationError, match="No variant is called c; the variants are: a, b"
    ):
        ask(runtime, name, TargetVariant="c")


def test_a_stream(runtime, deploy, ten):
    """The answer as a stream is the same as the whole one; a refusal is the same error."""
    name = deploy(variant(ten))
    request = {"EndpointName": name, "ContentType": "text/csv", "Body": "1\n2\n"}
    whole = runtime.invoke_endpoint(**request)
    streamed = runtime.invoke_endpoint_with_response_stream(**request)
    assert streamed["ContentType"] == whole["ContentType"]
    assert streamed["InvokedProductionVariant"] == "AllTraffic"
    parts = [event["PayloadPart"]["Bytes"] for event in streamed["Body"]]
    assert b"".join(parts) == whole["Body"].read()
    streamed = runtime.invoke_endpoint_with_response_stream(**request, Accept="application/json")
    assert streamed["ContentType"] == "application/json"
    with pytest.raises(runtime.exceptions.ModelError, match="Unable to evaluate payload"):
        runtime.invoke_endpoint_with_response_stream(**request | {"Body": "1,2,3"})
