"""A user's functions are called, and their results written, as AWS's toolkits do it."""

import json
import os
import runpy
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from support.script_server import invoke, request, running

UV = Path(sysconfig.get_path("scripts")) / "uv"
TOOLKIT_PACKAGE = "sagemaker-inference==1.10.1"
TOOLKIT = """
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

from local_model_server.inference_toolkit import ToolkitService


def service(model_dir):
    return ToolkitService(model_dir, DefaultInferenceHandler())
"""
SCRIPT = """
from sagemaker_inference.errors import GenericInferenceToolkitError

def model_fn(model_dir, context):
    return model_dir

def predict_fn(array, model):
    if array.sum() < 0:
        raise GenericInferenceToolkitError(422, "negative")
    return 2 * array
"""


@pytest.fixture(scope="module")
def toolkit_python(checkout, tmp_path_factory) -> Path:
    """Return the Python of an environment with AWS's sagemaker-inference."""
    folder = tmp_path_factory.mktemp("toolkit")
    settings, index = runpy.run_path(str(checkout / "scripts" / "setup.py"))["uv_settings"]()
    environment = {**settings, "PATH": os.environ["PATH"]}
    for command in (
        ("venv", "--quiet", "--python", sys.executable, folder),
        ("pip", "install", "--quiet", "--python", folder, *index, TOOLKIT_PACKAGE),
    ):
        done = subprocess.run(
            (UV, *command), env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"sagemaker-inference can't be installed without a network: {done.stderr}")
    return folder / "bin" / "python"


@pytest.mark.full
def test_functions_are_called_by_awss_toolkit(short_path, toolkit_python):
    """sagemaker-inference reads, calls the user's functions with or without context, and writes."""
    (short_path / "inference.py").write_text(SCRIPT)
    with running(short_path, TOOLKIT, toolkit_python, SAGEMAKER_MAX_PAYLOAD_IN_MB="1"):
        json_type = {"content_type": "application/json"}
        assert invoke(short_path, b"[[1, 2]]", **json_type) == (200, b"[[2, 4]]")
        answer = invoke(short_path, b"1,2\n3,4", accept="text/csv")
        assert answer == (200, b"2,4\n6,8\n")
        status, text = invoke(short_path, b"[-1]", **json_type)
        assert (status, text.splitlines()[0]) == (422, b"negative")
        status, text = invoke(short_path, b"x", "image/png")
        assert (status, text.splitlines()[0]) == (
            500,
            b"Content type image/png is not supported by this framework.",
        )
        assert request(short_path, "GET", "/execution-parameters")[0] == 404
        assert invoke(short_path, b"1" * (1 << 20) + b"1")[0] == 413


RESULTS = """
RESULTS = {"none": None, "number": 2, "rows": [[1], [2]], "bytes": b"\\x00", "object": object()}

model_fn = lambda model_dir: None
transform_fn = lambda model, content, content_type, accept: RESULTS[content]
"""


@pytest.mark.full
def test_results_are_written_as_torchserve_does(short_path, toolkit_python):
    """What is neither text nor bytes is JSON, None is null, and other objects are status 503."""
    (short_path / "inference.py").write_text(RESULTS)
    with running(short_path, TOOLKIT, toolkit_python):
        assert invoke(short_path, b"none") == (200, b"null")
        assert invoke(short_path, b"number") == (200, b"2")
        assert invoke(short_path, b"rows") == (200, json.dumps([[1], [2]], indent=2).encode())
        assert invoke(short_path, b"bytes") == (200, b"\x00")
        status, text = invoke(short_path, b"object")
        assert (status, json.loads(text)) == (
            503,
            {
                "code": 503,
                "type": "InternalServerException",
                "message": "Unsupported model output data type.",
            },
        )


SLOW = """
import time

model_fn = lambda model_dir: None
transform_fn = lambda model, content, content_type, accept: time.sleep(3)
"""


@pytest.mark.full
def test_a_prediction_that_takes_too_long(short_path, toolkit_python):
    """After SAGEMAKER_MODEL_SERVER_TIMEOUT, the answer is TorchServe's for a worker that died."""
    (short_path / "inference.py").write_text(SLOW)
    with running(short_path, TOOLKIT, toolkit_python, SAGEMAKER_MODEL_SERVER_TIMEOUT="1"):
        status, text = invoke(short_path, b"any")
    error = {"code": 500, "type": "InternalServerException", "message": "Worker died."}
    assert (status, json.loads(text)) == (500, error)
