"""Notebook instances: create, describe, list, update, start, stop, delete, and their URL."""

import secrets
from urllib.parse import urlencode

from helpers.local.resources.call import Call
from helpers.local.resources.checks import check_job_role
from helpers.local.resources.notebook_lifecycle_configs import check_exists
from helpers.local.resources.pagination import list_page, summaries
from helpers.local.runtime.notebooks import KIND, LOG_GROUP, TOKEN, NotebookInstance
from helpers.local.runtime.workloads import now
from helpers.local.services.quotas import limits
from helpers.local.state.database import AlreadyExistsError, Document
from helpers.local.wire.errors import ValidationException

PLATFORM = "notebook-al2023-v1"
# Amazon Linux 2: no new instance and no start since 2026-07-01; Amazon Linux 1: none since 2024.
# Source: SageMaker Developer Guide, "Amazon Linux 2 notebook instances".
ENDED = ("notebook-al1-v1", "notebook-al2-v1", "notebook-al2-v2", "notebook-al2-v3")
# "AL2023 notebook instances" of the same guide.
NOT_ON_AL2023 = ("ml.p2.", "ml.p3.", "ml.p3dn.", "ml.inf1.", "ml.g3.")
SMALLEST_VOLUME = 5  # GB, the default too (API_CreateNotebookInstance)
AT_REST = ("Stopped", "Failed")
SUMMARY = (
    "NotebookInstanceName",
    "NotebookInstanceArn",
    "NotebookInstanceStatus",
    "Url",
    "InstanceType",
    "CreationTime",
    "LastModifiedTime",
    "NotebookInstanceLifecycleConfigName",
    "DefaultCodeRepository",
    "AdditionalCodeRepositories",
)
# Members of a request, and what they are called in the Describe answer.
KEPT = {
    "InstanceType": "InstanceType",
    "RoleArn": "RoleArn",
    "SubnetId": "SubnetId",
    "SecurityGroupIds": "SecurityGroups",
    "IpAddressType": "IpAddressType",
    "KmsKeyId": "KmsKeyId",
    "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
    "DirectInternetAccess": "DirectInternetAccess",
    "VolumeSizeInGB": "VolumeSizeInGB",
    "AcceleratorTypes": "AcceleratorTypes",
    "DefaultCodeRepository": "DefaultCodeRepository",
    "AdditionalCodeRepositories": "AdditionalCodeRepositories",
    "RootAccess": "RootAccess",
    "PlatformIdentifier": "PlatformIdentifier",
    "InstanceMetadataServiceConfiguration": "InstanceMetadataServiceConfiguration",
}
DROPPED = {  # what a flag of UpdateNotebookInstance removes
    "DisassociateLifecycleConfig": "NotebookInstanceLifecycleConfigName",
    "DisassociateAcceleratorTypes": "AcceleratorTypes",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
}


def create_notebook_instance(call: Call) -> dict:
    params, moment = call.params, now()
    name = params["NotebookInstanceName"]
    arn = call.arn(KIND, name)
    document = {
        "NotebookInstanceName": name,
        "NotebookInstanceArn": arn,
        "NotebookInstanceStatus": "Pending",
        "CreationTime": moment,
        "LastModifiedTime": moment,
        "DirectInternetAccess": "Enabled",
        "VolumeSizeInGB": SMALLEST_VOLUME,
        "RootAccess": "Enabled",
        "PlatformIdentifier": PLATFORM,
        "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"},
        **_given(params),
        TOKEN: secrets.token_hex(24),
    }
    _check(call, document)
    try:
        with call.database.transaction():
            call.database.insert(KIND, call.region, name, document, params.get("Tags", []), arn)
            limits.check_notebooks(call.database, call.region)
            _check_quota(call, document)
    except AlreadyExistsError:
        raise ValidationException(f"Cannot create a duplicate Notebook Instance ({arn})") from None
    _open(call, document, ("LifecycleConfigOnCreate", "LifecycleConfigOnStart"))
    return {"NotebookInstanceArn": arn}


def describe_notebook_instance(call: Call) -> dict:
    return {member: value for member, value in _find(call).items() if member != TOKEN}


def list_notebook_instances(call: Call) -> dict:
    every = [item for item in call.database.every(KIND, call.region) if _fits(call.params, item)]
    page, token = list_page(
        {"SortBy": "Name", **call.params},
        every,
        name="NotebookInstanceName",
        status="NotebookInstanceStatus",
        order="Ascending",
    )
    return {"NotebookInstances": summaries(page, SUMMARY), "NextToken": token}


def update_notebook_instance(call: Call) -> dict:
    params = call.params

    def change(document: Document) -> None:
        _need_status(document, AT_REST, "Updating")
        smallest = document["VolumeSizeInGB"]
        document.update(_given(params), NotebookInstanceStatus="Stopped", LastModifiedTime=now())
        document.pop("FailureReason", None)
        for flag, member in DROPPED.items():
            if params.get(flag):
                document.pop(member, None)
        if document["VolumeSizeInGB"] < smallest:
            raise ValidationException(  # the rule is AWS's, the wording ours
                f"The volume of a notebook instance can grow, not shrink: it has {smallest} GB."
            )
        _check(call, document)

    _change(call, change)
    return {}


