"""Code written for older SageMaker SDKs runs on the Local SageMaker, each in its environment."""

import json
import os
import re
import runpy
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xgboost
from support import jobs, tuning, tuning_results

CLIENTS = Path(__file__).parent
UV = Path(sysconfig.get_path("scripts")) / "uv"
NO_NETWORK = re.compile(r"dns error|failed to fetch|sending request|connect|timed out", re.I)
PYTHONS = {"sdk_v1": "3.8", "sdk_v2": os.path.realpath(sys.executable)}
# SDK 2.257 sleeps before it looks for the first time, whatever the server does.
# That it does in a tuner's fit, and again in best_estimator.
STRATEGIES = ("Bayesian", "Random", "Grid", "Hyperband")
SLEEPS = {
    "sdk_v1": [],
    "sdk_v2": [
        *([5, "fit"], [10, "transform"], [30, "deploy"]),
        *([5, strategy] for strategy in STRATEGIES for _ in range(2)),
    ],
}


def run(*command, env: dict) -> subprocess.CompletedProcess:
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)


def readme_block(checkout: Path, language: str) -> str:
    """Return the one code block of this language in README.md."""
    readme = (checkout / "README.md").read_text()
    [block] = re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)
    return block


def make_environment(checkout: Path, folder: Path, name: str) -> Path:
    """Return the Python of a new environment with the requirements of this client.

    Skips the test if its Python or its packages can't be had without a network.
    """
    names = runpy.run_path(str(checkout / "scripts" / "setup.py"))
    settings, index = names["uv_settings"]()
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.8.*/bin")
    settings |= {"PATH": os.pathsep.join([*map(str, pyenv), os.environ["PATH"]])}
    made = run(UV, "venv", "--quiet", "--python", PYTHONS[name], folder, env=settings)
    if made.returncode:
        pytest.skip(
            f"{name} needs Python {PYTHONS[name]}: install it with `uv python install`, with pyenv "
            f"or from your system's packages, then run this again. uv said: {made.stderr[-300:]}"
        )
    python, requirements = folder / "bin" / "python", CLIENTS / f"{name}.txt"
    packages = ["--quiet", "--python", python, *index, "-r", requirements]
    done = run(UV, "pip", "install", *packages, env=settings)
    if done.returncode and NO_NETWORK.search(done.stderr):
        pytest.skip(
            f"{name} needs the packages in {requirements} from a package index: run this again "
            f"with a network. uv said: {done.stderr[-300:]}"
        )
    assert done.returncode == 0, done.stderr
    return python


@pytest.fixture(scope="module", params=["sdk_v1", "sdk_v2"])
def client_run(request, local, checkout, tmp_path_factory) -> SimpleNamespace:
    """Return what a client program wrote: its results, and the predictions of the transform job."""
    folder = tmp_path_factory.mktemp(request.param)
    python = make_environment(checkout, folder / "env", request.param)
    (folder / "train.csv").write_bytes(jobs.TRAIN_CSV)
    (folder / "test.csv").write_bytes(jobs.TEST_CSV)
    (folder / "config.yaml").write_text(readme_block(checkout, "yaml"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "config.yaml"),
        **local.environment(),  # what `helpers local env` prints
    }
    done = run(python, CLIENTS / f"{request.param}.py", folder, env=environment)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return SimpleNamespace(
        client=request.param,
        transformed=np.loadtxt(folder / "test.csv.out", delimiter=","),
        **json.loads((folder / "results.json").read_text()),
    )


def predictions_of_plain_xgboost(rounds: int) -> np.ndarray:
    """Return what xgboost predicts with the defaults of the images that the programs use."""
    rows = np.array(jobs.ROWS, dtype=float)
    settings = {"objective": "reg:squarederror", "base_score": 0.5, "tree_method": "exact"}
    data = xgboost.DMatrix(rows[:, 1:], label=rows[:, 0])
    return xgboost.train(settings, data, rounds).predict(data)


@pytest.mark.full
def test_each_client_is_the_old_one(client_run):
    """The programs run with the SDKs that they are written for, under the execution role."""
    assert client_run.version == {"sdk_v1": "1.72.0", "sdk_v2": "2.257.7"}[client_run.client]
    assert client_run.role == jobs.ROLE


