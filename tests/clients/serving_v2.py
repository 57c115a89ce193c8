"""SageMaker SDK 2 serves models: many at one endpoint, chosen outputs, and by the user's script.

Usage: python serving_v2.py FOLDER IMAGE, which has train.csv (label first) and test.csv; IMAGE is
the URI of an image that runs scripts. It writes `results.json` there.
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
from sagemaker import get_execution_role, image_uris
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from sagemaker.xgboost import XGBoostModel

SCRIPT = """
import json
import pathlib

import numpy
import xgboost


def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(bytearray((pathlib.Path(model_dir) / "xgboost-model").read_bytes()))
    return booster


def predict_fn(matrix, model):
    return numpy.round(model.predict(matrix))
"""

data_dir, script_image = sys.argv[1:]
instance = {"initial_instance_count": 1, "instance_type": "ml.m5.large"}
session = sagemaker.Session()
client = session.sagemaker_client
role, bucket, prefix = get_execution_role(), session.default_bucket(), "serving-sdk-v2"
train_location = session.upload_data(os.path.join(data_dir, "train.csv"), key_prefix=prefix)
test = np.loadtxt(os.path.join(data_dir, "test.csv"), delimiter=",")
container = image_uris.retrieve("xgboost", session.boto_region_name, version="3.0-5")
results = {"version": sagemaker.__version__}


def train(**hyperparameters):
    """Return the S3 URI of a new model."""
    estimator = sagemaker.estimator.Estimator(
        container,
        role,
        instance_count=1,
        instance_type="ml.m5.large",
        output_path=f"s3://{bucket}/{prefix}/output",
        sagemaker_session=session,
        hyperparameters=hyperparameters,
    )
    estimator.fit({"train": TrainingInput(train_location, content_type="text/csv")}, wait=False)
    waiter = client.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=estimator.latest_training_job.name)
    return estimator.model_data


def wait_for(endpoint):
    client.get_waiter("endpoint_in_service").wait(EndpointName=endpoint)


def predictor_of(endpoint, deserializer):
    return Predictor(
        endpoint, sagemaker_session=session, serializer=CSVSerializer(), deserializer=deserializer
    )


def error_of(call):
    """Return code and text of an error."""
    try:
        call()
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"]]
    return None


one_round = train(objective="reg:squarederror", num_round=1)
many_rounds = train(objective="reg:squarederror", num_round=20)

# Many models at one endpoint
models = MultiDataModel(
    name=f"{prefix}-multi",
    model_data_prefix=f"s3://{bucket}/{prefix}/models/",
    image_uri=container,
    role=role,
    sagemaker_session=session,
)
models.add_model(model_data_source=one_round, model_data_path="one.tar.gz")
models.deploy(**instance, endpoint_name=f"{prefix}-multi", wait=False)
wait_for(f"{prefix}-multi")
multi = predictor_of(f"{prefix}-multi", JSONDeserializer())
results["one"] = multi.predict(test, target_model="one.tar.gz")
results["missing"] = error_of(lambda: multi.predict(test, target_model="late/many.tar.gz"))
models.add_model(model_data_source=many_rounds, model_data_path="late/many.tar.gz")
results["many"] = multi.predict(test, target_model="late/many.tar.gz")
results["unnamed"] = error_of(lambda: multi.predict(test))
results["listed"] = sorted(models.list_models())
multi.delete_endpoint()

# Chosen outputs
classes = train(objective="binary:logistic", num_round=5, base_score=0.5)
outputs = Model(
    container,
    classes,
    role,
    env={"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability,labels"},
    name=f"{prefix}-outputs",
    sagemaker_session=session,
)
outputs.deploy(**instance, endpoint_name=f"{prefix}-outputs", wait=False)
wait_for(f"{prefix}-outputs")
results["selected"] = predictor_of(f"{prefix}-outputs", JSONDeserializer()).predict(test)
results["selected_csv"] = predictor_of(f"{prefix}-outputs", CSVDeserializer()).predict(test)
client.delete_endpoint(EndpointName=f"{prefix}-outputs")
transformer = outputs.transformer(
    1, "ml.m5.large", accept="application/jsonlines", assemble_with="Line"
)
location = session.upload_data(os.path.join(data_dir, "test.csv"), key_prefix=f"{prefix}/test")
transformer.transform(location, content_type="text/csv", split_type="Line", wait=False)
transformer.wait(logs=False)
output_bucket, output_prefix = transformer.output_path[len("s3://") :].split("/", 1)
written = session.read_s3_file(output_bucket, f"{output_prefix}/test.csv.out")
results["selected_batch"] = [json.loads(line) for line in written.splitlines()]

# A script of one's own
with open(os.path.join(data_dir, "inference.py"), "w") as file:
    file.write(SCRIPT)
own = XGBoostModel(
    many_rounds,
    role,
    os.path.join(data_dir, "inference.py"),
    "3.0-5",
    image_uri=script_image,
    name=f"{prefix}-script",
    sagemaker_session=session,
)
own.deploy(**instance, endpoint_name=f"{prefix}-script", wait=False)
wait_for(f"{prefix}-script")
results["script"] = predictor_of(f"{prefix}-script", JSONDeserializer()).predict(test)
client.delete_endpoint(EndpointName=f"{prefix}-script")

with open(os.path.join(data_dir, "results.json"), "w") as file:
    json.dump(results, file)
