"""Models that a script of the user's own serves, on endpoints and in batch transforms."""

import json
import re

import pytest
from support import jobs, script_models
from support.endpoints import variant
from support.script_models import DOUBLE, invoke
from support.tiny_images import write_wheel

from helpers.local.runtime import opt_ml_mount, script_job


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
    is_mounted = opt_ml_mount.is_possible()
    assert (seen["model_dir"] == "/opt/ml/model") == is_mounted
    assert (seen["GREETING"], seen["CUDA_VISIBLE_DEVICES"]) == ("hello", "")
    assert seen["AWS_ENDPOINT_URL"] == local.url
    assert not {"VIRTUAL_ENV", "SAGEMAKER_LOCAL_HOME", "PYTEST_VERSION"} & seen.keys()


def test_requirements_of_a_script(script_model, runtime, deploy, client, tmp_path):
    """requirements.txt beside the script is installed for this container alone."""
    wheel = write_wheel(tmp_path, "tinymodule", "1.5")
    script = """
import tinymodule

model_fn = lambda model_dir: tinymodule.VERSION
transform_fn = lambda model, content, content_type, accept: (model, accept)
"""
    files = {f"code/{wheel.name}": wheel.read_bytes(), "code/requirements.txt": f"./{wheel.name}"}
    endpoint = deploy(variant(script_model(script, files)))
    assert invoke(runtime, endpoint, b"1", ContentType="text/csv")["Body"] == b"1.5"
    other = """
import importlib.util

model_fn = lambda model_dir: str(importlib.util.find_spec("tinymodule"))
transform_fn = lambda model, content, content_type, accept: (model, accept)
"""
    endpoint = deploy(variant(script_model(other)))
    assert invoke(runtime, endpoint, b"1", ContentType="text/csv")["Body"] == b"None"


def test_a_script_calls_the_local_sagemaker(script_model, runtime, deploy, bucket):
    """boto3 in a script reaches the Local SageMaker, and no connection reaches AWS."""
    script = """
import json
import socket

import boto3

model_fn = lambda model_dir: None

def transform_fn(model, content, content_type, accept):
    buckets = [found["Name"] for found in boto3.client("s3").list_buckets()["Buckets"]]
    try:
        socket.create_connection(("s3.amazonaws.com", 443), timeout=5)
    except Exception as error:
        return json.dumps([buckets, str(error)]), accept
"""
    endpoint = deploy(variant(script_model(script)))
    buckets, error = json.loads(invoke(runtime, endpoint, b"1", ContentType="text/csv")["Body"])
    assert bucket in buckets
    assert error.startswith("s3.amazonaws.com is AWS")


def test_an_isolated_script_reaches_nothing(
    sagemaker, s3, runtime, deploy, bucket, local, script_image
):
    """With EnableNetworkIsolation, a script reaches neither the Local SageMaker nor others."""
    script = f"""
import json
import socket
import subprocess
import sys

model_fn = lambda model_dir: None
CONNECT = "import socket; socket.create_connection(('127.0.0.1', {local.url.split(":")[-1]}), 5)"

def transform_fn(model, content, content_type, accept):
    reached = []
    for host in ("s3.amazonaws.com", "192.0.2.1", "127.0.0.1"):
        try:
            reached.append(socket.create_connection((host, {local.url.split(":")[-1]}), 5))
        except Exception:
            pass
    done = subprocess.run([sys.executable, "-I", "-S", "-c", CONNECT], capture_output=True)
    return json.dumps([len(reached), done.returncode]), accept
"""
    content = script_models.tar_gz({"code/inference.py": script})
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=content)
    container = script_models.container(f"s3://{bucket}/model.tar.gz")
    for is_isolated in (False, True):
        model = script_models.create_model(sagemaker, container, EnableNetworkIsolation=is_isolated)
        answer = invoke(runtime, deploy(variant(model)), b"1", ContentType="text/csv")
        is_cut = is_isolated and opt_ml_mount.is_possible()
        assert json.loads(answer["Body"]) == ([0, 1] if is_cut else [1, 0])


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


def test_an_instance_type_with_a_gpu(client, script_model, deploy, runtime):
    """Its container sees this machine's GPUs, or the log says that there are none."""
    script = """
import os

model_fn = lambda model_dir: None
transform_fn = lambda *args: (os.environ.get("CUDA_VISIBLE_DEVICES", "all"), args[3])
"""
    endpoint = deploy(variant(script_model(script), InstanceType="ml.g4dn.xlarge"))
    assert invoke(runtime, endpoint, b"1", ContentType="text/csv")["Body"] == b"all"
    log = script_models.endpoint_log(client("logs"), endpoint)
    line = "ml.g4dn.xlarge has a GPU; this machine has none, so the CPU computes."
    assert (line in log) != script_job.NVIDIA_DEVICE.exists()


def test_an_image_that_is_not_pulled(sagemaker, script_model, script_image, assert_aws_error):
    """CreateModel is refused with the command that gets the image."""
    marker = script_image / "image.json"
    marker.rename(script_image / "moved")
    try:
        with assert_aws_error(
            "ValidationException", re.compile("python -m helpers local pull xgboost-3.2-0")
        ):
            script_model(DOUBLE)
    finally:
        (script_image / "moved").rename(marker)


def test_an_image_without_scripts(sagemaker, script_model, s3, bucket, assert_aws_error):
    """An image that runs no scripts here is refused, and not served as the algorithm."""
    container = script_models.container(f"s3://{bucket}/model.tar.gz")
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=b"x")
    container["Image"] = jobs.image_uri("1.7-1")
    with assert_aws_error("ValidationException", re.compile("runs none in the image")):
        script_models.create_model(sagemaker, container)
