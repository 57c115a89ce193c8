"""SageMaker SDK 2 trains the model of the PyTorch project.

Usage: python pytorch_v2.py CODE TRAIN_URI VALIDATION_URI EPOCHS. It prints the job's log.
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

import sagemaker
from sagemaker import get_execution_role
from sagemaker.pytorch import PyTorch

code, train_uri, validation_uri, epochs = sys.argv[1:]
session = sagemaker.Session()
registry = f"763104351884.dkr.ecr.{session.boto_region_name}.amazonaws.com"
estimator = PyTorch(
    entry_point="train.py",
    source_dir=code,
    role=get_execution_role(),
    image_uri=f"{registry}/pytorch-training:2.10-cpu-py313",
    instance_count=1,
    instance_type="ml.m5.large",
    hyperparameters={"epochs": int(epochs), "learning-rate": 0.003},
    sagemaker_session=session,
)
estimator.fit({"train": train_uri, "validation": validation_uri})
