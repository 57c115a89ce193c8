"""SageMaker SDK 2 trains by scripts, in the images of XGBoost, scikit-learn and PyTorch.

Usage: python scripts_v2.py FOLDER, which has train.csv (label first), the folder `source` with the
scripts, and images.json with the URIs of the images. It writes `results.json` there.
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
import time
from pathlib import Path

import sagemaker
from sagemaker import get_execution_role
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.pytorch import PyTorch
from sagemaker.sklearn import SKLearn
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner
from sagemaker.xgboost import XGBoost

folder = Path(sys.argv[1])
images = json.loads((folder / "images.json").read_text())
session = sagemaker.Session()
bucket, prefix = session.default_bucket(), "scripts-sdk-v2"
train_data = session.upload_data(str(folder / "train.csv"), key_prefix=f"{prefix}/train")
# SDK 2.257 does not know the newest versions: the URIs of the images say which one it is.
FRAMEWORKS = {
    "xgboost": lambda **more: XGBoost(framework_version="3.0-5", **more),
    "sklearn": lambda **more: SKLearn(framework_version="1.4-2", **more),
    "pytorch": lambda **more: PyTorch(framework_version="2.6", py_version="py312", **more),
}
METRICS = {
    "sklearn": [{"Name": "rmse", "Regex": "rmse=(.*?);"}],
    "pytorch": [{"Name": "loss", "Regex": "epoch loss: ([0-9.e-]+)"}],
}
TYPES = {
    "text": 'two words, "quoted" and it\'s é',
    "flag": True,
    "off": False,
    "nothing": None,
    "list": [1, "two", 3.5],
    "mapping": {"deep": {"a": 1}},
    "big": 12345678901234567890,
    "small": 1e-7,
}


def new_estimator(name, entry_point="", **settings):
    settings.setdefault("output_path", f"s3://{bucket}/{prefix}/output")
    settings.setdefault("instance_count", 1)
    return FRAMEWORKS[name](
        entry_point=entry_point or f"train_{name}.py",
        source_dir=str(folder / "source"),
        role=get_execution_role(),
        instance_type="ml.m5.large",
        image_uri=images[name],
        sagemaker_session=session,
        metric_definitions=METRICS.get(name),
        **settings,
    )


def described(estimator):
    """Return what is left of the estimator's job."""
    name = estimator.latest_training_job.name
    job = session.sagemaker_client.describe_training_job(TrainingJobName=name)
    metrics = job.get("FinalMetricDataList", [])
    return {
        "name": name,
        "status": job["TrainingJobStatus"],
        "reason": job.get("FailureReason", ""),
        "model": job.get("ModelArtifacts", {}).get("S3ModelArtifacts", ""),
        "metrics": {item["MetricName"]: item["Value"] for item in metrics},
    }


results = {"version": sagemaker.__version__}

# One job in each framework
settings = {
    "xgboost": {"hyperparameters": {"num_round": 7, "eta": 0.2, **TYPES}},
    "sklearn": {
        "hyperparameters": {"alpha": 0.5},
        "checkpoint_s3_uri": f"s3://{bucket}/{prefix}/checkpoints",
    },
    "pytorch": {"hyperparameters": {"epochs": 4, "lr": 0.02}},
}
trained = {}
for name, more in settings.items():
    estimator = trained[name] = new_estimator(name, environment={"OWN": "a value"}, **more)
    estimator.fit({"train": train_data}, wait=name == "xgboost")  # waits once with the logs
for name, estimator in trained.items():
    estimator.latest_training_job.wait(logs="None")
    results[name] = described(estimator)
table = trained["pytorch"].training_job_analytics.dataframe()
results["analytics"] = table[["metric_name", "value"]].values.tolist()

# The checkpoints of the first job are there in the second.
again = new_estimator("sklearn", **settings["sklearn"])
again.fit({"train": train_data}, wait=False)
again.latest_training_job.wait(logs="None")
results["again"] = described(again)

# With network isolation the SDK sends the source as a channel.
isolated = new_estimator("xgboost", enable_network_isolation=True, environment={"CALL_S3": "1"})
isolated.fit({"train": train_data}, wait=False)
connected = new_estimator("xgboost", environment={"CALL_S3": "1"})
connected.fit({"train": train_data}, wait=False)
for name, estimator in (("isolated", isolated), ("connected", connected)):
    estimator.latest_training_job.wait(logs="None")
    results[name] = described(estimator)

# A script on two instances, whose processes meet in xgboost's own collective
hosts = new_estimator("xgboost", "train_xgboost_hosts.py", instance_count=2)
hosts.fit({"train": train_data}, wait=False)
hosts.latest_training_job.wait(logs="None")
results["two_instances"] = described(hosts)

# Scripts that fail
for name, hyperparameters in (("raises", {}), ("exits", {"code": 7})):
    failing = new_estimator("sklearn", "fail.py", hyperparameters=hyperparameters)
    try:
        failing.fit({"train": train_data}, wait=name == "raises")
        failing.latest_training_job.wait(logs="None")
    except UnexpectedStatusException as error:
        results[name] = described(failing) | {"error": str(error)}

# A tuning job over a script
tuner = HyperparameterTuner(
    new_estimator("pytorch", hyperparameters={"epochs": 4, "note": "a fixed text"}),
    "loss",
    {"lr": ContinuousParameter(0.001, 0.05)},
    METRICS["pytorch"],
    objective_type="Minimize",
    max_jobs=3,
    max_parallel_jobs=2,
)
tuner.fit({"train": train_data}, job_name=f"scripts-{time.time_ns() % 10**12}")
rows = tuner.analytics().dataframe()
columns = ["TrainingJobName", "TrainingJobStatus", "FinalObjectiveValue", "lr"]
results["tuning"] = {
    "best": tuner.best_training_job(),
    "lr": tuner.best_estimator().hyperparameters()["lr"],
    "rows": rows[
        ["TrainingJobName", "TrainingJobStatus", "FinalObjectiveValue", "lr"]
    ].values.tolist(),
}

(folder / "results.json").write_text(json.dumps(results))
