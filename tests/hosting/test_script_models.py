"""Models that a script of the user's own serves, on endpoints and in batch transforms."""

import json
import re

import pytest
from botocore.exceptions import ClientError, WaiterError
from support import course_image, jobs, script_models
from support.clients import make_bucket
from support.endpoints import PING, configure, variant, wait_in_service
from support.polling import eventually

DOUBLE = """
import json

def model_fn(model_dir):
    return 2

def input_fn(content, content_type):
    return json.loads(content)

def predict_fn(numbers, model):
    return [model * number for number in numbers]
"""


@pytest.fixture(scope="module", autouse=True)
def image(local):
    """Return the folder of the image, in the home folder of the Local SageMaker of these tests."""
    return course_image.pull(local.home)


@pytest.fixture(scope="module")
def script_model(sagemaker, s3):
    """Return a function that creates a model of a script, and of further files and variables."""
    bucket, made = make_bucket(s3), []

    def make(script: str, files: dict | None = None, **environment: str) -> str:
        made.append(f"{len(made)}/model.tar.gz")
        content = script_models.tar_gz({"code/inference.py": script, **(files or {})})
        s3.put_object(Bucket=bucket, Key=made[-1], Body=content)
        container = script_models.container(f"s3://{bucket}/{made[-1]}", **environment)
        return script_models.create_model(sagemaker, container)

    return make


def endpoint_log(client, name: str) -> str:
    """Return the lines of all containers of an endpoint."""
    logs, group = client("logs"), f"/aws/sagemaker/Endpoints/{name}"
    return "\n".join(
        event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]
    )


def invoke(runtime, name: str, body: bytes, **more) -> dict:
    """Return the answer of an endpoint, with its body read."""
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, **more)
    return {**answer, "Body": answer["Body"].read()}


@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_own_functions_answer(script_model, deploy, runtime, accept):
    """The user's input_fn and predict_fn are called; the default output_fn writes JSON or CSV."""
    endpoint = deploy(variant(script_model(DOUBLE)))
    answer = invoke(runtime, endpoint, b"[1, 20]", ContentType="application/json", Accept=accept)
    expected = {
        "application/json": (b"[2, 40]", "application/json"),
        "text/csv": (b"2\n40\n", "text/csv; charset=utf-8"),
    }
    assert (answer["Body"], answer["ContentType"]) == expected[accept]


def test_a_trained_model_predicts_as_in_algorithm_mode(
    sagemaker, s3, runtime, trained, model, script_model, deploy
):
    """A script that loads the built-in algorithm's model predicts what that algorithm predicts."""
    bucket, _, key = trained["ModelArtifacts"]["S3ModelArtifacts"][5:].partition("/")
    booster = script_models.read_member(jobs.read(s3, bucket, key), "xgboost-model")
    own = script_model(script_models.MODEL_FN, {"xgboost-model": booster})
    rows = jobs.TEST_CSV.strip()
    answers = [
        invoke(runtime, deploy(variant(name)), rows, ContentType="text/csv", Accept="text/csv")
        for name in (own, model)
    ]
    first, second = ([float(row) for row in answer["Body"].split()] for answer in answers)
    assert first == pytest.approx(second, rel=1e-6)
    assert len(first) == len(jobs.ROWS)


def test_a_batch_transform_by_a_script(sagemaker, s3, script_model, data):
    """A transform job sends its records to the user's functions, and tells them that it does."""
    script = """
import os

def model_fn(model_dir):
    return os.environ["SAGEMAKER_BATCH"]

def transform_fn(model, content, content_type, accept):
    lines = [f"{model} {line}" for line in content.splitlines()]
    return "\\n".join(lines) + "\\n", "text/csv"
"""
    job = jobs.transform(sagemaker, jobs.transform_request(data, script_model(script)))
    assert job["TransformJobStatus"] == "Completed", job
    written = jobs.read(s3, data, "out/test.csv.out").decode().splitlines()
    assert written == [f"true {line}" for line in jobs.TEST_CSV.decode().splitlines()]


