"""SDK 2 deploys many models at one endpoint, chosen outputs, and a script of the user's own."""

import json
import os
import re
from types import SimpleNamespace

import numpy as np
import pytest
from support import course_image, jobs
from test_old_sdks import CLIENTS, readme_block, run

LABELS = np.array([1.0 if label > 8 else 0.0 for label, *_ in jobs.ROWS])
BINARY_CSV = "".join(f"{int(label > 8)},{a},{b}\n" for label, a, b in jobs.ROWS)


@pytest.fixture(scope="module")
def client_run(local, sdk_v2, checkout, tmp_path_factory) -> SimpleNamespace:
    """Return what the program wrote. Its labels are 0 and 1, which suits both objectives."""
    folder = tmp_path_factory.mktemp("serving")
    course_image.pull(local.home)
    (folder / "train.csv").write_text(BINARY_CSV)
    (folder / "test.csv").write_bytes(jobs.TEST_CSV)
    (folder / "config.yaml").write_text(readme_block(checkout, "yaml"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "config.yaml"),
        **local.environment(),
    }
    program = CLIENTS / "serving_v2.py"
    done = run(sdk_v2, program, folder, jobs.image_uri(), env=environment)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return SimpleNamespace(**json.loads((folder / "results.json").read_text()))


def error_of(predictions: list[float]) -> float:
    return float(np.sqrt(np.mean((LABELS - np.array(predictions)) ** 2)))


@pytest.mark.full
def test_many_models_at_one_endpoint(client_run):
    """MultiDataModel adds models while the endpoint serves, and each call names one of them."""
    assert client_run.version == "2.257.7"
    assert error_of(client_run.many) < 0.1 < error_of(client_run.one) < 0.5
    assert client_run.listed == ["late/many.tar.gz", "one.tar.gz"]


@pytest.mark.full
def test_errors_of_many_models(client_run):
    """A model that is not there, and a call that names none, have AWS's code and texts."""
    code, text = client_run.missing
    assert (code, text.partition("(")[0]) == ("ValidationError", "Failed to download model data")
    assert text.partition("key: ")[2].startswith("serving-sdk-v2/models/late/many.tar.gz)")
    code, text = client_run.unnamed
    assert code == "ValidationError"
    assert re.match("Request .* is missing a target model header", text)


@pytest.mark.full
def test_chosen_outputs(client_run):
    """SAGEMAKER_INFERENCE_OUTPUT gives the same values as JSON, CSV, and in a batch transform."""
    rows = client_run.selected["predictions"]
    assert client_run.selected_batch == rows
    labels = np.array([row["predicted_label"] for row in rows])
    assert labels.tolist() == [int(row["probability"] > 0.5) for row in rows]
    assert np.mean(labels == LABELS) > 0.8
    assert all(row["labels"] == [0, 1] for row in rows)
    csv = [[float(row[0]), float(row[1]), json.loads(row[2])] for row in client_run.selected_csv]
    expected = [[row["predicted_label"], row["probability"], row["labels"]] for row in rows]
    assert csv == expected


@pytest.mark.full
def test_a_script_of_the_users_own(client_run):
    """XGBoostModel with an entry point predicts by the script, which rounds, and the defaults."""
    assert client_run.script == LABELS.tolist()
