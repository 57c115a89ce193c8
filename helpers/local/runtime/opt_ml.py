"""The files and variables that a training job's container gets, and what it writes at its end.

Source: "How Amazon SageMaker Provides Training Information" (developer guide).
"""

import json
from pathlib import Path

from helpers.local.runtime.hosts import host_names
from helpers.local.state.database import Document

CHECKPOINTS = "/opt/ml/checkpoints"  # if CheckpointConfig has no LocalPath
FAILURE_LENGTH = 65536  # characters of output/failure; a FailureReason has 1,024


def write_config(job: Document, folder: Path, host: str) -> None:
    """Write the files of input/config, which differ from host to host in `current_host` only.

    Parameters
    ----------
    job
        As DescribeTrainingJob would show it.
    folder
        The folder input/config; it exists.
    host
        The name of the host whose folder it is.
    """
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode")
            or job["AlgorithmSpecification"]["TrainingInputMode"],
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in job["InputDataConfig"]
    }
    hosts = host_names(job["ResourceConfig"]["InstanceCount"])
    resources = {
        "current_host": host,
        "hosts": hosts,
        "network_interface_name": "lo",
        "current_instance_type": job["ResourceConfig"]["InstanceType"],
        "current_group_name": "homogeneousCluster",
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": job["ResourceConfig"]["InstanceType"],
                "hosts": hosts,
            }
        ],
    }
    files = {
        "hyperparameters": job.get("HyperParameters", {}),
        "inputdataconfig": channels,
        "resourceconfig": resources,
    }
    if "CheckpointConfig" in job:
        files["checkpointconfig"] = {
            "LocalPath": CHECKPOINTS,
            **job["CheckpointConfig"],
        }
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))


def checkpoint_folder(config: dict, opt_ml: Path) -> Path:
    """Return the folder of a CheckpointConfig's LocalPath on this machine."""
    return opt_ml / Path(config.get("LocalPath", CHECKPOINTS)).relative_to("/opt/ml")


def environment(job: Document) -> dict[str, str]:
    """Return the variables of a training job's container; those of the request count."""
    region = job["TrainingJobArn"].split(":")[3]
    return {
        "AWS_REGION": region,
        "SAGEMAKER_REGION": region,
        "TRAINING_JOB_NAME": job["TrainingJobName"],
        "TRAINING_JOB_ARN": job["TrainingJobArn"],
        **job.get("Environment", {}),
    }


def failure_file(opt_ml: Path) -> Path:
    """Return the file to which a container writes why it failed."""
    return opt_ml / "output/failure"


def read_failure(opt_ml: Path) -> str:
    """Return the beginning of what the container wrote to output/failure, "" if it didn't.

    A script may have made something else there: a pipe, whose reader would wait for good, or a
    folder.
    """
    file = failure_file(opt_ml)
    try:
        if not file.is_file():
            return ""
        with file.open(errors="replace") as text:
            return text.read(FAILURE_LENGTH).strip()
    except OSError:
        return ""
