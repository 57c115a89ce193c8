"""SDK 2 trains the built-in XGBoost on two instances, from each format and distribution."""

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
    """Return the program's jobs by format and distribution, and the folder that it wrote to."""
    folder = tmp_path_factory.mktemp("distributed")
    for name, content_type in FORMATS.items():
        (folder / name).mkdir()
        for number, part in enumerate(instances.parts(BOSTON)):
            content = instances.FORMATS[content_type](part)
            (folder / name / f"part-{number}").write_bytes(content)
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
    return SimpleNamespace(version=results.pop("version"), jobs=results, folder=folder)


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


def test_shards_make_the_model_of_one_process(client_run):
    """On Boston Housing, shards make the model that one process makes of all rows."""
    matrix = xgboost.DMatrix(BOSTON[:, 1:], label=BOSTON[:, 0])
    one = xgboost.train(instances.PARAMS, matrix, instances.ROUNDS)
    model = model_of(client_run.folder / "csv-ShardedByS3Key")
    assert np.array_equal(model.predict(matrix), one.predict(matrix))


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
