"""AddTags, ListTags and DeleteTags work on jobs and models."""

import re

import pytest
from support import jobs


def tags(**pairs: str) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


@pytest.fixture
def arn(sagemaker, trained):
    """Return the ARN of a model with the tag course=here."""
    url = trained["ModelArtifacts"]["S3ModelArtifacts"]
    name = jobs.new_name("model")
    made = sagemaker.create_model(
        ModelName=name,
        PrimaryContainer={"Image": jobs.image_uri(), "ModelDataUrl": url},
        ExecutionRoleArn=jobs.ROLE,
        Tags=tags(course="here"),
    )
    return made["ModelArn"]


def listed(sagemaker, arn: str) -> dict[str, str]:
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def test_add_overwrite_and_delete(sagemaker, arn):
    """A key has its newest value, and deleting a missing key succeeds."""
    answer = sagemaker.add_tags(ResourceArn=arn, Tags=tags(course="there", lesson=""))
    assert sorted(tag["Key"] for tag in answer["Tags"]) == ["course", "lesson"]
    assert listed(sagemaker, arn) == {"course": "there", "lesson": ""}
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["course", "nothing"])
    assert listed(sagemaker, arn) == {"lesson": ""}


def test_tags_of_jobs(sagemaker, data, model):
    """A training job and a transform job keep the tags of their create calls."""
    training = jobs.training_request(data, Tags=tags(lesson="1"))
    arn = sagemaker.create_training_job(**training)["TrainingJobArn"]
    assert listed(sagemaker, arn) == {"lesson": "1"}
    transform = jobs.transform_request(data, model, Tags=tags(lesson="2"))
    arn = sagemaker.create_transform_job(**transform)["TransformJobArn"]
    assert listed(sagemaker, arn) == {"lesson": "2"}
    jobs.wait_for_training(sagemaker, training["TrainingJobName"])
    jobs.wait_for_transform(sagemaker, transform["TransformJobName"])


def test_fifty_tags(sagemaker, arn, assert_aws_error):
    """A call that would make more than fifty tags is refused, and changes nothing."""
    many = tags(**{f"key-{number}": "v" for number in range(49)})
    sagemaker.add_tags(ResourceArn=arn, Tags=many)
    assert len(listed(sagemaker, arn)) == 50
    with assert_aws_error("ResourceLimitExceeded"):
        sagemaker.add_tags(ResourceArn=arn, Tags=tags(course="other", more="v"))
    assert len(listed(sagemaker, arn)) == 50
    assert listed(sagemaker, arn)["course"] == "here"
    sagemaker.add_tags(ResourceArn=arn, Tags=tags(course="other"))
    assert listed(sagemaker, arn)["course"] == "other"


def test_fifty_one_in_one_call(sagemaker, arn, assert_aws_error):
    """A single request with fifty-one tags is refused."""
    many = tags(**{f"key-{number}": "v" for number in range(51)})
    with assert_aws_error("ValidationException", re.compile("length less than or equal to 50")):
        sagemaker.add_tags(ResourceArn=arn, Tags=many)


def test_a_bad_key(sagemaker, arn, assert_aws_error):
    """A key that doesn't match the pattern is refused, with its position."""
    with assert_aws_error("ValidationException", re.compile("at 'tags.1.member.key' failed")):
        sagemaker.add_tags(ResourceArn=arn, Tags=tags(**{"a*b": "v"}))


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_no_such_resource(sagemaker, arn, assert_aws_error, region):
    """A resource that doesn't exist, or is in another region, is refused."""
    wrong = arn.replace("us-east-1", region) if region != "us-east-1" else f"{arn}-not"
    for call, more in (
        (sagemaker.list_tags, {}),
        (sagemaker.add_tags, {"Tags": tags(a="b")}),
        (sagemaker.delete_tags, {"TagKeys": ["a"]}),
    ):
        with assert_aws_error("ValidationException", re.compile(re.escape(wrong))):
            call(ResourceArn=wrong, **more)


def test_another_region_does_not_see_it(client, arn, assert_aws_error):
    """The tags of a resource can't be read in another region."""
    with assert_aws_error("ValidationException"):
        client("sagemaker", region_name="eu-west-1").list_tags(ResourceArn=arn)
