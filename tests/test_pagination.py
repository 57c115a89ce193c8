"""List operations have filters, sort orders and pages, in a region that only this file uses."""

import datetime
import functools
import itertools
import re
import string

import pytest
from botocore.config import Config
from support import jobs
from support.clients import make_bucket

REGION = "ap-southeast-2"
OTHER = "eu-north-1"
NAMES = ["b-first", "A-second", "c-third", "a-fourth", "B-fifth"]


@pytest.fixture(scope="module")
def there(client):
    """Return a SageMaker client of the region that the tests of this file list."""
    return client("sagemaker", region_name=REGION)


@pytest.fixture(scope="module")
def bucket(client):
    s3 = client("s3", region_name=REGION)
    bucket = make_bucket(s3, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="train", Body=jobs.TRAIN_CSV)
    s3.put_object(Bucket=bucket, Key="test.csv", Body=jobs.TEST_CSV)
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=b"")
    return bucket


@pytest.fixture(scope="module")
def models(there, bucket) -> list[dict]:
    """Create five models; return them in their order of creation."""
    for name in NAMES:
        make_model(there, bucket, name)
    return [there.describe_model(ModelName=name) for name in NAMES]


def make_model(there, bucket: str, name: str) -> None:
    container = {
        "Image": jobs.image_uri(region=REGION),
        "ModelDataUrl": f"s3://{bucket}/model.tar.gz",
    }
    there.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE)


@pytest.fixture(scope="module")
def trained(there, bucket) -> list[dict]:
    """Run two training jobs that complete, and then one that fails."""
    described = []
    for name, rounds in (("train-b", "1"), ("train-a", "1"), ("train-c", "0")):
        request = jobs.training_request(bucket, hyperparameters={"num_round": rounds})
        request["TrainingJobName"] = name
        request["AlgorithmSpecification"]["TrainingImage"] = jobs.image_uri(region=REGION)
        described.append(jobs.train(there, request))
    return described


def names_of(answer: dict) -> list[str]:
    """Return the names in a List answer, in its order."""
    lists = [answer[key] for key in answer if key.endswith("Summaries") or key == "Models"]
    return [
        next(item[key] for key in item if key.endswith(("JobName", "ModelName")))
        for item in lists[0]
    ]


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


# Pages


def test_a_page_is_taken_before_it_is_filtered(there, trained, models):
    """StatusEquals and NameContains filter the page, so it may be empty and have a NextToken."""
    for query in (
        {"StatusEquals": "Completed"},
        {"NameContains": "train-a"},
        {"NameContains": "train-a", "StatusEquals": "Completed"},
    ):
        first = there.list_training_jobs(MaxResults=1, **query)
        assert names_of(first) == []
        second = there.list_training_jobs(MaxResults=1, NextToken=first["NextToken"], **query)
        assert names_of(second) == ["train-a"]
        assert "NextToken" in second
    pages = there.get_paginator("list_models").paginate(
        NameContains="first", PaginationConfig={"PageSize": 2}
    )
    found = [names_of(page) for page in pages]
    assert found[-1] == ["b-first"]
    assert not any(found[:-1])


def test_times_restrict_what_is_taken(there, models):
    """The time filters restrict what a page is taken from, so no page of them is empty."""
    times = [model["CreationTime"] for model in models]
    first = there.list_models(CreationTimeBefore=times[2], MaxResults=2)
    assert names_of(first) == ["c-third", "A-second"]
    last = there.list_models(
        CreationTimeBefore=times[2], MaxResults=2, NextToken=first["NextToken"]
    )
    assert names_of(last) == ["b-first"]
    assert "NextToken" not in last


def test_a_paginator(there, models):
    """boto3's paginator returns each item once, in order, whatever the size of a page."""
    for size in range(1, 7):
        pages = there.get_paginator("list_models").paginate(
            SortBy="Name", PaginationConfig={"PageSize": size}
        )
        found = [name for page in pages for name in names_of(page)]
        assert found == sorted(NAMES, reverse=True)


def test_the_last_page_has_no_token(there, models):
    """The last page has no token, even if it is full."""
    first = there.list_models(MaxResults=3)
    assert "NextToken" in first
    last = there.list_models(MaxResults=2, NextToken=first["NextToken"])
    assert len(names_of(last)) == 2
    assert "NextToken" not in last


