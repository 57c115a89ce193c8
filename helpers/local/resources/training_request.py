"""What CreateTrainingJob refuses although the request has the right shape.

AWS's own words where they are known; the rest says at once what would otherwise fail in the middle
of the job here. Members that are not served, or that contradict each other, are refused before:
`request_members.py` and `contradictions.py`.
"""

from helpers.catalog import instance_types
from helpers.local.containers import registry, script
from helpers.local.containers.contract import Image
from helpers.local.resources.checks import check_output_path
from helpers.local.resources.volumes import check_volume_key, check_volume_size
from helpers.local.runtime.hosts import MAX_HOSTS
from helpers.local.wire.errors import AwsError, ValidationException

MAX_WAIT_SECONDS = 3600  # of a spot job whose built-in algorithm saves no checkpoints


def check(params: dict) -> None:
    """Raises ValidationException for the first thing that can't run here."""
    _check_algorithm(params)
    _check_instances(params.get("ResourceConfig", {}))
    _check_channels(params.get("InputDataConfig", []))
    if checkpoints := params.get("CheckpointConfig"):
        check_output_path(checkpoints["S3Uri"], "S3Uri of CheckpointConfig")


def check_image(params: dict, image: Image) -> None:
    """Refuse what does not go with an image: its own metric definitions, a long wait for spot.

    AWS refuses metric definitions of a script too, as users of script mode with the open container
    report. Source of the limit of the wait: "Managed Spot Training" in the developer guide; its
    wording is ours.
    """
    wait = params.get("StoppingCondition", {}).get("MaxWaitTimeInSeconds", 0)
    has_checkpoints = registry.container_of(image).saves_checkpoints(image)
    if wait > MAX_WAIT_SECONDS and not has_checkpoints and not script.is_script(params):
        raise ValidationException(
            "Invalid MaxWaitTimeInSeconds. Built-in algorithms that do not checkpoint are limited "
            f"to a MaxWaitTimeInSeconds of {MAX_WAIT_SECONDS}."
        )
    definitions = params["AlgorithmSpecification"].get("MetricDefinitions")
    if definitions and registry.container_of(image).metric_definitions(image):
        raise ValidationException(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please "
            "retry the request without specifying metric definitions."
        )


def _check_algorithm(params: dict) -> None:
    if "TrainingImage" not in params.get("AlgorithmSpecification", {}):
        raise ValidationException(
            "The Local SageMaker runs the algorithm that algorithmSpecification.trainingImage "
            "names; it was not given."
        )


def _check_instances(resources: dict) -> None:
    for member in ("InstanceType", "InstanceCount"):
        if member not in resources:
            raise ValidationException(f"{member} is required in ResourceConfig.")
    _check_offered(resources["InstanceType"])
    check_volume_size(resources)
    check_volume_key(resources)
    if resources["InstanceCount"] < 1:  # the service model has let 0 pass since instance groups
        raise ValidationException(
            "1 validation error detected: Value '0' at 'resourceConfig.instanceCount' failed to "
            "satisfy constraint: Member must have value greater than or equal to 1"
        )
    if resources["InstanceCount"] > MAX_HOSTS:
        raise ValidationException(
            f"The Local SageMaker runs a training job on at most {MAX_HOSTS} instances, each a "
            f"process of this machine, and resourceConfig.instanceCount is "
            f"{resources['InstanceCount']}. Set it to a number from 1 to {MAX_HOSTS}."
        )


def _check_offered(instance_type: str) -> None:
    """Refuse a type of the catalog that AWS does not offer for training, such as ml.t3.medium.

    The service model has it. AWS's answer is public in logs of users of us-east-1 and eu-west-1.
    """
    offered = {row.instance_type: row.offered for row in instance_types.all_types()}
    if (uses := offered.get(instance_type)) and "training" not in uses:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The requested resource training-job/{instance_type} is not available in this region",
        )


def _check_channels(channels: list[dict]) -> None:
    for channel in channels:
        source = channel["DataSource"].get("S3DataSource")
        if source is None or source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise ValidationException(
                f"The data source of channel '{channel['ChannelName']}' is not served by the Local "
                "SageMaker: use an S3DataSource of type S3Prefix or ManifestFile."
            )
    names = [channel["ChannelName"] for channel in channels]
    if len(set(names)) < len(names):
        raise ValidationException(f"Channel names must be unique, and these are not: {names}")
