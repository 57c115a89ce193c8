"""SageMaker SDK 2 on two instances: a training job in each format, the log, a transform.

Usage: python instances_v2.py FOLDER, which has a folder of parts for each content type, its name
with `_` for `/`, and `rows.csv` without labels. It writes `instances.json` there.
"""

# ruff: noqa: E402

# From README.md.
import os

import boto3

aws_client = boto3.Session.client


def local_client(self, *args, **kwargs):
    kwargs["endpoint_url"] = os.environ["AWS_ENDPOINT_URL"]
    return aws_client(self, *args, **kwargs)


boto3.Session.client = local_client

import contextlib
import io
import json
import sys
from pathlib import Path

import sagemaker
from sagemaker import get_execution_role, image_uris
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput

folder, prefix, instance_type = Path(sys.argv[1]), "instances-sdk-v2", "ml.m5.large"
settings = json.loads((folder / "settings.json").read_text())
session = sagemaker.Session()
bucket = session.default_bucket()
waiter = session.sagemaker_client.get_waiter("training_job_completed_or_stopped")


def estimator() -> Estimator:
    return Estimator(
        image_uris.retrieve("xgboost", session.boto_region_name, "3.0-5"),
        get_execution_role(),
        instance_count=2,
        instance_type=instance_type,
        output_path=f"s3://{bucket}/{prefix}/output",
        sagemaker_session=session,
        hyperparameters=settings["hyperparameters"],
    )


def sharded(content_type: str) -> TrainingInput:
    name = content_type.replace("/", "_")
    uri = session.upload_data(str(folder / name), key_prefix=f"{prefix}/{name}")
    return TrainingInput(uri, distribution="ShardedByS3Key", content_type=content_type)


model_data, log = {}, io.StringIO()
for content_type in settings["content_types"]:
    trained = estimator()
    if content_type == "text/csv":
        with contextlib.redirect_stdout(log):
            trained.fit({"train": sharded(content_type)}, logs="All")
    else:
        trained.fit({"train": sharded(content_type)}, wait=False)
        waiter.wait(TrainingJobName=trained.latest_training_job.name)
    model_data[content_type] = trained.model_data

for number in range(2):
    session.upload_string_as_file_body(
        (folder / "rows.csv").read_text(), bucket, f"{prefix}/rows/{number}.csv"
    )
transformer = trained.transformer(
    instance_count=2, instance_type=instance_type, output_path=f"s3://{bucket}/{prefix}/out"
)
transformer.transform(
    f"s3://{bucket}/{prefix}/rows", content_type="text/csv", split_type="Line", wait=False
)
waiter = session.sagemaker_client.get_waiter("transform_job_completed_or_stopped")
waiter.wait(TransformJobName=transformer.latest_transform_job.name)
predicted = [session.read_s3_file(bucket, f"{prefix}/out/{number}.csv.out") for number in range(2)]
results = {
    "version": sagemaker.__version__,
    "model_data": model_data,
    "log": log.getvalue(),
    "predicted": [[float(value) for value in text.split()] for text in predicted],
}
(folder / "instances.json").write_text(json.dumps(results))
