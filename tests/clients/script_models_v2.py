"""SageMaker SDK 2 serves what scripts trained, by functions of the same scripts.

Usage: python script_models_v2.py FOLDER, which has train.csv (label first), the folder `source`
with the scripts, and images.json with the URIs of the images. It writes `results.json` there.
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

import numpy as np
import sagemaker
from sagemaker import get_execution_role
from sagemaker.deserializers import JSONDeserializer
from sagemaker.predictor import Predictor
from sagemaker.pytorch import PyTorch, PyTorchModel
from sagemaker.serializers import CSVSerializer, JSONSerializer
from sagemaker.sklearn import SKLearn, SKLearnModel
from sagemaker.xgboost import XGBoost, XGBoostModel

folder = Path(sys.argv[1])
images = json.loads((folder / "images.json").read_text())
session = sagemaker.Session()
client, role = session.sagemaker_client, get_execution_role()
bucket, prefix = session.default_bucket(), "script-models-sdk-v2"
rows = np.loadtxt(folder / "train.csv", delimiter=",")
features = rows[:, 1:]
np.savetxt(folder / "test.csv", features, delimiter=",")
train_data = session.upload_data(str(folder / "train.csv"), key_prefix=f"{prefix}/train")
test_data = session.upload_data(str(folder / "test.csv"), key_prefix=f"{prefix}/test")
instance = {"initial_instance_count": 1, "instance_type": "ml.m5.large"}
common = {"source_dir": str(folder / "source"), "sagemaker_session": session, "role": role}


def train(estimator_class, name, **settings):
    """Return an estimator that has trained."""
    estimator = estimator_class(
        entry_point=f"train_{name}.py",
        instance_count=1,
        instance_type="ml.m5.large",
        image_uri=images[name],
        output_path=f"s3://{bucket}/{prefix}/output",
        **common,
        **settings,
    )
    estimator.fit({"train": train_data}, wait=False)
    waiter = client.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=estimator.latest_training_job.name)
    return estimator


def predict(endpoint, serializer, data):
    """Return what an endpoint answers, and delete it."""
    client.get_waiter("endpoint_in_service").wait(EndpointName=endpoint)
    predictor = Predictor(
        endpoint, sagemaker_session=session, serializer=serializer, deserializer=JSONDeserializer()
    )
    answer = predictor.predict(data)
    predictor.delete_endpoint()
    return answer


def transform(transformer):
    """Return the lines that a batch transform of the test data wrote."""
    transformer.transform(test_data, content_type="text/csv", split_type="Line", wait=False)
    waiter = client.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName=transformer.latest_transform_job.name)
    output_bucket, key = transformer.output_path[len("s3://") :].split("/", 1)
    return session.read_s3_file(output_bucket, f"{key}/test.csv.out").splitlines()


xgboost = train(XGBoost, "xgboost", framework_version="3.0-5")
sklearn = train(
    SKLearn,
    "sklearn",
    framework_version="1.4-2",
    checkpoint_s3_uri=f"s3://{bucket}/{prefix}/checkpoints",
)
pytorch = train(PyTorch, "pytorch", framework_version="2.6", py_version="py312")
results = {
    "version": sagemaker.__version__,
    "xgboost": {"model": xgboost.model_data},
    "sklearn": {"model": sklearn.model_data},
    "pytorch": {"model": pytorch.model_data},
}

# estimator.deploy(), and the same model by its own class
deployed = xgboost.deploy(**instance, endpoint_name=f"{prefix}-xgboost", wait=False)
results["xgboost"]["deployed"] = predict(deployed.endpoint_name, CSVSerializer(), features)
model = XGBoostModel(
    xgboost.model_data,
    entry_point="train_xgboost.py",
    framework_version="3.0-5",
    image_uri=images["xgboost"],
    **common,
)
transformer = model.transformer(1, "ml.m5.large", assemble_with="Line", accept="application/json")
results["xgboost"]["transformed"] = [json.loads(line) for line in transform(transformer)]

# A script that needs a package, and writes a format of its own
model = SKLearnModel(
    sklearn.model_data,
    entry_point="train_sklearn.py",
    framework_version="1.4-2",
    image_uri=images["sklearn"],
    name=f"{prefix}-sklearn",
    **common,
)
transformer = model.transformer(1, "ml.m5.large", assemble_with="Line", accept="text/plain")
results["sklearn"]["transformed"] = transform(transformer)
results["sklearn"]["job"] = transformer.latest_transform_job.name

# The SDK packs the script into the model, and knows the image by its version.
model = PyTorchModel(
    pytorch.model_data,
    entry_point="train_pytorch.py",
    framework_version="2.6",
    py_version="py312",
    **common,
)
model.deploy(**instance, endpoint_name=f"{prefix}-pytorch", wait=False)
data = {"rows": features.tolist()}
results["pytorch"]["deployed"] = predict(model.endpoint_name, JSONSerializer(), data)

(folder / "results.json").write_text(json.dumps(results))
