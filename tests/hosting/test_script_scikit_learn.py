"""Models of scikit-learn that a script serves, with the container's default functions."""

import io
import json
import pickle

import numpy as np
import pytest
from botocore.exceptions import ClientError
from sklearn.linear_model import LinearRegression
from support import jobs, script_models
from support.clients import make_bucket
from support.endpoints import configure, variant, wait_in_service
from support.polling import eventually
from support.script_models import invoke

from helpers.local.containers import registry

SCRIPT = """
import json
import os
import pickle

def model_fn(model_dir):
    with open(os.path.join(model_dir, "model.pickle"), "rb") as file:
        return pickle.load(file)

def execution_parameters_fn():
    return json.dumps(
        {"MaxConcurrentTransforms": 1, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 5}
    )
"""
ROWS = np.array([[1.0, 2.0], [3.0, 4.0]])
SUMS = [3.0, 7.0]  # what the model predicts
NPY = "application/x-npy"


def npy(array: np.ndarray) -> bytes:
    with io.BytesIO() as buffer:
        np.save(buffer, array)
        return buffer.getvalue()


@pytest.fixture(scope="module")
def summing(sagemaker, s3, script_image) -> str:
    """Return a model that adds the two columns, with the script that serves it."""
    bucket = make_bucket(s3)
    uri = next(uri for uri in registry.known_images("us-east-1") if "scikit-learn" in uri)
    image = registry.resolve(uri, "us-east-1")
    name = registry.container_of(image).framework(image).name
    (script_image.parent / name).symlink_to(script_image)
    fitted = LinearRegression().fit([[0, 0], [0, 1], [1, 0]], [0, 1, 1])
    files = {"code/inference.py": SCRIPT, "model.pickle": pickle.dumps(fitted)}
    content = script_models.tar_gz(files)
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=content)
    container = script_models.container(f"s3://{bucket}/model.tar.gz") | {"Image": uri}
    return script_models.create_model(sagemaker, container)


@pytest.fixture(scope="module")
def endpoint(sagemaker, summing):
    """Return an endpoint of that model."""
    name = jobs.new_name("scikit-learn")
    configure(sagemaker, name, variant(summing))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


BODIES = {
    "application/json": json.dumps(ROWS.tolist()).encode(),
    "text/csv": b"1,2\n3,4\n",
    NPY: npy(ROWS),
}
READERS = {
    "application/json": json.loads,
    "text/csv": lambda body: [float(line) for line in body.split()],
    NPY: lambda body: np.load(io.BytesIO(body)).tolist(),
}


@pytest.mark.parametrize("accept", READERS)
@pytest.mark.parametrize("content_type", BODIES)
def test_default_functions(runtime, endpoint, content_type, accept):
    """JSON, CSV and NPY are read, the model predicts, and each can be written."""
    body = BODIES[content_type]
    answer = invoke(runtime, endpoint, body, ContentType=content_type, Accept=accept)
    assert READERS[accept](answer["Body"]) == pytest.approx(SUMS)
    assert answer["ContentType"].startswith(accept)


def test_without_content_type(runtime, endpoint):
    """A request without Content-Type and Accept is JSON, and so is its answer."""
    answer = invoke(runtime, endpoint, BODIES["application/json"])
    assert json.loads(answer["Body"]) == pytest.approx(SUMS)


def test_a_single_row_of_csv(client, runtime, endpoint):
    """One row of CSV becomes an array of one dimension, which scikit-learn refuses, as on AWS."""
    with pytest.raises(ClientError, match="server error"):
        invoke(runtime, endpoint, b"1,2", ContentType="text/csv")
    log = script_models.endpoint_log
    eventually(lambda: "Expected 2D array, got 1D array" in log(client("logs"), endpoint))


def test_the_scripts_execution_parameters(sagemaker, s3, client, bucket, summing):
    """A batch transform asks the script how it wants its records: here one a request."""
    s3.put_object(Bucket=bucket, Key="test.csv", Body=b"[[1, 2]]\n[[3, 4]]\n[[5, 6]]\n")
    json_lines = {"ContentType": "application/json"}
    job = jobs.transform(sagemaker, jobs.transform_request(bucket, summing, input=json_lines))
    assert job["TransformJobStatus"] == "Completed", job
    assert jobs.requests_of(client("logs"), job) == 3
    lines = jobs.data_log(client("logs"), job)
    assert any("MaxPayloadInMB=5, BatchStrategy=SINGLE_RECORD" in line for line in lines)