@pytest.mark.full
def test_transform_and_endpoint_predict_alike(client_run):
    """Batch transform and endpoint of an old SDK's model predict the same, near the labels."""
    labels = np.array(jobs.ROWS, dtype=float)[:, 0]
    np.testing.assert_allclose(client_run.predictions, client_run.transformed, rtol=1e-6)
    assert np.sqrt(np.mean((labels - client_run.transformed) ** 2)) < 1.5
    if client_run.client == "sdk_v2":  # the other program takes random samples of the rows
        expected = predictions_of_plain_xgboost(20)
        np.testing.assert_allclose(client_run.predictions, expected, atol=1e-5)


@pytest.mark.full
def test_an_update_of_the_endpoint_changes_the_model(client_run):
    """After update_endpoint the same endpoint predicts with the second model."""
    np.testing.assert_allclose(client_run.updated, predictions_of_plain_xgboost(1), atol=1e-5)


@pytest.mark.full
def test_tuning_jobs(client_run, sagemaker):
    """With each strategy, SDK 2 names the best training job, and shows all of them in a table."""
    if client_run.client == "sdk_v1":
        pytest.skip("the program of SDK 1 tunes nothing")
    assert client_run.tunings.keys() == {*STRATEGIES}
    for strategy, ended in client_run.tunings.items():
        number = 2 if strategy == "Grid" else 3
        job = tuning_results.assert_all_succeeded(sagemaker, ended["name"], number)
        assert job["HyperParameterTuningJobConfig"]["Strategy"] == strategy
        best = job["BestTrainingJob"]
        assert ended["best"] == best["TrainingJobName"]
        assert ended["eta"] == best["TunedHyperParameters"]["eta"]
        children = tuning.training_jobs(
            sagemaker, ended["name"], SortBy="FinalObjectiveMetricValue"
        )
        assert children[0]["TrainingJobName"] == ended["best"]
        tuning_results.assert_table(sagemaker, ended["name"], ended["rows"])
        assert ended["columns"][:2] == ["eta", "TrainingJobName"]


@pytest.mark.full
def test_no_sdk_sleeps_for_nothing(client_run):
    """SDK 1 never sleeps; SDK 2 sleeps once in each wait of its own, and in no waiter."""
    assert client_run.sleeps == SLEEPS[client_run.client]
    for step, seconds in client_run.seconds.items():
        slept = sum(asked for asked, name in client_run.sleeps if name == step)
        assert seconds - slept < 15, (step, client_run.seconds)


@pytest.mark.full
def test_errors_reach_old_clients_with_their_codes(client_run):
    """Old botocore reads the codes of errors of SageMaker, its runtime and S3."""
    assert client_run.errors == [
        ["ModelError", "ModelError"],
        ["ClientError", "ValidationException"],
        ["NoSuchKey", "NoSuchKey"],
    ]


@pytest.mark.full
def test_what_an_old_client_leaves(client_run, sagemaker, assert_aws_error):
    """The jobs are Completed; of the endpoint only its first configuration is left, as on AWS."""
    for name in client_run.training_jobs:
        training_job = sagemaker.describe_training_job(TrainingJobName=name)
        assert training_job["TrainingJobStatus"] == "Completed"
    transform_job = sagemaker.describe_transform_job(TransformJobName=client_run.transform_job)
    assert transform_job["TransformJobStatus"] == "Completed"
    for name in client_run.models:
        with assert_aws_error("ValidationException", re.compile("Could not find model")):
            sagemaker.describe_model(ModelName=name)
    name = client_run.endpoint
    with assert_aws_error("ValidationException", re.compile("Could not find endpoint")):
        sagemaker.describe_endpoint(EndpointName=name)
    assert sagemaker.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"]


@pytest.mark.parametrize("program", ["sdk_v1.py", "sdk_v2.py", "linear_learner_steps.py"])
def test_readme_shows_the_lines_for_old_code(checkout, program):
    """The programs begin with the lines that README.md gives for old code."""
    assert readme_block(checkout, "python") in (CLIENTS / program).read_text()
