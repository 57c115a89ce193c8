"""The pages show what the control plane has, in AWS's words."""

import re

import pytest
from support import jobs, tuning
from support.console import REGION, facts, rows, text_of

from helpers.local.console import training_jobs

NAVIGATION = [
    "Notebook instances",
    "Training jobs",
    "Hyperparameter tuning jobs",
    "Models",
    "Endpoint configurations",
    "Endpoints",
    "Batch transform jobs",
]


def test_the_navigation_is_that_of_aws(visitor):
    """The navigation has AWS's names in AWS's order; the present entry is marked."""
    html = visitor.get("/hyper-tuning-jobs").text
    menu = html.split('<nav id="navigation"')[1]
    names = [text_of(name) for name in re.findall(r"<li>(.*?)</li>", menu)]
    assert names[:7] == NAVIGATION
    assert re.findall(r'aria-current="page">([^<]+)', menu) == ["Hyperparameter tuning jobs"]


def test_a_training_job_has_its_page(visitor, trained):
    """A job's page has settings, history, hyperparameters, input, output, metrics and log."""
    name = trained["TrainingJobName"]
    html = visitor.get(f"/jobs/{name}").text
    shown = facts(html)
    assert shown["Status"] == "Completed"
    assert shown["ARN"] == trained["TrainingJobArn"]
    assert shown["Training image"] == trained["AlgorithmSpecification"]["TrainingImage"]
    assert shown["Instance type"] == "ml.m5.large"
    assert shown["S3 model artifact"] == trained["ModelArtifacts"]["S3ModelArtifacts"]
    assert shown["Billable time (seconds)"] == str(trained["BillableTimeInSeconds"])
    history = [row[0] for row in rows(html, "history")]
    assert history == [each["Status"] for each in trained["SecondaryStatusTransitions"]]
    assert dict(rows(html, "hyperparameters")) == trained["HyperParameters"]
    (channel,) = rows(html, "input")
    source = trained["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    assert (channel[0], channel[-1]) == ("train", source["S3Uri"])
    assert [row[0] for row in rows(html, "metrics")] == ["train:rmse"]
    assert "[2]#011train-rmse:" in html
    assert "data-live" not in html  # it has ended


def test_a_chart_has_each_value_of_the_log(visitor, client, trained):
    """The curve of a metric has a point for each round that the log has, and a text for readers."""
    html = visitor.get(f"/jobs/{trained['TrainingJobName']}").text
    lines = jobs.log_lines(client("logs"), "TrainingJobs", trained["TrainingJobName"])
    values = re.findall(r"#011train-rmse:([\d.]+)", "\n".join(lines))
    (points,) = re.findall(r'<polyline class="line s0" points="([^"]+)"', html)
    assert len(points.split()) == len(values) == 3
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert heights == sorted(heights)  # the error falls, and y grows downwards
    label = re.search(r'role="img" aria-label="([^"]+)"', html)[1]
    assert label.startswith("rmse: train:rmse from ")


def test_a_failed_job_says_why(visitor, sagemaker, bucket, s3):
    """The page of a failed job has its FailureReason."""
    s3.put_object(Bucket=bucket, Key="train", Body=b"a,b\nc,d\n")
    job = jobs.train(sagemaker, jobs.training_request(bucket))
    assert job["TrainingJobStatus"] == "Failed"
    html = visitor.get(f"/jobs/{job['TrainingJobName']}").text
    assert facts(html)["Failure reason"].split() == job["FailureReason"].split()
    assert "No metrics." in html
    assert "No metric yet." not in html


def test_a_program_of_ones_own_is_shown():
    """The section on the algorithm has a script's command, quoted as in a shell."""
    job = {
        "AlgorithmSpecification": {
            "TrainingImage": "sagemaker-xgboost:3.2-0",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/train.py"],
            "ContainerArguments": ["--name", "a b"],
        },
        "ResourceConfig": {},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "EnableManagedSpotTraining": False,
    }
    shown = dict(training_jobs.algorithm(job).facts)
    assert shown["Container entrypoint"] == "python3 /opt/ml/input/data/code/train.py"
    assert shown["Container arguments"] == "--name 'a b'"


def test_the_log_of_a_job_is_text(visitor, client, trained):
    """The whole log is plain text, with each line that CloudWatch has."""
    name = trained["TrainingJobName"]
    answer = visitor.get(f"/jobs/{name}/log")
    assert answer.getheader("content-type") == "text/plain; charset=utf-8"
    lines = [line[10:] for line in answer.text.splitlines()[1:]]
    assert lines == jobs.log_lines(client("logs"), "TrainingJobs", name)


def test_a_tuning_job_shows_its_search(visitor, sagemaker, s3):
    """Its page has the best job, a chart with the best so far, one a range, and all its jobs."""
    job = tuning.tune(sagemaker, tuning.tuning_request(tuning.data_bucket(s3), number=3))
    name = job[tuning.MEMBER]
    html = visitor.get(f"/hyper-tuning-jobs/{name}").text
    best = job["BestTrainingJob"]
    shown = dict(rows(html, "best"))
    assert shown["Name"] == best["TrainingJobName"]
    assert shown["eta"] == best["TunedHyperParameters"]["eta"]
    assert len(rows(html, "jobs")) == 3
    titles = re.findall(r"<figcaption>([^<]+)</figcaption>", html)
    assert titles == [
        "validation:rmse of each training job, and the best so far",
        "validation:rmse by eta",
    ]
    assert rows(visitor.get("/hyper-tuning-jobs").text, "list")[0][:3] == [
        name,
        "Completed",
        "3/3",
    ]


def test_a_transform_job_has_its_page(visitor, sagemaker, s3, model, data):
    """A transform job's page has its model, its input, its output and its log."""
    job = jobs.transform(sagemaker, jobs.transform_request(data, model))
    html = visitor.get(f"/transform-jobs/{job['TransformJobName']}").text
    shown = facts(html)
    assert (shown["Status"], shown["Model name"]) == ("Completed", model)
    assert shown["S3 location"] == f"s3://{data}/test.csv"
    assert shown["S3 output path"] == f"s3://{data}/out/"
    assert "POST /invocations" in html


def test_a_model_has_its_page(visitor, model, trained):
    """A model's page has its image and links to its artifacts."""
    html = visitor.get(f"/models/{model}").text
    uri = trained["ModelArtifacts"]["S3ModelArtifacts"]
    assert facts(html)["Model data location"] == uri
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    path = re.search(rf'href="([^"]+)">{re.escape(uri)}', html)[1].replace("&amp;", "&")
    assert visitor.get(path).status == 200
    assert bucket in path
    assert key.rpartition("/")[2] in path


@pytest.fixture
def regional(client):
    """Return boto3 clients of a Region that no other test uses."""
    return lambda service: client(service, region_name="ap-southeast-3")


def test_regions_are_apart(visitor, regional):
    """A Region's pages show its own resources, and the dashboard names the other Regions."""
    sagemaker = regional("sagemaker")
    config = "config-of-another-region"
    sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=config)
    html = visitor.get("").text
    assert ["ap-southeast-3"] in rows(html, "regions")
    assert visitor.get("/console/ap-southeast-3").status == 200
    sagemaker.delete_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=config)


