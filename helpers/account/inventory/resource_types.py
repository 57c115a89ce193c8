"""The types of resources that the course can make: one row each.

Operations, members and statuses are those of the service models that AWS publishes in botocore; a
test holds each row against them.
"""

from __future__ import annotations

from dataclasses import dataclass

COURSE_BUDGET = "sagemaker-course"  # budgets are found by this exact name: they show no tags


@dataclass(frozen=True)
class ResourceType:
    """A type of resource, in AWS's own words.

    lists, describes, stops, deletes: operations; `lists` has a paginator, and answers with
    `items`. name, arn, created, status: the members of an item that hold these; empty if there is
    none. parameter: how describes, stops and deletes call the name.
    running: the statuses in which instances are at work. stoppable: those of them in which AWS
    takes a stop. deletable: the statuses in which AWS deletes it; empty: in any.
    costs: it costs for as long as it exists, not only while running. order: the place in the order
    of deletion, lowest first. record: once it has ended it costs nothing and is kept, as the record
    of what was run and spent.
    component: what prices call its instances. log_group: where its streams are.
    """

    name: str
    service: str
    lists: str
    items: str
    id: str
    order: int
    arn: str = ""
    created: str = "CreationTime"
    status: str = ""
    describes: str = ""
    parameter: str = ""
    stops: str = ""
    deletes: str = ""
    running: frozenset[str] = frozenset()
    stoppable: frozenset[str] = frozenset()
    deletable: frozenset[str] = frozenset()
    costs: bool = False
    record: bool = False
    component: str = ""
    log_group: str = ""

    def parameters(self, name: str, account: str) -> dict[str, str]:
        """How to name a resource in a call of describes, stops or deletes."""
        named = {self.parameter or self.id: name}
        return named | {"AccountId": account} if self.service == "budgets" else named


def _job(name: str, word: str, order: int, **more) -> ResourceType:
    """A row of a job: its operations and members are made of one word."""
    deletes = more.pop("deletes", "")
    return ResourceType(
        name,
        "sagemaker",
        f"List{word}s",
        f"{word}Summaries",
        f"{word}Name",
        order,
        arn=f"{word}Arn",
        status=f"{word}Status",
        describes=f"Describe{word}",
        stops=f"Stop{word}",
        deletes=deletes,
        running=frozenset({"InProgress", "Stopping"}),
        stoppable=frozenset({"InProgress"}),
        deletable=frozenset({"Completed", "Failed", "Stopped"}) if deletes else frozenset(),
        record=True,
        **more,
    )


def _resource(name: str, word: str, order: int, **more) -> ResourceType:
    """A row of any other resource of SageMaker."""
    return ResourceType(
        name,
        "sagemaker",
        f"List{word}s",
        f"{word}s",
        f"{word}Name",
        order,
        arn=f"{word}Arn",
        describes=f"Describe{word}",
        deletes=f"Delete{word}",
        **more,
    )


TUNING_JOB = _job(
    "tuning job", "HyperParameterTuningJob", 90, deletes="DeleteHyperParameterTuningJob"
)
TRAINING_JOB = _job(
    "training job",
    "TrainingJob",
    91,
    deletes="DeleteTrainingJob",
    component="training",
    log_group="/aws/sagemaker/TrainingJobs",
)
PROCESSING_JOB = _job(
    "processing job",
    "ProcessingJob",
    92,
    deletes="DeleteProcessingJob",
    component="processing",
    log_group="/aws/sagemaker/ProcessingJobs",
)
TRANSFORM_JOB = _job(
    "transform job",
    "TransformJob",
    93,
    component="transform",
    log_group="/aws/sagemaker/TransformJobs",
)
ENDPOINT = _resource(
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
    costs=True,
    component="hosting",
)
ENDPOINT_CONFIG = _resource("endpoint configuration", "EndpointConfig", 11)
# After the objects (20): its lesson tag may be the only proof of whose they are.
MODEL = _resource("model", "Model", 25)
# A stack before the notebook instance that it made, so that it finds what it expects.
STACK = ResourceType(
    "CloudFormation stack",
    "cloudformation",
    "DescribeStacks",
    "Stacks",
    "StackName",
    40,
    arn="StackId",
    status="StackStatus",
    describes="DescribeStacks",
    deletes="DeleteStack",
    deletable=frozenset(
        f"{what}_{end}"
        for what in ("CREATE", "ROLLBACK", "DELETE", "UPDATE", "UPDATE_ROLLBACK", "IMPORT")
        for end in ("COMPLETE", "FAILED")
    ),
)
NOTEBOOK_INSTANCE = _resource(
    "notebook instance",
    "NotebookInstance",
    41,
    status="NotebookInstanceStatus",
    stops="StopNotebookInstance",
    running=frozenset({"Pending", "InService", "Updating", "PendingMaintenance", "InMaintenance"})
    | frozenset({"Stopping"}),
    stoppable=frozenset({"InService"}),
    deletable=frozenset({"Stopped", "Failed"}),
    costs=True,  # stopped, its volume does
    component="notebook",
    log_group="/aws/sagemaker/NotebookInstances",
)
LIFECYCLE_CONFIG = _resource(
    "notebook lifecycle configuration", "NotebookInstanceLifecycleConfig", 42
)
# The streams of a notebook instance are found by its name: they go before it.
LOG_STREAM = ResourceType(
    "log stream",
    "logs",
    "DescribeLogStreams",
    "logStreams",
    "logStreamName",
    30,
    arn="arn",
    created="creationTime",
    deletes="DeleteLogStream",
    costs=True,
)
LOG_GROUP = ResourceType(
    "log group",
    "logs",
    "DescribeLogGroups",
    "logGroups",
    "logGroupName",
    31,
    arn="logGroupArn",
    created="creationTime",
    deletes="DeleteLogGroup",
    costs=True,
)
OBJECTS = ResourceType(
    "S3 objects",
    "s3",
    "ListObjectVersions",
    "Versions",
    "Key",
    20,
    created="",
    deletes="DeleteObjects",
    costs=True,
)
BUCKET = ResourceType(
    "bucket",
    "s3",
    "ListBuckets",
    "Buckets",
    "Name",
    21,
    created="CreationDate",
    deletes="DeleteBucket",
)
BUDGET = ResourceType(
    "budget alarm",
    "budgets",
    "DescribeBudgets",
    "Budgets",
    "BudgetName",
    50,
    created="",
    describes="DescribeBudget",
    deletes="DeleteBudget",
)

JOBS = (TUNING_JOB, TRAINING_JOB, PROCESSING_JOB, TRANSFORM_JOB)
KINDS = (
    *JOBS,
    *(ENDPOINT, ENDPOINT_CONFIG, MODEL),
    *(STACK, NOTEBOOK_INSTANCE, LIFECYCLE_CONFIG),
    *(LOG_STREAM, LOG_GROUP, OBJECTS, BUCKET, BUDGET),
)
