"""The SageMaker SDK v3 as a client trains, creates a model and transforms in a process."""

import json
import os
import subprocess
import sys

from support import jobs

SCRIPT = """
import json, sys
from pathlib import Path

import helpers

helpers.connect()

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Model, TransformJob
from sagemaker.core.shapes import ContainerDefinition
from sagemaker.core.transformer import Transformer
from sagemaker.train import ModelTrainer
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig

folder, name = Path(sys.argv[1]), sys.argv[2]
session, role = Session(), get_execution_role()
bucket = session.default_bucket()
image = image_uris.retrieve("xgboost", session.boto_region_name, version="3.2-0")
data = {
    part: session.upload_data(str(folder / f"{part}.csv"), bucket=bucket, key_prefix=name)
    for part in ("train", "test")
}
trainer = ModelTrainer(
    training_image=image,
    hyperparameters={"num_round": 3, "objective": "reg:squarederror"},
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{name}/output"),
    base_job_name=name,
    role=role,
    sagemaker_session=session,
)
channel = InputData(channel_name="train", data_source=data["train"], content_type="text/csv")
trainer.train(input_data_config=[channel])
job = trainer._latest_training_job
job.refresh()
container = ContainerDefinition(
    image=image, model_data_url=job.model_artifacts.s3_model_artifacts
)
model = Model.create(model_name=name, primary_container=container, execution_role_arn=role)
transformer = Transformer(
    model_name=name,
    instance_type="ml.m5.large",
    instance_count=1,
    strategy="MultiRecord",
    assemble_with="Line",
    output_path=f"s3://{bucket}/{name}/out",
    base_transform_job_name=name,
    sagemaker_session=session,
    tags=[{"Key": "team", "Value": "ml"}],
)
transformer.transform(data["test"], content_type="text/csv", split_type="Line")
session.download_data(str(folder), bucket=bucket, key_prefix=f"{name}/out/test.csv.out")
model.delete()
found = {
    "role": role,
    "bucket": bucket,
    "job": job.training_job_name,
    "status": job.training_job_status,
    "metrics": {item.metric_name: item.value for item in job.final_metric_data_list},
    "models": [item.model_name for item in Model.get_all(name_contains=name)],
    "transforms": {
        item.transform_job_arn: item.transform_job_status
        for item in TransformJob.get_all(name_contains=name)
    },
}
(folder / "found.json").write_text(json.dumps(found))
"""


def test_the_flow_of_the_high_level_lesson(local, checkout, client, tmp_path):
    """The High Level flow from connect to download works, and boto3 sees the same."""
    (tmp_path / "train.csv").write_bytes(jobs.TRAIN_CSV)
    (tmp_path / "test.csv").write_bytes(jobs.TEST_CSV)
    name = jobs.new_name("sdk")
    environ = {**os.environ, "PYTHONPATH": str(checkout), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), name],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["role"] == jobs.ROLE
    assert found["bucket"] == f"sagemaker-us-east-1-{local.account}"
    assert found["status"] == "Completed"
    assert found["models"] == []
    assert list(found["transforms"].values()) == ["Completed"]
    (transform,) = found["transforms"]
    assert client("sagemaker").list_tags(ResourceArn=transform)["Tags"] == [
        {"Key": "team", "Value": "ml"}
    ]
    described = client("sagemaker").describe_training_job(TrainingJobName=found["job"])
    metrics = {item["MetricName"]: item["Value"] for item in described["FinalMetricDataList"]}
    assert metrics == found["metrics"]
    predictions = (tmp_path / "test.csv.out").read_text().splitlines()
    assert len(predictions) == len(jobs.ROWS)
    assert all(float(value) > 0 for value in predictions)
