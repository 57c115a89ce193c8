"""Models that are served by a script: an image made without a network, and their artifacts."""

import io
import tarfile
from collections.abc import Mapping

from support import jobs

Files = Mapping[str, str | bytes]

# What the training container's model is loaded with. The file has no suffix that tells its format.
MODEL_FN = """
import pathlib
import xgboost

def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(bytearray((pathlib.Path(model_dir) / "xgboost-model").read_bytes()))
    return booster
"""


DOUBLE = """
import json

def model_fn(model_dir):
    return 2

def input_fn(content, content_type):
    return json.loads(content)

def predict_fn(numbers, model):
    return [model * number for number in numbers]
"""


def tar_gz(files: Files) -> bytes:
    """Return an archive with these files."""
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, content in files.items():
                content = content.encode() if isinstance(content, str) else content
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return buffer.getvalue()


def container(data_url: str, code_url: str = "/opt/ml/model/code", **environment: str) -> dict:
    """Return the container of a model that inference.py serves, as SDK 2 asks for it."""
    return {
        "Image": jobs.image_uri(),
        "ModelDataUrl": data_url,
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": code_url,
            **environment,
        },
    }


def create_model(sagemaker, container: dict, **more) -> str:
    """Create a model of a container; return its name."""
    name = jobs.new_name("script-model")
    sagemaker.create_model(
        ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE, **more
    )
    return name


def read_member(archive: bytes, name: str) -> bytes:
    """Return the content of a file in an archive."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.extractfile(name).read()


def endpoint_log(logs, name: str) -> str:
    """Return the lines of all containers of an endpoint."""
    group = f"/aws/sagemaker/Endpoints/{name}"
    return "\n".join(
        event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]
    )


def invoke(runtime, name: str, body: bytes, **more) -> dict:
    """Return the answer of an endpoint, with its body read."""
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, **more)
    return {**answer, "Body": answer["Body"].read()}
