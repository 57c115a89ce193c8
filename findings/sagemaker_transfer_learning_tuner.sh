#!/usr/bin/env bash
# Versions: sagemaker-train 1.27.0 and sagemaker-core 2.27.0 (of sagemaker 3.27.0), boto3 and botocore
# 1.44.8 (Python 3.11.7).
# Behaviour: HyperparameterTuner.transfer_learning_tuner(), the documented way to start a search from
# the results of another, raises a ValidationError whatever it is called with: it names the parents in
# a member `parents`, and the class for it has `parent_hyper_parameter_tuning_jobs`. Its twin in
# version 2 of the SDK has another class. The same is done by passing a
# HyperParameterTuningJobWarmStartConfig of one's own as warm_start_config.
# Output seen on 2026-11-28:
#   transfer_learning_tuner(): ValidationError parent_hyper_parameter_tuning_jobs, parents
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  sagemaker-train==1.27.0 sagemaker-core==2.27.0 boto3==1.44.8 botocore==1.44.8
expected="transfer_learning_tuner(): ValidationError parent_hyper_parameter_tuning_jobs, parents"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true
got=$("$folder/env/bin/python" - 2> "$folder/errors" <<'PYTHON'
import json

import boto3
from pydantic import ValidationError
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.resources import HyperParameterTuningJob
from sagemaker.core.training.configs import OutputDataConfig
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

ROLE = "arn:aws:iam::123456789012:role/learner"
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}
POLICY = json.dumps({"Statement": [TRUST | {"Action": "sts:AssumeRole"}]})
GET_ROLE = {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": POLICY}}


def answer(model, **_):  # nothing is sent
    response = type("Response", (), {"status_code": 200})
    return response, GET_ROLE if model.name == "GetRole" else {"EvaluationResults": []}


session = boto3.Session()
session.events.register("before-call", answer)
trainer = ModelTrainer(
    training_image="image",
    role=ROLE,
    output_data_config=OutputDataConfig(s3_output_path="s3://bucket/output"),
    sagemaker_session=Session(session),
)
ranges = {"eta": ContinuousParameter(0.1, 0.5)}
tuner = HyperparameterTuner(trainer, "validation:rmse", ranges)
# What tune() leaves behind when the search has ended.
tuner.latest_tuning_job = HyperParameterTuningJob(hyper_parameter_tuning_job_name="parent")
try:
    tuner.transfer_learning_tuner()
except ValidationError as error:
    print("transfer_learning_tuner(): ValidationError", end=" ")
    print(", ".join(item["loc"][0] for item in error.errors()))
PYTHON
) || { cat "$folder/errors" >&2; exit 1; }
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
