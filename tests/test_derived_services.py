"""What AWS derives from a job outside SageMaker exists: metrics in CloudWatch, tags by ARN."""

import datetime
import math
import re
from types import SimpleNamespace

import pytest
from support import jobs
from support.polling import eventually

from helpers.local.home import Home
from helpers.local.runtime.training import TrainingJob
from helpers.local.runtime.training_metrics import MetricReader, final_metrics, required_text
from helpers.local.state.metrics import MetricMinute, MetricStore, Source

NAMESPACE = "/aws/sagemaker/TrainingJobs"


def dimension(job: dict) -> list[dict]:
    return [{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}]


def test_training_metrics(sagemaker, s3, client, data):
    """Each metric of a short job has one datum: the average of its rounds, not the last one."""
    s3.put_object(Bucket=data, Key="valid", Body=jobs.TRAIN_CSV)
    channels = [
        jobs.channel(f"s3://{data}/train"),
        jobs.channel(f"s3://{data}/valid", "validation"),
    ]
    job = jobs.train(sagemaker, jobs.training_request(data, InputDataConfig=channels))
    values = [
        float(line.split("train-rmse:")[1].split()[0].partition("#")[0])
        for line in jobs.log_lines(client("logs"), "TrainingJobs", job["TrainingJobName"])
        if "train-rmse:" in line
    ]
    assert len(values) == 3
    answer = client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="train:rmse",
        Dimensions=dimension(job),
        StartTime=job["TrainingStartTime"],
        EndTime=job["TrainingEndTime"] + datetime.timedelta(minutes=1),
        Period=60,
        Statistics=["Average", "Minimum", "Maximum", "SampleCount"],
    )["Datapoints"]
    if len(answer) == 1:  # two, if a minute ended during the job
        assert answer[0]["Average"] == pytest.approx(sum(values) / 3)
        assert answer[0]["Minimum"] == pytest.approx(min(values))
        assert answer[0]["Maximum"] == pytest.approx(max(values))
    assert sum(point["SampleCount"] for point in answer) == 3
    listed = client("cloudwatch").list_metrics(Namespace=NAMESPACE, Dimensions=dimension(job))
    names = {metric["MetricName"] for metric in listed["Metrics"]}
    assert names == {"train:rmse", "validation:rmse"}


def test_training_job_analytics_of_the_sdk(sagemaker, client, data, local, monkeypatch):
    """The SDK's TrainingJobAnalytics gives AWS's frame: one row a metric and minute."""
    analytics = pytest.importorskip("sagemaker.core.analytics")
    job = jobs.train(sagemaker, jobs.training_request(data))

    class FakeSession:
        sagemaker_client = sagemaker

        class boto_session:
            client = staticmethod(lambda name, **_: client(name))

    frame = analytics.TrainingJobAnalytics(
        job["TrainingJobName"], ["train:rmse"], sagemaker_session=FakeSession
    ).dataframe()
    assert list(frame.columns) == ["timestamp", "metric_name", "value"]
    assert list(frame["metric_name"])[:1] == ["train:rmse"]
    assert frame["timestamp"][0] == 0.0


def test_metrics_of_a_running_job(sagemaker, client, data):
    """CloudWatch has the metrics of a job that still runs, and its description has none yet."""
    request = jobs.training_request(data, hyperparameters={"num_round": "1000000"})
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)

    def samples() -> float:
        points = client("cloudwatch").get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName="train:rmse",
            Dimensions=[{"Name": "TrainingJobName", "Value": name}],
            StartTime=sagemaker.describe_training_job(TrainingJobName=name)["CreationTime"],
            EndTime=datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1),
            Period=60,
            Statistics=["SampleCount"],
        )["Datapoints"]
        return sum(point["SampleCount"] for point in points)

    eventually(samples, 60)
    first = samples()
    eventually(lambda: samples() > first, 60)
    job = sagemaker.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "InProgress"
    assert "FinalMetricDataList" not in job
    sagemaker.stop_training_job(TrainingJobName=name)
    job = jobs.wait_for_training(sagemaker, name)
    assert [item["MetricName"] for item in job["FinalMetricDataList"]] == ["train:rmse"]


