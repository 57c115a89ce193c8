"""The quotas at work: a create call that would go over one is refused in AWS's words."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from helpers.catalog import quotas
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database, Document
from helpers.local.wire.errors import AwsError


class InstanceUse(NamedTuple):
    """How instances are counted that are in one use.

    kind: of the resources in the database; status: their status member; busy: its values while
    instances run; resources: the member that names type and number, None for one instance whose
    type the document names itself.
    """

    kind: str
    status: str
    busy: tuple[str, ...]
    resources: str | None


_TRAINING = InstanceUse(
    "training-job", "TrainingJobStatus", ("InProgress", "Stopping"), "ResourceConfig"
)
USES = {
    "training job": _TRAINING,
    "spot training job": _TRAINING,
    "transform job": InstanceUse(
        "transform-job", "TransformJobStatus", ("InProgress", "Stopping"), "TransformResources"
    ),
    "notebook instance": InstanceUse(
        "notebook-instance",
        "NotebookInstanceStatus",
        ("Pending", "InService", "Stopping", "Updating"),
        None,
    ),
}
# The quota over all types.
TOTALS = {
    "training job": "Number of instances across all training jobs",
    "spot training job": "Number of instances across all spot training jobs",
    "transform job": "Number of instances across all transform jobs",
    "endpoint": "Number of instances across active endpoints",
}
NOTEBOOKS = "Total number of notebook instances"


def check(
    database: Database, region: str, use: str, instance_type: str, count: int, arn: str
) -> None:
    """Refuse `count` more instances of a type if that goes over a quota of the local account.

    use: a key of USES.
    arn: of the resource that is to have them, which may be in the database already, and is not
        counted. Call it in the transaction that inserts the resource (or makes it busy): then of
        two calls for the last free instance one is refused, and its insert is taken back.

    A type without a quota in the catalogue is limited by the total alone.
    Raises AwsError ResourceLimitExceeded.
    """
    check_used(database, region, use, instance_type, count, in_use(database, region, use, arn))


def check_used(
    database: Database,
    region: str,
    use: str,
    instance_type: str,
    count: int,
    used: Mapping[str, int],
) -> None:
    """The same for a use whose instances the caller has counted: used, by instance type."""
    _refuse_over(
        database, region, f"{instance_type} for {use} usage", used.get(instance_type, 0), count
    )
    _refuse_over(database, region, TOTALS.get(use), sum(used.values()), count)


def check_notebooks(database: Database, region: str) -> None:
    """Refuse the notebook instance that was inserted last if there are more than the quota's.

    All count, running or not, so that starting one is never refused for it. Words and counting:
    AWS's forecast of stacks (aws-cloudformation/rain, issue 468, GetNotebookInstances).
    Raises AwsError ResourceLimitExceeded.
    """
    there = len(database.every("notebook-instance", region)) - 1
    _refuse_over(database, region, NOTEBOOKS, there, 1, "NotebookInstances")


def in_use(database: Database, region: str, use: str, but: str = "") -> Counter[str]:
    """How many instances of each type run in a use now; `but`: the ARN of a resource left out."""
    kind, status, busy, resources = USES[use]
    found: Counter[str] = Counter()
    for document in database.among(kind, region, status, busy):
        spot = document.get("EnableManagedSpotTraining", False)
        if _arn(document, status) == but or spot != (use == "spot training job"):
            continue
        config = document[resources] if resources else document
        found[config["InstanceType"]] += config.get("InstanceCount", 1)
    return found


def _arn(document: Document, status: str) -> str:
    return document[status.removesuffix("Status") + "Arn"]


def _refuse_over(
    database: Database,
    region: str,
    name: str | None,
    used: int,
    count: int,
    unit: str = "Instances",
) -> None:
    quota = quotas.by_name().get(name)
    if quota is None:
        return
    value = applied.applied(database, region, quota)
    if used + count > value:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The account-level service limit '{name}' is {value:.0f} {unit}, with current "
            f"utilization of {used} {unit} and a request delta of {count} {unit}. Please use "
            "AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is "
            "not available, contact AWS support to request an increase for this quota.",
        )