def start_notebook_instance(call: Call) -> None:
    def change(document: Document) -> None:
        _need_status(document, AT_REST, "Pending")
        _check(call, document)
        _check_quota(call, document)
        document.pop("FailureReason", None)
        document.update(NotebookInstanceStatus="Pending", LastModifiedTime=now())

    _open(call, _change(call, change), ("LifecycleConfigOnStart",))


def stop_notebook_instance(call: Call) -> None:
    def change(document: Document) -> None:
        _need_status(document, ("InService",), "Stopping")
        document.update(NotebookInstanceStatus="Stopping", LastModifiedTime=now())

    instance = _change(call, change)
    call.workshop.statuses.notify(instance["NotebookInstanceArn"])
    call.workshop.stop(instance["NotebookInstanceArn"])


def delete_notebook_instance(call: Call) -> None:
    """Its volume would go with it on AWS; here its files are the checkout's, and stay."""
    instance = _change(call, lambda document: _need_status(document, AT_REST, "Deleting"))
    arn = instance["NotebookInstanceArn"]
    call.database.delete(KIND, call.region, instance["NotebookInstanceName"], arn)


def create_presigned_notebook_instance_url(call: Call) -> dict:
    """A URL with the token of this instance's JupyterLab: good for as long as that runs."""
    instance = _find(call)
    if instance["NotebookInstanceStatus"] != "InService":
        raise ValidationException(  # the wording is ours
            f"Status ({instance['NotebookInstanceStatus']}) not in ([InService]). Unable to create "
            f"a URL for Notebook Instance ({instance['NotebookInstanceArn']})"
        )
    query = urlencode({"token": instance[TOKEN]})
    return {"AuthorizedUrl": f"{instance['Url']}/tree/Tutorial?{query}"}


def _find(call: Call) -> Document:
    instance = call.database.get(KIND, call.region, call.params["NotebookInstanceName"])
    if instance is None:
        raise ValidationException("RecordNotFound")
    return instance


def _change(call: Call, change) -> Document:
    """Check and change in one step, so that of two calls at once only one finds it fit."""
    name = call.params["NotebookInstanceName"]
    document = call.database.change(KIND, call.region, name, change)
    if document is None:
        raise ValidationException("RecordNotFound")
    return document


def _need_status(document: Document, fit: tuple[str, ...], to: str) -> None:
    status, arn = document["NotebookInstanceStatus"], document["NotebookInstanceArn"]
    if status not in fit:
        raise ValidationException(
            f"Status ({status}) not in ([{', '.join(fit)}]). Unable to transition to ({to}) for "
            f"Notebook Instance ({arn})"
        )


def _given(params: dict) -> dict:
    return {shown: params[member] for member, shown in KEPT.items() if member in params}


def _check(call: Call, document: Document) -> None:
    """What a notebook instance asks of its settings. The rules are AWS's, the wordings ours."""
    platform, kind = document["PlatformIdentifier"], document["InstanceType"]
    if platform in ENDED:
        raise ValidationException(
            f"The platform {platform} has ended: no notebook instance on it can be created or "
            f"started. Choose {PLATFORM} (Amazon Linux 2023)."
        )
    if kind.startswith(NOT_ON_AL2023):
        raise ValidationException(f"The platform {platform} does not support {kind}.")
    if document["DirectInternetAccess"] == "Disabled" and "SubnetId" not in document:
        raise ValidationException("DirectInternetAccess can be Disabled only with a SubnetId.")
    check_job_role(document["RoleArn"])
    if config := document.get("NotebookInstanceLifecycleConfigName"):
        check_exists(call, config)


def _check_quota(call: Call, document: Document) -> None:
    """An instance counts from its start to its stop. Raises AwsError ResourceLimitExceeded."""
    kind, arn = document["InstanceType"], document["NotebookInstanceArn"]
    limits.check(call.database, call.region, "notebook instance", kind, 1, arn)


def _fits(params: dict, document: Document) -> bool:
    """The filters that only notebook instances have."""
    config = params.get("NotebookInstanceLifecycleConfigNameContains", "")
    repository = params.get("DefaultCodeRepositoryContains", "")
    additional = params.get("AdditionalCodeRepositoryEquals")
    return (
        config.lower() in document.get("NotebookInstanceLifecycleConfigName", "").lower()
        and repository in document.get("DefaultCodeRepository", "")
        and additional in (None, *document.get("AdditionalCodeRepositories", ()))
    )


def _open(call: Call, document: Document, hooks: tuple[str, ...]) -> None:
    """Start its JupyterLab. What its lifecycle configuration would do is said, not done."""
    name, arn = document["NotebookInstanceName"], document["NotebookInstanceArn"]
    if config := document.get("NotebookInstanceLifecycleConfigName"):
        for hook in hooks:
            log = call.workshop.logs.stream(call.region, LOG_GROUP, f"{name}/{hook}")
            log.write(
                f"The Local SageMaker keeps the scripts of {config} and does not run them: on AWS "
                "they run as root on the instance, here that would be your machine."
            )
    call.workshop.start(NotebookInstance(call.workshop, call.region, name, arn))
