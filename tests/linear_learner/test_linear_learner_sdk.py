"""The SageMaker SDK v3 trains, deploys and transforms with Linear Learner, in a process."""

import json
import os
import subprocess
import sys

import numpy as np
from support import jobs
from support.linear_learner_job import CLASSES, FEATURES, IMAGE_URI, to_csv

SCRIPT = """
import json, sys
from pathlib import Path

import helpers

helpers.connect()

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from sagemaker.core.transformer import Transformer
from sagemaker.train import ModelTrainer
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig

folder, name = Path(sys.argv[1]), sys.argv[2]
session, role = Session(), get_execution_role()
bucket = session.default_bucket()
image = image_uris.retrieve("linear-learner", session.boto_region_name)
data = {
    part: session.upload_data(str(folder / f"{part}.csv"), bucket=bucket, key_prefix=name)
    for part in ("train", "test")
}
trainer = ModelTrainer(
    training_image=image,
    hyperparameters={
        "predictor_type": "multiclass_classifier",
        "num_classes": 3,
        "mini_batch_size": 20,
        "num_models": 4,
    },
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{name}/output"),
    base_job_name=name,
    role=role,
    sagemaker_session=session,
)
channels = [
    InputData(channel_name=channel, data_source=data["train"], content_type="text/csv")
    for channel in ("train", "validation", "test")
]
trainer.train(input_data_config=channels)
job = trainer._latest_training_job
job.refresh()
container = ContainerDefinition(
    image=image, model_data_url=job.model_artifacts.s3_model_artifacts
)
model = Model.create(model_name=name, primary_container=container, execution_role_arn=role)
variant = ProductionVariant(
    variant_name="AllTraffic", model_name=name, instance_type="ml.m5.large",
    initial_instance_count=1,
)
config = EndpointConfig.create(endpoint_config_name=name, production_variants=[variant])
endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
endpoint.wait_for_status("InService")
first = (folder / "test.csv").read_text().splitlines()[0]
answer = endpoint.invoke(body=first, content_type="text/csv", accept="application/json")
transformer = Transformer(
    model_name=name,
    instance_type="ml.m5.large",
    instance_count=1,
    strategy="MultiRecord",
    assemble_with="Line",
    accept="application/jsonlines",
    output_path=f"s3://{bucket}/{name}/out",
    base_transform_job_name=name,
    sagemaker_session=session,
)
transformer.transform(data["test"], content_type="text/csv", split_type="Line")
session.download_data(str(folder), bucket=bucket, key_prefix=f"{name}/out/test.csv.out")
found = {
    "image": image,
    "status": job.training_job_status,
    "metrics": {item.metric_name: item.value for item in job.final_metric_data_list},
    "answer": json.loads(answer.body.read()),
}
for resource in (endpoint, config, model):
    resource.delete()
(folder / "found.json").write_text(json.dumps(found))
"""


def test_the_flow_of_the_high_level(local, checkout, tmp_path):
    """image_uris names an image that runs; its job, endpoint and transform agree."""
    (tmp_path / "train.csv").write_text(to_csv(FEATURES, CLASSES))
    rows = to_csv(FEATURES[:, 1:], FEATURES[:, 0])
    (tmp_path / "test.csv").write_text(rows)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), jobs.new_name("sdk")],
        env={**os.environ, "PYTHONPATH": str(checkout), "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["image"] == IMAGE_URI
    assert found["status"] == "Completed"
    lines = [json.loads(line) for line in (tmp_path / "test.csv.out").read_text().splitlines()]
    assert found["answer"] == {"predictions": [lines[0]]}
    accuracy = np.mean([line["predicted_label"] for line in lines] == CLASSES)
    assert found["metrics"]["test:multiclass_accuracy"] == np.float32(accuracy) > 0.8
