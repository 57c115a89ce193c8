"""SageMaker SDK 2 trains the built-in XGBoost on two instances, from each format.

Usage: python distributed_v2.py FOLDER, which has a folder for each format, with four files. It
writes `results.json` there.
"""
# ruff: noqa: E402

# From README.md. Below these lines the code is as it was written for AWS.
import os

import boto3

aws_client = boto3.Session.client


def local_client(self, *args, **kwargs):
    kwargs["endpoint_url"] = os.environ["AWS_ENDPOINT_URL"]
    return aws_client(self, *args, **kwargs)


boto3.Session.client = local_client

import json
import sys
from pathlib import Path

import sagemaker
from sagemaker import get_execution_role, image_uris
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput

CONTENT_TYPES = {
    "csv": "text/csv",
    "libsvm": "text/libsvm",
    "parquet": "application/x-parquet",
    "recordio": "application/x-recordio-protobuf",
}
folder = Path(sys.argv[1])
session = sagemaker.Session()
bucket, prefix = session.default_bucket(), "distributed-sdk-v2"
container = image_uris.retrieve("xgboost", session.boto_region_name, version="3.0-5")
settings = json.loads((folder / "settings.json").read_text())

results, estimators = {"version": sagemaker.__version__}, {}
for name, content_type in CONTENT_TYPES.items():
    location = session.upload_data(str(folder / name), key_prefix=f"{prefix}/{name}")
    for distribution in ("FullyReplicated", "ShardedByS3Key"):
        estimator = Estimator(
            container,
            get_execution_role(),
            instance_count=2,
            instance_type="ml.m5.large",
            output_path=f"s3://{bucket}/{prefix}/output",
            sagemaker_session=session,
            hyperparameters=settings,
        )
        data = TrainingInput(location, content_type=content_type, distribution=distribution)
        estimator.fit({"train": data}, wait=False)
        estimators[f"{name}-{distribution}"] = estimator

for name, estimator in estimators.items():
    job = results[name] = estimator.latest_training_job.name
    session.sagemaker_client.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=job
    )
    key = estimator.model_data[len(f"s3://{bucket}/") :]
    session.download_data(str(folder / name), bucket, key_prefix=key)

(folder / "results.json").write_text(json.dumps(results))
