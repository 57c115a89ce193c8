"""Scripts by boto3 alone: both protocols by hand, in the real images."""

import json

import pytest
from support import jobs, pulled_images, tuning
from test_old_sdks import CLIENTS

from helpers.local.runtime.script_job import NVIDIA_DEVICE

pytestmark = pytest.mark.full
NAMES = ("common.py", "train_xgboost.py", "train_pytorch.py")
GPU_TYPE = "ml.g4dn.xlarge"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Return the scripts, without a requirements.txt."""
    return {name: (CLIENTS / "source" / name).read_bytes() for name in NAMES}


def by_toolkit(image_jobs, files, framework: str, hyperparameters: dict, **changes) -> dict:
    """Return a request in the older protocol."""
    named = {"sagemaker_program": f"train_{framework}.py", **hyperparameters}
    request = image_jobs.toolkit_request(files, named, **changes)
    request["AlgorithmSpecification"]["TrainingImage"] = pulled_images.URIS[framework]
    return request


def report_of(image_jobs, ended) -> dict:
    """Return the report of a job's script."""
    key = f"output/{ended.job['TrainingJobName']}/output/output.tar.gz"
    return json.loads(image_jobs.archive(key)["report.json"])


@pytest.mark.parametrize(
    ("framework", "hyperparameters"),
    [("xgboost", {"num_round": 7, "eta": 0.2}), ("pytorch", {"epochs": 4, "lr": 0.02})],
)
def test_the_older_protocol(image_jobs, files, run_directly, framework, hyperparameters):
    """A job by hyperparameters alone computes what its script computes, digit by digit."""
    ended = image_jobs.run(by_toolkit(image_jobs, files, framework, hyperparameters))
    assert ended.status == "Completed", ended.log
    report = report_of(image_jobs, ended)
    direct = run_directly(framework, f"train_{framework}.py", report["argv"])
    assert report["losses"] == direct["losses"]
    assert report["predictions"] == direct["predictions"]
    assert report["hyperparameters"] == hyperparameters


def test_an_entry_point(image_jobs, files, run_directly):
    """ContainerEntrypoint runs a script of a channel, which computes the same as by itself."""
    code = image_jobs.put(jobs.new_name("code"), files)
    request = image_jobs.request("python3", "/opt/ml/input/data/code/train_pytorch.py")
    request["AlgorithmSpecification"] |= {
        "TrainingImage": pulled_images.URIS["pytorch"],
        "ContainerArguments": ["--epochs", "4", "--lr", "0.02"],
        "MetricDefinitions": [{"Name": "loss", "Regex": "epoch loss: ([0-9.e-]+)"}],
    }
    request["InputDataConfig"] += [jobs.channel(code, "code", None)]
    # Only the toolkit and the SDK's driver set these variables.
    request["Environment"] = {
        "SM_CHANNEL_TRAIN": "/opt/ml/input/data/train",
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
    }
    ended = image_jobs.run(request)
    assert ended.status == "Completed", ended.log
    report = report_of(image_jobs, ended)
    direct = run_directly("pytorch", "train_pytorch.py", ["--epochs", "4", "--lr", "0.02"])
    assert report["losses"] == direct["losses"]
    [metric] = ended.job["FinalMetricDataList"]
    assert metric["Value"] == pytest.approx(direct["losses"][-1], rel=1e-6)


def test_two_instances_by_the_toolkit(image_jobs, files):
    """AWS's toolkit starts the script on each instance, which knows all hosts."""
    request = by_toolkit(image_jobs, files, "xgboost", {})
    request["ResourceConfig"]["InstanceCount"] = 2
    ended = image_jobs.run(request)
    assert ended.status == "Completed", ended.log
    assert report_of(image_jobs, ended)["hosts"] == ["algo-1", "algo-2"]
    for host in (1, 2):
        lines = jobs.log_lines(
            image_jobs.logs, "TrainingJobs", ended.job["TrainingJobName"], f"/algo-{host}-"
        )
        assert any(f'"current_host": "algo-{host}"' in line for line in lines)
        assert any(line.startswith("[4]#011train-rmse") for line in lines)


