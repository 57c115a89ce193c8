"""Service Quotas: its operations, a function each, for the quotas in the catalogue.

Codes and texts of errors: AWS's where a public trace shows them (named beside them), else ours.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from botocore import xform_name

from helpers.catalog import quotas as catalogue
from helpers.local.services.quotas import applied
from helpers.local.services.quotas.pagination import Call, page
from helpers.local.services.sts_iam import CALLER_ARN
from helpers.local.state.database import Database, Document
from helpers.local.wire import aws_json
from helpers.local.wire.errors import AwsError, unsupported_operation
from helpers.local.wire.service_model import service_model
from helpers.local.wire.validation import validate

SERVICE = "service-quotas"  # botocore's name


def answer(target: str, body: bytes, region: str, database: Database) -> bytes:
    """The body of the answer to a request. Raises AwsError."""
    operation, params = aws_json.parse(target, body, SERVICE)
    function = served().get(operation)
    if function is None:
        raise unsupported_operation(f"{operation} of Service Quotas", served())
    validate(operation, params, SERVICE)
    return aws_json.serialize(
        operation, function(Call(operation, params, region, database)), SERVICE
    )


def served() -> dict[str, Callable[[Call], dict]]:
    """All operations that are served, by AWS's name."""
    return {
        operation: globals()[name]
        for operation in service_model(SERVICE).operation_names
        if (name := xform_name(operation)) in globals()
    }


def list_services(call: Call) -> dict:
    only = {"ServiceCode": catalogue.SERVICE_CODE, "ServiceName": catalogue.SERVICE_NAME}
    return page(call, "Services", [only])


def list_service_quotas(call: Call) -> dict:
    _check_service(call.params)
    code = call.params.get("QuotaCode")
    # all of SageMaker's are of the account, none of a single resource
    quotas = [] if call.params.get("QuotaAppliedAtLevel") == "RESOURCE" else _quotas(code)
    return page(call, "Quotas", (_applied(call, quota) for quota in quotas))


def list_aws_default_service_quotas(call: Call) -> dict:
    _check_service(call.params)
    return page(call, "Quotas", (_shown(call, quota, quota.default) for quota in _quotas()))


def get_service_quota(call: Call) -> dict:
    quota = _find(call.params)
    _refuse_context(call.params)
    return {"Quota": _applied(call, quota)}


def get_aws_default_service_quota(call: Call) -> dict:
    quota = _find(call.params)
    return {"Quota": _shown(call, quota, quota.default)}


def request_service_quota_increase(call: Call) -> dict:
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
        made = applied.add_request(
            call.database, call.region, quota, desired, CALLER_ARN, datetime.now(UTC)
        )
    return {"RequestedQuota": made}


def get_requested_service_quota_change(call: Call) -> dict:
    wanted = call.params["RequestId"]
    for request in _requests(call):
        if request["Id"] == wanted:
            return {"RequestedQuota": request}
    raise AwsError(
        "NoSuchResourceException",
        f"The request failed because the specified quota increase request {wanted} does not exist "
        f"in {call.region}.",
    )


def list_requested_service_quota_change_history(call: Call) -> dict:
    if "ServiceCode" in call.params:
        _check_service(call.params)
    return page(call, "RequestedQuotas", _matching(call))


def list_requested_service_quota_change_history_by_quota(call: Call) -> dict:
    code = _find(call.params).code
    found = [request for request in _matching(call) if request["QuotaCode"] == code]
    return page(call, "RequestedQuotas", found)


def _quotas(code: str | None = None) -> Iterable[catalogue.Quota]:
    quotas = sorted(catalogue.by_code().values())
    return [quota for quota in quotas if code in (None, quota.code)]


def _requests(call: Call) -> list[Document]:
    return applied.requests(call.database, call.region, datetime.now(UTC))


def _matching(call: Call) -> list[Document]:
    """The requests of the status and the level that are asked for."""
    if call.params.get("QuotaRequestedAtLevel") == "RESOURCE":
        return []
    status = call.params.get("Status")
    return [request for request in _requests(call) if status in (None, request["Status"])]


def _applied(call: Call, quota: catalogue.Quota) -> dict:
    value = applied.applied(call.database, call.region, quota)
    return {**_shown(call, quota, value), "QuotaAppliedAtLevel": "ACCOUNT"}


def _shown(call: Call, quota: catalogue.Quota, value: float) -> dict:
    return {
        "ServiceCode": catalogue.SERVICE_CODE,
        "ServiceName": catalogue.SERVICE_NAME,
        "QuotaArn": quota.arn(call.region),
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,  # only such rows are in the catalogue's sources
        "GlobalQuota": False,
    }


def _check_service(params: dict) -> None:
    if params["ServiceCode"] != catalogue.SERVICE_CODE:
        raise AwsError(  # documentation of Terraform's data source aws_servicequotas_service
            "NoSuchResourceException",
            "The request failed because the specified service does not exist. (The Local "
            f"SageMaker has the quotas of '{catalogue.SERVICE_CODE}' only.)",
        )


def _find(params: dict) -> catalogue.Quota:
    _check_service(params)
    quota = catalogue.by_code().get(params["QuotaCode"])
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
