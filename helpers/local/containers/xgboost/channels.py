"""Channels of a training job: the possible ones, and their configurations."""

from collections.abc import Mapping
from typing import Any

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.xgboost import content_types

Config = dict[str, Any]

CHANNELS = ("train", "validation", "code")
DISTRIBUTIONS = ("FullyReplicated", "ShardedByS3Key")
PIPED = {  # format: its name in the refusal of pipe mode
    content_types.CSV: "CSV",
    content_types.PARQUET: "Parquet",
    content_types.RECORDIO_PROTOBUF: "RecordIO-Protobuf",
}


def validate(channels: Mapping[str, Config]) -> dict[str, Config]:
    """Validate `inputdataconfig.json`, and return it with the default content type filled in.

    The content type must be exactly one of the accepted names: `text/csv; charset=utf8`, which is
    accepted in a request for predictions, is refused here. Raises UserError.
    """
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    configs = {}
    for name, channel in channels.items():
        if name not in CHANNELS:
            raise UserError(f"Extraneous channel found: {name}")
        config = {**channel, "ContentType": channel.get("ContentType") or content_types.DEFAULT}
        if not _is_supported(name, config):
            raise UserError(
                f"Channel configuration for '{name}' channel is not supported: {config}"
            )
        configs[name] = config
    return configs


def _is_supported(name: str, config: Config) -> bool:
    content_type = config["ContentType"]
    mode = config.get("TrainingInputMode", "File")
    distribution = config.get("S3DistributionType", "FullyReplicated")
    if name == "code":
        return (content_type, mode, distribution) == ("text/python", "File", "FullyReplicated")
    data_format = content_types.NAMES.get(content_type)
    modes = ("File", "Pipe") if data_format in PIPED else ("File",)
    return data_format is not None and mode in modes and distribution in DISTRIBUTIONS


def refuse_pipe_mode(channels: Mapping[str, Config], on_aws: bool) -> None:
    """Raise UserError if data would come through a pipe.

    Parameters
    ----------
    channels
        Validated ones.
    on_aws
        Whether the image reads pipes on AWS, as images up to 3.0-5 do.
    """
    for name in ("train", "validation"):
        if channels.get(name, {}).get("TrainingInputMode") == "Pipe":
            if on_aws:
                raise UserError(
                    f"Channel '{name}' has TrainingInputMode Pipe, which this image reads on AWS "
                    "but not on the Local SageMaker. What to do: use File."
                )
            data_format = PIPED[content_types.to_format(channels[name]["ContentType"])]
            raise UserError(
                f"Pipe mode for {data_format} is no longer supported. Please use Fast File mode "
                "(default) instead. Set input_mode='File' in your SageMaker Estimator or "
                "TrainingInput."
            )