def test_metrics_that_are_reported():
    """Each value is reported as it is logged, and the last one is final, in single precision."""
    reported = []
    definitions = [{"Name": "train:rmse", "Regex": "rmse:(.*)"}]
    reader = MetricReader(lambda *lines: None, definitions, lambda *metric: reported.append(metric))
    for value in ("4", "0.8792"):
        reader.write(f"rmse:{value}")
    assert [metric[:2] for metric in reported] == [("train:rmse", [4.0]), ("train:rmse", [0.8792])]
    (final,) = final_metrics([reader])
    assert final == {
        "MetricName": "train:rmse",
        "Value": 0.8791999816894531,  # as AWS shows it
        "Timestamp": reported[-1][2],
    }


@pytest.mark.parametrize(
    ("regex", "text"),
    [
        (r".*\[[0-9]+\].*#011train-rmse:([0-9.]+).*", "#011train-rmse:"),
        (r"loss=(\S+);", "loss="),
        (r"lossy?=([0-9])", "loss"),
        (r"x{2,3}loss: ([0-9])", "loss: "),
        (r"a\x41bc=([0-9])", "="),
        (r"[^]a]b[\]c]d=([0-9])", "d="),
        (r"(?i)loss=([0-9])", ""),
        (r"loss=([0-9])|error=([0-9])", ""),
        (r"(?:loss)?=([0-9])", ""),
    ],
)
def test_text_that_a_regex_requires(regex, text):
    """The literal text that each line matched by a regex must contain, or nothing."""
    assert required_text(regex) == text


def test_lines_that_are_written_together():
    """Each value of lines that are written together is in the curve and reported, in its order."""
    reported = []
    definitions = [{"Name": name, "Regex": f"{name}=([0-9.x]+)"} for name in ("loss", "error")]
    reader = MetricReader(lambda *lines: None, definitions, lambda *metric: reported.append(metric))
    reader.write("loss=3 error=9", "loss=x", "loss=2")
    assert [metric[:2] for metric in reported] == [("loss", [3.0, 2.0]), ("error", [9.0])]
    assert reader.curves["loss"].points() == [(0.0, 3.0), (1.0, 2.0)]
    assert reader.last()["loss"][0] == 2


def test_a_line_is_matched_only_by_its_regex():
    """A line that contains a regex's text, and does not match it, has no value."""
    reader = MetricReader(
        lambda *lines: None, [{"Name": "loss", "Regex": "^loss=([0-9])$"}], lambda *metric: None
    )
    reader.write("loss=4", "the loss=3")
    assert reader.last()["loss"][0] == 4


@pytest.mark.parametrize("regex", ["loss=(.*)", "loss=([0-9])?"])
def test_a_match_that_is_not_a_number(regex):
    """What a regex finds has no value if it is not a number, and the job continues."""
    reported = []
    definitions = [{"Name": "loss", "Regex": regex}]
    reader = MetricReader(lambda *lines: None, definitions, lambda *metric: reported.append(metric))
    reader.write("loss=none")
    assert (reported, reader.last(), reader.curves) == ([], {}, {})


def test_cloudwatch_takes_finite_values(tmp_path):
    """CloudWatch gets no value that is infinite or not a number."""
    store = MetricStore(tmp_path / "metrics.sqlite")
    context = SimpleNamespace(metrics=store, home=Home(tmp_path))
    job = TrainingJob(context, "us-east-1", "a", "arn:a")
    for values in ([math.nan, math.inf, 2.0], [math.nan]):
        job.report("train:rmse", values, datetime.datetime.fromtimestamp(60, datetime.UTC))
    ((_, minute),) = store.of_region("us-east-1")
    assert (minute.count, minute.total) == (1, 2.0)
    store.close()


def test_metrics_are_kept(tmp_path):
    """Values of one minute are one datum, by Region; they are there after a restart, and grow."""
    source = Source("us-east-1", NAMESPACE, (("TrainingJobName", "a"),))
    for values in [(60.5, 4.0), (119.0, 2.0)], [(119.5, 6.0), (120.0, 1.0)]:
        store = MetricStore(tmp_path / "metrics.sqlite")
        for at, value in values:
            store.count(source, "train:rmse", "None", value, at)
        store.close()
    store = MetricStore(tmp_path / "metrics.sqlite")
    assert store.of_region("us-east-1") == [
        (source, MetricMinute("train:rmse", 60.0, 2.0, 6.0, 12.0, 3)),
        (source, MetricMinute("train:rmse", 120.0, 1.0, 1.0, 1.0, 1)),
    ]
    assert store.of_region("eu-west-1") == []
    store.close()


