"""SDK 2 serves what scripts trained, by functions of the same scripts."""

import numpy as np
import pytest
from support import jobs

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def client_run(sdk_v2, run_program):
    """Return what the program wrote."""
    return run_program(sdk_v2, "script_models_v2.py")


def test_xgboost(client_run, report_of):
    """The script's predict_fn doubles each prediction, at an endpoint and in a batch transform."""
    assert client_run.version == "2.257.7"
    expected = 2 * np.array(report_of(client_run.xgboost)["predictions"])
    np.testing.assert_allclose(client_run.xgboost["deployed"], expected, rtol=1e-6)
    transformed = np.ravel(client_run.xgboost["transformed"])
    np.testing.assert_allclose(transformed, expected, rtol=1e-6)


def test_sklearn(client_run, report_of, image_jobs):
    """The script's output_fn writes its own format, with the package of requirements.txt."""
    lines = client_run.sklearn["transformed"]
    values = [float(value) for line in lines for value in line.split(";")]
    expected = report_of(client_run.sklearn)["predictions"]
    np.testing.assert_allclose(values, expected, atol=1e-4)  # read in 32 bits
    log = jobs.log_lines(image_jobs.logs, "TransformJobs", client_run.sklearn["job"])
    assert "tiny 1.0 serves" in log


def test_pytorch(client_run, report_of):
    """All four functions of the script answer at an endpoint of the inference image."""
    answer = client_run.pytorch["deployed"]
    expected = report_of(client_run.pytorch)["predictions"]
    np.testing.assert_allclose(answer["values"], expected, rtol=1e-6)
    assert answer["accept"] == "application/json"
