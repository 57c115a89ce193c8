"""A notebook of 2021 to 2025 as a program: SageMaker SDK 2 trains, transforms, deploys and tunes.

Usage: python sdk_v2.py FOLDER, which has train.csv (label first) and test.csv. It writes
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
import time

import numpy as np
import sagemaker
from botocore.exceptions import ClientError
from sagemaker import get_execution_role, image_uris
from sagemaker.deserializers import CSVDeserializer
from sagemaker.inputs import TrainingInput
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from sagemaker.tuner import (
    CategoricalParameter,
    ContinuousParameter,
    HyperbandStrategyConfig,
    HyperparameterTuner,
    StrategyConfig,
)
from steps import Steps

data_dir = sys.argv[1]
steps = Steps()

session = sagemaker.Session()
role = get_execution_role()
bucket = session.default_bucket()
prefix = "boston-xgboost-sdk-v2"
train_location = session.upload_data(os.path.join(data_dir, "train.csv"), key_prefix=prefix)
test_location = session.upload_data(os.path.join(data_dir, "test.csv"), key_prefix=prefix)
steps.done("upload")

container = image_uris.retrieve("xgboost", session.boto_region_name, version="1.7-1")


def new_estimator(num_round):
    return sagemaker.estimator.Estimator(
        container,
        role,
        instance_count=1,
        instance_type="ml.m5.large",
        output_path=f"s3://{bucket}/{prefix}/output",
        sagemaker_session=session,
        hyperparameters={"objective": "reg:squarederror", "num_round": num_round},
    )


xgb = new_estimator(20)
train_input = TrainingInput(train_location, content_type="text/csv")
xgb.fit({"train": train_input, "validation": train_input})
steps.done("fit")

transformer = xgb.transformer(instance_count=1, instance_type="ml.m5.large", assemble_with="Line")
transformer.transform(test_location, content_type="text/csv", split_type="Line", wait=False)
transformer.wait()
steps.done("transform")
output_bucket, output_prefix = transformer.output_path[len("s3://") :].split("/", 1)
session.download_data(data_dir, output_bucket, key_prefix=f"{output_prefix}/test.csv.out")

deployed = xgb.deploy(initial_instance_count=1, instance_type="ml.m5.large")
steps.done("deploy")
predictor = Predictor(
    deployed.endpoint_name,
    sagemaker_session=session,
    serializer=CSVSerializer(),
    deserializer=CSVDeserializer(),
)
test = np.loadtxt(os.path.join(data_dir, "test.csv"), delimiter=",")
predictions = [float(value) for row in predictor.predict(test) for value in row]
steps.done("predict")

other = new_estimator(1)
other.fit({"train": train_input, "validation": train_input}, wait=False)
waiter = session.sagemaker_client.get_waiter("training_job_completed_or_stopped")
waiter.wait(TrainingJobName=other.latest_training_job.name)
steps.done("fit and a waiter")
model = other.create_model()
model.create(instance_type="ml.m5.large")
predictor.update_endpoint(
    initial_instance_count=1, instance_type="ml.m5.large", model_name=model.name, wait=False
)
waiter = session.sagemaker_client.get_waiter("endpoint_in_service")
waiter.wait(EndpointName=predictor.endpoint_name)
steps.done("update and a waiter")
updated = [float(value) for row in predictor.predict(test) for value in row]

tunings = {}
for strategy in ("Bayesian", "Random", "Grid", "Hyperband"):
    is_grid = strategy == "Grid"
    tuner = HyperparameterTuner(
        new_estimator(9),
        "validation:rmse",
        {"eta": CategoricalParameter([0.1, 0.5]) if is_grid else ContinuousParameter(0.1, 0.5)},
        objective_type="Minimize",
        strategy=strategy,
        strategy_config=StrategyConfig(HyperbandStrategyConfig(max_resource=9, min_resource=1))
        if strategy == "Hyperband"
        else None,
        max_jobs=2 if is_grid else 3,
        max_parallel_jobs=2,
    )
    # The names that the SDK gives by default are those of the minute.
    name = f"{strategy.lower()}-{time.time_ns() % 10**12}"
    tuner.fit({"train": train_input, "validation": train_input}, job_name=name)
    table = tuner.analytics().dataframe()
    tunings[strategy] = {
        "name": name,
        "best": tuner.best_training_job(),
        "columns": list(table.columns),
        "rows": table.drop(columns=["TrainingStartTime", "TrainingEndTime"]).to_dict("records"),
        "eta": tuner.best_estimator().hyperparameters()["eta"],
    }
    steps.done(strategy)

errors = []
for failing_call in (
    lambda: predictor.predict("one,two"),
    lambda: session.sagemaker_client.describe_training_job(TrainingJobName="no-such-job"),
    lambda: session.boto_session.resource("s3").Object(bucket, "no-such-key").get(),
):
    try:
        failing_call()
    except ClientError as error:
        errors.append([type(error).__name__, error.response["Error"]["Code"]])
steps.done("errors")

predictor.delete_model()
predictor.delete_endpoint()
transformer.delete_model()
session.delete_model(deployed.endpoint_name)  # deploy() gives model and endpoint the same name
steps.done("delete")

steps.write(
    os.path.join(data_dir, "results.json"),
    version=sagemaker.__version__,
    role=role,
    training_jobs=[xgb.latest_training_job.name, other.latest_training_job.name],
    transform_job=transformer.latest_transform_job.name,
    models=[transformer.model_name, deployed.endpoint_name, model.name],
    endpoint=predictor.endpoint_name,
    predictions=predictions,
    updated=updated,
    tunings=tunings,
    errors=errors,
)
