"""SDK 2 trains by scripts in all framework images, as AWS's own tests of these images do."""

import json

import numpy as np
import pytest
from support import instances, jobs
from support.mounts import needs_mounts

pytestmark = pytest.mark.full
FRAMEWORKS = ("xgboost", "sklearn", "pytorch")


@pytest.fixture(scope="module")
def client_run(sdk_v2, run_program):
    """Return what the program wrote."""
    return run_program(sdk_v2, "scripts_v2.py")


@pytest.fixture
def log_of(image_jobs):
    """Return log_of(job): the lines of a job."""
    return lambda job: jobs.log_lines(image_jobs.logs, "TrainingJobs", job["name"])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_job_computes_what_its_script_computes(client_run, run_directly, report_of, framework):
    """Losses and predictions are those of the script run by the image's Python, digit by digit."""
    job = getattr(client_run, framework)
    assert job["status"] == "Completed", job
    report = report_of(job)
    direct = run_directly(framework, f"train_{framework}.py", report["argv"])
    assert report["losses"] == direct["losses"]
    assert report["predictions"] == direct["predictions"]
    assert report["own"] == "a value"
    assert report["hosts"] == [report["host"]] == ["algo-1"]


def test_hyperparameters_of_all_types(client_run, report_of):
    """The script has the values in SM_HPS, and as arguments what AWS's toolkit makes of them."""
    report = report_of(client_run.xgboost)
    expected = {
        "num_round": 7,
        "eta": 0.2,
        "text": 'two words, "quoted" and it\'s é',
        "flag": True,
        "off": False,
        "nothing": None,
        "list": [1, "two", 3.5],
        "mapping": {"deep": {"a": 1}},
        "big": 12345678901234567890,
        "small": 1e-7,
    }
    assert report["hyperparameters"] == expected
    arguments = dict(zip(report["argv"][::2], report["argv"][1::2], strict=True))
    # As `mapping.to_cmd_args` of sagemaker-training writes them
    texts = {name: str(value) for name, value in expected.items()}
    texts |= {"nothing": "", "mapping": "deep={'a': 1}"}
    assert arguments == {f"--{name}": text for name, text in texts.items()}


def test_requirements_are_installed_for_the_job(client_run, report_of, log_of):
    """A package of requirements.txt is there for the script; the image does not keep it."""
    assert report_of(client_run.sklearn)["tiny"] == "1.0"
    assert any("Successfully installed tiny-1.0" in line for line in log_of(client_run.again))


@needs_mounts
def test_checkpoints(client_run, report_of):
    """What a script writes to /opt/ml/checkpoints is there in the next job."""
    assert report_of(client_run.sklearn)["checkpoints"] == []
    assert report_of(client_run.again)["checkpoints"] == ["step-0"]


def test_metrics_of_the_scripts_own_definitions(client_run, report_of):
    """The metrics of a job have the last logged values; the SDK's table the mean of a minute."""
    for name, metric in (("sklearn", "rmse"), ("pytorch", "loss")):
        job = getattr(client_run, name)
        losses = report_of(job)["losses"]
        assert job["metrics"] == {metric: pytest.approx(losses[-1], rel=1e-6)}
    assert {name for name, _ in client_run.analytics} == {"loss"}
    losses = report_of(client_run.pytorch)["losses"]
    assert all(min(losses) <= value <= max(losses) for _, value in client_run.analytics)


def test_the_sdk_prints_the_log(client_run):
    """fit() prints the log of the script while it waits, from AWS's toolkit to the last line."""
    for text in ("Invoking user script", "[6]#011train-rmse:", "Reporting training SUCCESS"):
        assert text in client_run.output, text


def test_network_isolation(client_run, report_of):
    """With network isolation the job trains the same model, and its calls of S3 fail."""
    assert client_run.isolated["status"] == client_run.connected["status"] == "Completed"
    isolated, connected = report_of(client_run.isolated), report_of(client_run.connected)
    assert isolated["predictions"] == connected["predictions"]
    assert connected["s3"] >= 1
    assert isinstance(isolated["s3"], str), isolated["s3"]
    assert "Error" in isolated["s3"]


def test_two_instances(client_run, report_of, image_jobs, tmp_path):
    """A script on two instances grows the trees of xgboost's own collective on the same shards."""
    job = client_run.two_instances
    assert job["status"] == "Completed", job
    report = report_of(job)
    assert report["hosts"] == ["algo-1", "algo-2"]
    rows = np.array(jobs.ROWS, dtype=np.float32)
    shards = [rows[0::2], rows[1::2]]
    expected = instances.train_collectively(tmp_path, shards, json.dumps(instances.PARAMS))
    assert report["dump"] == expected.get_dump(with_stats=True, dump_format="json")
    for host, shard in enumerate(shards, start=1):
        lines = jobs.log_lines(image_jobs.logs, "TrainingJobs", job["name"], f"/algo-{host}-")
        assert f"{len(shard)} rows on algo-{host}" in lines


@pytest.mark.parametrize(("name", "code"), [("raises", 1), ("exits", 7)])
def test_a_script_that_fails(client_run, name, code):
    """The job has failed with the reason of AWS's toolkit, which the SDK's exception shows."""
    job = getattr(client_run, name)
    assert job["status"] == "Failed"
    start = f'AlgorithmError: ExecuteUserScriptError:\nExitCode {code}\nErrorMessage ""\nCommand "'
    assert job["reason"].startswith(start)
    assert job["error"].startswith(f"Error for Training job {job['name']}: Failed. Reason: {start}")


def test_the_traceback_is_in_the_log(client_run, log_of):
    """The learner's own exception is in the log, with its line."""
    log = log_of(client_run.raises)
    assert "ValueError: the learner's own text" in log
    assert any(line.startswith('  File "/opt/ml/code/fail.py", line ') for line in log)


def test_a_tuning_job_over_a_script(client_run, report_of, run_directly):
    """The objective is read from the log; the best job's is what the script alone computes."""
    rows = client_run.tuning["rows"]
    assert [status for _, status, _, _ in rows] == ["Completed"] * 3
    best, _, objective, lr = min(rows, key=lambda row: row[2])
    assert client_run.tuning["best"] == best
    assert float(client_run.tuning["lr"]) == pytest.approx(lr)
    argv = ["--epochs", "4", "--lr", client_run.tuning["lr"], "--seed", "0"]
    direct = run_directly("pytorch", "train_pytorch.py", argv)
    assert objective == pytest.approx(direct["losses"][-1], rel=1e-6)
