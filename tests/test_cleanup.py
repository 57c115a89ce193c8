"""`python -m helpers cleanup` on the Local SageMaker, after lessons that were not cleaned up."""

import json
import re
import sys

import pytest
from support import course, jobs
from support.alarms import put_alarm
from support.endpoints import variant

from helpers.__main__ import main
from helpers.account import inventory
from helpers.account import target as places
from helpers.account.cleanup import plan as plans
from helpers.s3 import lesson_prefix
from helpers.tagging import tags


@pytest.fixture
def place(untouched, monkeypatch):
    """Return an untouched region as the target of commands."""
    monkeypatch.setattr(places, "resolve_target", lambda **_: untouched)
    return untouched


@pytest.fixture
def cleanup(place, monkeypatch, capsys):
    """Return a function that runs the command in this process: exit code and output."""

    def cleanup(*words, answer=None):
        monkeypatch.setattr(sys, "argv", ["helpers", "cleanup", *words])
        monkeypatch.setattr("builtins.input", lambda: answer if answer else eof())
        code = main()
        cleanup.stdout, err = capsys.readouterr()
        return code, cleanup.stdout + err

    return cleanup


def eof():
    raise EOFError


def remaining(place) -> list[tuple[str, str]]:
    """Return all resources of all types; of buckets, only those of the region."""
    return sorted(
        (item.type.name, item.name)
        for item in inventory.discover(place, course_only=False)
        if item.type.name != "bucket" or place.region in item.name
    )


def test_after_a_full_run_nothing_is_left(place, cleanup):
    """After a full run, only job records and resources that are not the course's remain."""
    made = [course.run(place, lesson) for lesson in (course.HIGH, course.LOW)]
    artifacts = course.some_artifacts(place)  # below "mine/"
    course.create_model(place, "mine", artifacts)
    s3 = place.session.client("s3")
    s3.put_object(Bucket=made[0].bucket, Key=f"{made[0].prefix}-mine", Body=b"1")
    other = f"other-{place.region}"
    course.make_bucket(place, other)
    s3.put_object(Bucket=other, Key="a.csv", Body=b"1")

    code, out = cleanup("--yes")
    assert code == 0, out
    bucket = made[0].bucket
    assert remaining(place) == sorted(
        [
            ("S3 objects", f"s3://{bucket}/mine/"),
            ("S3 objects", f"s3://{bucket}/{made[0].prefix}-mine"),
            ("bucket", bucket),
            ("bucket", other),
            ("model", "mine"),
            *(("training job", lesson.training_job) for lesson in made),
            *(("transform job", lesson.transform_job) for lesson in made),
        ]
    )
    assert jobs.keys(s3, bucket) == [f"{made[0].prefix}-mine", "mine/model.tar.gz"]
    assert jobs.keys(s3, other) == ["a.csv"]
    logs = place.session.client("logs")
    for group in ("/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs"):
        assert logs.describe_log_streams(logGroupName=group)["logStreams"] == []
    assert out.startswith(f"Local SageMaker, account 111122223333, region {place.region}\n")
    assert "Checked again: nothing is left to delete." in out
    assert "Left alone, not the course's: 1 model (mine)." in out
    assert "2 transform jobs" in out
    assert plans.UNDELETABLE in out

    code, out = cleanup("--yes")
    assert code == 0
    assert "There is nothing to delete." in out


def test_dry_run(place, cleanup):
    """A dry run shows what would be deleted, deletes nothing, and its exit code says so."""
    course.run(place, course.LOW)
    before = remaining(place)
    code, out = cleanup("--dry-run")
    assert code == 1
    assert "USD an hour" in out
    assert "4 objects" in out
    assert remaining(place) == before


