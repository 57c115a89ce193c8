"""SDK 3's ModelBuilder makes a model of a trained artifact and a script, which then serves it."""

import json
import os
import subprocess
import sys

import pytest
from support import jobs
from support.endpoints import variant
from support.script_models import MODEL_FN, invoke

PROGRAM = """
import sys

import helpers

helpers.connect("local")

from sagemaker.serve import ModelBuilder
from sagemaker.train.configs import SourceCode

image, data_url, role, folder, name = sys.argv[1:]
builder = ModelBuilder(
    image_uri=image,
    s3_model_data_url=data_url,
    role_arn=role,
    source_code=SourceCode(source_dir=folder, entry_script="inference.py"),
    instance_type="ml.m5.large",
)
builder.build(model_name=name)
"""


@pytest.mark.full
def test_model_builder(local, sagemaker, runtime, trained, script_image, deploy, tmp_path):
    """It puts the script into the artifact, names it in the environment, and the model predicts."""
    (tmp_path / "inference.py").write_text(MODEL_FN)
    name, data_url = jobs.new_name("built"), trained["ModelArtifacts"]["S3ModelArtifacts"]
    arguments = (jobs.image_uri(), data_url, jobs.ROLE, str(tmp_path), name)
    subprocess.run(
        (sys.executable, "-c", PROGRAM, *arguments),
        env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(local.home)},
        cwd=tmp_path,
        check=True,
    )
    shown = sagemaker.describe_model(ModelName=name)["PrimaryContainer"]["Environment"]
    assert shown["SAGEMAKER_PROGRAM"] == "inference.py"
    assert shown["SAGEMAKER_SUBMIT_DIRECTORY"] == "/opt/ml/model/code"
    endpoint = deploy(variant(name))
    rows = jobs.TEST_CSV.strip()
    answer = invoke(runtime, endpoint, rows, ContentType="text/csv")
    assert len(json.loads(answer["Body"])) == len(jobs.ROWS)
