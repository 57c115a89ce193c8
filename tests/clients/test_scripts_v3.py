"""SDK 3 trains by scripts: by its drivers, by torchrun, and by AWS's toolkit when it tunes."""

import sys
from pathlib import Path

import pytest
from support import jobs
from support.pulled_images import TORCHRUN

pytestmark = pytest.mark.full
EXPECTED_ARGV = {  # of sdk_v3_seen.md: booleans, None and nested values are written as JSON
    "--num_round": "7",
    "--eta": "0.2",
    "--text": "two words",
    "--flag": "true",
    "--nothing": "null",
    "--list": '[1, "two"]',
    "--mapping": '{"deep": {"a": 1}}',
}


@pytest.fixture(scope="module")
def client_run(run_program):
    """Return what the program wrote, by name of the job."""
    return vars(run_program(Path(sys.executable), "scripts_v3.py"))


@pytest.fixture(scope="module")
def by_torchrun(run_directly) -> dict:
    """Return what the script reports on two processes of torchrun, without SageMaker."""
    argv = ["--epochs", "4", "--lr", "0.02"]
    return run_directly("pytorch", "train_pytorch.py", argv, *TORCHRUN)


@pytest.fixture
def log_of(image_jobs):
    """Return log_of(job, host): the lines of a job on one host."""
    return lambda job, host=1: jobs.log_lines(
        image_jobs.logs, "TrainingJobs", job["name"], f"/algo-{host}-"
    )


@pytest.mark.parametrize(
    ("name", "framework"), [("xgboost", "xgboost"), ("sklearn", "sklearn"), ("command", "pytorch")]
)
def test_a_job_computes_what_its_script_computes(
    client_run, run_directly, report_of, name, framework
):
    """Losses and predictions are those of the script run by the image's Python, digit by digit."""
    job = client_run[name]
    assert job["status"] == "Completed", job
    report = report_of(job)
    direct = run_directly(framework, f"train_{framework}.py", report["argv"])
    assert report["losses"] == direct["losses"]
    assert report["predictions"] == direct["predictions"]
    assert report["hosts"] == [report["host"]] == ["algo-1"]


def test_hyperparameters_of_all_types(client_run, report_of):
    """Values are arguments and in SM_HPS as the SDK's driver writes them."""
    report = report_of(client_run["xgboost"])
    argv = report["argv"]
    assert dict(zip(argv[::2], argv[1::2], strict=True)) == EXPECTED_ARGV
    assert report["hyperparameters"] == {
        "num_round": 7,
        "eta": 0.2,
        "text": "two words",
        "flag": True,
        "nothing": None,
        "list": [1, "two"],
        "mapping": {"deep": {"a": 1}},
    }
    assert report["own"] == "a value"


def test_requirements_metrics_and_checkpoints(client_run, report_of, log_of):
    """The package of requirements.txt is there, the metric is read, the checkpoints are empty."""
    job = client_run["sklearn"]
    report = report_of(job)
    assert report["tiny"] == "1.0"
    assert "Installing requirements" in log_of(job)
    assert job["metrics"] == {"rmse": pytest.approx(report["losses"][-1], rel=1e-6)}
    assert report["checkpoints"] == []


def test_the_sdk_prints_the_log_of_a_command(client_run):
    """wait(logs=True) prints the log, with the command as it was requested."""
    assert (
        "Executing command: python3 train_pytorch.py --epochs 4 --lr 0.02" in client_run["output"]
    )
    assert "Training Container Execution Completed" in client_run["output"]


def test_network_isolation(client_run, report_of):
    """With network isolation the job trains the same model, and its calls of S3 fail."""
    isolated, connected = report_of(client_run["isolated"]), report_of(client_run["connected"])
    assert isolated["predictions"] == connected["predictions"]
    assert connected["s3"] >= 1
    assert isinstance(isolated["s3"], str), isolated["s3"]
    assert "Error" in isolated["s3"]


@pytest.mark.parametrize(("name", "hosts"), [("one-node", 1), ("two-nodes", 2)])
def test_torchrun(client_run, report_of, by_torchrun, log_of, name, hosts):
    """Two processes, on one instance or on two, compute what torchrun computes by itself.

    gloo's all_reduce gives the sum of their ranks, and that of their gradients.
    """
    job = client_run[name]
    assert job["status"] == "Completed", job
    report = report_of(job)
    assert (report["size"], report["ranks"]) == (2, 0 + 1)
    assert report["hosts"] == [f"algo-{host}" for host in range(1, hosts + 1)]
    assert report["losses"] == by_torchrun["losses"]
    assert report["predictions"] == by_torchrun["predictions"]
    for host in range(1, hosts + 1):
        # Lines of processes that write at the same time may run together.
        assert "\n".join(log_of(job, host)).count("epoch loss: ") == 4 * 2 / hosts


def test_instances_without_a_launcher(client_run, report_of, log_of):
    """Without `distributed` each instance runs the script by itself; the first one's is kept."""
    job = client_run["separate"]
    assert job["status"] == "Completed", job
    report = report_of(job)
    assert (report["host"], report["hosts"]) == ("algo-1", ["algo-1", "algo-2"])
    for host in (1, 2):
        assert any(line.startswith("[4]#011train-rmse") for line in log_of(job, host))


@pytest.mark.parametrize(("name", "code"), [("raises", 1), ("exits", 7)])
def test_a_script_that_fails(client_run, log_of, name, code):
    """The reason is that of the SDK's driver, without the learner's exception; the log has it."""
    job = client_run[name]
    assert job["status"] == "Failed"
    assert job["reason"].startswith("AlgorithmError: Traceback (most recent call last):")
    assert f"returned non-zero exit status {code}." in job["reason"]
    assert job["reason"].endswith(f"exit code: {code}")
    assert job["error"].startswith("FailedStatusError: Encountered unexpected failed state")
    assert job["reason"] in job["error"]
    assert ("ValueError: the learner's own text" in log_of(job)) == (name == "raises")


def test_a_tuning_job_over_a_script(client_run, report_of, run_directly):
    """The tuner sends the script in the older protocol; the best objective is the script's own."""
    tuning = client_run["tuning"]
    assert [status for _, status, _, _ in tuning["rows"]] == ["Completed"] * 3
    best, _, objective, lr = min(tuning["rows"], key=lambda row: row[2])
    assert tuning["best"] == best
    report = report_of(tuning)
    assert report["hyperparameters"]["lr"] == pytest.approx(lr)
    direct = run_directly("pytorch", "train_pytorch.py", report["argv"])
    assert report["losses"] == direct["losses"]
    assert objective == pytest.approx(direct["losses"][-1], rel=1e-6)
