"""Script jobs: training jobs that run the user's own code in an image's Python.

No algorithm is declared here. Any container whose image has a `Framework` can run scripts; what
they have in common is in this folder.
"""

import re
from collections.abc import Mapping
from typing import Any

PROGRAM = "sagemaker_program"  # the hyperparameter by which SDK 1 and 2 name the script
TOOLKIT = ("train",)  # the command of sagemaker-training, which runs that script
OPT_ML = "/opt/ml"
SCRATCH = "/opt/job"  # what a job needs beside /opt/ml: its Python, home and temporary folders
_GPU_TYPE = re.compile(r"ml\.[gp]\d")


def is_script(job: Mapping[str, Any]) -> bool:
    """Tell whether a job runs a command or a script of the user's own.

    Parameters
    ----------
    job
        A CreateTrainingJob request, a training job definition, or a job as Describe shows it.
    """
    algorithm = job["AlgorithmSpecification"]
    hyperparameters = job.get("HyperParameters") or job.get("StaticHyperParameters") or {}
    return (
        bool(algorithm.get("ContainerEntrypoint") or algorithm.get("ContainerArguments"))
        or PROGRAM in hyperparameters
    )


def command(job: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the command of a script job: what the request names, else the toolkit's."""
    algorithm = job["AlgorithmSpecification"]
    named = (*algorithm.get("ContainerEntrypoint", ()), *algorithm.get("ContainerArguments", ()))
    return named or TOOLKIT


def has_gpu(instance_type: str) -> bool:
    """Tell whether an instance type has an NVIDIA GPU: those of the families g and p."""
    return _GPU_TYPE.match(instance_type) is not None


def failure_reason(exit_code: int, text: str) -> str:
    """Return a FailureReason: what the container left in ``output/failure``, and its exit code.

    A process that a signal has ended has the exit code that a container's runtime reports, 128 and
    the signal. Source of the form: "AlgorithmError: , exit code: 1" of scripts that left no text
    (aws/sagemaker-python-sdk issues 1355 and 2030).
    """
    code = exit_code if exit_code >= 0 else 128 - exit_code
    return f"AlgorithmError: {text}, exit code: {code}"
