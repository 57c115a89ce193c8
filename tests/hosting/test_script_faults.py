"""Scripts that can't serve, and predictions that fail."""

import re

import pytest
from botocore.exceptions import ClientError, WaiterError
from support import jobs
from support.endpoints import PING, configure, variant, wait_in_service
from support.polling import eventually
from support.script_models import DOUBLE, endpoint_log, invoke

FAILING = {  # script, and what the log of its endpoint shows
    "raises": ("def model_fn(model_dir):\n    raise ValueError('no weights')", "no weights"),
    "module": ("import not_installed", "No module named 'not_installed'"),
    "no model_fn": ("def predict_fn(data, model):\n    return 1", "Please provide a model_fn"),
    "syntax": ("def model_fn(", "SyntaxError"),
    "both ways": (
        "def model_fn(d): pass\ndef input_fn(a, b): pass\ndef transform_fn(a, b, c, d): pass",
        "Cannot use transform_fn",
    ),
    "requirements": ("import json", "Failed to install requirements.txt"),
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
    unknown = {"code/requirements.txt": "./no-such-file-1.0-py3-none-any.whl"}
    models = {
        case: script_model(script, unknown if case == "requirements" else None)
        for case, (script, _) in FAILING.items()
    }
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
    assert text in endpoint_log(client("logs"), name)


def test_a_transform_by_a_script_that_cannot_start(sagemaker, client, script_model, data):
    """The job fails as AlgorithmError, and the traceback is in its log."""
    model = script_model(FAILING["raises"][0])
    job = jobs.transform(sagemaker, jobs.transform_request(data, model))
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")
    lines = jobs.log_lines(client("logs"), "TransformJobs", job["TransformJobName"])
    assert "ValueError: no weights" in lines


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
        ("object", "The view function did not return a valid response."),
        ("none", "The function either returned None or ended without a return statement."),
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
    eventually(lambda: text in endpoint_log(client("logs"), acting))


def test_a_content_type_that_nothing_reads(client, script_model, deploy, runtime):
    """Without input_fn, an unknown content type is status 500, and the log has AWS's text."""
    endpoint = deploy(variant(script_model("model_fn = predict_fn = lambda *args: 1")))
    with pytest.raises(ClientError, match=re.escape("server error (500)")):
        invoke(runtime, endpoint, b"1", ContentType="image/png")
    text = "Content type image/png is not supported by this framework."
    eventually(lambda: text in endpoint_log(client("logs"), endpoint))


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
