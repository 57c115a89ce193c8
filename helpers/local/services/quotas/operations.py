"""The operations of Service Quotas, one function each, for the quotas in the catalog.

Codes and texts of errors: AWS's where a public trace shows them (named beside them), else ours.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from helpers.catalog import quotas as catalog
from helpers.local.services.quotas import applied
from helpers.local.services.quotas.pagination import Call, page
from helpers.local.services.sts_iam import CALLER_ARN
from helpers.local.state.database import Database, Document
from helpers.local.wire import aws_json
from helpers.local.wire.errors import AwsError, unsupported_operation
from helpers.local.wire.validation import validate

SERVICE = "service-quotas"  # botocore's name

Operation = Callable[[Call], dict]
OPERATIONS: dict[str, Operation] = {}
"""The operations that are served, by AWS's name."""


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register a function as the operation of this name."""

    def register(function: Operation) -> Operation:
        OPERATIONS[name] = function
        return function

    return register


def answer(target: str, body: bytes, region: str, database: Database) -> bytes:
    """Return the body of the response to a request.

    Parameters
    ----------
    target
        The header `X-Amz-Target`.
    body
        The JSON document.
    region
        Whose quotas are meant.
    database
        Has the applied values and the requests.

    Raises
    ------
    AwsError
        As AWS would answer; UnknownOperationException for what is not served.
    """
    name, params = aws_json.parse(target, body, SERVICE)
    if name not in OPERATIONS:
        raise unsupported_operation(f"{name} of Service Quotas", OPERATIONS)
    validate(name, params, SERVICE)
    result = OPERATIONS[name](Call(name, params, region, database))
    return aws_json.serialize(name, result, SERVICE)


@operation("ListServices")
def list_services(call: Call) -> dict:
    """List the only service whose quotas are in the catalog: SageMaker."""
    sagemaker = {"ServiceCode": catalog.SERVICE_CODE, "ServiceName": catalog.SERVICE_NAME}
    return page(call, "Services", [sagemaker])


@operation("ListServiceQuotas")
def list_service_quotas(call: Call) -> dict:
    """List quotas with their applied values."""
    _check_service(call.params)
    code = call.params.get("QuotaCode")
    # all of SageMaker's quotas are of the account, none of a single resource
    quotas = [] if call.params.get("QuotaAppliedAtLevel") == "RESOURCE" else _quotas(code)
    return page(call, "Quotas", (_applied(call, quota) for quota in quotas))


@operation("ListAWSDefaultServiceQuotas")
def list_aws_default_service_quotas(call: Call) -> dict:
    """List quotas with their default values."""
    _check_service(call.params)
    return page(call, "Quotas", (_describe(call, quota, quota.default) for quota in _quotas()))


@operation("GetServiceQuota")
def get_service_quota(call: Call) -> dict:
    """Return a quota with its applied value."""
    quota = _find(call.params)
    _refuse_context(call.params)
    return {"Quota": _applied(call, quota)}


@operation("GetAWSDefaultServiceQuota")
def get_aws_default_service_quota(call: Call) -> dict:
    """Return a quota with its default value."""
    quota = _find(call.params)
    return {"Quota": _describe(call, quota, quota.default)}


@operation("RequestServiceQuotaIncrease")
def request_service_quota_increase(call: Call) -> dict:
    """Open a request, unless one is open or the value is not higher than the present one."""
    quota, desired = _find(call.params), call.params["DesiredValue"]
    _refuse_context(call.params)
    with call.database.transaction():  # of two requests at once one is refused
        if applied.open_request(call.database, call.region, quota.code):
            raise AwsError(  # hashicorp/terraform-provider-aws issue 19657
                "ResourceAlreadyExistsException",
                "Only one open service quota increase request is allowed per quota.",
            )
        if desired <= applied.applied(call.database, call.region, quota):
            raise AwsError(  # cloud-custodian/cloud-custodian pull request 8939
                "IllegalArgumentException",
                "You must provide a quota value greater than the current quota value",
            )
        if desired <= quota.default:  # "... of 4000000.0" in a trace of 2025
            raise AwsError(
                "IllegalArgumentException",
                "You must provide a quota value greater than the default quota value of "
                f"{quota.default}",
            )
        request = applied.add_request(
            call.database, call.region, quota, desired, CALLER_ARN, datetime.now(UTC)
        )
    return {"RequestedQuota": request}


@operation("GetRequestedServiceQuotaChange")
def get_requested_service_quota_change(call: Call) -> dict:
    """Return a request by its ID."""
    request_id = call.params["RequestId"]
    for request in _requests(call):
        if request["Id"] == request_id:
            return {"RequestedQuota": request}
    raise AwsError(
        "NoSuchResourceException",
        f"The request failed because the specified quota increase request {request_id} does not "
        f"exist in {call.region}.",
    )


@operation("ListRequestedServiceQuotaChangeHistory")
def list_requested_service_quota_change_history(call: Call) -> dict:
    """List requests, the newest first."""
    if "ServiceCode" in call.params:
        _check_service(call.params)
    return page(call, "RequestedQuotas", _matching(call))


@operation("ListRequestedServiceQuotaChangeHistoryByQuota")
def list_requested_service_quota_change_history_by_quota(call: Call) -> dict:
    """List the requests for one quota, the newest first."""
    code = _find(call.params).code
    requests = [request for request in _matching(call) if request["QuotaCode"] == code]
    return page(call, "RequestedQuotas", requests)


def _quotas(code: str | None = None) -> Iterable[catalog.Quota]:
    quotas = sorted(catalog.by_code().values())
    return [quota for quota in quotas if code in (None, quota.code)]


def _requests(call: Call) -> list[Document]:
    return applied.requests(call.database, call.region, datetime.now(UTC))


def _matching(call: Call) -> list[Document]:
    """Return the requests of the Status and the QuotaRequestedAtLevel in the call."""
    if call.params.get("QuotaRequestedAtLevel") == "RESOURCE":
        return []
    status = call.params.get("Status")
    return [request for request in _requests(call) if status in (None, request["Status"])]


def _applied(call: Call, quota: catalog.Quota) -> dict:
    value = applied.applied(call.database, call.region, quota)
    return {**_describe(call, quota, value), "QuotaAppliedAtLevel": "ACCOUNT"}


def _describe(call: Call, quota: catalog.Quota, value: float) -> dict:
    return {
        "ServiceCode": catalog.SERVICE_CODE,
        "ServiceName": catalog.SERVICE_NAME,
        "QuotaArn": quota.arn(call.region),
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,  # only such rows are in the catalog's sources
        "GlobalQuota": False,
    }


def _check_service(params: dict) -> None:
    if params["ServiceCode"] != catalog.SERVICE_CODE:
        raise AwsError(  # documentation of Terraform's data source aws_servicequotas_service
            "NoSuchResourceException",
            "The request failed because the specified service does not exist. (The Local "
            f"SageMaker has the quotas of '{catalog.SERVICE_CODE}' only.)",
        )


def _find(params: dict) -> catalog.Quota:
    _check_service(params)
    quota = catalog.by_code().get(params["QuotaCode"])
    if quota is None:
        raise AwsError(
            "NoSuchResourceException",
            f"The request failed because the specified quota {params['QuotaCode']} does not exist "
            f"for service {params['ServiceCode']}. (The Local SageMaker has the quotas that the "
            "course names; ListServiceQuotas lists them.)",
        )
    return quota


def _refuse_context(params: dict) -> None:
    if "ContextId" in params:
        raise AwsError(
            "IllegalArgumentException",
            "SageMaker's quotas are of the account, not of a resource: leave ContextId out.",
        )
