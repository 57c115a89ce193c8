"""A script that serves a model, in a home folder with a space, with /opt/ml mounted and without."""

import json

import pytest
from support import script_models
from support.clients import make_client
from support.endpoints import configure, variant, wait_in_service

from helpers.local.runtime import opt_ml_mount

SCRIPT = """
import json
import os
import sys

def model_fn(model_dir):
    return model_dir

def transform_fn(model, content, content_type, accept):
    seen = {"model_dir": model, "files": os.listdir(model), "literal": os.path.exists("/opt/ml")}
    return json.dumps({**seen, **os.environ, "python": sys.executable}), accept
"""


@pytest.fixture(params=["script_jobs", "rewriting_jobs"])
def seen(request) -> dict:
    """Return what a script sees on an endpoint of a server, and whether that may mount."""
    served = request.getfixturevalue(request.param)
    content = script_models.tar_gz({"code/inference.py": SCRIPT})
    prefix = served.put("models", {"model.tar.gz": content})
    name = script_models.create_model(
        served.sagemaker, script_models.container(f"{prefix}/model.tar.gz", HERE="/opt/ml/model")
    )
    configure(served.sagemaker, name, variant(name))
    served.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(served.sagemaker, name)
    runtime = make_client(served.endpoint, "sagemaker-runtime")
    answer = script_models.invoke(runtime, name, b"1", ContentType="text/csv")
    served.sagemaker.delete_endpoint(EndpointName=name)
    log = script_models.endpoint_log(served.logs, name)
    return {"may_mount": request.param == "script_jobs", "log": log, **json.loads(answer["Body"])}


def test_where_a_script_finds_its_model(seen):
    """It is in /opt/ml/model; where nothing can be mounted, in the folder of the variables."""
    assert seen["files"] == ["code"]
    assert seen["model_dir"] == seen["SM_MODEL_DIR"] == seen["HERE"]
    is_mounted = seen["may_mount"] and opt_ml_mount.is_possible()
    assert ("Local SageMaker: /opt/ml is this job's own folder." in seen["log"]) == is_mounted
    if is_mounted:
        assert (seen["model_dir"], seen["literal"]) == ("/opt/ml/model", True)
        assert seen["python"].startswith("/opt/job/")
    else:
        assert "nothing can be mounted here on /opt/ml" in seen["log"]
        assert seen["model_dir"].endswith("opt_ml/model")