def test_an_endpoint_with_two_variants_and_an_alarm(place, cleanup):
    """An endpoint of two variants is removed with its configurations, models and alarm."""
    sagemaker, lesson = place.session.client("sagemaker"), {"Tags": tags(course.LOW)}
    job = course.run(place, course.LOW).training_job
    described = sagemaker.describe_training_job(TrainingJobName=job)
    artifacts = described["ModelArtifacts"]["S3ModelArtifacts"]
    for name in ("one", "two"):
        course.create_model(place, name, artifacts, **lesson)
    both = [variant(name, f"variant-{name}", InstanceType="ml.m5.large") for name in ("one", "two")]
    for config, variants in (("both", both), ("later", both[1:])):
        sagemaker.create_endpoint_config(
            EndpointConfigName=config, ProductionVariants=variants, **lesson
        )
    sagemaker.create_endpoint(EndpointName="ab", EndpointConfigName="both", **lesson)
    cloudwatch = place.session.client("cloudwatch")
    put_alarm(cloudwatch, "ab", "sagemaker-course", "WrongPrices", 20, **lesson)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="ab")
    code, out = cleanup("--yes")
    assert code == 0, out
    kinds = {kind for kind, _ in remaining(place)}
    assert not kinds & {"endpoint", "endpoint configuration", "model", "CloudWatch alarm"}


@pytest.mark.parametrize("answer", [None, "", "no", "y", "111122223333"])
def test_it_asks(place, cleanup, answer):
    """Without a clear yes, nothing is deleted."""
    course.create_model(place, "one", course.some_artifacts(place), Tags=tags(course.LOW))
    code, out = cleanup(answer=answer)
    assert code == 1
    assert "Nothing was deleted." in out
    assert ("model", "one") in remaining(place)


def test_yes_is_enough_here(place, cleanup):
    """On the Local SageMaker --yes suffices, without an account id."""
    course.create_model(place, "one", course.some_artifacts(place), Tags=tags(course.LOW))
    code, out = cleanup(answer="yes")
    assert code == 0
    assert "deleted: model one" in out


def test_running_jobs(place, cleanup):
    """Running jobs are stopped first, their output is deleted, and their records stay."""
    bucket, prefix = course.default_bucket(place), lesson_prefix(course.LOW)
    course.upload(place, bucket, prefix)
    endless = {"num_round": "1000000", "save_model_on_termination": "true"}
    request = course.training_request(place, bucket, prefix, hyperparameters=endless)
    sagemaker = place.session.client("sagemaker")
    sagemaker.create_training_job(**request, Tags=tags(course.LOW))
    mine = course.training_request(place, bucket, prefix, hyperparameters=endless)
    sagemaker.create_training_job(**mine)
    try:
        code, out = cleanup("--dry-run")
        assert (
            "Running resources cost, an hour: unknown" in out
        )  # the table has another region's prices
        code, out = cleanup("--yes")
        name = request["TrainingJobName"]
        assert f"stopped: training job {name}" in out
        assert code == 0, out
        job = sagemaker.describe_training_job(TrainingJobName=name)
        assert job["TrainingJobStatus"] == "Stopped"
        untouched = sagemaker.describe_training_job(TrainingJobName=mine["TrainingJobName"])
        assert untouched["TrainingJobStatus"] == "InProgress"
        assert all(kind != "log stream" for kind, _ in remaining(place))
        assert jobs.keys(place.session.client("s3"), bucket) == []
    finally:
        sagemaker.stop_training_job(TrainingJobName=mine["TrainingJobName"])


def test_one_lesson(place, cleanup):
    """--lesson takes a title, and leaves the resources of other lessons."""
    high, low = (course.run(place, lesson) for lesson in (course.HIGH, course.LOW))
    code, out = cleanup("--yes", "--lesson", course.HIGH)
    assert code == 0, out
    assert [item for item in remaining(place) if item[0] in ("S3 objects", "model")] == [
        ("S3 objects", f"s3://{low.bucket}/{low.prefix}/"),
        ("model", low.training_job),
    ]
    code, out = cleanup("--yes", "--buckets", "--lesson", course.HIGH)
    assert ("bucket", high.bucket) in remaining(place)


def test_bucket(place, cleanup):
    """--buckets deletes the SDK's bucket if only the course has put something in it."""
    made = course.run(place, course.LOW)
    s3 = place.session.client("s3")
    s3.put_object(Bucket=made.bucket, Key="mine", Body=b"1")
    code, out = cleanup("--yes", "--buckets")
    assert code == 0
    assert f"({made.bucket}): {plans.BUCKET_USED}." in out
    assert jobs.keys(s3, made.bucket) == ["mine"]
    s3.delete_object(Bucket=made.bucket, Key="mine")
    code, out = cleanup("--yes", "--buckets")
    assert code == 0, out
    assert ("bucket", made.bucket) not in remaining(place)


