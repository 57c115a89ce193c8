"""A training job runs a script of the user's own: what it sees, and what is left of it."""

import json
import re
from pathlib import Path

import pytest
import xgboost
from support import course_image, jobs, pytorch_image
from support.mounts import needs_mounts

SHOW = """
import json, os, socket, sys, tempfile
print("shown " + json.dumps({
    "argv": sys.argv, "cwd": os.getcwd(), "environment": dict(os.environ),
    "host": socket.gethostbyname("algo-1"), "tmp": tempfile.gettempdir(),
    "home": os.path.expanduser("~"), "prefix": sys.prefix,
}))
"""
SAVE = """
import os
for variable in ("SM_MODEL_DIR", "SM_OUTPUT_DATA_DIR"):
    with open(os.path.join(os.environ[variable], "left.txt"), "w") as file:
        file.write(open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv")).read())
"""


def shown(ended) -> dict:
    """Return what SHOW has printed."""
    (line,) = [line for line in ended.log if line.startswith("shown ")]
    return json.loads(line.removeprefix("shown "))


@pytest.fixture(scope="module")
def by_driver(script_jobs):
    """Return a job that SDK 3's driver has run."""
    request = script_jobs.driver_request(
        {"train.py": SHOW + SAVE},
        hyperparameters={"lr": "0.1", "flag": "true", "name": "a b"},
        Environment={"OWN": "value", "AWS_REGION": "us-east-1"},
    )
    return script_jobs.run(request)


def test_the_driver_of_sdk_3_runs_a_script(by_driver, script_jobs):
    """A job of ModelTrainer runs its script, and uploads what that saved."""
    assert by_driver.status == "Completed", by_driver.log
    assert script_jobs.model_files(by_driver) == {"left.txt": jobs.TRAIN_CSV}
    output = f"output/{by_driver.job['TrainingJobName']}/output/output.tar.gz"
    assert script_jobs.archive(output) == {"left.txt": jobs.TRAIN_CSV}


def test_the_script_sees_what_it_sees_on_aws(by_driver):
    """Arguments, folder and variables of the script are those of AWS's container."""
    seen = shown(by_driver)
    assert seen["argv"] == ["train.py", "--lr", "0.1", "--flag", "true", "--name", "a b"]
    assert seen["cwd"].endswith("input/data/code")
    variables = seen["environment"]
    assert variables["OWN"] == "value"
    assert json.loads(variables["SM_HPS"]) == {"lr": 0.1, "flag": True, "name": "a b"}
    assert json.loads(variables["SM_CHANNELS"]) == ["train", "code", "sm_drivers"]
    assert variables["PYTHONUNBUFFERED"] == "1"
    assert seen["host"].startswith("127.")


def test_the_script_has_an_environment_of_its_own(by_driver, script_home, monkeypatch):
    """Nothing of the learner's variables reaches the script; HOME and TMPDIR are in the job."""
    seen = shown(by_driver)
    assert not {"VIRTUAL_ENV", "AWS_PROFILE", "SAGEMAKER_LOCAL_HOME"} & seen["environment"].keys()
    assert seen["tmp"] == seen["environment"]["TMPDIR"]
    assert seen["home"] == seen["environment"]["HOME"]
    assert " " not in seen["prefix"], "the driver can't run a Python whose path has a space"


@needs_mounts
def test_the_log_says_that_opt_ml_is_mounted(by_driver):
    """The log says first that /opt/ml is the job's own, and what stands for the image."""
    assert by_driver.log[:2] == [
        "Local SageMaker: /opt/ml is this job's own folder.",
        f"Local SageMaker: xgboost-3.2-0 runs xgboost {xgboost.__version__} on Python 3.11.",
    ]


@needs_mounts
def test_an_absolute_path_is_in_the_jobs_folder(script_jobs):
    """A script that has /opt/ml written into it works, whatever program writes."""
    ended = script_jobs.run(
        script_jobs.request("/bin/sh", "-c", "cp /opt/ml/input/data/train/train.csv /opt/ml/model")
    )
    assert ended.status == "Completed", ended.reason
    assert script_jobs.model_files(ended) == {"train.csv": jobs.TRAIN_CSV}


@needs_mounts
def test_programs_find_the_host(script_jobs):
    """Every program, not only Python, finds algo-1, which is also the machine's name."""
    ended = script_jobs.run(script_jobs.request("/bin/sh", "-c", "hostname; getent hosts algo-1"))
    assert ended.log[-2] == "algo-1"
    assert re.fullmatch(r"127\.\d+\.\d+\.1 +algo-1", ended.log[-1])


def test_what_a_script_writes_over_its_input_leaves_the_object(script_jobs):
    """A script may change its input files; the objects in S3 stay as they were."""
    change = "open('train.csv', 'a').write('x'); import os; os.chmod('train.csv', 0)"
    code = f"import os; os.chdir(os.environ['SM_CHANNEL_TRAIN']); {change}"
    ended = script_jobs.run(script_jobs.driver_request({"train.py": code}))
    assert ended.status == "Completed", ended.log
    assert jobs.read(script_jobs.s3, script_jobs.bucket, "train/train.csv") == jobs.TRAIN_CSV


