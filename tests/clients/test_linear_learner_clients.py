"""The older SDKs' own class of Linear Learner works on the Local SageMaker."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
from support.linear_learner_job import IMAGE_URI, binary_csv
from test_old_sdks import CLIENTS, make_environment, readme_block, run

VERSIONS = {"v1": "1.72.0", "v2": "2.257.7"}


@pytest.fixture(scope="module", params=list(VERSIONS))
def client_run(request, local, checkout, tmp_path_factory) -> SimpleNamespace:
    """Return what a client program wrote, and the labels that it trained on."""
    folder = tmp_path_factory.mktemp(request.param)
    python = make_environment(checkout, folder / "env", f"sdk_{request.param}")
    (folder / "train.csv").write_text(binary_csv())
    (folder / "config.yaml").write_text(readme_block(checkout, "yaml"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "config.yaml"),
        **local.environment(),
    }
    program = CLIENTS / f"linear_learner_{request.param}.py"
    done = run(python, program, folder, env=environment)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    results = json.loads((folder / "linear_learner.json").read_text())
    assert results["version"] == VERSIONS[request.param]
    labels = np.array([float(line.split(",")[0]) for line in binary_csv().splitlines()])
    return SimpleNamespace(labels=labels, **results)


@pytest.mark.full
def test_the_image(client_run):
    """The class and the function for images name the same one, which runs."""
    assert client_run.image == client_run.same_image == IMAGE_URI


@pytest.mark.full
def test_records_are_read_and_written(client_run):
    """RecordIO, CSV to JSON and a transform to JSON lines give the same scores."""
    np.testing.assert_allclose(client_run.scores, client_run.json_scores, rtol=1e-5)
    np.testing.assert_allclose(client_run.scores, client_run.transformed, rtol=1e-5)
    assert np.mean(np.array(client_run.predicted) == client_run.labels) > 0.9


@pytest.mark.full
def test_the_job(client_run, sagemaker):
    """The job has the hyperparameters and channels of the class, and AWS's metrics."""
    job = sagemaker.describe_training_job(TrainingJobName=client_run.training_job)
    assert job["HyperParameters"] == {
        "binary_classifier_model_selection_criteria": "f1",
        "feature_dim": "3",
        "mini_batch_size": "50",
        "num_models": "4",
        "predictor_type": "binary_classifier",
        "use_bias": "True",
    }
    sources = [channel["DataSource"]["S3DataSource"] for channel in job["InputDataConfig"]]
    assert {source["S3DataType"] for source in sources} == {"ManifestFile"}
    metrics = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
    assert metrics["test:binary_f_beta"] > 0.9


@pytest.mark.full
def test_a_row_of_another_width(client_run):
    """Two features for a model of three are refused with AWS's text."""
    assert client_run.refusal == "unable to evaluate payload provided"
