"""Check requests to CloudWatch Logs, as AWS does; moto takes any name and any retention."""

from collections.abc import Mapping
from typing import Any

from moto.logs.exceptions import InvalidParameterException
from moto.logs.responses import LogsResponse

from helpers.local.services.request_checks import check_before, check_constraints

# API_PutRetentionPolicy
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180),
    *(365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def patch_moto() -> None:
    """Make moto's CloudWatch Logs refuse what AWS's refuses."""
    check_before(LogsResponse, check)


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Check a request.

    Source of the text about days: aws-cdk issue 1343.

    Raises
    ------
    InvalidParameterException
        If a constraint of the service model is violated, or no log group can have this retention.
    """
    check_constraints(operation, request, "logs", InvalidParameterException)
    days = request.get("retentionInDays")
    if operation == "PutRetentionPolicy" and days not in RETENTION_DAYS:
        raise InvalidParameterException(
            f"Invalid retention value. Valid values are: {list(RETENTION_DAYS)}"
        )
