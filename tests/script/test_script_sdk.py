"""The SageMaker SDK v3 trains with a script of the user's own, and tunes it, in a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import jobs

PROGRAM = Path(__file__).with_name("script_program.py")
# Its objective is the distance of the rate from 0.5; the format is that of the image's algorithm.
SCRIPT = """
import argparse, os, shutil
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--name")
parser.add_argument("--flag")
args, _ = parser.parse_known_args()
shutil.copy(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), os.environ["SM_MODEL_DIR"])
print(f"[0]\\tvalidation-rmse:{abs(args.rate - 0.5):.5f}")
print(args.name, args.flag)
"""


def run_program(script_jobs, checkout, folder: Path, what: str) -> dict:
    """Run the program against the server of `script_jobs`; return what it found."""
    (folder / "source").mkdir()
    (folder / "source/train.py").write_text(SCRIPT)
    (folder / "train.csv").write_bytes(jobs.TRAIN_CSV)
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout),
        "HOME": str(folder),
        "SAGEMAKER_LOCAL_HOME": str(script_jobs.endpoint.home),
    }
    done = subprocess.run(
        [sys.executable, PROGRAM, folder, jobs.new_name("sdk"), what],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "found.json").read_text())


def test_a_model_trainer_runs_a_script(script_jobs, checkout, tmp_path):
    """ModelTrainer with a SourceCode trains: the script gets data and arguments, and reports."""
    found = run_program(script_jobs, checkout, tmp_path, "train")
    assert found["status"] == "Completed"
    lines = jobs.log_lines(script_jobs.logs, "TrainingJobs", found["name"])
    assert "a b true" in lines
    job = script_jobs.sagemaker.describe_training_job(TrainingJobName=found["name"])
    metrics = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
    assert metrics == {"validation:rmse": 0.0}


@pytest.mark.full
def test_a_tuner_tunes_a_script(toolkit_jobs, checkout, tmp_path):
    """HyperparameterTuner tunes a hyperparameter of a script, which AWS's toolkit runs."""
    found = run_program(toolkit_jobs, checkout, tmp_path, "tune")
    assert found["status"] == ["Completed"] * 3
    for rate, objective in zip(found["rates"], found["objectives"], strict=True):
        assert objective == pytest.approx(abs(rate - 0.5), abs=1e-5)
    best = min(zip(found["objectives"], found["names"], strict=True))
    assert found["best"] == best[1]


@pytest.mark.full
def test_the_toolkit_runs_a_script(toolkit_jobs):
    """A request of SDK 2 is run by AWS's toolkit, which installs requirements and saves a model."""
    request = toolkit_jobs.toolkit_request({"train.py": SCRIPT}, {"rate": 0.25, "flag": True})
    ended = toolkit_jobs.run(request)
    assert ended.status == "Completed", ended.log
    assert toolkit_jobs.model_files(ended) == {"train.csv": jobs.TRAIN_CSV}
    assert any("Reporting training SUCCESS" in line for line in ended.log)
    assert ended.job["FinalMetricDataList"][0]["Value"] == 0.25
