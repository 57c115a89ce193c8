"""What is found in the Local SageMaker by real boto3 clients, and what is the course's."""

import json
import threading

import pytest
from support import course, jobs
from support.alarms import put_alarm
from support.targets import refuse

from helpers.account import inventory
from helpers.account.inventory import lessons
from helpers.s3 import lesson_prefix
from helpers.tagging import tags


@pytest.fixture
def place(untouched):
    """Return a region without resources."""
    return untouched


def names(found, type_name: str) -> list[str]:
    return sorted(item.name for item in found if item.type.name == type_name)


def test_empty(place):
    """An empty region gives no resources and no errors for services that aren't served."""
    found = inventory.discover(place, course_only=False)
    assert [item for item in found if item.type.name != "bucket"] == []


def test_a_lesson(place):
    """All that a lesson made is found, each with the reason why it is the course's."""
    made = course.run(place, course.LOW)
    found = inventory.discover(place)
    assert names(found, "training job") == [made.training_job]
    assert names(found, "transform job") == [made.transform_job]
    assert names(found, "model") == [made.training_job]
    assert names(found, "S3 objects") == [f"s3://{made.bucket}/{made.prefix}/"]
    assert names(found, "bucket") == [made.bucket]
    streams = names(found, "log stream")
    assert [stream.partition("/")[0] for stream in streams] == sorted(
        [made.training_job, *[made.transform_job] * 2]
    )
    assert {item.lesson for item in found if item.type.name != "bucket"} == {made.prefix}
    assert all(item.reason for item in found)
    job = next(item for item in found if item.type.name == "training job")
    assert job.described["BillableTimeInSeconds"] >= 1
    assert (job.status, job.running, job.costs) == ("Completed", False, False)
    assert job.reason == "tag course=sagemaker-course"
    objects = next(item for item in found if item.type.name == "S3 objects")
    assert objects.described["Objects"] == 4  # train, test, artifacts, predictions
    assert objects.described["Bytes"] > len(jobs.TRAIN_CSV) + len(jobs.TEST_CSV)
    assert objects.costs


def test_others(place):
    """Resources without the course's tag are not its own, however similar they look."""
    made = course.run(place, course.HIGH)
    s3, sagemaker = place.session.client("s3"), place.session.client("sagemaker")
    artifacts = sagemaker.describe_training_job(TrainingJobName=made.training_job)[
        "ModelArtifacts"
    ]["S3ModelArtifacts"]
    lookalikes = ["boston-xgboost-mine", f"{made.training_job}-2"]
    for name in lookalikes:
        course.create_model(place, name, artifacts)
    course.create_model(
        place, "other-course", artifacts, Tags=[{"Key": "course", "Value": "another"}]
    )
    s3.put_object(Bucket=made.bucket, Key=f"{made.prefix}-mine/a.csv", Body=b"1")
    s3.put_object(Bucket=made.bucket, Key="a.csv", Body=b"1")
    other = f"other-{place.region}-{place.account}"
    course.make_bucket(place, other)
    s3.put_object(Bucket=other, Key=f"{made.prefix}/a.csv", Body=b"1")
    request = course.training_request(place, made.bucket, made.prefix)
    jobs.train(sagemaker, request)

    found = inventory.discover(place)
    assert names(found, "model") == [made.training_job]
    assert names(found, "S3 objects") == [f"s3://{made.bucket}/{made.prefix}/"]
    assert names(found, "training job") == [made.training_job]
    assert other not in names(found, "bucket")
    everything = [
        item for item in inventory.discover(place, course_only=False) if not item.is_course
    ]
    assert names(everything, "model") == sorted(["other-course", *lookalikes])
    assert names(everything, "training job") == [request["TrainingJobName"]]
    assert names(everything, "S3 objects") == [
        f"s3://{made.bucket}/a.csv",
        f"s3://{made.bucket}/{made.prefix}-mine/",
    ]
    assert other in names(everything, "bucket")


