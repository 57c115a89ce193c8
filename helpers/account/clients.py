"""Calls of AWS: clients that retry, and what an error means."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from helpers.account.target import Target

Clients = Callable[[str], BaseClient]
WORKERS = 8  # concurrent calls: tags and descriptions are one call a resource
ATTEMPTS = 8  # of a throttled call; botocore waits up to 20 s between two
_GONE_CODES = re.compile(
    r"ResourceNotFound(Exception)?|NotFoundException|NoSuch(Bucket|Upload)|404"
)
# SageMaker answers a Describe or Delete of what does not exist by ValidationException, with another
# message for each operation.
_GONE_TEXTS = re.compile(
    r"Could not find|RecordNotFound|Requested resource not found|can't find|does not exist"
)
_DENIED_CODES = re.compile(
    r"AccessDenied(Exception)?|AuthorizationError|Unauthorized(Exception|Operation)|403"
)


def make_client(
    target: Target, service: str, region: str | None = None, **config: Any
) -> BaseClient:
    """Make a client that retries throttled calls; `config` as for botocore's Config."""
    retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
    return target.session.client(
        service, region_name=region or target.region, config=Config(retries=retries, **config)
    )


def client_cache(target: Target) -> Clients:
    """The clients of a target, each made once: ``clients("s3")``."""
    return cache(partial(make_client, target))


def error_code(error: Exception) -> str:
    """The error code of AWS's answer; empty for an error of another kind."""
    return getattr(error, "response", {}).get("Error", {}).get("Code", "")


def is_gone(error: ClientError) -> bool:
    """Whether the requested resource does not exist."""
    if _GONE_CODES.fullmatch(error_code(error)):
        return True
    message = error.response["Error"].get("Message", "")
    return error_code(error).startswith("Validation") and bool(_GONE_TEXTS.search(message))


def none_if_gone(call: Callable, **parameters: Any) -> Any:
    """Call AWS about a resource; return None if it does not exist."""
    try:
        return call(**parameters)
    except ClientError as error:
        if is_gone(error):
            return None
        raise


def is_denied(error: Exception) -> bool:
    """Whether the caller lacks a permission."""
    return bool(_DENIED_CODES.fullmatch(error_code(error)))


def is_unsupported_locally(error: Exception) -> bool:
    """Whether the Local SageMaker does not support the operation: then no such resources exist."""
    return error_code(error) == "UnknownOperationException"


def required_action(error: ClientError, service: str) -> str:
    """The IAM action that a denied call needs, such as ``sagemaker:ListModels``.

    AWS's message names it ("is not authorized to perform: ..."), but S3's doesn't.
    """
    if match := re.search(r"not authorized to perform: (\S+)", str(error)):
        return match[1]
    actions = {
        "HeadBucket": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListObjectVersions": "ListBucketVersions",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "DeleteObjects": "DeleteObject",
        "ListBuckets": "ListAllMyBuckets",
        "DescribeBudgets": "ViewBudget",
        "DeleteBudget": "ModifyBudget",
    }
    return f"{service}:{actions.get(error.operation_name, error.operation_name)}"


def explain(error: Exception, service: str) -> str:
    """Say why a call failed; of a denied one, which permission is missing."""
    if is_denied(error):
        return f"permission {required_action(error, service)} is missing"
    if is_unsupported_locally(error):
        return f"the Local SageMaker does not support {error.operation_name}"
    return str(error)
