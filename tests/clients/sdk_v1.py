"""A notebook of 2020 as a program: SageMaker SDK 1.72 trains, transforms, deploys and updates.

Usage: python sdk_v1.py FOLDER, which has train.csv (label first) and test.csv. It writes
`results.json` there.
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

import sys

import numpy as np
import sagemaker
from botocore.exceptions import ClientError
from sagemaker import get_execution_role
from sagemaker.amazon.amazon_estimator import get_image_uri
from sagemaker.predictor import csv_serializer
from steps import Steps

data_dir = sys.argv[1]
steps = Steps()

session = sagemaker.Session()
role = get_execution_role()
prefix = "boston-xgboost-sdk-v1"
train_location = session.upload_data(os.path.join(data_dir, "train.csv"), key_prefix=prefix)
test_location = session.upload_data(os.path.join(data_dir, "test.csv"), key_prefix=prefix)
steps.done("upload")


def new_estimator(container):
    return sagemaker.estimator.Estimator(
        container,
        role,
        train_instance_count=1,
        train_instance_type="ml.m4.xlarge",
        output_path=f"s3://{session.default_bucket()}/{prefix}/output",
        sagemaker_session=session,
    )


xgb = new_estimator(get_image_uri(session.boto_region_name, "xgboost"))
xgb.set_hyperparameters(
    max_depth=5,
    eta=0.2,
    gamma=4,
    min_child_weight=6,
    subsample=0.8,
    silent=0,
    objective="reg:linear",
    early_stopping_rounds=10,
    num_round=200,
)
s3_input_train = sagemaker.s3_input(s3_data=train_location, content_type="csv")
s3_input_validation = sagemaker.s3_input(s3_data=train_location, content_type="csv")
xgb.fit({"train": s3_input_train, "validation": s3_input_validation})
steps.done("fit")

xgb_transformer = xgb.transformer(instance_count=1, instance_type="ml.m4.xlarge")
xgb_transformer.transform(test_location, content_type="text/csv", split_type="Line")
xgb_transformer.wait()
steps.done("transform")
bucket, key = (xgb_transformer.output_path + "/test.csv.out")[len("s3://") :].split("/", 1)
output = session.boto_session.resource("s3").Object(bucket, key)
output.download_file(os.path.join(data_dir, "test.csv.out"))

xgb_predictor = xgb.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge")
steps.done("deploy")
xgb_predictor.content_type = "text/csv"
xgb_predictor.serializer = csv_serializer
test = np.loadtxt(os.path.join(data_dir, "test.csv"), delimiter=",")
predictions = np.fromstring(xgb_predictor.predict(test).decode("utf-8"), sep=",")
steps.done("predict")

other = new_estimator(get_image_uri(session.boto_region_name, "xgboost", "1.0-1"))
other.set_hyperparameters(objective="reg:squarederror", num_round=1)
other.fit({"train": s3_input_train, "validation": s3_input_validation}, logs=False)
steps.done("fit without logs")
xgb_predictor = other.deploy(
    initial_instance_count=1,
    instance_type="ml.m4.xlarge",
    endpoint_name=xgb_predictor.endpoint,
    update_endpoint=True,
)
steps.done("update")
xgb_predictor.content_type = "text/csv"
xgb_predictor.serializer = csv_serializer
updated = np.fromstring(xgb_predictor.predict(test).decode("utf-8"), sep=",")

errors = []
for failing_call in (
    lambda: xgb_predictor.predict("one,two"),
    lambda: session.sagemaker_client.describe_training_job(TrainingJobName="no-such-job"),
    lambda: session.boto_session.resource("s3").Object(bucket, "no-such-key").get(),
):
    try:
        failing_call()
    except ClientError as error:
        errors.append([type(error).__name__, error.response["Error"]["Code"]])
steps.done("errors")

xgb_predictor.delete_model()
xgb_predictor.delete_endpoint()
session.delete_model(xgb.latest_training_job.name)
steps.done("delete")

steps.write(
    os.path.join(data_dir, "results.json"),
    version=sagemaker.__version__,
    role=role,
    training_jobs=[xgb.latest_training_job.name, other.latest_training_job.name],
    transform_job=xgb_transformer.latest_transform_job.name,
    models=[xgb.latest_training_job.name, other.latest_training_job.name],
    endpoint=xgb_predictor.endpoint,
    predictions=predictions.tolist(),
    updated=updated.tolist(),
    errors=errors,
)