def test_model_that_a_tool_made(place):
    """An untagged model with a tagged job's name and artifacts is the course's."""
    made = course.run(place, course.LOW)
    sagemaker = place.session.client("sagemaker")
    model = sagemaker.describe_model(ModelName=made.training_job)
    keys = [tag["Key"] for tag in tags(course.LOW)]
    sagemaker.delete_tags(ResourceArn=model["ModelArn"], TagKeys=keys)
    (found,) = inventory.discover(place, ["model"])
    assert found.reason == f"made from training job {made.training_job}, under its name"
    assert found.lesson == made.prefix
    sagemaker.delete_model(ModelName=made.training_job)
    course.create_model(place, made.training_job, course.some_artifacts(place))
    assert inventory.discover(place, ["model"]) == []


def test_model_that_a_tool_made_of_a_data_source(place):
    """The artifacts of an untagged model may be named by ModelDataSource, as newer tools do."""
    job = course.training(place, course.LOW)
    name, artifacts = job["TrainingJobName"], job["ModelArtifacts"]["S3ModelArtifacts"]
    source = {"S3Uri": artifacts, "S3DataType": "S3Object", "CompressionType": "Gzip"}
    place.session.client("sagemaker").create_model(
        ModelName=name,
        PrimaryContainer={
            "Image": job["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataSource": {"S3DataSource": source},
        },
        ExecutionRoleArn=job["RoleArn"],
    )
    (found,) = inventory.discover(place, ["model"])
    assert found.reason == f"made from training job {name}, under its name"


def test_bucket_of_ones_own(place):
    """A lesson's prefix in another bucket is found through its jobs.

    Other data that a tagged job has read stays its owner's.
    """
    bucket = f"mine-{place.region}-{place.account}"
    course.make_bucket(place, bucket)
    made = course.run(place, course.LOW, bucket)
    place.session.client("s3").put_object(
        Bucket=bucket, Key=f"{lesson_prefix(course.HIGH)}/a.csv", Body=b"1"
    )
    course.upload(place, bucket, "my-data")
    request = course.training_request(place, bucket, "my-data") | {"Tags": tags(course.LOW)}
    jobs.train(place.session.client("sagemaker"), request)
    found = inventory.discover(place, ["S3 objects", "bucket"])
    assert [item.name for item in found] == [f"s3://{bucket}/{made.prefix}/"]


def test_upload_without_a_job(place):
    """After an upload without a job, the prefix in the SDK's bucket is still found."""
    bucket, prefix = course.default_bucket(place), lesson_prefix(course.HIGH)
    s3 = place.session.client("s3")
    s3.create_multipart_upload(Bucket=bucket, Key=f"{prefix}/train.csv")
    (found,) = inventory.discover(place, ["S3 objects"])
    assert (found.described["Objects"], found.described["Uploads"]) == (0, 1)
    course.upload(place, bucket, prefix)
    (found,) = inventory.discover(place, ["S3 objects"])
    assert (found.lesson, found.described["Objects"]) == (prefix, 2)


def test_more_than_a_page(place):
    """Lists are read to their end: the tag of each of 104 models is read."""
    artifacts = course.some_artifacts(place)
    for number in range(104):
        tagged = {"Tags": tags(course.LOW)} if number % 2 else {}
        course.create_model(place, f"many-{number}", artifacts, **tagged)
    assert len(inventory.discover(place, ["model"])) == 52
    assert len(inventory.discover(place, ["model"], course_only=False)) == 104


def test_alarms(place):
    """A tagged CloudWatch alarm is found with its lesson, and another one is not the course's."""
    cloudwatch = place.session.client("cloudwatch")
    for name, its_tags in (("mine", tags(course.LOW)), ("other", [])):
        put_alarm(cloudwatch, name, "AWS/SageMaker", "Invocation5XXErrors", 0, Tags=its_tags)
    found = inventory.discover(place, ["CloudWatch alarm"], course_only=False)
    assert [(item.name, item.lesson) for item in found if item.is_course] == [
        ("mine", lesson_prefix(course.LOW))
    ]
    assert names(found, "CloudWatch alarm") == ["mine", "other"]


def test_stack_and_budget(place):
    """A tagged CloudFormation stack and the budget with the course's name are found."""
    stacks, budgets = place.session.client("cloudformation"), place.session.client("budgets")
    body = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    stacks.create_stack(StackName="mine", TemplateBody=body, Tags=tags("notebook"))
    stacks.create_stack(StackName="theirs", TemplateBody=body)
    limit = {"Amount": "75", "Unit": "USD"}
    for name in ("sagemaker-course", "sagemaker-course-of-another"):
        budget = {"BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY"}
        budgets.create_budget(AccountId=place.account, Budget=budget | {"BudgetLimit": limit})
    try:
        found = inventory.discover(place, ["CloudFormation stack", "budget alarm"])
        assert [item.name for item in found] == ["mine", "sagemaker-course"]
        assert found[0].status == "CREATE_COMPLETE"
    finally:  # budgets have no region
        for name in ("sagemaker-course", "sagemaker-course-of-another"):
            budgets.delete_budget(AccountId=place.account, BudgetName=name)


def test_tagged_bucket(place):
    """A bucket with the course's tag is the course's."""
    bucket = f"tagged-{place.region}-{place.account}"
    course.make_bucket(place, bucket)
    place.session.client("s3").put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": tags(course.LOW)}
    )
    assert bucket in names(inventory.discover(place, ["bucket"]), "bucket")


