"""PyTorch models on an endpoint and in a batch transform, served in the real image."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import jobs, pytorch_image, script_models
from support.clients import make_client
from support.endpoints import configure, variant, wait_in_service
from support.script_jobs import ScriptJobs
from support.servers import running

from helpers.local.containers import registry
from helpers.local.home import Home
from helpers.local.runtime import image_pull, images

# A model that adds two columns: its weights for the script, and whole for those without a script.
SAVE = """
import torch

model = torch.nn.Linear(2, 1)
with torch.no_grad():
    model.weight[:], model.bias[:] = 1, 0
torch.save(model.state_dict(), "weights.pt")
torch.jit.script(model).save("model.pt")
"""
SCRIPT = """
import os

import torch

def model_fn(model_dir, context):
    model = torch.nn.Linear(2, 1)
    model.load_state_dict(torch.load(os.path.join(model_dir, "weights.pt")))
    return model
"""
SUMS = [[3.0], [7.0]]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[ScriptJobs]:
    """Return a server whose home has the image of PyTorch, not one that stands for it."""
    home = tmp_path_factory.mktemp("home")
    image = registry.resolve(pytorch_image.INFERENCE_IMAGE, "us-east-1")
    image_pull.pull(Home(home), registry.container_of(image).framework(image))
    with running(home) as endpoint:
        yield ScriptJobs(endpoint)


@pytest.fixture(scope="module")
def saved(served, tmp_path_factory) -> Path:
    """Return a folder with the model's files, written by the image's Python."""
    folder = tmp_path_factory.mktemp("saved")
    image = registry.resolve(pytorch_image.INFERENCE_IMAGE, "us-east-1")
    framework = registry.container_of(image).framework(image)
    python = images.interpreter(Home(Path(served.endpoint.home)), framework)
    subprocess.run([python, "-c", SAVE], cwd=folder, env={}, check=True)
    return folder


@pytest.fixture(params=["script", "no script", "script missing"])
def model(request, served, saved) -> str:
    """Return a model that a script serves, or the container's default functions.

    SDK 3's ModelBuilder names a script in the environment of a model that a ModelTrainer has
    trained, whose artifact has no folder ``code``; AWS's container serves it without.
    """
    files = {"model.pt": (saved / "model.pt").read_bytes()}
    if request.param == "script":
        files = {
            "weights.pt": (saved / "weights.pt").read_bytes(),
            "code/inference.py": SCRIPT,
        }
    prefix = served.put(jobs.new_name(), {"model.tar.gz": script_models.tar_gz(files)})
    container = {"Image": pytorch_image.INFERENCE_IMAGE, "ModelDataUrl": f"{prefix}/model.tar.gz"}
    if request.param == "script missing":
        container = script_models.container(container["ModelDataUrl"]) | container
    return script_models.create_model(served.sagemaker, container)


@pytest.mark.full
def test_an_endpoint(served, model):
    """JSON and CSV are read, the model computes, and CSV and JSON are written; errors are 500."""
    configure(served.sagemaker, model, variant(model))
    served.sagemaker.create_endpoint(EndpointName=model, EndpointConfigName=model)
    wait_in_service(served.sagemaker, model)
    runtime = make_client(served.endpoint, "sagemaker-runtime")
    body = json.dumps([[1, 2], [3, 4]]).encode()
    answer = script_models.invoke(runtime, model, body, ContentType="application/json")
    assert json.loads(answer["Body"]) == SUMS
    csv = {"ContentType": "text/csv", "Accept": "text/csv"}
    assert script_models.invoke(runtime, model, b"1,2\n3,4", **csv)["Body"] == b"3.0\n7.0\n"
    with pytest.raises(runtime.exceptions.ModelError, match="shapes cannot be multiplied"):
        script_models.invoke(runtime, model, b"1,2,3\n4,5,6", **csv)
    served.sagemaker.delete_endpoint(EndpointName=model)
    assert "pytorch-2.10 runs torch" in script_models.endpoint_log(served.logs, model)


@pytest.mark.full
def test_a_batch_transform(served, model):
    """A transform job sends its records, and writes what the model answers."""
    uri = served.put(jobs.new_name(), {"test.csv": b"1,2\n3,4\n"})
    output = {"S3OutputPath": f"{uri}/out", "Accept": "text/csv", "AssembleWith": "Line"}
    request = jobs.transform_request(served.bucket, model, f"{uri}/test.csv", output=output)
    job = jobs.transform(served.sagemaker, request)
    assert job["TransformJobStatus"] == "Completed", job
    key = f"{uri.partition(served.bucket)[2].lstrip('/')}/out/test.csv.out"
    assert jobs.read(served.s3, served.bucket, key) == b"3.0\n7.0\n"
