"""What the programs for both SDKs do alike with Linear Learner, for Python 3.8 and later.

Importing it directs boto3 to the Local SageMaker.
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

import json

import numpy as np
import sagemaker
from botocore.exceptions import ClientError

SETTINGS = {
    "predictor_type": "binary_classifier",
    "num_models": 4,
    "use_bias": True,
    "binary_classifier_model_selection_criteria": "f1",
}


def read_rows(folder):
    """Return the features and the labels of train.csv."""
    table = np.loadtxt(os.path.join(folder, "train.csv"), delimiter=",", dtype="float32")
    return table[:, 1:], table[:, 0]


def predict(predictor, json_predictor, features):
    """Return scores and labels from RecordIO-protobuf, the scores from JSON, and a refusal."""
    answers = [record.label for record in predictor.predict(features)]
    results = {
        name: [label[key].float32_tensor.values[0] for label in answers]
        for name, key in (("scores", "score"), ("predicted", "predicted_label"))
    }
    in_json = json_predictor.predict(features)["predictions"]
    results["json_scores"] = [answer["score"] for answer in in_json]
    try:
        predictor.predict(features[:, :2])
    except ClientError as error:
        results["refusal"] = error.response["OriginalMessage"]
    return results


def transform(linear, features, folder, prefix, instance_type, logs):
    """Return the scores of a batch transform. `logs`: whether the SDK shows the job's log."""
    session = linear.sagemaker_session
    bucket = session.default_bucket()
    path = os.path.join(folder, "test.csv")
    np.savetxt(path, features, delimiter=",", fmt="%.9g")
    location = session.upload_data(path, key_prefix=prefix)
    transformer = linear.transformer(
        instance_count=1,
        instance_type=instance_type,
        accept="application/jsonlines",
        assemble_with="Line",
        output_path=f"s3://{bucket}/{prefix}/transformed",
    )
    transformer.transform(location, content_type="text/csv", split_type="Line", wait=False)
    transformer.wait(logs=logs)
    output = session.read_s3_file(bucket, f"{prefix}/transformed/test.csv.out")
    return [json.loads(line)["score"] for line in output.splitlines()]


def write(folder, linear, **results):
    """Write the results of the program, with the SDK's version and the job's name."""
    results["version"] = sagemaker.__version__
    results["training_job"] = linear.latest_training_job.name
    with open(os.path.join(folder, "linear_learner.json"), "w") as file:
        json.dump(results, file)