def test_two_instances_by_gloo_without_a_launcher(image_jobs, files, run_directly):
    """PyTorch's container tells the hosts of a script where they meet, as AWS's does."""
    settings = {"epochs": 4, "lr": 0.02, "backend": "gloo"}
    request = by_toolkit(image_jobs, files, "pytorch", settings)
    request["ResourceConfig"]["InstanceCount"] = 2
    ended = image_jobs.run(request)
    assert ended.status == "Completed", ended.log
    report = report_of(image_jobs, ended)
    assert (report["size"], report["ranks"]) == (2, 1)  # the sum of the ranks 0 and 1
    argv = ["--epochs", "4", "--lr", "0.02"]
    direct = run_directly("pytorch", "train_pytorch.py", argv, *pulled_images.TORCHRUN)
    assert report["losses"] == direct["losses"]
    assert report["predictions"] == direct["predictions"]


def test_a_tuning_job_by_hand(image_jobs, files, run_directly):
    """A tuning job's definition has the script as static hyperparameters."""
    training = by_toolkit(image_jobs, files, "pytorch", {"epochs": 4})
    definition = {
        "StaticHyperParameters": training.pop("HyperParameters"),
        **{name: training[name] for name in ("RoleArn", "InputDataConfig", "OutputDataConfig")},
        **{name: training[name] for name in ("ResourceConfig", "StoppingCondition")},
        "AlgorithmSpecification": {
            **training["AlgorithmSpecification"],
            "MetricDefinitions": [{"Name": "loss", "Regex": "epoch loss: ([0-9.e-]+)"}],
        },
    }
    objective = {"Type": "Minimize", "MetricName": "loss"}
    request = tuning.tuning_request(
        image_jobs.bucket,
        number=None,
        config={
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": objective,
            "ParameterRanges": tuning.values("lr", "0.01", "0.02"),
        },
        TrainingJobDefinition=definition,
    )
    job = tuning.tune(image_jobs.sagemaker, request)
    children = tuning.training_jobs(image_jobs.sagemaker, job["HyperParameterTuningJobName"])
    found = {
        child["TunedHyperParameters"]["lr"]: child["FinalHyperParameterTuningJobObjectiveMetric"]
        for child in children
    }
    assert found.keys() == {"0.01", "0.02"}
    for lr, metric in found.items():
        direct = run_directly("pytorch", "train_pytorch.py", ["--epochs", "4", "--lr", lr])
        assert metric["Value"] == pytest.approx(direct["losses"][-1], rel=1e-6)


def test_a_script_of_an_isolated_job_is_a_channel(image_jobs, files):
    """With network isolation the toolkit can't fetch the script from S3: the job fails."""
    request = by_toolkit(image_jobs, files, "xgboost", {}, EnableNetworkIsolation=True)
    ended = image_jobs.run(request)
    assert ended.status == "Failed"
    assert ended.reason.startswith("AlgorithmError: ")


@pytest.mark.skipif(NVIDIA_DEVICE.exists(), reason="this machine has a GPU")
def test_an_instance_type_with_a_gpu(image_jobs, files):
    """Without a GPU here, the log of a job on a GPU type says that the CPU computes."""
    request = by_toolkit(image_jobs, files, "pytorch", {})
    request["AlgorithmSpecification"]["TrainingImage"] = pulled_images.URIS["pytorch"].replace(
        "-cpu-", "-gpu-"
    )
    request["ResourceConfig"]["InstanceType"] = GPU_TYPE
    ended = image_jobs.run(request)
    assert ended.status == "Completed", ended.reason
    assert any(f"{GPU_TYPE} has a GPU" in line for line in ended.log)