def test_a_script_on_s3(sagemaker, s3, bucket, runtime, deploy):
    """SAGEMAKER_SUBMIT_DIRECTORY may be the S3 URI of an archive with the script."""
    s3.put_object(
        Bucket=bucket, Key="sourcedir.tar.gz", Body=script_models.tar_gz({"inference.py": DOUBLE})
    )
    s3.put_object(
        Bucket=bucket, Key="model.tar.gz", Body=script_models.tar_gz({"weights": b"none"})
    )
    container = script_models.container(
        f"s3://{bucket}/model.tar.gz", f"s3://{bucket}/sourcedir.tar.gz"
    )
    endpoint = deploy(variant(script_models.create_model(sagemaker, container)))
    answer = invoke(runtime, endpoint, b"[3]", ContentType="application/json")
    assert answer["Body"] == b"[6]"


def test_what_a_script_sees(script_model, deploy, runtime, local, monkeypatch):
    """A script has the model's folder and variables, AWS's at this server, and none of ours."""
    script = """
import json, os

def model_fn(model_dir):
    return model_dir

def transform_fn(model, content, content_type, accept):
    return json.dumps({**os.environ, "model_dir": model, "files": os.listdir(model)}), accept
"""
    endpoint = deploy(variant(script_model(script, {"weights.txt": "w"}, GREETING="hello")))
    seen = json.loads(invoke(runtime, endpoint, b"x", ContentType="text/csv")["Body"])
    assert sorted(seen["files"]) == ["code", "weights.txt"]
    assert seen["model_dir"] == seen["SM_MODEL_DIR"] == f"{seen['SAGEMAKER_BASE_DIR']}/model"
    assert seen["GREETING"] == "hello"
    assert seen["AWS_ENDPOINT_URL"] == local.url
    assert not {"VIRTUAL_ENV", "SAGEMAKER_LOCAL_HOME", "PYTEST_VERSION"} & seen.keys()


FAILING = {  # script, and what the log of its endpoint shows
    "raises": ("def model_fn(model_dir):\n    raise ValueError('no weights')", "no weights"),
    "module": ("import not_installed", "No module named 'not_installed'"),
    "no model_fn": ("def predict_fn(data, model):\n    return 1", "Please provide a model_fn"),
    "syntax": ("def model_fn(", "SyntaxError"),
    "both ways": (
        "def model_fn(d): pass\ndef input_fn(a, b): pass\ndef transform_fn(a, b, c, d): pass",
        "Cannot use transform_fn",
    ),
    "exits": ("import sys\nsys.exit('enough')", "enough"),
}
MISPLACED = {  # SAGEMAKER_SUBMIT_DIRECTORY, and what the log of its endpoint shows
    "/opt/ml/code": "The container has no folder /opt/ml/code.",
    "s3://no-such-bucket-x/code.tar.gz": "Could not find model data at s3://no-such-bucket-x",
    "/srv/code": "SAGEMAKER_SUBMIT_DIRECTORY is /srv/code",
}


@pytest.fixture(scope="module")
def failed(sagemaker, script_model):
    """Return the name and the FailureReason of an endpoint for each case, all started at once."""
    models = {case: script_model(script) for case, (script, _) in FAILING.items()}
    for directory in MISPLACED:
        models[directory] = script_model(DOUBLE, SAGEMAKER_SUBMIT_DIRECTORY=directory)
    names = {case: jobs.new_name("endpoint") for case in models}
    for case, name in names.items():
        configure(sagemaker, name, variant(models[case]))
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return {case: (name, _failure_reason(sagemaker, name)) for case, name in names.items()}


def _failure_reason(sagemaker, name: str) -> str:
    with pytest.raises(WaiterError):
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
    reason = sagemaker.describe_endpoint(EndpointName=name)["FailureReason"]
    sagemaker.delete_endpoint(EndpointName=name)
    return reason


@pytest.mark.parametrize("case", [*FAILING, *MISPLACED])
def test_a_script_that_cannot_start(client, failed, case):
    """The endpoint fails as on AWS, and its log shows the error, or where the script should be."""
    name, reason = failed[case]
    assert reason == PING
    text = FAILING[case][1] if case in FAILING else MISPLACED[case]
    assert text in endpoint_log(client, name)


def test_a_transform_by_a_script_that_cannot_start(sagemaker, client, script_model, data):
    """The job fails as AlgorithmError, and the traceback is in its log."""
    model = script_model(FAILING["raises"][0])
    job = jobs.transform(sagemaker, jobs.transform_request(data, model))
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")
    lines = jobs.log_lines(client("logs"), "TransformJobs", job["TransformJobName"])
    assert "ValueError: no weights" in lines


