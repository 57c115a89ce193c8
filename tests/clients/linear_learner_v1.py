"""SageMaker SDK 1.72 with its own class of Linear Learner: records, fit, deploy, transform, errors.

Usage: python linear_learner_v1.py FOLDER, which has train.csv (label first). It writes
`linear_learner.json` there.
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

import numpy as np
import sagemaker
from botocore.exceptions import ClientError
from sagemaker import LinearLearner, get_execution_role
from sagemaker.amazon.amazon_estimator import get_image_uri
from sagemaker.predictor import RealTimePredictor, csv_serializer, json_deserializer

data_dir = sys.argv[1]
session = sagemaker.Session()
bucket = session.default_bucket()
prefix = "linear-learner-sdk-v1"
table = np.loadtxt(os.path.join(data_dir, "train.csv"), delimiter=",", dtype="float32")
features, labels = table[:, 1:], table[:, 0]

linear = LinearLearner(
    role=get_execution_role(),
    train_instance_count=1,
    train_instance_type="ml.m4.xlarge",
    predictor_type="binary_classifier",
    num_models=4,
    use_bias=True,
    binary_classifier_model_selection_criteria="f1",
    data_location=f"s3://{bucket}/{prefix}/data",
    output_path=f"s3://{bucket}/{prefix}/output",
    sagemaker_session=session,
)
records = [linear.record_set(features, labels, channel=name) for name in ("train", "test")]
linear.fit(records, mini_batch_size=50)

predictor = linear.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge")
answers = [record.label for record in predictor.predict(features)]
scores = [label["score"].float32_tensor.values[0] for label in answers]
predicted = [label["predicted_label"].float32_tensor.values[0] for label in answers]
as_json = RealTimePredictor(
    predictor.endpoint,
    sagemaker_session=session,
    serializer=csv_serializer,
    deserializer=json_deserializer,
    content_type="text/csv",
)
json_answers = as_json.predict(features)["predictions"]

test_path = os.path.join(data_dir, "test.csv")
np.savetxt(test_path, features, delimiter=",", fmt="%.9g")
test_location = session.upload_data(test_path, key_prefix=prefix)
transformer = linear.transformer(
    instance_count=1,
    instance_type="ml.m4.xlarge",
    accept="application/jsonlines",
    assemble_with="Line",
    output_path=f"s3://{bucket}/{prefix}/transformed",
)
transformer.transform(test_location, content_type="text/csv", split_type="Line")
transformer.wait()
output = session.read_s3_file(bucket, f"{prefix}/transformed/test.csv.out")
transformed = [json.loads(line)["score"] for line in output.splitlines()]

try:
    predictor.predict(features[:, :2])
except ClientError as error:
    refusal = error.response["OriginalMessage"]

predictor.delete_model()
predictor.delete_endpoint()
with open(os.path.join(data_dir, "linear_learner.json"), "w") as file:
    results = {
        "version": sagemaker.__version__,
        "image": linear.train_image(),
        "same_image": get_image_uri(session.boto_region_name, "linear-learner"),
        "training_job": linear.latest_training_job.name,
        "scores": scores,
        "predicted": predicted,
        "json_scores": [answer["score"] for answer in json_answers],
        "transformed": transformed,
        "refusal": refusal,
    }
    json.dump(results, file)
