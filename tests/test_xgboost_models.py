"""Models that serve are loaded without running code, alone or as an ensemble."""

import os
import pickle

import numpy as np
import pytest
import xgboost
from support import xgboost_job

from helpers.local.containers.xgboost import model_file, models, versions

ROWS = np.random.default_rng(1).random((40, 3))
assert xgboost_job
OPEN = versions.VERSIONS["3.2-0"]


def trained(label=ROWS[:, 0], rounds=3, **params):
    return xgboost.train(params, xgboost.DMatrix(ROWS, label=label), rounds)


def predictor(*boosters, behavior=OPEN):
    return models.Predictor(list(boosters), behavior)


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
@pytest.mark.parametrize("columns", [3, 2])
def test_predictions_are_plain_xgboosts(booster, columns):
    """Predictions equal plain xgboost's bit for bit, also with missing columns."""
    model = trained(booster=booster)
    rows = ROWS[:, :columns].copy()
    rows[0, 1] = np.nan
    expected = model.predict(xgboost.DMatrix(rows), validate_features=False)
    assert np.array_equal(predictor(model).predict(rows, "csv"), expected)


def test_more_columns_than_the_model():
    """More columns than the model has are refused by xgboost itself."""
    text = "Number of columns does not match number of features in booster"
    with pytest.raises(xgboost.core.XGBoostError, match=text):
        predictor(trained()).predict(np.ones((1, 4)), "csv")


def test_feature_count_of_old_images():
    """Images whose models were pickles compare the columns, and allow one fewer."""
    old = predictor(trained(), behavior=versions.VERSIONS["0.72"])
    assert len(old.predict(np.ones((1, 2)), "csv")) == 1
    with pytest.raises(ValueError, match=r"^Feature size of csv inference data 1 is not consisten"):
        old.predict(np.ones((1, 1)), "csv")
    with pytest.raises(ValueError, match=r"^Feature size of libsvm inference data 5 is larger th"):
        old.predict(np.ones((1, 5)), "libsvm")


def test_ensemble_averages_or_votes():
    """The predictions of several models are averaged, or voted on for classes."""
    parts = [trained(ROWS[:, column]) for column in range(3)]
    mean = np.mean([part.predict(xgboost.DMatrix(ROWS)) for part in parts], axis=0)
    assert np.array_equal(predictor(*parts).predict(ROWS, "csv"), mean)
    classes = [trained((ROWS[:, c] > 0.5) * 2, objective="multi:softmax", num_class=3)
               for c in (0, 0, 1)]  # fmt: skip
    voted = predictor(*classes).predict(ROWS, "csv")
    assert np.array_equal(voted, classes[0].predict(xgboost.DMatrix(ROWS)))


def test_early_stopped_model(caplog):
    """Up to 1.7-1 a model predicts up to its best round; later with all, and the log says so."""
    model = trained(rounds=5)
    model.set_attr(best_iteration="1")
    matrix = xgboost.DMatrix(ROWS)
    old = predictor(model, behavior=versions.VERSIONS["1.7-1"])
    assert np.array_equal(old.predict(ROWS, "csv"), model[:2].predict(matrix))
    assert not caplog.text
    assert np.array_equal(predictor(model).predict(ROWS, "csv"), model.predict(matrix))
    assert "its best round is 2 of 5" in caplog.text


def test_loading_a_folder(tmp_path, capsys):
    """All files of a folder are loaded by name, or the first; dotfiles and folders are skipped."""
    for name, rounds in (("xgboost-model-1", 2), ("xgboost-model-0", 1)):
        model_file.save(trained(rounds=rounds), tmp_path / name)
    (tmp_path / ".hidden").touch()
    (tmp_path / "code").mkdir()
    assert [m.num_boosted_rounds() for m in models.load(tmp_path, True)] == [1, 2]
    assert [m.num_boosted_rounds() for m in models.load(tmp_path, False)] == [1]


def test_no_model(tmp_path):
    """For an empty folder the error says what the archive must contain."""
    with pytest.raises(models.ModelError, match=r"must contain the file xgboost-model"):
        models.load(tmp_path, True)


class Trap:
    """A pickle that runs code when it is opened."""

    def __reduce__(self):
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (pickle.dumps(Trap()), "the file is a pickle"),
        (b"binf" + bytes(50), "old binary format"),
        (b"hello", "neither UBJSON nor JSON"),
        (bytes(trained().save_raw("ubj"))[:-9], "the file is cut off"),
        (b'{"learner": 1}', "Invalid cast"),
    ],
)
def test_files_that_are_not_models(tmp_path, monkeypatch, content, reason):
    """A file that isn't a model is refused with AWS's text and a remedy, and not unpickled."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xgboost-model").write_bytes(content)
    with pytest.raises(models.ModelError) as caught:
        models.load(tmp_path, True)
    text = str(caught.value)
    assert text.startswith(f"Model {tmp_path / 'xgboost-model'} cannot be loaded:\nPickle load err")
    assert "\nXGB load model error=" in text
    assert reason in text
    assert "Booster.save_model('model.ubj')" in text
    assert not (tmp_path / "sprung").exists()
