"""Linear Learner on the Local SageMaker by boto3: jobs, endpoints and batch transforms."""

import json

import numpy as np
import pytest
from support import jobs
from support.clients import make_bucket
from support.endpoints import configure, variant, wait_in_service
from support.linear_learner_job import IMAGE_URI, SMALL, binary_csv
from support.polling import eventually

REGRESSOR = {"predictor_type": "regressor", "mini_batch_size": "10", **SMALL}


def request(bucket: str, hyperparameters: dict[str, str], **changes) -> dict:
    """Return a CreateTrainingJob request with this algorithm."""
    mode = changes.pop("mode", "File")
    request = jobs.training_request(bucket, **changes)
    request["AlgorithmSpecification"] = {"TrainingImage": IMAGE_URI, "TrainingInputMode": mode}
    return request | {"HyperParameters": hyperparameters}


@pytest.fixture(scope="module")
def bucket(s3) -> str:
    """Return a bucket with data for a regressor and for a binary classifier."""
    name = make_bucket(s3)
    s3.put_object(Bucket=name, Key="train/train.csv", Body=jobs.TRAIN_CSV)
    s3.put_object(Bucket=name, Key="test.csv", Body=jobs.TEST_CSV)
    s3.put_object(Bucket=name, Key="binary/train.csv", Body=binary_csv())
    return name


@pytest.fixture(scope="module")
def job(sagemaker, bucket) -> dict:
    """Return the Describe answer of a regressor's job with three channels."""
    uri = f"s3://{bucket}/train"
    channels = [jobs.channel(uri, name) for name in ("train", "validation", "test")]
    return jobs.train(sagemaker, request(bucket, REGRESSOR, InputDataConfig=channels))


@pytest.fixture(scope="module")
def classifier_job(sagemaker, bucket) -> dict:
    """Return the Describe answer of a binary classifier's job."""
    settings = REGRESSOR | {"predictor_type": "binary_classifier"}
    uri = f"s3://{bucket}/binary"
    channels = [jobs.channel(uri), jobs.channel(uri, "test")]
    return jobs.train(sagemaker, request(bucket, settings, InputDataConfig=channels))


def create_model(sagemaker, job: dict) -> str:
    name = jobs.new_name("model")
    container = {
        "Image": IMAGE_URI,
        "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
    }
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE)
    return name


@pytest.fixture(scope="module")
def model(sagemaker, job) -> str:
    return create_model(sagemaker, job)


@pytest.fixture(scope="module")
def endpoint(sagemaker, model):
    """Return the name of an endpoint with the regressor."""
    name = jobs.new_name("endpoint")
    configure(sagemaker, name, variant(model))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


def metrics_of(job: dict) -> dict[str, float]:
    return {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}


def test_final_metrics_of_a_regressor(job):
    """FinalMetricDataList has AWS's metrics of the channels, with the last values in the log."""
    metrics = metrics_of(job)
    assert set(metrics) == {
        "train:objective_loss",
        "train:progress",
        "train:throughput",
        "validation:objective_loss",
        "validation:objective_loss:final",
        "validation:mse",
        "validation:absolute_loss",
        "test:objective_loss",
        "test:mse",
        "test:absolute_loss",
    }
    assert metrics["train:progress"] == 100
    assert metrics["test:mse"] == metrics["validation:mse"] < 0.01


def test_final_metrics_of_a_classifier(classifier_job):
    """Without a validation channel the metrics of a classifier are those of train and test."""
    metrics = metrics_of(classifier_job)
    scores = ("binary_classification_accuracy", "binary_f_beta", "precision", "recall")
    for score in (*scores, "roc_auc_score"):
        assert metrics[f"train:{score}"] == metrics[f"test:{score}"]
    assert metrics["test:binary_classification_accuracy"] > 0.9
    assert not any(name.startswith("validation:") for name in metrics)


def test_metrics_are_in_cloudwatch(client, job):
    """CloudWatch has the metrics of the job under the names of the metric definitions."""
    listed = client("cloudwatch").list_metrics(
        Namespace="/aws/sagemaker/TrainingJobs",
        Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
    )
    assert {"test:mse", "validation:mse"} <= {item["MetricName"] for item in listed["Metrics"]}


def test_describe_shows_the_metric_definitions(job):
    """DescribeTrainingJob shows the definitions of AWS, whose regexes have no prefix."""
    definitions = job["AlgorithmSpecification"]["MetricDefinitions"]
    assert {
        "Name": "test:mse",
        "Regex": r"#quality_metric: host=\S+, test mse <loss>=(\S+)",
    } in definitions


@pytest.mark.parametrize("mode", ["Pipe", "FastFile"])
def test_input_modes(sagemaker, bucket, mode):
    """Pipe and FastFile train as File does: the data is read from files here."""
    done = jobs.train(sagemaker, request(bucket, REGRESSOR, mode=mode))
    assert done["TrainingJobStatus"] == "Completed", done["FailureReason"]


