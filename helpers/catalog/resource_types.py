"""SageMaker's resource types, a row each: what tells a busy resource from an ended one.

Members and statuses are those of the service model that AWS publishes in botocore. The Local
SageMaker's control plane, waits, limits, recovery and logs read these rows, and so do the inventory
and the costs of an account.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class InstanceUse(NamedTuple):
    """Instances that a resource has while it is busy; `use` as in the name of their quota."""

    use: str
    instance_type: str
    count: int


def _no_instances(document: Mapping[str, Any]) -> list[InstanceUse]:
    return []


@dataclass(frozen=True)
class ResourceType:
    """A type of resource, in AWS's own words.

    Parameters
    ----------
    label
        What people call it, and AWS in the names of quotas.
    arn_type
        The part of an ARN before the name.
    prefix
        How the members of a Describe answer begin that hold name, ARN and status.
    busy
        The statuses in which instances are at work, count for quotas and cost.
    pending
        The statuses that end by themselves: somebody who waits keeps waiting.
    instances
        The instances of a described resource, while it is busy.
    number_quota
        The quota for how many may exist, if there is one.
    log_group
        Where its log streams are.
    """

    label: str
    arn_type: str
    prefix: str
    busy: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()
    instances: Callable[[Mapping[str, Any]], list[InstanceUse]] = _no_instances
    number_quota: str = ""
    log_group: str = ""

    @property
    def name_member(self) -> str:
        return f"{self.prefix}Name"

    @property
    def arn_member(self) -> str:
        return f"{self.prefix}Arn"

    @property
    def status_member(self) -> str:
        return f"{self.prefix}Status"


def _training_instances(job: Mapping[str, Any]) -> list[InstanceUse]:
    use = "spot training job" if job.get("EnableManagedSpotTraining") else "training job"
    config = job["ResourceConfig"]
    return [InstanceUse(use, config["InstanceType"], config["InstanceCount"])]


def _transform_instances(job: Mapping[str, Any]) -> list[InstanceUse]:
    config = job["TransformResources"]
    return [InstanceUse("transform job", config["InstanceType"], config["InstanceCount"])]


def _notebook_instances(instance: Mapping[str, Any]) -> list[InstanceUse]:
    return [InstanceUse("notebook instance", instance["InstanceType"], 1)]


def _endpoint_instances(endpoint: Mapping[str, Any]) -> list[InstanceUse]:
    # "Fleet" is what the Local SageMaker keeps: AWS's answers lack the instance type.
    return [
        InstanceUse("endpoint", variant["InstanceType"], variant["InstanceCount"])
        for variant in endpoint["Fleet"]
        if "InstanceType" in variant  # a serverless one has none
    ]


ENDPOINT_LOG_GROUPS = "/aws/sagemaker/Endpoints"  # one group an endpoint below it
JOB_IN_PROGRESS = frozenset({"InProgress", "Stopping"})

TRAINING_JOB = ResourceType(
    "training job",
    "training-job",
    "TrainingJob",
    busy=JOB_IN_PROGRESS,
    pending=JOB_IN_PROGRESS,
    instances=_training_instances,
    log_group="/aws/sagemaker/TrainingJobs",
)
HYPERPARAMETER_TUNING_JOB = ResourceType(  # its training jobs have the instances and the logs
    "tuning job",
    "hyper-parameter-tuning-job",
    "HyperParameterTuningJob",
    busy=JOB_IN_PROGRESS,
    pending=JOB_IN_PROGRESS,
)
TRANSFORM_JOB = ResourceType(
    "transform job",
    "transform-job",
    "TransformJob",
    busy=JOB_IN_PROGRESS,
    pending=JOB_IN_PROGRESS,
    instances=_transform_instances,
    log_group="/aws/sagemaker/TransformJobs",
)
NOTEBOOK_INSTANCE = ResourceType(
    "notebook instance",
    "notebook-instance",
    "NotebookInstance",
    busy=frozenset({"Pending", "InService", "Stopping", "Updating"}),
    pending=frozenset({"Pending", "Stopping"}),
    instances=_notebook_instances,
    number_quota="Total number of notebook instances",
    log_group="/aws/sagemaker/NotebookInstances",
)
ENDPOINT = ResourceType(
    "endpoint",
    "endpoint",
    "Endpoint",
    busy=frozenset({"Creating", "InService", "Updating", "SystemUpdating", "RollingBack"}),
    pending=frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}),
    instances=_endpoint_instances,
)
ENDPOINT_CONFIG = ResourceType("endpoint configuration", "endpoint-config", "EndpointConfig")
MODEL = ResourceType("model", "model", "Model")
LIFECYCLE_CONFIG = ResourceType(
    "lifecycle configuration",
    "notebook-instance-lifecycle-config",
    "NotebookInstanceLifecycleConfig",
)
RESOURCE_TYPES = (
    TRAINING_JOB,
    HYPERPARAMETER_TUNING_JOB,
    TRANSFORM_JOB,
    NOTEBOOK_INSTANCE,
    ENDPOINT,
    ENDPOINT_CONFIG,
    MODEL,
    LIFECYCLE_CONFIG,
)
