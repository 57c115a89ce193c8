"""List operations have filters and sort orders, and list one region."""

import datetime

from support import jobs
from support.clients import make_bucket
from support.lists import NAMES, OTHER, REGION, names_of


def test_models_come_newest_first(there, models):
    """Models are sorted by creation time, newest first, by default."""
    assert names_of(there.list_models()) == NAMES[::-1]
    assert names_of(there.list_models(SortOrder="Ascending")) == NAMES


def test_models_by_name(there, models):
    """SortBy Name sorts in both directions."""
    by_name = names_of(there.list_models(SortBy="Name", SortOrder="Ascending"))
    assert by_name == sorted(NAMES)
    assert names_of(there.list_models(SortBy="Name", SortOrder="Descending")) == by_name[::-1]


def test_a_summary(there, models):
    """A model's summary has its name, ARN and time, and no other member."""
    newest = models[-1]
    assert there.list_models(MaxResults=1)["Models"] == [
        {key: newest[key] for key in ("ModelName", "ModelArn", "CreationTime")}
    ]


def test_name_contains(there, models):
    """NameContains finds a part of the name, whatever the case."""
    found = there.list_models(NameContains="F", SortOrder="Ascending")
    assert names_of(found) == ["b-first", "a-fourth", "B-fifth"]
    assert names_of(there.list_models(NameContains="nothing")) == []


def test_creation_time(there, models):
    """The time filters find models created after one time and before another."""
    times = [model["CreationTime"] for model in models]
    between = there.list_models(
        CreationTimeAfter=times[1], CreationTimeBefore=times[3], SortOrder="Ascending"
    )
    assert names_of(between) == NAMES[1:4]
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    assert names_of(there.list_models(CreationTimeAfter=later)) == []


def test_training_jobs(there, trained):
    """Training jobs are listed newest first, as the example in API_ListTrainingJobs says."""
    found = there.list_training_jobs()
    assert names_of(found) == ["train-c", "train-a", "train-b"]
    oldest_first = there.list_training_jobs(SortOrder="Ascending")
    assert names_of(oldest_first) == ["train-b", "train-a", "train-c"]
    job, summary = trained[2], found["TrainingJobSummaries"][0]
    assert summary == {key: job[key] for key in summary}
    assert summary.keys() == {
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingEndTime",
        "LastModifiedTime",
        "TrainingJobStatus",
        "SecondaryStatus",
    }


def test_by_status(there, trained):
    """Jobs are filtered by StatusEquals, and sorted by SortBy Status."""
    assert names_of(there.list_training_jobs(StatusEquals="Failed")) == ["train-c"]
    assert names_of(there.list_training_jobs(StatusEquals="Stopped")) == []
    by_status = names_of(there.list_training_jobs(SortBy="Status", SortOrder="Descending"))
    assert by_status[0] == "train-c"


def test_last_modified(there, trained):
    """A job's last modification is its end."""
    first, second, _ = [job["LastModifiedTime"] for job in trained]
    found = there.list_training_jobs(LastModifiedTimeAfter=second)
    assert names_of(found) == ["train-c", "train-a"]
    assert names_of(there.list_training_jobs(LastModifiedTimeBefore=first)) == ["train-b"]


def test_filters_that_nothing_here_can_fit(there, trained):
    """Filters for a warm pool or a training plan match no job."""
    assert names_of(there.list_training_jobs(WarmPoolStatusEquals="Available")) == []
    plan = f"arn:aws:sagemaker:{REGION}:111122223333:training-plan/a-plan"
    assert names_of(there.list_training_jobs(TrainingPlanArnEquals=plan)) == []


def test_transform_jobs(there, bucket, models):
    """Transform jobs are listed newest first, and a failed one shows its reason."""
    for name in ("transform-b", "transform-a"):
        request = jobs.transform_request(bucket, NAMES[0], TransformJobName=name)
        job = jobs.transform(there, request)
    found = there.list_transform_jobs()
    assert names_of(found) == ["transform-a", "transform-b"]
    newest = found["TransformJobSummaries"][0]
    assert newest["FailureReason"] == job["FailureReason"]
    assert newest["TransformEndTime"] == job["TransformEndTime"] == newest["LastModifiedTime"]
    by_name = there.list_transform_jobs(SortBy="Name", SortOrder="Ascending", NameContains="form-")
    assert names_of(by_name) == ["transform-a", "transform-b"]
    assert names_of(there.list_transform_jobs(StatusEquals="Completed")) == []
    assert len(names_of(there.list_transform_jobs(StatusEquals="Failed", MaxResults=1))) == 1


# Regions


def test_lists_are_per_region(client, models, trained):
    """A list shows nothing of another region, where the same names are free."""
    elsewhere = client("sagemaker", region_name=OTHER)
    assert names_of(elsewhere.list_models()) == []
    assert names_of(elsewhere.list_training_jobs()) == []
    assert names_of(elsewhere.list_transform_jobs()) == []


def test_a_job_in_another_region(client, models, trained, assert_aws_error):
    """A job in another region has that region's ARN, registry and bucket, and is seen there."""
    there = client("sagemaker", region_name=OTHER)
    s3 = client("s3", region_name=OTHER)
    bucket = make_bucket(s3, CreateBucketConfiguration={"LocationConstraint": OTHER})
    s3.put_object(Bucket=bucket, Key="train", Body=jobs.TRAIN_CSV)
    request = jobs.training_request(bucket)
    request["TrainingJobName"] = "train-b"  # as in the other region
    request["AlgorithmSpecification"]["TrainingImage"] = jobs.image_uri(region=OTHER)
    job = jobs.train(there, request)
    assert job["TrainingJobStatus"] == "Completed"
    assert job["TrainingJobArn"] == f"arn:aws:sagemaker:{OTHER}:111122223333:training-job/train-b"
    assert names_of(there.list_training_jobs()) == ["train-b"]
    group = "/aws/sagemaker/TrainingJobs"
    streams = client("logs", region_name=OTHER).describe_log_streams(logGroupName=group)
    assert len(streams["logStreams"]) == 1