def test_old_versions_and_unfinished_uploads(place, cleanup, monkeypatch):
    """Old versions and unfinished uploads cost money, so they are deleted, page by page."""
    monkeypatch.setattr("helpers.account.cleanup.operations.BATCH", 3)
    bucket, prefix = course.default_bucket(place), lesson_prefix(course.LOW)
    s3 = place.session.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for number in range(4):
        course.upload(place, bucket, prefix)
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{number}", Body=b"1")
    s3.delete_object(Bucket=bucket, Key=f"{prefix}/train.csv")
    s3.create_multipart_upload(Bucket=bucket, Key=f"{prefix}/train.csv")
    code, out = cleanup("--yes")
    assert code == 0, out
    left = s3.list_object_versions(Bucket=bucket)
    assert "Versions" not in left
    assert "DeleteMarkers" not in left
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_json(place, cleanup):
    """--json prints one document on stdout; as it never asks, it needs --yes or --dry-run."""
    made = course.run(place, course.LOW)
    code, out = cleanup("--json")
    assert code == 2
    assert "--json does not ask" in out
    code, _ = cleanup("--json", "--yes")
    assert code == 0
    said = json.loads(cleanup.stdout)
    assert said["region"] == place.region
    results = {(item["type"], item["name"]): item["result"] for item in said["outcomes"]}
    assert results["model", made.training_job] == "deleted"
    assert said["remaining"] == []
    assert {item["type"] for item in said["keep"]} == {"training job", "transform job", "bucket"}


def test_finished_jobs_are_deleted_on_request(place, cleanup):
    """--delete-finished-jobs deletes training jobs; transform jobs have no Delete operation."""
    made = course.run(place, course.LOW)
    code, _ = cleanup("--yes", "--delete-finished-jobs")
    assert code == 0
    left = remaining(place)
    assert ("training job", made.training_job) not in left
    assert ("transform job", made.transform_job) in left
    assert ("model", made.training_job) not in left


def test_more_than_a_page(place, cleanup):
    """More than a page is deleted: 102 of 104 models, as two are not the course's."""
    artifacts = course.some_artifacts(place)
    for number in range(104):
        tagged = {"Tags": tags(course.LOW)} if number not in (3, 103) else {}
        course.create_model(place, f"many-{number}", artifacts, **tagged)
    code, out = cleanup("--yes")
    assert code == 0
    assert out.count("deleted: model") == 102
    models = [name for kind, name in remaining(place) if kind == "model"]
    assert models == ["many-103", "many-3"]


def test_no_lesson_of_this_name(place, cleanup):
    """A name that means no lesson is refused with the lessons, and which created something."""
    own = "Kettle Prices - An Experiment"
    course.run(place, own)
    code, out = cleanup("--dry-run", "--lesson", "foo")
    assert code == 2
    assert "'foo' is not the name of a lesson. Name one of these:" in out
    assert re.search(rf"{re.escape(course.HIGH)} +has nothing here", out)
    assert re.search(f"{lesson_prefix(own)} +has created something here", out)
    assert "nothing to delete" not in out
    code, out = cleanup("--yes", "--lesson", "")  # an empty variable of a script
    assert (code, "'' is not the name of a lesson" in out) == (2, True)
    code, out = cleanup("--dry-run", "--lesson", own)
    assert (code, "training job" in out) == (1, True)


def test_a_dry_run_says_what_to_type_next(place, cleanup):
    """A dry run says that nothing was deleted, and prints the command that deletes."""
    course.run(place, course.HIGH)
    code, out = cleanup("--dry-run", "--buckets", "--lesson", course.HIGH)
    assert code == 1
    command = f"python -m helpers cleanup --lesson '{course.HIGH}' --buckets"
    assert "Dry run: nothing was deleted; the exit code is 1, as there is " in out
    assert f"To delete it: {command}\n" in out
