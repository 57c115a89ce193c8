"""Enforce the quotas: a call that would exceed one is refused in AWS's words."""

from collections import Counter

from helpers.catalog import quotas
from helpers.catalog.instance_types import has_local_storage
from helpers.catalog.resource_types import RESOURCE_TYPES, TRAINING_JOB, ResourceType
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database, Document
from helpers.local.wire.errors import AwsError

TOTAL_QUOTAS = {  # use of instances: the quota over all their types
    "training job": "Number of instances across all training jobs",
    "spot training job": "Number of instances across all spot training jobs",
    "transform job": "Number of instances across all transform jobs",
    "endpoint": "Number of instances across active endpoints",
}
# Transform jobs have no such quota; of other jobs' quotas none is served.
RUN_TIME_QUOTAS = {TRAINING_JOB.arn_type: "Longest run time for a training job"}
VOLUME_QUOTAS = {TRAINING_JOB.arn_type: "Size of EBS volume for a training job instance"}

PARALLEL_TRAINING_JOBS = (
    "Maximum number of training jobs each hyper parameter tuning job can run in parallel at once"
)
RANDOM_TRAINING_JOBS = (
    "Maximum number of training jobs that each hyperparameter tuning job with Random search "
    "strategy can create"
)

HOW_TO_INCREASE = (
    "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is "
    "not available, contact AWS support to request an increase for this quota."
)


def check(database: Database, region: str, resource: ResourceType, document: Document) -> None:
    """Refuse the instances of a resource that would exceed a quota of the local account.

    Call it in the transaction that inserts the resource or makes it busy: then of two calls for the
    last free instance one is refused, and its insert is rolled back. The resource itself may be in
    the database already, and is not counted. An instance type without a quota in the catalog is
    limited by the total only.

    Parameters
    ----------
    database
        With all resources of the account.
    region
        Of the resource.
    resource
        Its type, which knows the instances of a document.
    document
        The resource, as Describe would show it.

    Raises
    ------
    AwsError
        ResourceLimitExceeded.
    """
    for use, instance_type, count in resource.instances(document):
        used = in_use(database, region, use, without=document[resource.arn_member])
        quota = f"{instance_type} for {use} usage"
        _refuse_over(database, region, quota, used[instance_type], count)
        _refuse_over(database, region, TOTAL_QUOTAS.get(use), used.total(), count)


def in_use(database: Database, region: str, use: str, without: str = "") -> Counter[str]:
    """Count the instances in a use now, by instance type.

    Parameters
    ----------
    use
        Such as "training job".
    without
        The ARN of a resource that is not counted.
    """
    instances: Counter[str] = Counter()
    for resource in RESOURCE_TYPES:
        if not resource.busy:
            continue
        for document in database.list_by_status(resource.arn_type, region, resource.busy):
            if document[resource.arn_member] != without:
                for item in resource.instances(document):
                    if item.use == use:
                        instances[item.instance_type] += item.count
    return instances


def check_number(database: Database, region: str, resource: ResourceType) -> None:
    """Refuse the resource that was inserted last if more exist than a quota allows.

    All count, running or not, so that starting one is never refused for it. Source of the text and
    of the counting: aws-cloudformation/rain, issue 468, GetNotebookInstances.

    Raises
    ------
    AwsError
        ResourceLimitExceeded.
    """
    if not resource.number_quota:
        return
    others = database.count(resource.arn_type, region) - 1
    _refuse_over(database, region, resource.number_quota, others, 1, f"{resource.prefix}s")


def check_run_time(
    database: Database, region: str, resource: ResourceType, document: Document
) -> None:
    """Refuse a job that asks for a longer run time than a quota allows.

    Source of the quota: the developer guide, "Training Limits per Region". AWS's text for this one
    is not public; it is that of the other quotas.

    Raises
    ------
    AwsError
        ResourceLimitExceeded.
    """
    if quota := RUN_TIME_QUOTAS.get(resource.arn_type):
        seconds = document["StoppingCondition"]["MaxRuntimeInSeconds"]
        _refuse_over(database, region, quota, 0, seconds, "Seconds")


def check_volume(
    database: Database, region: str, resource: ResourceType, document: Document
) -> None:
    """Refuse a job whose instances would have a larger EBS volume than a quota allows.

    Source of the text: that of CreateProcessingJob for its own quota (aws/sagemaker-python-sdk
    issue 4939).

    Raises
    ------
    AwsError
        ResourceLimitExceeded.
    """
    quota = quotas.by_name().get(VOLUME_QUOTAS.get(resource.arn_type))
    if quota is None or has_local_storage(document["ResourceConfig"]["InstanceType"]):
        return
    size = document["ResourceConfig"].get("VolumeSizeInGB", 0)
    value = applied.applied(database, region, quota)
    if size > value:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The request delta of {size} GBs for '{quota.name}' is greater than the account-level "
            f"service-limit of {value:.0f} GBs. {HOW_TO_INCREASE}",
        )


def check_value(database: Database, region: str, name: str, count: int) -> None:
    """Refuse a tuning job that asks for more training jobs than the quota of this name allows.

    Raises
    ------
    AwsError
        ResourceLimitExceeded.
    """
    _refuse_over(database, region, name, 0, count, "Training jobs")


def _refuse_over(
    database: Database,
    region: str,
    name: str | None,
    used: int,
    count: int,
    unit: str = "Instances",
) -> None:
    """Refuse `count` more of something if a quota of this name is in the catalog and too low."""
    quota = quotas.by_name().get(name)
    if quota is None:
        return
    value = applied.applied(database, region, quota)
    if used + count > value:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The account-level service limit '{name}' is {value:.0f} {unit}, with current "
            f"utilization of {used} {unit} and a request delta of {count} {unit}. "
            f"{HOW_TO_INCREASE}",
        )
