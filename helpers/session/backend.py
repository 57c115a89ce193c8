"""Which SageMaker the lessons talk to: AWS's, or the one on this machine.

In this order:

1. the argument of ``helpers.connect(backend=...)``;
2. the environment variable SAGEMAKER_COURSE_BACKEND;
3. AWS, if this is a SageMaker notebook instance or a SageMaker Studio app;
4. the Local SageMaker.

Credentials or an AWS profile on the machine never decide: nobody uses AWS by accident.
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
_PLACES = {"notebook-instance": "a SageMaker notebook instance"}


class BackendChoice(NamedTuple):
    """The backend, ``local`` or ``aws``, and why it was chosen, in a reader's words."""

    backend: str
    reason: str


def choose(
    argument: str | None = None,
    environ: Mapping[str, str] = os.environ,
    metadata: pathlib.Path = METADATA,
) -> BackendChoice:
    """Choose the backend by the rule above.

    Raises ValueError if the argument or the environment variable is neither local nor aws.

    >>> choose("aws").backend
    'aws'
    >>> choose(environ={}, metadata=pathlib.Path("/nowhere")).backend
    'local'
    """
    if argument is not None:
        return BackendChoice(_checked(argument, "connect(backend=...)"), "you asked for it")
    if value := environ.get(VARIABLE, "").strip():
        return BackendChoice(_checked(value, VARIABLE), f"{VARIABLE}={value}")
    if place := sagemaker_environment(metadata):
        return BackendChoice("aws", f"this is {place}")
    return BackendChoice(
        "local", "this is no SageMaker notebook instance, and nobody asked for AWS"
    )


def sagemaker_environment(metadata: pathlib.Path = METADATA) -> str | None:
    """Name the place on AWS where this kernel runs, or None if its metadata names none."""
    try:
        arn = json.loads(metadata.read_text())["ResourceArn"]
        kind = _ARN.fullmatch(arn)[1]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _PLACES.get(kind, "SageMaker Studio")


def _checked(value: str, where: str) -> str:
    if value not in BACKENDS:
        raise ValueError(
            f"{where} is {value!r}, but a backend is 'local' (SageMaker on this machine, for "
            "nothing) or 'aws' (your AWS account, which bills what runs)."
        )
    return value
