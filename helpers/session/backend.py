"""Choose the SageMaker that the lessons use: AWS's, or the one on this machine.

In this order:

1. the argument of ``helpers.connect(backend=...)``;
2. the environment variable SAGEMAKER_COURSE_BACKEND;
3. AWS, if this is a SageMaker notebook instance or a SageMaker Studio app;
4. the Local SageMaker.

Credentials or an AWS profile on the machine are not enough, so that nobody uses AWS by accident.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
from collections.abc import Mapping
from typing import NamedTuple

BACKENDS = ("local", "aws")
VARIABLE = "SAGEMAKER_COURSE_BACKEND"

# SageMaker writes this file on notebook instances and into Studio apps; on the first its ARN names
# a notebook instance, in the second an app, and AppType and DomainId are there too (SageMaker
# Developer Guide, "Get Notebook Instance Metadata" and "Get App Metadata").
METADATA = pathlib.Path("/opt/ml/metadata/resource-metadata.json")
_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:(notebook-instance|app|space)/.+")
_ENVIRONMENT_NAMES = {"notebook-instance": "a SageMaker notebook instance"}


class BackendChoice(NamedTuple):
    """The backend, ``local`` or ``aws``, and why it was chosen, as a phrase for messages."""

    backend: str
    reason: str


def choose(
    argument: str | None = None,
    environ: Mapping[str, str] = os.environ,
    metadata: pathlib.Path = METADATA,
) -> BackendChoice:
    """Choose the backend by the rule above.

    Parameters
    ----------
    argument : {"local", "aws"}, optional
        What `connect` was called with.
    environ : Mapping
        The environment variables.
    metadata : pathlib.Path
        Where SageMaker writes its metadata file.

    Returns
    -------
    BackendChoice

    Raises
    ------
    ValueError
        If the argument or the environment variable is neither ``local`` nor ``aws``.

    Examples
    --------
    >>> choose("aws").backend
    'aws'
    >>> choose(environ={}, metadata=pathlib.Path("/nowhere")).backend
    'local'
    """
    if argument is not None:
        return BackendChoice(_checked(argument, "connect(backend=...)"), "you asked for it")
    if value := environ.get(VARIABLE, "").strip():
        return BackendChoice(_checked(value, VARIABLE), f"{VARIABLE}={value}")
    if environment := sagemaker_environment(metadata):
        return BackendChoice("aws", f"this is {environment}")
    return BackendChoice(
        "local", "this is not a SageMaker notebook instance, and AWS was not requested"
    )


def sagemaker_environment(metadata: pathlib.Path = METADATA) -> str | None:
    """Return what this kernel runs on, such as "SageMaker Studio", or None outside of SageMaker."""
    try:
        arn = json.loads(metadata.read_text())["ResourceArn"]
        resource_type = _ARN.fullmatch(arn)[1]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _ENVIRONMENT_NAMES.get(resource_type, "SageMaker Studio")


def _checked(value: str, source: str) -> str:
    if value not in BACKENDS:
        raise ValueError(
            f"{source} is {value!r}, expected 'local' (the Local SageMaker on this machine, free "
            "of charge) or 'aws' (your AWS account, which is billed for what runs)."
        )
    return value
