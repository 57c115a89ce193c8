"""A training job's files: its input goes from S3 to its hosts, and their output to S3."""

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
    for name in ("model", "output/data"):
        for host in hosts:
            _restore_folder(host, name)
        _merge(hosts, name)
    try:
        if output["CompressionType"] == "NONE":
            artifacts.upload_tree(opt_ml / "model", output_uri + "/model", region)
        elif not is_stopped or any((opt_ml / "model").iterdir()):
            artifacts.upload_tar(opt_ml / "model", output_uri + "/model.tar.gz", region)
        if any((opt_ml / "output/data").iterdir()):
            artifacts.upload_tar(opt_ml / "output/data", output_uri + "/output.tar.gz", region)
        if config := job.get("CheckpointConfig"):
            folder = checkpoint_folder(config, opt_ml)
            for host in hosts[1:]:
                merge_folder(checkpoint_folder(config, host.opt_ml), folder, newest=True)
            artifacts.upload_tree(folder, config["S3Uri"], region)
    except artifacts.UploadError as error:
        raise WorkloadFailedError(f"ClientError: Artifact upload failed:{error}") from error


def _restore_folder(host: Host, name: str) -> None:
    """Make a folder again that a script has removed: without files there is nothing to upload."""
    try:
        (host.opt_ml / name).mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise WorkloadFailedError(
            f"ClientError: Artifact upload failed:expected a folder /opt/ml/{name}, got a file. "
            "Save files in that folder."
        ) from error


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
