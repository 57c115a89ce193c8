"""Calls of AWS: clients that retry, and what an error means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    from helpers.account.target import Target

WORKERS = 8  # calls at a time: tags and descriptions are one call a resource
ATTEMPTS = 8  # of a throttled call; botocore waits up to 20 s between two
# SageMaker answers a Describe or Delete of what is not there by ValidationException, with a text of
# its own for each operation.
_GONE_CODES = {
    "ResourceNotFound",
    "ResourceNotFoundException",
    "NotFoundException",
    "NoSuchBucket",
    "NoSuchUpload",
    "404",
}
_GONE_TEXTS = re.compile(
    r"Could not find|RecordNotFound|Requested resource not found|can't find|does not exist"
)
_DENIED_CODES = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "403",
}


def make_client(
    place: Target, service: str, region: str | None = None, **timeouts: float
) -> BaseClient:
    """A client of a place that tries throttled calls again; timeouts: as botocore names them."""
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
    config = Config(retries=retries, **timeouts)
    return place.session.client(service, region_name=region or place.region, config=config)


class ClientCache:
    """The clients of a place, each made once: ``clients("s3")``."""

    def __init__(self, place: Target):
        self._place = place
        self._made: dict[str, BaseClient] = {}

    def __call__(self, service: str) -> BaseClient:
        if service not in self._made:
            self._made[service] = make_client(self._place, service)
        return self._made[service]


def error_code(error: Exception) -> str:
    """The code of AWS's answer; empty for an error that is none."""
    return getattr(error, "response", {}).get("Error", {}).get("Code", "")


def is_gone(error: ClientError) -> bool:
    """Whether the resource that was asked for is not there."""
    if error_code(error) in _GONE_CODES:
        return True
    text = error.response["Error"].get("Message", "")
    return error_code(error).startswith("Validation") and bool(_GONE_TEXTS.search(text))


def is_denied(error: Exception) -> bool:
    """Whether the caller has no permission."""
    return error_code(error) in _DENIED_CODES


def is_unsupported_locally(error: ClientError) -> bool:
    """Whether the Local SageMaker does not serve the operation: then there are no such things."""
    return error_code(error) == "UnknownOperationException"


def required_action(error: ClientError, service: str) -> str:
    """The IAM action that a denied call needs, such as ``sagemaker:ListModels``.

    AWS's text names it ("is not authorized to perform: ..."), but S3's doesn't.
    """
    if named := re.search(r"not authorized to perform: (\S+)", str(error)):
        return named[1]
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
