"""Cross-validation runs inside a training job."""

import numpy as np
import pytest
import xgboost
from support.xgboost_job import Job

from helpers.local.containers.xgboost import kfold

SQUARED = "reg:squarederror"


def table(count, classes):
    """Return a CSV whose label is a class that the first feature determines."""
    return "".join(f"{i % classes},{i % classes},{i * 7 % 11}\n" for i in range(count))


def test_models_and_predictions_of_all_folds(tmp_path, capsys):
    """Two rounds of three folds leave six models, and a prediction of every merged row."""
    channels = {"train": {"t.csv": table(24, 3)}, "validation": {"v.csv": table(12, 3)}}
    job = Job(tmp_path, channels, objective="multi:softprob", num_class=3, _kfold=3,
              _num_cv_round=2)  # fmt: skip
    assert job.train() == 0
    names = sorted(path.name for path in job.model.parent.iterdir())
    assert names == [f"xgboost-model-{fold}" for fold in range(6)]
    predicted = np.loadtxt(tmp_path / "output/data/predictions.csv", delimiter=",")
    assert predicted.shape == (36, 3)
    assert np.array_equal(predicted[:, 0], predicted[:, 2])  # label, and the majority's label
    assert np.all(predicted[:, 1] > 0.4)  # the mean probability of it
    log = capsys.readouterr().out
    assert "Run 2-round of 3-fold cross validation with 36 rows" in log
    assert log.count("Train cross validation fold 3") == 2
    assert "The metrics of round 2 cross validation" in log
    overall = log.split("The overall metrics of 2-round cross validation\n")[1].splitlines()[0]
    assert overall.startswith("[2]\ttrain-mlogloss:")
    assert "\tvalidation-mlogloss:" in overall
    assert "Train matrix has 24 rows and 2 columns" in log


def test_regression_writes_label_and_mean(tmp_path):
    """A regression has no majority label, and works without a validation channel."""
    job = Job(tmp_path, {"train": {"t.csv": table(20, 5)}}, objective=SQUARED, _kfold=4)
    assert job.train() == 0
    lines = (tmp_path / "output/data/predictions.csv").read_text().splitlines()
    assert len(lines) == 20
    assert all(len(line.split(",")) == 2 and "." in line for line in lines)
    assert xgboost.Booster(model_file=tmp_path / "model/xgboost-model-3").num_features() == 2


def test_split_is_even():
    """Each row is left out for validation once, and each class is spread over the folds."""
    classes = np.array([0] * 10 + [1] * 5)
    folds = kfold.split(classes, 5)
    assert sorted(np.concatenate(folds)) == list(range(15))
    assert [np.bincount(classes[fold]).tolist() for fold in folds] == [[2, 1]] * 5


def test_more_folds_than_rows(tmp_path):
    """More folds than rows make the job fail with a reason."""
    with pytest.raises(ValueError, match="n_splits=3 greater than the number of samples"):
        kfold.split(np.zeros(2), 3)
    job = Job(tmp_path, {"train": {"t.csv": table(2, 2)}}, objective=SQUARED, _kfold=3)
    assert job.train() == 1
    assert "Cannot have number of splits n_splits=3" in job.failure


def test_majority_of_a_binary_model(tmp_path):
    """A probability above a half is class 1; rows have the mean, and the majority's label."""
    predictions = kfold.Predictions(np.array([1.0, 0.0]), 3, classification=True)
    for first, second in ((0.6, 0.4), (0.7, 0.55), (0.2, 0.1)):
        predictions.record(np.array([0]), np.array([first]))
        predictions.record(np.array([1]), np.array([second]))
    predictions.save(tmp_path)
    assert (tmp_path / "predictions.csv").read_text() == (
        "1.000000,0.500000,1.000000\n0.000000,0.350000,0.000000\n"
    )


def test_objective_is_needed(tmp_path, capsys):
    """Without an objective the job fails as in AWS's container, and the log says what to do."""
    assert Job(tmp_path, {"train": {"t.csv": table(20, 2)}}, _kfold=3).train() == 1
    assert (
        "'NoneType' object has no attribute 'startswith'"
        in (tmp_path / "output/failure").read_text()
    )
    assert "What to do: set the objective" in capsys.readouterr().out
    multi = Job(tmp_path / "multi", {"train": {"t.csv": table(20, 2)}}, _kfold=3, num_class=2)
    assert multi.train() == 0
