"""SageMaker SDK 2 trains and transforms on two instances of the Local SageMaker."""

import io
import json
import os
import tarfile
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest
import xgboost
from support import instances, jobs
from test_old_sdks import CLIENTS, make_environment, readme_block, run


@pytest.fixture(scope="module")
def client_run(local, checkout, tmp_path_factory) -> SimpleNamespace:
    """Return what the program wrote."""
    folder = tmp_path_factory.mktemp("instances")
    python = make_environment(checkout, folder / "env", "sdk_v2")
    rows = instances.boston()
    for content_type, write in instances.FORMATS.items():
        parts = folder / content_type.replace("/", "_")
        parts.mkdir()
        for number, part in enumerate(instances.parts(rows)):
            (parts / f"part-{number}").write_bytes(write(part))
    (folder / "rows.csv").write_bytes(instances.as_csv(rows[:, 1:]))
    settings = {
        "hyperparameters": instances.texts({}),
        "content_types": list(instances.FORMATS),
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "config.yaml").write_text(readme_block(checkout, "yaml"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "config.yaml"),
        **local.environment(),
    }
    done = run(python, CLIENTS / "instances_v2.py", folder, env=environment)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return SimpleNamespace(**json.loads((folder / "instances.json").read_text()))


def load_model(s3, uri: str) -> xgboost.Booster:
    parts = urlsplit(uri)
    packed = io.BytesIO(jobs.read(s3, parts.netloc, parts.path.lstrip("/")))
    with tarfile.open(fileobj=packed) as archive:
        return instances.booster(archive.extractfile("xgboost-model").read())


@pytest.fixture(scope="module")
def one() -> np.ndarray:
    """Return the predictions of one process that trained on all rows."""
    rows = instances.boston()
    matrix = xgboost.DMatrix(rows[:, 1:], label=rows[:, 0])
    return xgboost.train(instances.PARAMS, matrix, instances.ROUNDS).predict(matrix)


@pytest.mark.full
def test_each_format_gives_the_model_of_one_process(client_run, s3, one):
    """Jobs on csv, libsvm, parquet and protobuf predict what one process does."""
    assert client_run.version == "2.257.7"
    rows = xgboost.DMatrix(instances.boston()[:, 1:])
    assert client_run.model_data.keys() == instances.FORMATS.keys()
    for uri in client_run.model_data.values():
        assert np.array_equal(load_model(s3, uri).predict(rows), one)


@pytest.mark.full
def test_the_sdk_prints_the_logs_of_both_instances(client_run):
    """What fit prints has the lines of both instances."""
    assert client_run.log.count("Distributed node training with 2 hosts") == 2


@pytest.mark.full
def test_a_transform_on_two_instances(client_run, one):
    """Each object of a transform on two instances has all its predictions."""
    for predicted in client_run.predicted:
        assert np.allclose(predicted, one, rtol=1e-6)