def found(client, **query) -> dict[str, dict[str, str]]:
    """Return the tags that GetResources finds, by ARN."""
    answer = client("resourcegroupstaggingapi").get_resources(**query)
    return {
        item["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in item["Tags"]}
        for item in answer["ResourceTagMappingList"]
    }


def test_tagged_resources(sagemaker, client, data, trained):
    """The tagging API finds tagged jobs and models, by tag and by type."""
    team = jobs.new_name("team")
    tags = [{"Key": "team", "Value": team}]
    job = jobs.train(sagemaker, jobs.training_request(data, Tags=tags))
    name = jobs.new_name("model")
    container = {
        "Image": jobs.image_uri(),
        "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"],
    }
    model = sagemaker.create_model(
        ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE, Tags=tags
    )["ModelArn"]
    by_tag = [{"Key": "team", "Values": [team]}]
    arn = job["TrainingJobArn"]
    assert found(client, TagFilters=by_tag) == {arn: {"team": team}, model: {"team": team}}
    only = found(client, TagFilters=by_tag, ResourceTypeFilters=["sagemaker:model"])
    assert only.keys() == {model}
    elsewhere = client("resourcegroupstaggingapi", region_name="eu-west-1")
    assert elsewhere.get_resources(TagFilters=by_tag)["ResourceTagMappingList"] == []


def test_tags_written_by_the_tagging_api(sagemaker, client, trained):
    """What the tagging API adds and removes, ListTags of SageMaker shows."""
    arn, api = trained["TrainingJobArn"], client("resourcegroupstaggingapi")
    nothing = arn.replace(trained["TrainingJobName"], "nothing")
    failed = api.tag_resources(ResourceARNList=[arn, nothing], Tags={"owner": "me"})
    assert failed["FailedResourcesMap"].keys() == {nothing}
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "owner", "Value": "me"}]
    pages = api.get_paginator("get_tag_keys").paginate()
    assert "owner" in {key for page in pages for key in page["TagKeys"]}
    api.untag_resources(ResourceARNList=[arn], TagKeys=["owner"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


REGISTRY = "683313688378"  # AWS's, in us-east-1


def test_images_of_awss_registry(client, assert_aws_error):
    """ECR describes the images that run here, in the registry in which AWS publishes them."""
    ecr, of_aws = client("ecr"), {"registryId": REGISTRY, "repositoryName": "sagemaker-xgboost"}
    (image,) = ecr.describe_images(**of_aws, imageIds=[{"imageTag": "3.2-0"}])["imageDetails"]
    digest = image.pop("imageDigest")
    assert image == {**of_aws, "imageTags": ["3.2-0"]}
    assert re.fullmatch("sha256:[0-9a-f]{64}", digest)
    assert {"imageDigest": digest, "imageTag": "3.2-0"} in ecr.list_images(**of_aws)["imageIds"]
    (image,) = ecr.describe_images(**of_aws, imageIds=[{"imageDigest": digest}])["imageDetails"]
    assert image["imageTags"] == ["3.2-0"]
    tags = {item["imageTag"] for item in ecr.list_images(**of_aws)["imageIds"]}
    assert {"3.2-0", "1.7-1"} <= tags
    described = ecr.describe_repositories(registryId=REGISTRY)["repositories"]
    assert "sagemaker-xgboost" in {item["repositoryName"] for item in described}
    with assert_aws_error("ImageNotFoundException"):
        ecr.describe_images(**of_aws, imageIds=[{"imageTag": "9.9-9"}])
    with assert_aws_error(
        "RepositoryNotFoundException",
        f"The repository with name 'nothing' does not exist in the registry with id '{REGISTRY}'",
    ):
        ecr.describe_images(registryId=REGISTRY, repositoryName="nothing")
    with assert_aws_error("UnknownOperationException"):
        ecr.batch_get_image(**of_aws, imageIds=[{"imageTag": "3.2-0"}])


def test_the_learners_own_registry(client):
    """The registry of the learner's own account is moto's."""
    name = jobs.new_name("repository")
    client("ecr").create_repository(repositoryName=name)
    described = client("ecr").describe_repositories(repositoryNames=[name])
    assert len(described["repositories"]) == 1
