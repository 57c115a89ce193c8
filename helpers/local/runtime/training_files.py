"""A training job's files: its input goes from S3 to its hosts, and their output to S3."""

import os
from pathlib import Path

from helpers.local.containers import script
from helpers.local.runtime import artifacts, input_data
from helpers.local.runtime.hosts import Host, merge_folder
from helpers.local.runtime.opt_ml import checkpoint_folder
from helpers.local.runtime.s3_uri import join_uri
from helpers.local.runtime.workloads import WorkloadFailedError
from helpers.local.state.database import Document
from helpers.local.state.s3 import objects


def download(job: Document, hosts: list[Host]) -> None:
    """Put each channel's files, and checkpoints, where the containers read them.

    Raises WorkloadFailedError.
    """
    for channel in job["InputDataConfig"]:
        try:
            with objects.reading():
                # a script may write there, and must not change the object
                _download_channel(channel, hosts, copy=script.is_script(job))
        except input_data.InputDataError as error:
            raise WorkloadFailedError(f"ClientError: Data download failed:{error}") from error
    if "CheckpointConfig" in job:
        _download_checkpoints(job["CheckpointConfig"], hosts)


def _download_channel(channel: dict, hosts: list[Host], copy: bool) -> None:
    source = channel["DataSource"]["S3DataSource"]
    inputs = input_data.find(source)
    if not inputs:
        raise input_data.InputDataError(f"No S3 objects found under S3 URL {source['S3Uri']}")
    is_sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
    for number, host in enumerate(hosts):
        part = input_data.shard(inputs, number, len(hosts)) if is_sharded else inputs
        folder = host.opt_ml / "input/data" / channel["ChannelName"]
        input_data.place_files(part, folder, channel.get("CompressionType"), copy)


def _download_checkpoints(config: dict, hosts: list[Host]) -> None:
    """Copy what an earlier job has left to each host; copies, since the container writes there."""
    try:
        with objects.reading():
            inputs = input_data.find({"S3Uri": config["S3Uri"]})
            for host in hosts:
                folder = checkpoint_folder(config, host.opt_ml)
                input_data.place_files(inputs, folder, None, copy=True)
    except (ValueError, input_data.InputDataError) as error:
        raise WorkloadFailedError(f"ClientError: Checkpoint download failed:{error}") from error


def upload(job: Document, hosts: list[Host], is_stopped: bool) -> None:
    """Upload the artifacts of all hosts to where the job's document says.

    Parameters
    ----------
    job
        The document.
    hosts
        Their folders are merged into the first one's.
    is_stopped
        Whether the job was stopped: then it may have no model.

    Raises
    ------
    WorkloadFailedError
        If S3 doesn't take them, or a script has made a file of a folder.
    """
    region = job["TrainingJobArn"].split(":")[3]
    output = job["OutputDataConfig"]
    output_uri = join_uri(output["S3OutputPath"], job["TrainingJobName"], "output")
    opt_ml = hosts[0].opt_ml
    _restore_folders(job, hosts)
    for name in ("model", "output/data"):
        _merge(hosts, name)
    try:
        if output["CompressionType"] == "NONE":
            _upload_tree(hosts[0], opt_ml / "model", output_uri + "/model", region)
        elif not is_stopped or any((opt_ml / "model").iterdir()):
            artifacts.upload_tar(opt_ml / "model", output_uri + "/model.tar.gz", region)
        if any((opt_ml / "output/data").iterdir()):
            artifacts.upload_tar(opt_ml / "output/data", output_uri + "/output.tar.gz", region)
        if config := job.get("CheckpointConfig"):
            folder = checkpoint_folder(config, opt_ml)
            for host in hosts[1:]:
                merge_folder(checkpoint_folder(config, host.opt_ml), folder, newest=True)
            _upload_tree(hosts[0], folder, config["S3Uri"], region)
    except artifacts.UploadError as error:
        raise WorkloadFailedError(f"ClientError: Artifact upload failed:{error}") from error


def _restore_folders(job: Document, hosts: list[Host]) -> None:
    """Make the folders of the output again where a script has removed or replaced them.

    On AWS a script can't do that: they are mounts. A link there may lead to files of this machine.
    """
    for host in hosts:
        folders = [host.opt_ml / "model", host.opt_ml / "output/data"]
        if "CheckpointConfig" in job:
            folders.append(checkpoint_folder(job["CheckpointConfig"], host.opt_ml))
        for folder in folders:
            path = Path(os.path.realpath(host.opt_ml), folder.relative_to(host.opt_ml))
            if path.is_dir() and os.path.realpath(path) == str(path):
                continue
            _remove_link_or_file(path, host.opt_ml)
            path.mkdir(parents=True)
            host.log.write(
                f"Local SageMaker: the script removed or replaced /opt/ml/"
                f"{folder.relative_to(host.opt_ml)}, so nothing of it is uploaded. Write files "
                "into that folder, and keep the folder itself: on AWS it can't be removed."
            )


def _remove_link_or_file(path: Path, opt_ml: Path) -> None:
    """Remove the first link or file on the way from /opt/ml to a path."""
    for part in (*reversed(path.parents), path):
        if part.is_relative_to(os.path.realpath(opt_ml)) and (
            part.is_symlink() or (part.exists() and not part.is_dir())
        ):
            return part.unlink()


def _upload_tree(host: Host, folder: Path, uri: str, region: str) -> None:
    """Upload a folder file by file; the log names links that lead out of /opt/ml."""
    left_out = artifacts.upload_tree(folder, uri, region, host.opt_ml)
    if left_out:
        host.log.write(
            "Local SageMaker: these links of /opt/ml/"
            f"{folder.relative_to(host.opt_ml)} lead to a folder or out of /opt/ml, and are not "
            f"uploaded: {', '.join(left_out[:10])}. Copy the files instead."
        )


def _merge(hosts: list[Host], name: str) -> None:
    """Move what the other hosts have written into the first one's folder of this name."""
    first, *others = hosts
    for host in others:
        left_out = merge_folder(host.opt_ml / name, first.opt_ml / name)
        if left_out:
            host.log.write(
                f"Local SageMaker: of /opt/ml/{name} of {host.name} these files are not uploaded, "
                f"because {first.name} or another host wrote the same names: "
                f"{', '.join(left_out[:10])}. What to do: write them on one host only, or under "
                "names that differ from host to host."
            )
