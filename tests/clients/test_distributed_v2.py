"""SDK 2 trains the built-in XGBoost on two instances, from all formats, and transforms on two."""

import json
import os
import subprocess
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xgboost
from support import instances, jobs
from test_old_sdks import CLIENTS, readme_block

pytestmark = pytest.mark.full
FORMATS = {
    "csv": "text/csv",
    "libsvm": "text/libsvm",
    "parquet": "application/x-parquet",
    "recordio": "application/x-recordio-protobuf",
}
DISTRIBUTIONS = ("FullyReplicated", "ShardedByS3Key")
BOSTON = instances.boston()
ROUNDS_LINE = f"[{instances.ROUNDS - 1}]#011train-rmse:"


@pytest.fixture(scope="module")
def client_run(local, sdk_v2, checkout, tmp_path_factory) -> SimpleNamespace:
    """Return what the program wrote, its jobs by format and distribution, and its folder."""
    folder = tmp_path_factory.mktemp("distributed")
    for name, content_type in FORMATS.items():
        (folder / name).mkdir()
        for number, part in enumerate(instances.parts(BOSTON)):
            content = instances.FORMATS[content_type](part)
            (folder / name / f"part-{number}").write_bytes(content)
    (folder / "rows.csv").write_bytes(instances.as_csv(BOSTON[:, 1:]))
    (folder / "settings.json").write_text(json.dumps(instances.texts({})))
    (folder / "config.yaml").write_text(readme_block(checkout, "yaml"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(folder / "config.yaml"),
        **local.environment(),
    }
    command = [sdk_v2, CLIENTS / "distributed_v2.py", folder]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    results = json.loads((folder / "results.json").read_text())
    return SimpleNamespace(**results, folder=folder)


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, xgboost.Booster]:
    """Return the model of xgboost's own collective on what the hosts read, by distribution."""
    shards = {
        "FullyReplicated": [BOSTON, BOSTON],
        "ShardedByS3Key": instances.of_hosts(BOSTON, 2),
    }
    params = json.dumps(instances.PARAMS)
    return {
        name: instances.train_collectively(tmp_path_factory.mktemp(name), rows, params)
        for name, rows in shards.items()
    }


def model_of(folder: Path) -> xgboost.Booster:
    """Return the model that the program downloaded into a folder."""
    with tarfile.open(folder / "model.tar.gz") as tar:
        return instances.booster(tar.extractfile("xgboost-model").read())


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("name", FORMATS)
def test_the_model_is_that_of_xgboosts_own_collective(client_run, expected, name, distribution):
    """Two instances grow the trees that xgboost's own collective grows on the same rows."""
    assert client_run.version == "2.257.7"
    model = model_of(client_run.folder / f"{name}-{distribution}")
    dump = {"with_stats": True, "dump_format": "json"}
    assert model.get_dump(**dump) == expected[distribution].get_dump(**dump)


@pytest.fixture(scope="module")
def one() -> np.ndarray:
    """Return the predictions of one process that trained on all rows."""
    matrix = xgboost.DMatrix(BOSTON[:, 1:], label=BOSTON[:, 0])
    return xgboost.train(instances.PARAMS, matrix, instances.ROUNDS).predict(matrix)


@pytest.mark.parametrize("name", FORMATS)
def test_shards_make_the_model_of_one_process(client_run, one, name):
    """On Boston Housing, shards make the model that one process makes of all rows."""
    model = model_of(client_run.folder / f"{name}-ShardedByS3Key")
    assert np.array_equal(model.predict(xgboost.DMatrix(BOSTON[:, 1:])), one)


def test_the_sdk_prints_the_logs_of_both_instances(client_run):
    """What fit prints has the lines of both instances."""
    assert client_run.log.count("Distributed node training with 2 hosts") == 2


def test_a_transform_on_two_instances(client_run, one):
    """Each object of a transform on two instances has all its predictions."""
    assert len(client_run.predicted) == 2
    for predicted in client_run.predicted:
        assert np.allclose(predicted, one, rtol=1e-6)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_what_each_instance_reads(client_run, client, distribution):
    """With FullyReplicated each instance logs all rows, with ShardedByS3Key its part of them."""
    shards = instances.of_hosts(BOSTON, 2)
    for name in FORMATS:
        job = client_run.jobs[f"{name}-{distribution}"]
        for host, shard in enumerate(shards, start=1):
            lines = jobs.log_lines(client("logs"), "TrainingJobs", job, f"/algo-{host}-")
            rows = len(BOSTON) if distribution == "FullyReplicated" else len(shard)
            assert any(f"Train matrix has {rows} rows and 13 columns" in line for line in lines)
            assert any(ROUNDS_LINE in line for line in lines) == (host == 1)
