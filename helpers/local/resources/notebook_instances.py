"""Notebook instances: create, describe, list, update, start, stop, delete, and their URL."""

import secrets
from collections.abc import Callable
from urllib.parse import urlencode

from helpers.catalog.resource_types import NOTEBOOK_INSTANCE
from helpers.local.resources.call import Call
from helpers.local.resources.checks import check_job_role
from helpers.local.resources.notebook_lifecycle_configs import check_exists
from helpers.local.resources.pagination import list_page
from helpers.local.runtime.notebooks import TOKEN, NotebookInstance
from helpers.local.runtime.workloads import now
from helpers.local.services.quotas import limits
from helpers.local.state.database import Document
from helpers.local.wire.errors import ValidationException

PLATFORM = "notebook-al2023-v1"
# Amazon Linux 2: no new instance and no start since 2026-07-01; Amazon Linux 1: none since 2024.
# Source: SageMaker Developer Guide, "Amazon Linux 2 notebook instances".
RETIRED_PLATFORMS = ("notebook-al1-v1", "notebook-al2-v1", "notebook-al2-v2", "notebook-al2-v3")
# "AL2023 notebook instances" of the same guide.
NOT_ON_AL2023 = ("ml.p2.", "ml.p3.", "ml.p3dn.", "ml.inf1.", "ml.g3.")
MIN_VOLUME_GB = 5  # the default too (API_CreateNotebookInstance)
STOPPED_STATUSES = ("Stopped", "Failed")
SUMMARY = (
    "NotebookInstanceName",
    "NotebookInstanceArn",
    "NotebookInstanceStatus",
    "Url",
    "InstanceType",
    "CreationTime",
    "LastModifiedTime",
    "NotebookInstanceLifecycleConfigName",
)
# Members of a request, and what they are called in the Describe answer.
COPIED_MEMBERS = {
    "InstanceType": "InstanceType",
    "RoleArn": "RoleArn",
    "SubnetId": "SubnetId",
    "SecurityGroupIds": "SecurityGroups",
    "IpAddressType": "IpAddressType",
    "KmsKeyId": "KmsKeyId",
    "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
    "DirectInternetAccess": "DirectInternetAccess",
    "VolumeSizeInGB": "VolumeSizeInGB",
    "RootAccess": "RootAccess",
    "PlatformIdentifier": "PlatformIdentifier",
    "InstanceMetadataServiceConfiguration": "InstanceMetadataServiceConfiguration",
}


def create_notebook_instance(call: Call) -> dict:
    params, created = call.params, now()
    name = params["NotebookInstanceName"]
    arn = call.arn(NOTEBOOK_INSTANCE, name)
    document = {
        "NotebookInstanceName": name,
        "NotebookInstanceArn": arn,
        "NotebookInstanceStatus": "Pending",
        "CreationTime": created,
        "LastModifiedTime": created,
        "DirectInternetAccess": "Enabled",
        "VolumeSizeInGB": MIN_VOLUME_GB,
        "RootAccess": "Enabled",
        "PlatformIdentifier": PLATFORM,
        "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"},
        **_copied_members(params),
        TOKEN: secrets.token_hex(24),
    }
    _check(call, document)
    taken = ValidationException(f"Cannot create a duplicate Notebook Instance ({arn})")
    call.insert(NOTEBOOK_INSTANCE, document, taken)
    _start(call, document, ("LifecycleConfigOnCreate", "LifecycleConfigOnStart"))
    return {"NotebookInstanceArn": arn}


def describe_notebook_instance(call: Call) -> dict:
    return {member: value for member, value in _find(call).items() if member != TOKEN}


def list_notebook_instances(call: Call) -> dict:
    page, token = list_page(
        call,
        NOTEBOOK_INSTANCE,
        SUMMARY,
        order="Ascending",
        sort_by="Name",
        fits=lambda instance: _matches_filters(call.params, instance),
    )
    return {"NotebookInstances": page, "NextToken": token}


def update_notebook_instance(call: Call) -> dict:
    params = call.params

    def change(document: Document) -> None:
        _require_status(document, STOPPED_STATUSES, "Updating")
        smallest = document["VolumeSizeInGB"]
        document.update(
            _copied_members(params), NotebookInstanceStatus="Stopped", LastModifiedTime=now()
        )
        document.pop("FailureReason", None)
        if params.get("DisassociateLifecycleConfig"):
            document.pop("NotebookInstanceLifecycleConfigName", None)
        if document["VolumeSizeInGB"] < smallest:
            raise ValidationException(  # the rule is AWS's, the wording ours
                f"The volume of a notebook instance can grow, not shrink: it has {smallest} GB."
            )
        _check(call, document)

    _change(call, change)
    return {}


