"""What a script does to its output folders changes its own job only, and the job ends."""

import pytest
from support import jobs
from support.mounts import needs_mounts

pytestmark = needs_mounts


def shell(script_jobs, code: str, **changes):
    """Run a job of a shell script; the script may be longer than an argument of a request."""
    uri = script_jobs.put(jobs.new_name("code"), {"run.sh": code})
    request = script_jobs.request("/bin/sh", "/opt/ml/input/data/code/run.sh", **changes)
    request["InputDataConfig"] = [jobs.channel(uri, "code", None)]
    return script_jobs.run(request)


@pytest.mark.parametrize(
    "code", ["mkfifo failure", "mkdir failure", "ln -s failure failure", "ln -s / failure"]
)
def test_a_failure_that_is_not_a_regular_file_is_not_read(script_jobs, code):
    """A pipe, a folder or a link in place of output/failure is a failure without a text."""
    ended = shell(script_jobs, f"cd /opt/ml/output && {code}; exit 3")
    assert (ended.status, ended.reason) == ("Failed", "AlgorithmError: , exit code: 3")


@pytest.mark.parametrize(
    "code",
    [
        "rm -rf /opt/ml/model",
        "rm -rf /opt/ml/output",
        "rm -rf /opt/ml/model && echo 1 > /opt/ml/model",
        "rm -rf /opt/ml/checkpoints",
    ],
)
def test_a_removed_folder_is_made_again(script_jobs, code):
    """A script that removes an output folder loses what was in it; its log says so."""
    config = {"S3Uri": f"s3://{script_jobs.bucket}/{jobs.new_name()}"}
    ended = shell(script_jobs, code, CheckpointConfig=config)
    assert (ended.status, ended.reason) == ("Completed", "")
    assert any("removed or replaced /opt/ml/" in line for line in ended.log)


@pytest.mark.parametrize("count", [1, 2])
def test_a_link_in_place_of_a_folder_is_not_followed(script_jobs, tmp_path, count):
    """Files of this machine to which a script links its model folder stay, and stay private."""
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    ended = shell(
        script_jobs,
        f"rm -rf /opt/ml/model; ln -s {tmp_path} /opt/ml/model",
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": count,
            "VolumeSizeInGB": 5,
        },
        OutputDataConfig={"S3OutputPath": f"s3://{script_jobs.bucket}", "CompressionType": "NONE"},
    )
    assert ended.status == "Completed"
    prefix = f"{ended.job['TrainingJobName']}/output"
    listing = script_jobs.s3.list_objects_v2(Bucket=script_jobs.bucket, Prefix=prefix)
    assert (listing["KeyCount"], mine.read_text()) == (0, "mine")


def test_links_among_checkpoints(script_jobs, tmp_path):
    """A link to a file of the job is uploaded as a copy; one that leads elsewhere is named."""
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    mode = mine.stat().st_mode
    prefix = jobs.new_name()
    ended = shell(
        script_jobs,
        "cd /opt/ml/checkpoints; echo 1 > step-1; ln -s step-1 latest\n"
        f"ln -s /opt/ml/checkpoints/step-1 best; ln -s {mine} mine; mkfifo pipe\n",
        CheckpointConfig={"S3Uri": f"s3://{script_jobs.bucket}/{prefix}"},
    )
    assert (ended.status, ended.reason) == ("Completed", "")
    objects = script_jobs.s3.list_objects_v2(Bucket=script_jobs.bucket, Prefix=f"{prefix}/")
    keys = [item["Key"].removeprefix(f"{prefix}/") for item in objects["Contents"]]
    assert keys == ["best", "latest", "step-1"]
    for key in keys:
        body = script_jobs.s3.get_object(Bucket=script_jobs.bucket, Key=f"{prefix}/{key}")["Body"]
        assert body.read() == b"1\n"
    assert any("are not uploaded: mine." in line for line in ended.log)
    assert (mine.stat().st_mode, mine.stat().st_nlink) == (mode, 1)


def test_a_link_in_place_of_the_input_is_not_cleaned_up(script_jobs, tmp_path):
    """The end of a job removes its own input, not a folder that a script has linked there."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/mine.txt").write_text("mine")
    ended = shell(script_jobs, f"mv /opt/ml/input /opt/ml/old; ln -s {tmp_path} /opt/ml/input")
    assert ended.status == "Completed"
    script_jobs.run(script_jobs.request("/bin/true"))  # the first job has been cleaned up by then
    assert (tmp_path / "data/mine.txt").read_text() == "mine"
