"""The types of resources that the course can create: one row each.

Operations, members and statuses are those of the service models that AWS publishes in botocore; a
test checks each row against them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpers.catalog import resource_types as catalog
from helpers.catalog.resource_types import JOB_IN_PROGRESS

COURSE_BUDGET = "sagemaker-course"  # a budget is recognized by this name: listings show no tags


@dataclass(frozen=True)
class ResourceType:
    """A type of resource, in AWS's own words. Log streams and S3 need code of their own instead.

    Members of a list item (empty: there is none): ``id`` holds its name, ``arn``, ``created`` and
    ``status`` what they say. ``list_operation`` has a paginator and answers with ``items``.

    Sets of statuses: ``running``, in which instances are at work; ``stoppable``, in which AWS
    accepts a stop; ``deletable``, in which AWS deletes it (empty: in any).
    """

    name: str
    service: str
    delete_order: int  # lowest first
    list_operation: str = ""
    items: str = ""
    id: str = ""
    arn: str = ""
    created: str = ""
    status: str = ""
    describe_operation: str = ""
    stop_operation: str = ""
    delete_operation: str = ""
    running: frozenset[str] = frozenset()
    stoppable: frozenset[str] = frozenset()
    deletable: frozenset[str] = frozenset()
    costs_while_existing: bool = False
    kept_after_end: bool = False  # costs nothing then, and records what was run and spent
    log_group: str = ""

    def parameters(self, name: str, account: str) -> dict[str, str | list[str]]:
        """Return the parameters that name a resource in its describe, stop and delete operation."""
        if self.service == "cloudwatch":
            return {f"{self.id}s": [name]}
        return {self.id: name} | ({"AccountId": account} if self.service == "budgets" else {})


def _sagemaker(name: str, word: str, delete_order: int, **members) -> ResourceType:
    """Make the row of a SageMaker resource, whose operations and members share one word."""
    defaults = {
        "list_operation": f"List{word}s",
        "items": f"{word}s",
        "id": f"{word}Name",
        "arn": f"{word}Arn",
        "created": "CreationTime",
        "describe_operation": f"Describe{word}",
        "delete_operation": f"Delete{word}",
    }
    return ResourceType(name, "sagemaker", delete_order, **(defaults | members))


def _job(name: str, word: str, delete_order: int, **members) -> ResourceType:
    """Make the row of a SageMaker job."""
    defaults = {
        "items": f"{word}Summaries",
        "status": f"{word}Status",
        "stop_operation": f"Stop{word}",
        "running": JOB_IN_PROGRESS,
        "stoppable": frozenset({"InProgress"}),
        "deletable": frozenset({"Completed", "Failed", "Stopped"}),
        "kept_after_end": True,
        "log_group": f"/aws/sagemaker/{word}s",
    }
    return _sagemaker(name, word, delete_order, **(defaults | members))


def _cataloged(
    row: catalog.ResourceType, delete_order: int, make: Callable = _sagemaker, **members
) -> ResourceType:
    """Make the row of a resource that the Local SageMaker has too, whose row is read here."""
    defaults = {"running": row.busy, "log_group": row.log_group}
    return make(row.label, row.prefix, delete_order, **(defaults | members))


TUNING_JOB = _job("tuning job", "HyperParameterTuningJob", 90, log_group="")
TRAINING_JOB = _cataloged(catalog.TRAINING_JOB, 91, _job)
PROCESSING_JOB = _job("processing job", "ProcessingJob", 92)
TRANSFORM_JOB = _cataloged(
    catalog.TRANSFORM_JOB, 93, _job, delete_operation="", deletable=frozenset()
)
ENDPOINT = _sagemaker(
    "endpoint",
    "Endpoint",
    10,
    status="EndpointStatus",
    running=frozenset(
        {"Creating", "Updating", "SystemUpdating", "RollingBack", "InService"}
        | {"Deleting", "UpdateRollbackFailed"}
    ),
    # In between: 'Cannot update in-progress endpoint "<arn>".'
    deletable=frozenset({"InService", "OutOfService", "Failed", "UpdateRollbackFailed"}),
    costs_while_existing=True,
)
ENDPOINT_CONFIG = _sagemaker("endpoint configuration", "EndpointConfig", 11)
ALARM = ResourceType(
    *("CloudWatch alarm", "cloudwatch", 12, "DescribeAlarms", "MetricAlarms"),
    *("AlarmName", "AlarmArn", "AlarmConfigurationUpdatedTimestamp"),
    delete_operation="DeleteAlarms",
)
# After the objects (20): their lesson may be known by the model's tag alone.
MODEL = _cataloged(catalog.MODEL, 25)
# A stack goes before the notebook instance that it created, which it expects to find.
STACK = ResourceType(
    *("CloudFormation stack", "cloudformation", 40),
    *("DescribeStacks", "Stacks", "StackName", "StackId", "CreationTime", "StackStatus"),
    describe_operation="DescribeStacks",
    delete_operation="DeleteStack",
    deletable=frozenset(
        f"{operation}_{end}"
        for operation in ("CREATE", "ROLLBACK", "DELETE", "UPDATE", "UPDATE_ROLLBACK", "IMPORT")
        for end in ("COMPLETE", "FAILED")
    ),
)
NOTEBOOK_INSTANCE = _cataloged(
    catalog.NOTEBOOK_INSTANCE,
    41,
    status=catalog.NOTEBOOK_INSTANCE.status_member,
    stop_operation="StopNotebookInstance",
    running=catalog.NOTEBOOK_INSTANCE.busy | {"PendingMaintenance", "InMaintenance"},
    stoppable=frozenset({"InService"}),
    deletable=frozenset({"Stopped", "Failed"}),
    costs_while_existing=True,  # stopped, its volume does
)
LIFECYCLE_CONFIG = _sagemaker(
    "notebook lifecycle configuration", "NotebookInstanceLifecycleConfig", 42
)


# The streams of a notebook instance are found by its name, so they go before it.
LOG_STREAM = ResourceType("log stream", "logs", 30, costs_while_existing=True)
LOG_GROUP = ResourceType("log group", "logs", 31, costs_while_existing=True)
OBJECTS = ResourceType("S3 objects", "s3", 20, costs_while_existing=True)
BUCKET = ResourceType("bucket", "s3", 21)
BUDGET = ResourceType(
    *("budget alarm", "budgets", 50, "DescribeBudgets", "Budgets", "BudgetName"),
    describe_operation="DescribeBudget",
    delete_operation="DeleteBudget",
)

JOBS = (TUNING_JOB, TRAINING_JOB, PROCESSING_JOB, TRANSFORM_JOB)
RESOURCE_TYPES = (
    *JOBS,
    *(ENDPOINT, ENDPOINT_CONFIG, ALARM, MODEL),
    *(STACK, NOTEBOOK_INSTANCE, LIFECYCLE_CONFIG),
    *(LOG_STREAM, LOG_GROUP, OBJECTS, BUCKET, BUDGET),
)
"""In the order in which they must be discovered: jobs show what else is the course's."""
