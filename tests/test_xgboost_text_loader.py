"""Training reads numbers with xgboost's text loader, serving exactly, as in AWS's container.

So "the same prediction" of an artifact is the one on exactly parsed numbers.
"""

from pathlib import Path

import numpy as np
import xgboost
from support.xgboost_job import Job

from helpers.local.containers.toolkit.masking import PathMasker
from helpers.local.containers.xgboost import models, training_data, versions
from helpers.local.containers.xgboost.app import App

CELLS = [[f"{v * 10:.4f}" for v in row] for row in np.random.default_rng(4).random((3000, 5))]
EXACT = np.array(CELLS, float)
TRAIN = "".join(f"{row[0]},{','.join(row)}\n" for row in CELLS)


def test_text_loader_is_one_step_off(tmp_path):
    """xgboost's loader reads some decimals one float32 step beside the nearest, never further."""
    (tmp_path / "t.csv").write_text(TRAIN)
    matrix = training_data.load([tmp_path], training_data.Options("csv"))
    found = matrix.get_data().toarray()
    nearest = EXACT.astype(np.float32)
    differs = found != nearest
    assert 0 < differs.mean() < 0.1
    steps = np.abs(found.view(np.int32) - nearest.view(np.int32))
    assert steps.max() == 1


def test_transform_is_the_artifact_on_exact_numbers(tmp_path):
    """A batch's answer is bit for bit what the artifact predicts for exactly parsed numbers."""
    job = Job(tmp_path, {"train": {"t.csv": TRAIN}}, objective="reg:squarederror", num_round=20)
    assert job.train() == 0
    booster = xgboost.Booster(model_file=job.model)
    predictor = models.Predictor([booster], versions.VERSIONS["3.2-0"])
    app = App(predictor, {"SAGEMAKER_BATCH": "true"}, PathMasker(Path("/opt/ml")))
    expected = booster.predict(xgboost.DMatrix(EXACT)).tolist()
    csv = "\n".join(map(",".join, CELLS))
    libsvm = "\n".join(" ".join(f"{i}:{v}" for i, v in enumerate(row)) for row in CELLS)
    for body, content_type in ((csv, "text/csv"), (libsvm, "text/libsvm")):
        status, answer, _ = app.invoke({"content-type": content_type}, body.encode())
        assert status == 200
        assert [float(line) for line in answer.decode().splitlines()] == expected
