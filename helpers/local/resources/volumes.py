"""What create operations ask of the storage volume of an instance type.

Source of the rules: API_ResourceConfig, API_TransformResources and
API_HyperParameterTuningResourceConfig; AWS's texts are not public, and the wording is ours.
"""

from collections.abc import Mapping
from typing import Any

from helpers.catalog.instance_types import has_local_storage
from helpers.local.wire.errors import ValidationException


def check_volume_key(resources: Mapping[str, Any]) -> None:
    """Refuse a key for the volume of an instance type that has none. Raises ValidationException.

    Parameters
    ----------
    resources
        A ResourceConfig or TransformResources; without an InstanceType nothing is checked.
    """
    instance_type = resources.get("InstanceType")
    if instance_type and resources.get("VolumeKmsKeyId") and has_local_storage(instance_type):
        raise ValidationException(
            f"You can't request a VolumeKmsKeyId when using an instance type with local storage, "
            f"which {instance_type} has."
        )


def check_volume_size(config: Mapping[str, Any]) -> None:
    """Refuse a ResourceConfig without a size for the EBS volume. Raises ValidationException."""
    instance_type = config.get("InstanceType")
    if instance_type and not config.get("VolumeSizeInGB") and not has_local_storage(instance_type):
        raise ValidationException(
            f"VolumeSizeInGB is required in ResourceConfig: {instance_type} has no storage of its "
            "own."
        )
