"""The part of AWS's package sagemaker-containers that the images of two frameworks have."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.script_server import invoke, running

from helpers.local.containers import pytorch, scikit_learn
from helpers.local.containers.script import image_packages
from helpers.local.containers.xgboost import FRAMEWORK as XGBOOST

SCIKIT_LEARN = scikit_learn.CONTAINER.framework(None)
# In the manner of AWS's example of an inference pipeline with scikit-learn
SCRIPT = """
import json

from sagemaker_containers.beta.framework import (
    content_types, encoders, env, modules, transformer, worker
)

model_fn = lambda model_dir: 2

def input_fn(data, content_type):
    return json.loads(data)

def predict_fn(data, model):
    return encoders.json_to_numpy(json.dumps(data["rows"])) * model

def output_fn(prediction, accept):
    if accept == "application/json":
        rows = {"instances": prediction.tolist()}
        return worker.Response(json.dumps(rows), mimetype=accept)
    if accept == content_types.CSV:
        return worker.Response(encoders.encode(prediction, accept), mimetype=accept)
    return worker.Response("no", status="406 NOT ACCEPTABLE", headers={"Content-Type": "a/b"})
"""


@pytest.fixture(params=[SCIKIT_LEARN, XGBOOST], ids=lambda framework: framework.name)
def framework(request):
    return request.param


@pytest.fixture
def packages(framework, tmp_path) -> Path:
    """Return a folder with the packages as a job has them."""
    image_packages.copy(framework, tmp_path / "packages")
    return tmp_path / "packages"


def test_a_script_answers_by_the_package(framework, packages, short_path):
    """A script reads and writes by `encoders`, and answers by `worker.Response`."""
    (short_path / "inference.py").write_text(SCRIPT)
    handlers = framework.serving_handlers.read_text()
    body = json.dumps({"rows": [[1, 2], [3, 4]]}).encode()
    with running(short_path, handlers, PYTHONPATH=f"{short_path}:{packages}"):
        ask = {accept: invoke(short_path, body, accept=accept) for accept in ("text/csv", "c/d")}
        answer = invoke(short_path, body)
    assert ask == {"text/csv": (200, b"2,4\n6,8\n"), "c/d": (406, b"no")}
    assert answer == (200, b'{"instances": [[2, 4], [6, 8]]}')


def test_the_package_in_training(packages):
    """A training script imports it too; of what is missing, a message says what to use instead."""
    code = (
        "from sagemaker_containers.beta.framework import encoders, env, worker\n"
        "print(encoders.decode('1,2', 'text/csv').tolist())\n"
        "for module, name in ((env, 'TrainingEnv'), (worker, 'Worker')):\n"
        "    try:\n        getattr(module, name)\n"
        "    except AttributeError as error:\n        print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, third = done.stdout.splitlines()
    assert first == "[1.0, 2.0]"
    assert "framework.env.TrainingEnv is not in the Local SageMaker" in second
    assert "use the package sagemaker_training" in second
    assert "only Response" in third


def test_an_image_without_the_package(tmp_path):
    """PyTorch's image has other toolkits: its folder of packages stays empty."""
    image_packages.copy(pytorch.CONTAINER.framework(None), tmp_path / "packages")
    assert list((tmp_path / "packages").iterdir()) == []
