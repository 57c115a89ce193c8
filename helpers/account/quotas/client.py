"""What an account has of the quotas that are needed, by the API of Service Quotas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError

from helpers import cli
from helpers.account.clients import error_code, is_denied, make_client
from helpers.account.quotas.requirements import NEEDS, QuotaRequirement
from helpers.account.target import Target
from helpers.catalog.quotas import OPEN_STATUSES, SERVICE_CODE

ACTIONS = (
    "ListServiceQuotas",
    "ListAWSDefaultServiceQuotas",
    "ListRequestedServiceQuotaChangeHistory",
    "RequestServiceQuotaIncrease",
)
_THROTTLED_CODES = ("TooManyRequestsException", "ThrottlingException", "Throttling")
# Both were seen for a Region that the account had not opted in to: its keys are unknown there.
_UNKNOWN_KEY_CODES = ("UnrecognizedClientException", "InvalidClientTokenId")


class QuotaAccessError(cli.CommandError):
    """AWS refused to list quotas or to take a request; the message says why and what to do."""

    code = cli.NO_ANSWER


@dataclass
class QuotaStatus:
    """A requirement of the course, and what the account has; values count instances."""

    need: QuotaRequirement
    value: float | None  # AWS lists none that was never changed: then the default; None: unknown
    default: float | None
    request: dict[str, Any] | None = None  # the open one, as RequestedServiceQuotaChange

    @property
    def enough(self) -> bool:
        """Whether the account has what the course needs."""
        return self.value is not None and self.value >= self.need.count

    @property
    def desired(self) -> float:
        """The value to request: AWS refuses one up to its default, also if the account has less."""
        return max(self.need.count, (self.default or 0) + 1)


def check(target: Target, needs: Sequence[QuotaRequirement] = NEEDS) -> list[QuotaStatus]:
    """Compare needs with the account's quotas in the target's region. Raises QuotaAccessError."""
    codes = {need.code for need in needs}
    with _translate_errors(target):
        client = _client(target)
        applied = _values(client, "list_service_quotas", codes)
        defaults = _values(client, "list_aws_default_service_quotas", codes)
        paginator = client.get_paginator("list_requested_service_quota_change_history")
        requests = {
            request["QuotaCode"]: request
            for request in paginator.paginate(ServiceCode=SERVICE_CODE).search("RequestedQuotas")
            if request["Status"] in OPEN_STATUSES
        }
    statuses = []
    for need in needs:
        default, request = defaults.get(need.code), requests.get(need.code)
        statuses.append(QuotaStatus(need, applied.get(need.code, default), default, request))
    return statuses


def request_increase(target: Target, status: QuotaStatus) -> dict[str, Any]:
    """Request what the course needs of a quota that is too low.

    Returns AWS's RequestedServiceQuotaChange; if a request was opened meanwhile, that one's.
    Raises QuotaAccessError.
    """
    client = _client(target)
    with _translate_errors(target):
        try:
            return client.request_service_quota_increase(
                ServiceCode=SERVICE_CODE, QuotaCode=status.need.code, DesiredValue=status.desired
            )["RequestedQuota"]
        except client.exceptions.ResourceAlreadyExistsException:
            if request := check(target, [status.need])[0].request:
                return request
            raise


def _client(target: Target) -> BaseClient:
    return make_client(target, "service-quotas", connect_timeout=10, read_timeout=30)


def _values(client: BaseClient, operation: str, codes: set[str]) -> dict[str, float]:
    """Read the values of quotas. AWS has no filter: read its pages of some 2,000 to the last one.

    (The AWS CLI's --query works on each page alone, which is why it may show half of a list.)
    """
    values: dict[str, float] = {}
    for page in client.get_paginator(operation).paginate(ServiceCode=SERVICE_CODE):
        known = [quota for quota in page["Quotas"] if "Value" in quota]
        values |= {q["QuotaCode"]: q["Value"] for q in known if q["QuotaCode"] in codes}
        if codes <= values.keys():
            break
    return values


@contextmanager
def _translate_errors(target: Target) -> Iterator[None]:
    """Turn AWS's refusals into what a learner can do about them."""
    try:
        yield
    except ClientError as error:
        reason = _reason(error, target)
    except BotoCoreError as error:
        reason = f"Service Quotas can't be reached in {target.region}: {error}. Check the network."
    else:
        return
    raise QuotaAccessError(reason)


def _reason(error: ClientError, target: Target) -> str:
    code, action = error_code(error), f"servicequotas:{error.operation_name}"
    if is_denied(error):
        statement = {
            "Effect": "Allow",
            "Action": [f"servicequotas:{name}" for name in ACTIONS],
            "Resource": "*",
        }
        return (
            f"Permission {action} is missing. Ask whoever manages the account to add this "
            f"statement to one of your policies:\n{json.dumps(statement)}"
        )
    if code == "DependencyAccessDeniedException":
        return (
            f"{action} was refused: an account's first request creates the service-linked role of "
            "Service Quotas, which needs the permission iam:CreateServiceLinkedRole."
        )
    if code in _THROTTLED_CODES:
        return f"AWS still throttles {action} after eight attempts. Try again in a minute."
    if code in _UNKNOWN_KEY_CODES:
        return (
            f"{target.region} does not accept your keys: it may be a Region that an account must "
            f"opt in to. Enable it: aws account enable-region --region-name {target.region}. Or "
            "choose another: --region us-east-1"
        )
    return f"Service Quotas refused {action}: {error}"