def test_describe_shows_the_command(script_jobs):
    """Describe shows ContainerEntrypoint and ContainerArguments as they were requested."""
    request = script_jobs.request("/bin/echo")
    request["AlgorithmSpecification"]["ContainerArguments"] = ["a", "b c"]
    ended = script_jobs.run(request)
    algorithm = ended.job["AlgorithmSpecification"]
    assert algorithm["ContainerEntrypoint"] == ["/bin/echo"]
    assert algorithm["ContainerArguments"] == ["a", "b c"]
    assert ended.log[-1] == "a b c"


def test_arguments_alone_are_the_command(script_jobs):
    """ContainerArguments without an entry point are what runs: the images have no entry point."""
    request = script_jobs.request()
    request["AlgorithmSpecification"]["ContainerArguments"] = ["python3", "-c", "print('ran')"]
    assert script_jobs.run(request).log[-1] == "ran"


def test_the_metrics_of_the_image_are_read(script_jobs):
    """A script that logs as its image's algorithm does has that algorithm's metrics."""
    code = "print('[0]\\ttrain-rmse:2.5\\tvalidation-rmse:1.5')"
    ended = script_jobs.run(script_jobs.request("python3", "-c", code))
    metrics = {item["MetricName"]: item["Value"] for item in ended.job["FinalMetricDataList"]}
    assert metrics == {"train:rmse": 2.5, "validation:rmse": 1.5}


def test_own_metrics_are_refused(script_jobs, assert_aws_error):
    """MetricDefinitions are refused for an image that has an algorithm, as on AWS."""
    request = script_jobs.request("python3")
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "a", "Regex": "a=(.*)"}]
    message = "You can't override the metric definitions for Amazon SageMaker algorithms. Please "
    with assert_aws_error(
        "ValidationException", message + "retry the request without specifying metric definitions."
    ):
        script_jobs.sagemaker.create_training_job(**request)


def test_an_image_that_is_not_pulled(script_jobs, assert_aws_error):
    """The request is refused with the command that gets the image."""
    request = script_jobs.request("python3")
    registry_name = jobs.image_uri().partition("/")[0]
    image = f"{registry_name}/sagemaker-scikit-learn:1.9-0-cpu-py3"
    request["AlgorithmSpecification"]["TrainingImage"] = image
    command = re.compile("python -m helpers local pull scikit-learn-1.9-0$")
    with assert_aws_error("ValidationException", command):
        script_jobs.sagemaker.create_training_job(**request)


def test_pipe_mode_is_refused(script_jobs, assert_aws_error):
    """A script would look for named pipes, and find files: the request is refused."""
    request = script_jobs.request("python3")
    request["InputDataConfig"][0]["InputMode"] = "Pipe"
    text = "does not serve Pipe mode for scripts, and channel train asks for it"
    with assert_aws_error("ValidationException", re.compile(text)):
        script_jobs.sagemaker.create_training_job(**request)


@needs_mounts
def test_checkpoints_go_to_s3_and_come_back(script_jobs):
    """What a script writes to the checkpoints' folder is in S3, and there in the next job."""
    config = {"S3Uri": f"s3://{script_jobs.bucket}/checkpoints", "LocalPath": "/opt/ml/own"}
    write = "cat /opt/ml/own/*; echo step >> /opt/ml/own/state"
    request = script_jobs.request("/bin/sh", "-c", write, CheckpointConfig=config)
    assert script_jobs.run(request).status == "Completed"
    request["TrainingJobName"] = jobs.new_name()
    ended = script_jobs.run(request)
    assert ended.log[-1] == "step"
    assert jobs.read(script_jobs.s3, script_jobs.bucket, "checkpoints/state") == b"step\nstep\n"


def test_pytorchs_image_has_a_training_module_of_its_own(script_jobs):
    """In the older protocol AWS's toolkit runs PyTorch's scripts by AWS's package for PyTorch."""
    pytorch = pytorch_image.TRAINING_IMAGE
    modules = {}
    for uri in (pytorch, jobs.image_uri()):
        image = course_image.pull(Path(script_jobs.endpoint.home), course_image.framework(uri))
        (image / "bin/train").symlink_to("/usr/bin/env")  # stands for AWS's toolkit
        request = script_jobs.toolkit_request({"train.py": ""})
        request["AlgorithmSpecification"]["TrainingImage"] = uri
        log = script_jobs.run(request).log
        (image / "bin/train").unlink()
        modules[uri] = [line for line in log if line.startswith("SAGEMAKER_TRAINING_MODULE")]
    assert modules == {
        pytorch: ["SAGEMAKER_TRAINING_MODULE=sagemaker_pytorch_container.training:main"],
        jobs.image_uri(): [],
    }


@pytest.mark.parametrize(
    ("command", "said", "code"),
    [(("",), "No such file or directory", 127), (("/bin/echo", "a\0b"), "NUL character", 1)],
)
def test_a_command_that_cannot_be_started(script_jobs, command, said, code):
    """An empty command, or one with a NUL character, fails with one line and no traceback."""
    ended = script_jobs.run(script_jobs.request(*command))
    assert ended.reason == f"AlgorithmError: , exit code: {code}"
    assert said in ended.log[-1]
    assert not any("Traceback" in line for line in ended.log)