def test_a_bare_csv_content_type(sagemaker, bucket):
    """`csv` is not a content type of this algorithm (aws/sagemaker-python-sdk issue 819)."""
    channel = jobs.channel(f"s3://{bucket}/train", content_type="csv")
    failed = jobs.train(sagemaker, request(bucket, REGRESSOR, InputDataConfig=[channel]))
    assert failed["FailureReason"] == (
        "ClientError: No iterator has been registered for ContentType (u'csv', '1.0'), exit code: 2"
    )


def test_own_metric_definitions_are_refused(sagemaker, bucket, assert_aws_error):
    """A request can't change the metric definitions of a built-in algorithm."""
    wrong = request(bucket, REGRESSOR)
    definition = {"Name": "a", "Regex": "(.*)"}
    wrong["AlgorithmSpecification"]["MetricDefinitions"] = [definition]
    with assert_aws_error(
        "ValidationException",
        "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry "
        "the request without specifying metric definitions.",
    ):
        sagemaker.create_training_job(**wrong)


def test_an_endpoint_answers_json(client, endpoint):
    """A CSV row is answered in JSON, also if the client accepts CSV (issue 993 of the SDK)."""
    for accept in ({}, {"Accept": "text/csv"}, {"Accept": "application/json"}):
        answer = client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Body=b"3,4", **accept
        )
        assert answer["ContentType"] == "application/json"
        [prediction] = json.loads(answer["Body"].read())["predictions"]
        assert prediction == {"score": pytest.approx(10, abs=0.2)}


def test_a_row_of_another_width(client, endpoint, assert_aws_error):
    """A row of another width gets AWS's short text; the log says which width is expected."""
    text = 'Received client error (400) from primary with message "unable to evaluate payload'
    with assert_aws_error("ModelError") as refused:
        client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Body=b"1,2,3"
        )
    assert refused.value.response["Error"]["Message"].startswith(text)
    expected = (
        "Customer Error: The feature dimension of the input: 3 does not match the feature "
        "dimension of the model: 2. Please fix the input and try again."
    )
    group = f"/aws/sagemaker/Endpoints/{endpoint}"

    def is_logged() -> bool:
        answer = client("logs").filter_log_events(logGroupName=group, filterPattern="dimension")
        return [expected in event["message"] for event in answer["events"]] == [True]

    eventually(is_logged)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"output": {"Accept": "application/jsonlines", "AssembleWith": "Line"}}, "lines"),
        ({}, "json"),
        ({"output": {"Accept": "text/csv", "AssembleWith": "Line"}}, "json"),
    ],
)
def test_batch_transform(sagemaker, s3, bucket, model, changes, expected):
    """A batch transform writes JSON lines, or one JSON object for each request."""
    changes = {
        **changes,
        "output": {"S3OutputPath": f"s3://{bucket}/out/{expected}"} | changes.get("output", {}),
    }
    done = jobs.transform(sagemaker, jobs.transform_request(bucket, model, **changes))
    assert done["TransformJobStatus"] == "Completed", done["FailureReason"]
    text = jobs.read(s3, bucket, f"out/{expected}/test.csv.out").decode()
    if expected == "lines":
        predictions = [json.loads(line) for line in text.splitlines()]
    else:
        predictions = json.loads(text)["predictions"]
    scores = [prediction["score"] for prediction in predictions]
    np.testing.assert_allclose(scores, [label for label, _, _ in jobs.ROWS], atol=0.2)


def test_a_join_with_the_input(sagemaker, s3, bucket, model):
    """JSON lines in and out are joined: each input line gets its prediction as SageMakerOutput."""
    lines = "".join(json.dumps({"features": [a, b]}) + "\n" for _, a, b in jobs.ROWS)
    s3.put_object(Bucket=bucket, Key="lines.jsonl", Body=lines.encode())
    request = jobs.transform_request(
        bucket,
        model,
        f"s3://{bucket}/lines.jsonl",
        input={"ContentType": "application/jsonlines"},
        output={
            "S3OutputPath": f"s3://{bucket}/joined",
            "Accept": "application/jsonlines",
            "AssembleWith": "Line",
        },
        DataProcessing={"JoinSource": "Input"},
    )
    done = jobs.transform(sagemaker, request)
    assert done["TransformJobStatus"] == "Completed", done["FailureReason"]
    joined = jobs.read(s3, bucket, "joined/lines.jsonl.out").decode().splitlines()
    for line, (label, a, b) in zip(joined, jobs.ROWS, strict=True):
        assert json.loads(line) == {
            "features": [a, b],
            "SageMakerOutput": {"score": pytest.approx(label, abs=0.2)},
        }
