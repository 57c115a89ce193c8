"""The endpoint that benchmarks/endpoint.py measures: its model, its start, a signed call of it."""

import contextlib
import io
import os
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from endpoint_peers import Target
from training_jobs import ROLE, XGBOOST_IMAGE, definition

from helpers.datasets import boston
from helpers.local import process

REGION = "us-east-1"


def deploy(folder: Path) -> tuple[bytes, Path, Target, Callable[[], object], float]:
    """Train and deploy; return a row, the model's file, the endpoint, a call of it by boto3, and
    the seconds until it was in service.
    """
    server = process.ensure_running()
    keys = {"aws_access_key_id": server.access_key, "aws_secret_access_key": server.secret_key}
    os.environ |= {name.upper(): key for name, key in keys.items()}
    os.environ |= {"AWS_ENDPOINT_URL": server.url, "AWS_DEFAULT_REGION": REGION}
    session = boto3.Session(region_name=REGION, **keys)
    sagemaker, s3, runtime = (
        session.client(name, endpoint_url=server.url)
        for name in ("sagemaker", "s3", "sagemaker-runtime")
    )
    table = boston.load()
    features = [name for name in table.columns if name != "MEDV"]
    s3.create_bucket(Bucket="data")
    rows = table[["MEDV", *features]].to_csv(header=False, index=False)
    s3.put_object(Bucket="data", Key="train/train.csv", Body=rows.encode())
    artifacts = _train(sagemaker)
    archive = folder / "model.tar.gz"
    s3.download_file("data", artifacts.removeprefix("s3://data/"), str(archive))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    container = {"Image": XGBOOST_IMAGE, "ModelDataUrl": artifacts}
    sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1}
    variant["InstanceType"] = "ml.t2.medium"
    sagemaker.create_endpoint_config(EndpointConfigName="e", ProductionVariants=[variant])
    start = time.monotonic()
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="e")
    while sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] != "InService":
        time.sleep(0.005)
    in_service = time.monotonic() - start
    row = ",".join(map(str, table[features].iloc[0])).encode()
    request = {"EndpointName": "e", "ContentType": "text/csv", "Body": row}
    target = _signed(server.url, session, row)
    call = lambda: runtime.invoke_endpoint(**request)["Body"].read()  # noqa: E731
    return row, folder / "xgboost-model", target, call, in_service


def _train(sagemaker) -> str:
    """Return the S3 URI of the model artifacts."""
    sagemaker.create_training_job(
        TrainingJobName="t",
        HyperParameters={"num_round": "42", "max_depth": "5"},
        **definition(XGBOOST_IMAGE, {"train": "s3://data/train"}, "s3://data/output"),
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="t")
    return sagemaker.describe_training_job(TrainingJobName="t")["ModelArtifacts"][
        "S3ModelArtifacts"
    ]


def _signed(url: str, session: boto3.Session, row: bytes) -> Target:
    """Return the endpoint with the headers of a signed call, which are good for five minutes."""
    path = "/endpoints/e/invocations"
    request = AWSRequest("POST", url + path, data=row, headers={"Content-Type": "text/csv"})
    SigV4Auth(session.get_credentials(), "sagemaker", REGION).add_auth(request)
    return Target(urlsplit(url).netloc, path, dict(request.prepare().headers))


def seconds_until_seen() -> float:
    """Deploy once more with the SDK; return how long it takes to see that it is in service."""
    from sagemaker.core.resources import Endpoint  # takes seconds

    with contextlib.redirect_stdout(io.StringIO()):
        endpoint = Endpoint.create(endpoint_name="sdk", endpoint_config_name="e")
        endpoint.wait_for_status("InService")
        now = time.time()
    endpoint.refresh()
    in_service = endpoint.last_modified_time.timestamp()
    endpoint.delete()
    return now - in_service