def start_notebook_instance(call: Call) -> None:
    def change(document: Document) -> None:
        _require_status(document, STOPPED_STATUSES, "Pending")
        _check(call, document)
        limits.check(call.database, call.region, NOTEBOOK_INSTANCE, document)
        document.pop("FailureReason", None)
        document.update(NotebookInstanceStatus="Pending", LastModifiedTime=now())

    _start(call, _change(call, change), ("LifecycleConfigOnStart",))


def stop_notebook_instance(call: Call) -> None:
    def change(document: Document) -> None:
        _require_status(document, ("InService",), "Stopping")
        document.update(NotebookInstanceStatus="Stopping", LastModifiedTime=now())

    instance = _change(call, change)
    call.context.statuses.notify(instance["NotebookInstanceArn"])
    call.runner.stop(instance["NotebookInstanceArn"])


def delete_notebook_instance(call: Call) -> None:
    """Its volume would go with it on AWS; here its files are the checkout's, and stay."""
    instance = _change(
        call, lambda document: _require_status(document, STOPPED_STATUSES, "Deleting")
    )
    call.delete(NOTEBOOK_INSTANCE, instance)


def create_presigned_notebook_instance_url(call: Call) -> dict:
    """A URL with the token of this instance's JupyterLab: good for as long as that runs."""
    instance = _find(call)
    if instance["NotebookInstanceStatus"] != "InService":
        raise ValidationException(  # the wording is ours
            f"Status ({instance['NotebookInstanceStatus']}) not in ([InService]). Unable to create "
            f"a URL for Notebook Instance ({instance['NotebookInstanceArn']})."
        )
    query = urlencode({"token": instance[TOKEN]})
    return {"AuthorizedUrl": f"{instance['Url']}/tree/Tutorial?{query}"}


def _find(call: Call) -> Document:
    return call.find(NOTEBOOK_INSTANCE, _not_found())


def _change(call: Call, change: Callable[[Document], None]) -> Document:
    return call.change(NOTEBOOK_INSTANCE, change, _not_found())


def _not_found() -> ValidationException:
    return ValidationException("RecordNotFound")


def _require_status(document: Document, fit: tuple[str, ...], to: str) -> None:
    """Refuse another status in AWS's words (aws/amazon-sagemaker-examples issues 1094 and 1798)."""
    status, arn = document["NotebookInstanceStatus"], document["NotebookInstanceArn"]
    if status not in fit:
        raise ValidationException(
            f"Status ({status}) not in ([{', '.join(fit)}]). Unable to transition to ({to}) for "
            f"Notebook Instance ({arn})."
        )


def _copied_members(params: dict) -> dict:
    return {shown: params[member] for member, shown in COPIED_MEMBERS.items() if member in params}


def _check(call: Call, document: Document) -> None:
    """What a notebook instance asks of its settings. The rules are AWS's, the wordings ours."""
    platform, instance_type = document["PlatformIdentifier"], document["InstanceType"]
    if platform in RETIRED_PLATFORMS:
        raise ValidationException(  # the first sentence: orcasecurity-research/AIGoat issue 10
            f"Platform identifier ({platform}) is not supported for this service. "
            f"(It has ended: choose {PLATFORM}, which is Amazon Linux 2023.)"
        )
    if instance_type.startswith(NOT_ON_AL2023):
        raise ValidationException(f"The platform {platform} does not support {instance_type}.")
    if document["DirectInternetAccess"] == "Disabled" and "SubnetId" not in document:
        raise ValidationException("DirectInternetAccess can be Disabled only with a SubnetId.")
    check_job_role(document["RoleArn"])
    if config := document.get("NotebookInstanceLifecycleConfigName"):
        check_exists(call, config)


def _matches_filters(params: dict, document: Document) -> bool:
    """The filters that only notebook instances have. None here has a code repository."""
    config = params.get("NotebookInstanceLifecycleConfigNameContains", "")
    if params.get("DefaultCodeRepositoryContains") or params.get("AdditionalCodeRepositoryEquals"):
        return False
    return config.lower() in document.get("NotebookInstanceLifecycleConfigName", "").lower()


def _start(call: Call, document: Document, hooks: tuple[str, ...]) -> None:
    """Start its JupyterLab. What its lifecycle configuration would do is said, not done."""
    name, arn = document["NotebookInstanceName"], document["NotebookInstanceArn"]
    if config := document.get("NotebookInstanceLifecycleConfigName"):
        for hook in hooks:
            log = call.context.logs.stream(
                call.region, NOTEBOOK_INSTANCE.log_group, f"{name}/{hook}"
            )
            log.write(
                f"The Local SageMaker keeps the scripts of {config} and does not run them: on AWS "
                "they run as root on the instance, here that would be your machine."
            )
    call.runner.start(NotebookInstance(call.context, call.region, name, arn))