def test_a_list_is_searched_by_name_and_status(visitor, sagemaker, data):
    """A search shows the jobs whose name has the text, in the status that is asked for."""
    request = jobs.training_request(data, TrainingJobName=jobs.new_name("Wanted"))
    name = jobs.train(sagemaker, request)["TrainingJobName"]
    for query, count in (
        ("wanted", 1),
        ("wanted&status=Completed", 1),
        ("wanted&status=Failed", 0),
    ):
        html = visitor.get(f"/jobs?contains={query}").text
        names = [row[0] for row in rows(html, "list")] if count else []
        assert names == [name] * count, query
    html = visitor.get("/jobs?contains=wanted&status=Failed").text
    assert re.findall(r"<option selected>(\w+)", html) == ["Failed"]
    assert "Stopping</option>" in html
    assert "No training jobs match." in visitor.get("/jobs?contains=wanted&status=Failed").text


def test_a_link_of_an_arn_finds_capitals(visitor, sagemaker, data):
    """An ARN has the name in lower case; its page is that of the job all the same."""
    request = jobs.training_request(data, TrainingJobName=jobs.new_name("Capital"))
    name = jobs.train(sagemaker, request)["TrainingJobName"]
    html = visitor.get(f"/jobs/{name.lower()}").text
    assert facts(html)["Job name"] == name
    assert f"/console/{REGION}/jobs/{name}/delete" in html


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"])
def test_a_log_full_of_html_is_text(visitor, sagemaker, client, data, text):
    """HTML in a log line is shown as text."""
    job = jobs.train(sagemaker, jobs.training_request(data))
    logs, name = client("logs"), job["TrainingJobName"]
    group = "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)[
        "logStreams"
    ]
    event = {"timestamp": stream["lastEventTimestamp"] + 1, "message": text}
    logs.put_log_events(
        logGroupName=group, logStreamName=stream["logStreamName"], logEvents=[event]
    )
    html = visitor.get(f"/jobs/{name}").text
    assert text not in html
    assert text.replace("<", "&lt;").replace(">", "&gt;") in html