def test_ten_a_page(there, bucket, models):
    """A page has ten items if the request doesn't say how many."""
    names = [jobs.new_name("many") for _ in range(11)]
    for name in names:
        make_model(there, bucket, name)
    assert len(names_of(there.list_models())) == 10
    assert len(names_of(there.list_models(NameContains="many-", MaxResults=100))) == 11
    for name in names:
        there.delete_model(ModelName=name)


@pytest.mark.parametrize("sort_by", ["Name", "CreationTime"])
@pytest.mark.parametrize("order", ["Ascending", "Descending"])
def test_pages_while_others_come_and_go(there, bucket, models, sort_by, order):
    """If items are created or deleted between two pages, the rest is still listed once each."""
    there_before = set(names_of(there.list_models(MaxResults=100)))
    lasting = [f"page-{letter}" for letter in "acegik"]
    coming = (f"page-{letter}0" for letter in itertools.islice(string.ascii_lowercase, 20))
    for name in lasting:
        make_model(there, bucket, name)
    found, extra = [], []
    query = {"SortBy": sort_by, "SortOrder": order, "MaxResults": 2}
    answer = there.list_models(**query)
    for turn in itertools.count():
        found += names_of(answer)
        if "NextToken" not in answer:
            break
        extra.append(next(coming))
        make_model(there, bucket, extra[-1])
        last = names_of(answer)[-1]  # the one that the token names
        if turn % 2 and last not in there_before:
            there.delete_model(ModelName=last)
        answer = there.list_models(**query, NextToken=answer["NextToken"])
    assert len(found) == len(set(found))
    assert set(lasting) <= set(found)
    for name in {*lasting, *extra} & set(names_of(there.list_models(MaxResults=100))):
        there.delete_model(ModelName=name)


def test_a_token_of_another_list(there, models, assert_aws_error):
    """A token of another list, or any other text, is refused, without an internal error."""
    token = there.list_models(MaxResults=1, SortBy="Name")["NextToken"]
    for wrong in (token, "abc", "bnVsbA==", "WzEsMl0=", "ünïcode"):
        with assert_aws_error("ValidationException", re.compile("^Invalid NextToken")):
            there.list_models(NextToken=wrong, SortBy="CreationTime")


def test_a_token_of_another_sort_order(there, trained, assert_aws_error):
    """A token of a list sorted by name is refused by a list sorted by status."""
    token = there.list_training_jobs(MaxResults=1, SortBy="Name")["NextToken"]
    with assert_aws_error("ValidationException", re.compile("^Invalid NextToken")):
        there.list_training_jobs(NextToken=token, SortBy="Status")


def test_a_token_of_another_operation(there, client, models, trained, assert_aws_error):
    """A token of one operation is refused by every other one, in another Region and order."""
    token = there.list_models(MaxResults=1)["NextToken"]
    assert len(names_of(there.list_models(NextToken=token))) == 4
    others = [
        there.list_training_jobs,
        there.list_transform_jobs,
        there.list_endpoints,
        there.list_endpoint_configs,
        there.list_notebook_instances,
        there.list_notebook_instance_lifecycle_configs,
        client("sagemaker", region_name=OTHER).list_models,
        functools.partial(there.list_models, SortOrder="Ascending"),
    ]
    for other in others:
        with assert_aws_error("ValidationException", re.compile("^Invalid NextToken")):
            other(NextToken=token)


@pytest.fixture(scope="module")
def unchecked(client):
    """Return a client that sends what botocore would refuse itself."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return client("sagemaker", region_name=REGION, config=config)


@pytest.mark.parametrize(
    ("most", "text"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100")]
)
@pytest.mark.parametrize("operation", ["list_models", "list_training_jobs", "list_transform_jobs"])
def test_bounds_of_a_page(unchecked, assert_aws_error, operation, most, text):
    """A page size below 1 or above 100 is refused."""
    with assert_aws_error(
        "ValidationException",
        f"1 validation error detected: Value '{most}' at 'maxResults' failed to satisfy "
        f"constraint: Member must have value {text}",
    ):
        getattr(unchecked, operation)(MaxResults=most)


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