def test_deleted_meanwhile(place):
    """A model that is deleted between its listing and the reading of its tags is left out."""
    sagemaker = place.session.client("sagemaker")
    for name in ("stays", "goes"):
        course.create_model(place, name, course.some_artifacts(place), Tags=tags(course.LOW))
    lock, there = threading.Lock(), ["goes"]

    def delete_first(**_):
        with lock:
            while there:
                sagemaker.delete_model(ModelName=there.pop())

    place.session.events.register("before-call.sagemaker.ListTags", delete_first)
    assert names(inventory.discover(place, ["model"]), "model") == ["stays"]


def test_denied(place):
    """A denied listing is reported with the missing action, and the rest is found."""
    course.run(place, course.LOW)
    refuse(place, "sagemaker", "ListModels", "AccessDeniedException", "no right")
    refuse(place, "logs", "DescribeLogStreams", "AccessDeniedException", "no right")
    problems = []
    found = inventory.discover(place, problems=problems)
    assert [(problem.type.name, problem.action) for problem in problems] == [
        ("model", "sagemaker:ListModels"),
        ("log stream", "logs:DescribeLogStreams"),
    ]
    assert names(found, "S3 objects")
    with pytest.raises(Exception, match="ListModels"):
        inventory.discover(place)


@pytest.mark.usefixtures("retries_at_once")
def test_throttled(place):
    """A throttled call is retried."""
    course.create_model(place, "one", course.some_artifacts(place), Tags=tags(course.LOW))
    refused = refuse(place, "sagemaker", "ListTags", "ThrottlingException", "Rate exceeded", 2)
    assert names(inventory.discover(place, ["model"]), "model") == ["one"]
    assert refused() == 2


def test_versions_may_not_be_listed(place):
    """Without the right to list versions, the objects are counted as they are now."""
    bucket, prefix = course.default_bucket(place), lesson_prefix(course.LOW)
    course.upload(place, bucket, prefix)
    refuse(place, "s3", "ListObjectVersions", "AccessDenied", "Access Denied")
    (found,) = inventory.discover(place, ["S3 objects"])
    assert found.described["Objects"] == 2


def test_unknown_type(place):
    """A misspelt type is named, with the types that exist."""
    with pytest.raises(ValueError, match=r"'job'.*training job"):
        inventory.discover(place, ["job"])


def test_lessons_of_this_checkout():
    """Lessons are recognised by the name that each gives itself."""
    assert {lesson_prefix(course.HIGH), lesson_prefix(course.LOW)} <= set(
        lessons.lessons().values()
    )


def test_a_notebook_of_ones_own_has_no_prefix(tmp_path, monkeypatch):
    """A notebook of the learner's own has no prefix, as a folder may have the same name."""
    source = {"data": "import pandas", "practice": 'lesson = "My Practice"'}
    (tmp_path / "Tutorial").mkdir()
    for name, code in source.items():
        notebook = {"cells": [{"cell_type": "code", "source": [code]}]}
        (tmp_path / "Tutorial" / f"{name}.ipynb").write_text(json.dumps(notebook))
    monkeypatch.setattr(lessons, "CHECKOUT", tmp_path)
    assert set(lessons.lessons.__wrapped__().values()) == {lesson_prefix("My Practice")}
