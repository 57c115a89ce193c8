"""An IPython shell whose errors are shown as in a notebook, connected to a Local SageMaker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers.lessons import aws_lookups, error_display
from helpers.local.process import Endpoint
from support import jobs
from support.clients import make_bucket

MOST_LINES = 12
FUNCTIONS = """
from support import jobs

def train(uri="lesson/train", **changes):
    channels = [jobs.channel(f"s3://{bucket}/{uri}")]
    request = jobs.training_request(bucket, InputDataConfig=channels, **changes)
    sagemaker.create_training_job(**request)
    return request["TrainingJobName"]

def transform():
    request = jobs.transform_request(bucket, model, f"s3://{bucket}/lesson/test.csv")
    sagemaker.create_transform_job(**request)
    return request["TransformJobName"]

def tune(definition, number_range=None):
    ranges = {"ContinuousParameterRanges": [number_range]} if number_range else {}
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    sagemaker.create_hyper_parameter_tuning_job(HyperParameterTuningJobName="t",
        HyperParameterTuningJobConfig={"Strategy": "Random", "ResourceLimits": limits,
            "ParameterRanges": ranges}, TrainingJobDefinition={"RoleArn": jobs.ROLE,
            "AlgorithmSpecification": {"TrainingInputMode": "File"}, "OutputDataConfig":
            {"S3OutputPath": "s3://b"}, "StoppingCondition": {"MaxRuntimeInSeconds": 1},
            **definition})

def wait(kind, name):
    waiter = sagemaker.get_waiter(f"{kind}_job_completed_or_stopped")
    waiter.wait(**{f"{kind.title()}JobName": name, "WaiterConfig": jobs.FAST})
"""


@contextmanager
def connected_shell(local: Endpoint, client: Callable, **variables: str) -> Iterator:
    """Return a shell with clients, a bucket of a small lesson, FUNCTIONS, and other variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local.environment().items():
            patch.setenv(name, value)
        patch.setenv("AWS_REGION", local.region)
        patch.delenv("JPY_SESSION_NAME", raising=False)
        patch.setattr("boto3.DEFAULT_SESSION", None)
        patch.setattr(aws_lookups, "LIMIT_SECONDS", 60)  # for a loaded machine
        shell = InteractiveShell.instance(colors="nocolor")
        error_display.install(shell)
        s3 = client("s3")
        bucket = make_bucket(s3)
        for key in ("train/train.csv", "validation/validation.csv", "notes.txt"):
            s3.put_object(Bucket=bucket, Key=f"lesson/{key}", Body=jobs.TRAIN_CSV)
        s3.put_object(Bucket=bucket, Key="lesson/test.csv", Body=b"a,b\nx,y\n")  # has text
        shell.push({"s3": s3, "sagemaker": client("sagemaker"), "bucket": bucket, **variables})
        shell.run_cell(FUNCTIONS)
        yield shell
        InteractiveShell.clear_instance()


def run_failing_cell(shell: InteractiveShell, capsys, code: str) -> str:
    """Run a cell that fails; return what is shown."""
    capsys.readouterr()
    assert shell.run_cell(code, store_history=True).error_in_exec is not None
    return capsys.readouterr().out.rstrip("\n")