def test_a_slow_model_fn(script_model, sagemaker, runtime, deploy):
    """The endpoint is in service when model_fn has returned, and not before."""
    script = """
import time

def model_fn(model_dir):
    time.sleep(2)
    return time.time()

transform_fn = lambda model, content, content_type, accept: (str(model), accept)
"""
    endpoint = deploy(variant(script_model(script)))
    loaded = float(invoke(runtime, endpoint, b"1", ContentType="text/csv")["Body"])
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert described["LastModifiedTime"].timestamp() >= loaded
    assert loaded >= described["CreationTime"].timestamp() + 2


@pytest.mark.full
def test_a_model_fn_that_takes_too_long(sagemaker, script_model):
    """The endpoint fails when its startup timeout is over."""
    name = jobs.new_name("endpoint")
    model = script_model("import time\ndef model_fn(model_dir):\n    time.sleep(99)")
    changes = {"ContainerStartupHealthCheckTimeoutInSeconds": 60}
    configure(sagemaker, name, variant(model, **changes))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert _failure_reason(sagemaker, name) == PING


ACTING = """
import json
import os

model_fn = lambda model_dir: None
input_fn = lambda content, content_type: content

def predict_fn(content, model):
    actions = {
        "divide": lambda: 1 / 0,
        "end": lambda: os._exit(3),
        "set": lambda: {1, 2},
        "object": object,
        "none": lambda: None,
    }
    return actions[content]() if content in actions else "x" * int(content)

def output_fn(prediction, accept):
    return json.dumps(prediction) if isinstance(prediction, set) else prediction
"""


@pytest.fixture(scope="module")
def acting(sagemaker, script_model):
    """Return an endpoint whose script does what the body of the request asks for."""
    name = jobs.new_name("acting")
    configure(sagemaker, name, variant(script_model(ACTING)))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("divide", "ZeroDivisionError: division by zero"),
        ("object", "expected str or bytes as the response's body, got object"),
        ("none", "the function returned None"),
        ("set", "Object of type set is not JSON serializable"),
    ],
)
def test_an_error_of_a_prediction(client, acting, runtime, body, text):
    """An error, and an answer that can't be sent, are status 500 as on AWS, and in the log."""
    with pytest.raises(ClientError) as caught:
        invoke(runtime, acting, body.encode(), ContentType="text/csv")
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["OriginalStatusCode"]) == ("ModelError", 500)
    assert "The server encountered an internal error" in answer["OriginalMessage"]
    eventually(lambda: text in endpoint_log(client, acting))


def test_a_content_type_that_nothing_reads(client, script_model, deploy, runtime):
    """Without input_fn, an unknown content type is status 500, and the log has AWS's text."""
    endpoint = deploy(variant(script_model("model_fn = predict_fn = lambda *args: 1")))
    with pytest.raises(ClientError, match=re.escape("server error (500)")):
        invoke(runtime, endpoint, b"1", ContentType="image/png")
    text = "Content type image/png is not supported by this framework."
    eventually(lambda: text in endpoint_log(client, endpoint))


def test_a_large_answer(acting, runtime):
    """An answer of twenty megabytes arrives whole."""
    answer = invoke(runtime, acting, b"20000000", ContentType="text/csv", Accept="text/csv")
    assert answer["Body"] == b"x" * 20_000_000


def test_a_script_that_ends_its_process(acting, runtime):
    """The invocation is lost, as on AWS; the container is replaced, and answers the next one."""
    with pytest.raises(ClientError) as caught:
        invoke(runtime, acting, b"end", ContentType="text/csv")
    assert caught.value.response["OriginalStatusCode"] == 0
    assert invoke(runtime, acting, b"5", ContentType="text/csv")["Body"] == b"xxxxx"


def test_an_image_that_is_not_pulled(sagemaker, script_model, image, assert_aws_error):
    """CreateModel is refused with the command that gets the image."""
    marker = image / "image.json"
    marker.rename(image / "moved")
    try:
        with assert_aws_error(
            "ValidationException", re.compile("python -m helpers local pull xgboost-3.2-0")
        ):
            script_model(DOUBLE)
    finally:
        (image / "moved").rename(marker)


def test_an_image_without_scripts(sagemaker, script_model, s3, bucket, assert_aws_error):
    """An image that runs no scripts here is refused, and not served as the algorithm."""
    container = script_models.container(f"s3://{bucket}/model.tar.gz")
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=b"x")
    container["Image"] = jobs.image_uri("1.7-1")
    with assert_aws_error("ValidationException", re.compile("runs none in the image")):
        script_models.create_model(sagemaker, container)
