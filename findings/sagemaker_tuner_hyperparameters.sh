#!/usr/bin/env bash
# Versions: sagemaker-train 1.27.0 and sagemaker-core 2.27.0 (of sagemaker 3.27.0), boto3 and botocore
# 1.44.8 (Python 3.11.7).
# Behaviour: one ModelTrainer sends its fixed hyperparameters in two notations. train() writes JSON
# (true, null, ["a"]), HyperparameterTuner.tune() writes what str() makes of them (True, None, ['a']).
# A script or container that parses JSON, and so works in a training job, gets text instead of a
# boolean, None or list in the jobs of a tuning job. Give such values as JSON text.
# Output seen on 2026-11-28:
#   CreateTrainingJob: {'flag': 'true', 'nothing': 'null', 'names': '["a"]', 'rate': '0.1'}
#   CreateHyperParameterTuningJob: {'flag': 'True', 'nothing': 'None', 'names': "['a']", 'rate': '0.1'}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  sagemaker-train==1.27.0 sagemaker-core==2.27.0 boto3==1.44.8 botocore==1.44.8
expected="CreateTrainingJob: {'flag': 'true', 'nothing': 'null', 'names': '[\"a\"]', 'rate': '0.1'}
CreateHyperParameterTuningJob: {'flag': 'True', 'nothing': 'None', 'names': \"['a']\", 'rate': '0.1'}"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true
got=$("$folder/env/bin/python" - 2> "$folder/errors" <<'PYTHON'
import json

import boto3
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.training.configs import Compute, OutputDataConfig
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

ROLE = "arn:aws:iam::123456789012:role/learner"
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}
TRUST["Action"] = "sts:AssumeRole"
POLICY = json.dumps({"Statement": [TRUST]})
GET_ROLE = {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": POLICY}}


class RequestMade(Exception):
    """What would be sent to AWS is known, and nothing is sent."""


def stop_at_create(params, model, **_):
    if model.name.startswith("Create"):
        raise RequestMade(model.name, params)


def answer(model, **_):
    response = type("Response", (), {"status_code": 200})
    return response, GET_ROLE if model.name == "GetRole" else {"EvaluationResults": []}


session = boto3.Session()
session.events.register("provide-client-params", stop_at_create)
session.events.register("before-call", answer)
trainer = ModelTrainer(
    training_image="image",
    role=ROLE,
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={"flag": True, "nothing": None, "names": ["a"], "rate": 0.1},
    output_data_config=OutputDataConfig(s3_output_path="s3://bucket/output"),
    sagemaker_session=Session(session),
)
tuner = HyperparameterTuner(trainer, "validation:rmse", {"eta": ContinuousParameter(0.1, 0.5)})
for start in (trainer.train, tuner.tune):
    try:
        start(wait=False)
    except RequestMade as made:
        operation, request = made.args
        request = request.get("TrainingJobDefinition", request)
        print(f"{operation}: {request.get('HyperParameters') or request['StaticHyperParameters']}")
PYTHON
) || { cat "$folder/errors" >&2; exit 1; }
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
