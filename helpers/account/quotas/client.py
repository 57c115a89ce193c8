"""What an account has of the quotas that are needed, by Service Quotas' own API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.account.clients import error_code, is_denied, make_client
from helpers.account.quotas.requirements import NEEDS, QuotaRequirement

if TYPE_CHECKING:
    from helpers.account.target import Target

SERVICE = "sagemaker"
OPEN = ("PENDING", "CASE_OPENED")
ACTIONS = (
    "ListServiceQuotas",
    "ListAWSDefaultServiceQuotas",
    "ListRequestedServiceQuotaChangeHistory",
    "RequestServiceQuotaIncrease",
)
_THROTTLED = ("TooManyRequestsException", "ThrottlingException", "Throttling")
# Both were seen for a Region that the account had not opted in to: its keys are unknown there.
_UNKNOWN_THERE = ("UnrecognizedClientException", "InvalidClientTokenId")


class QuotaAccessError(Exception):
    """AWS does not tell, or does not take the request: the message says why and what to do."""


@dataclass
class QuotaStatus:
    """One need against what the account has.

    value: the applied value; AWS lists none for a quota that was never changed, then its default.
        None: the quota is not known in this Region.
    default: AWS's default.
    request: the open request for more, as RequestedServiceQuotaChange, if there is one.
    """

    need: QuotaRequirement
    value: float | None
    default: float | None
    request: dict[str, Any] | None = None

    @property
    def enough(self) -> bool:
        return self.value is not None and self.value >= self.need.count

    @property
    def desired(self) -> float:
        """What to ask for: AWS takes no value up to its default, also from who has less."""
        return max(self.need.count, (self.default or 0) + 1)


def check(place: Target, needs: Sequence[QuotaRequirement] = NEEDS) -> list[QuotaStatus]:
    """Compare needs with the account, in the place's Region. Raises QuotaAccessError."""
    codes = {need.code for need in needs}
    with _translate_errors(place):
        asked = _client(place)
        applied = _values(asked, "list_service_quotas", codes)
        defaults = _values(asked, "list_aws_default_service_quotas", codes)
        pages = asked.get_paginator("list_requested_service_quota_change_history").paginate(
            ServiceCode=SERVICE
        )
        opened = {
            request["QuotaCode"]: request
            for page in pages
            for request in page["RequestedQuotas"]
            if request["Status"] in OPEN
        }
    return [
        QuotaStatus(
            need,
            applied.get(need.code, defaults.get(need.code)),
            defaults.get(need.code),
            opened.get(need.code),
        )
        for need in needs
    ]


def request_increase(place: Target, line: QuotaStatus) -> dict[str, Any]:
    """Request an increase to what is needed; returns AWS's RequestedServiceQuotaChange.

    If a request for it was opened meanwhile, that one. Raises QuotaAccessError.
    """
    asked = _client(place)
    with _translate_errors(place):
        try:
            return asked.request_service_quota_increase(
                ServiceCode=SERVICE,
                QuotaCode=line.need.code,
                DesiredValue=line.desired,
            )["RequestedQuota"]
        except asked.exceptions.ResourceAlreadyExistsException:
            if found := check(place, [line.need])[0].request:
                return found
            raise


def _client(place: Target):
    return make_client(place, "service-quotas", connect_timeout=10, read_timeout=30)


def _values(asked, operation: str, codes: Iterable[str]) -> dict[str, float]:
    """The wanted quotas' values. AWS has no filter: the pages of some 2,000 are read until found.

    (The AWS CLI's --query works on each page alone, which is why it may show half of a list.)
    """
    missing, found = set(codes), {}
    for page in asked.get_paginator(operation).paginate(ServiceCode=SERVICE):
        for quota in page["Quotas"]:
            if quota["QuotaCode"] in missing and "Value" in quota:
                found[quota["QuotaCode"]] = quota["Value"]
        if missing <= found.keys():
            break
    return found


@contextmanager
def _translate_errors(place: Target):
    """Turn AWS's refusals into what a learner can do about them."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise QuotaAccessError(_reason(error, place)) from error
    except BotoCoreError as error:
        raise QuotaAccessError(
            f"Service Quotas can't be reached in {place.region}: {error}. Check the network, and "
            "that the Region's name is right."
        ) from error


def _reason(error, place: Target) -> str:
    code, action = error_code(error), f"servicequotas:{error.operation_name}"
    if is_denied(error):
        statement = {
            "Effect": "Allow",
            "Action": [f"servicequotas:{name}" for name in ACTIONS],
            "Resource": "*",
        }
        return (
            f"You are not allowed to do {action}. Whoever manages the account adds this statement "
            f"to a policy of yours:\n{json.dumps(statement)}"
        )
    if code == "DependencyAccessDeniedException":
        return (
            f"{action} was refused: an account's first request makes the service-linked role of "
            "Service Quotas, for which you need iam:CreateServiceLinkedRole."
        )
    if code in _THROTTLED:
        return f"AWS still throttles {action} after eight attempts. Try again in a minute."
    if code in _UNKNOWN_THERE:
        return (
            f"{place.region} does not know your keys: it may be a Region that an account must opt "
            f"in to. Do it by `aws account enable-region --region-name {place.region}`, or choose "
            "another one: --region us-east-1"
        )
    return f"Service Quotas refused {action}: {error}"
