"""SageMaker SDK 2 trains the built-in XGBoost on two instances, from each format, and transforms.

Usage: python distributed_v2.py FOLDER, which has a folder for each format, with four files, and
`rows.csv` without labels. It writes `results.json` there.
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

import contextlib
import io
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
bucket, prefix, instance_type = session.default_bucket(), "distributed-sdk-v2", "ml.m5.large"
container = image_uris.retrieve("xgboost", session.boto_region_name, version="3.0-5")
settings = json.loads((folder / "settings.json").read_text())

jobs, estimators, log = {}, {}, io.StringIO()
for name, content_type in CONTENT_TYPES.items():
    location = session.upload_data(str(folder / name), key_prefix=f"{prefix}/{name}")
    for distribution in ("FullyReplicated", "ShardedByS3Key"):
        estimator = Estimator(
            container,
            get_execution_role(),
            instance_count=2,
            instance_type=instance_type,
            output_path=f"s3://{bucket}/{prefix}/output",
            sagemaker_session=session,
            hyperparameters=settings,
        )
        data = TrainingInput(location, content_type=content_type, distribution=distribution)
        if (name, distribution) == ("csv", "ShardedByS3Key"):
            with contextlib.redirect_stdout(log):
                estimator.fit({"train": data}, logs="All")
        else:
            estimator.fit({"train": data}, wait=False)
        estimators[f"{name}-{distribution}"] = estimator

for name, estimator in estimators.items():
    job = jobs[name] = estimator.latest_training_job.name
    session.sagemaker_client.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=job
    )
    key = estimator.model_data[len(f"s3://{bucket}/") :]
    session.download_data(str(folder / name), bucket, key_prefix=key)

for number in range(2):
    session.upload_string_as_file_body(
        (folder / "rows.csv").read_text(), bucket, f"{prefix}/rows/{number}.csv"
    )
transformer = estimators["csv-ShardedByS3Key"].transformer(
    instance_count=2, instance_type=instance_type, output_path=f"s3://{bucket}/{prefix}/out"
)
transformer.transform(
    f"s3://{bucket}/{prefix}/rows", content_type="text/csv", split_type="Line", wait=False
)
session.sagemaker_client.get_waiter("transform_job_completed_or_stopped").wait(
    TransformJobName=transformer.latest_transform_job.name
)
predicted = [session.read_s3_file(bucket, f"{prefix}/out/{number}.csv.out") for number in range(2)]
results = {
    "version": sagemaker.__version__,
    "jobs": jobs,
    "log": log.getvalue(),
    "predicted": [[float(value) for value in text.split()] for text in predicted],
}
(folder / "results.json").write_text(json.dumps(results))
