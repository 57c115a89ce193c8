"""Old images train as their own xgboost did: defaults, early stopping, errors, log.

Expected figures were printed by the libraries themselves (xgboost 0.90, 1.2.1, 1.3.3, 1.5.2 and
1.7.6 of PyPI), on the Boston table without its header, label first, all 506 rows.
"""

import doctest
import re

import pytest
from support.xgboost_job import FIVE_ROWS, Job

from helpers.datasets import boston
from helpers.local.containers.xgboost import versions
from helpers.local.containers.xgboost.content_types import LIBSVM

SQUARED = "reg:squarederror"
CLASSES = "".join(f"{i % 3},{i % 7},{i % 5}\n" for i in range(60))
BINARY = "".join(f"{i % 2},{i % 7},{i % 5}\n" for i in range(60))


def boston_csv() -> str:
    """Return the whole table as a training CSV."""
    table = boston.load()
    columns = [boston.TARGET, *(name for name in boston.COLUMNS if name != boston.TARGET)]
    return table[columns].to_csv(header=False, index=False)


def scores(log: str, name: str) -> list[float]:
    """Return the values of a metric in a log, one for each round."""
    return [float(value) for value in re.findall(rf"\t{name}:(\S+)", log)]


@pytest.mark.parametrize(
    ("version", "rmse"),
    [("0.72", 17.059), ("0.90-1", 17.059), ("1.2-1", 17.05901), ("1.7-1", 17.05901)],
)
def test_first_round_of_old_images(tmp_path, capsys, version, rmse):
    """Up to 1.7-1 training starts from 0.5, not from the mean; the log says what is filled in."""
    job = Job(tmp_path, {"train": {"t.csv": boston_csv()}}, objective=SQUARED, num_round=1)
    assert job.train(version) == 0
    log = capsys.readouterr().out
    assert scores(log, "train-rmse") == [rmse]
    library = versions.VERSIONS[version].library
    assert f"defaults of xgboost {library} are filled in: base_score=0.5, tree_method=exact" in log


def test_todays_images_estimate_the_start(tmp_path, capsys):
    """From 3.0-5 on, nothing is filled in."""
    job = Job(tmp_path, {"train": {"t.csv": boston_csv()}}, objective=SQUARED, num_round=1)
    for version in ("3.0-5", "3.2-0"):
        assert job.train(version) == 0
    log = capsys.readouterr().out
    assert max(scores(log, "train-rmse")) < 8
    assert "are filled in" not in log


@pytest.mark.parametrize(
    ("version", "objective", "metric"),
    [
        ("0.72", "binary:logistic", "error"), ("0.90-1", "binary:logistic", "error"),
        ("1.2-2", "binary:logistic", "error"), ("1.3-1", "binary:logistic", "logloss"),
        ("1.2-1", "multi:softmax", "merror"), ("1.3-1", "multi:softprob", "mlogloss"),
        ("1.2-1", "binary:logitraw", "auc"), ("1.3-1", "binary:logitraw", "auc"),
        ("1.5-1", "binary:logitraw", "logloss"), ("1.7-1", "reg:gamma", "gamma-nloglik"),
        ("3.2-0", "reg:gamma", "gamma-deviance"), ("3.2-0", "binary:logistic", "logloss"),
    ],
)  # fmt: skip
def test_default_metrics(tmp_path, capsys, version, objective, metric):
    """The metric of an objective is that of the image's own xgboost."""
    text = {"binary": BINARY, "multi": CLASSES, "reg": CLASSES.replace("0,", "4,")}
    data = {"train": {"t.csv": text[objective.split(":")[0]]}}
    more = {"num_class": 3} if objective.startswith("multi") else {}
    job = Job(tmp_path, data, objective=objective, num_round=1, **more)
    assert job.train(version) == 0
    assert re.search(rf"^\[0\]\ttrain-{metric}:\S+$", capsys.readouterr().out, re.MULTILINE)


def test_given_values_win(tmp_path, capsys):
    """What a job sets itself isn't replaced by an old default."""
    job = Job(
        tmp_path, {"train": {"t.csv": FIVE_ROWS}},
        objective=SQUARED, base_score=0.1, tree_method="hist", eval_metric="rmse",
    )  # fmt: skip
    assert job.train("1.2-1") == 0
    assert "are filled in" not in capsys.readouterr().out


def noisy(seed: int, rows: int = 60) -> str:
    """Return a CSV whose label depends on one of two features, and on chance."""
    import numpy as np

    rng = np.random.default_rng(seed)
    features = rng.random((rows, 2)).round(3)
    labels = (features[:, 0] * 10 + rng.normal(size=rows) * 3).round(3)
    return "".join(f"{y},{a},{b}\n" for y, (a, b) in zip(labels, features, strict=True))


@pytest.mark.parametrize("version", ["0.72", "0.90-2", "1.2-2"])
def test_early_stopping_without_a_metric(tmp_path, capsys, version):
    """Up to 1.2-2 early stopping uses the default metric of the last channel, keeping all trees."""
    import xgboost

    channels = {"train": {"t.csv": noisy(1)}, "validation": {"v.csv": noisy(2)}}
    job = Job(tmp_path, channels, objective=SQUARED, num_round=200, early_stopping_rounds=10)
    assert job.train(version) == 0
    log = capsys.readouterr().out
    values = scores(log, "validation-rmse")
    assert (
        "Multiple eval metrics have been passed: 'validation-rmse' will be used for early stopping."
    ) in log
    assert "Will train until validation-rmse hasn't improved in 10 rounds." in log
    best = values.index(min(values))
    assert len(values) == best + 11 < 200
    assert f"Stopping. Best iteration:\n[{best}]" in log
    model = xgboost.Booster(model_file=job.model)
    assert model.num_boosted_rounds() == len(values)
    assert model.attr("best_iteration") == str(best)


@pytest.mark.parametrize("version", ["1.3-1", "1.7-1", "3.2-0"])
def test_early_stopping_is_ignored_later(tmp_path, capsys, version):
    """From 1.3-1 on early_stopping_rounds alone has no effect."""
    channels = {"train": {"t.csv": noisy(1)}, "validation": {"v.csv": noisy(2)}}
    job = Job(tmp_path, channels, objective=SQUARED, num_round=60, early_stopping_rounds=3)
    assert job.train(version) == 0
    assert len(scores(capsys.readouterr().out, "validation-rmse")) == 60


def test_lines_of_the_closed_image(tmp_path, capsys):
    """0.72 logs its own line about each matrix, and none of the open images' lines."""
    channels = {"train": {"t.csv": noisy(1)}, "validation": {"v.csv": noisy(2, 30)}}
    assert Job(tmp_path, channels, objective="reg:linear").train("0.72") == 0
    log = capsys.readouterr().out
    query = "?format=csv&label_column=0&delimiter=,"
    for line in (
        f"60x2 matrix with 120 entries loaded from /opt/ml/input/data/train{query}",
        f"30x2 matrix with 60 entries loaded from /opt/ml/input/data/validation{query}",
    ):
        assert re.search(rf"^\[\d\d:\d\d:\d\d\] {re.escape(line)}$", log, re.MULTILINE)
    for line in ("Train matrix has", "Single node", "smlinks", "symlink", "files path", "GPU"):
        assert line not in log


CHANNELS = {"train": {"t.csv": noisy(1)}, "validation": {"v.csv": noisy(2)}}
STOPPING = {"num_round": 40, "eval_metric": "rmse", "early_stopping_rounds": 5}


@pytest.mark.parametrize("version", ["0.72", "0.90-1", "1.2-2", "1.3-1", "1.7-1"])
def test_reg_linear_stops_early_on_old_images(tmp_path, version):
    """The old name of squared error works with early stopping where the library knew it."""
    assert Job(tmp_path, CHANNELS, objective="reg:linear", **STOPPING).train(version) == 0


@pytest.mark.parametrize(
    ("version", "settings", "advice"),
    [
        ("3.2-0", {"objective": "reg:linear"}, "use objective reg:squarederror"),
        ("3.0-5", {"objective": "reg:linear"}, "use objective reg:squarederror"),
        ("3.2-0", {"objective": SQUARED, "booster": "gblinear"}, "leave out early_stopping_rounds"),
    ],
)
def test_no_job_is_lost_at_its_end(tmp_path, capsys, version, settings, advice):
    """A model that can't be cut to its best round is refused before the first round."""
    job = Job(tmp_path, CHANNELS, **settings, **STOPPING)
    assert job.train(version) == 1
    assert "[0]#011" not in capsys.readouterr().out.replace("\t", "#011")
    assert "`save_best` is not applicable to the current booster" in job.failure
    assert f"What to do: {advice}" in job.failure


WRONG_LABELS = [
    (
        {"objective": "multi:softmax", "num_class": 10},
        "".join(f"{i % 10 + 1},{i}\n" for i in range(40)),
    ),
    ({"objective": "count:poisson"}, "".join(f"{i % 3 - 1},{i}\n" for i in range(40))),
    ({"objective": "reg:tweedie"}, "".join(f"{i % 3 - 1},{i}\n" for i in range(40))),
    ({"objective": "binary:logistic"}, "".join(f"{i % 2 + 1},{i}\n" for i in range(40))),
    ({"objective": "binary:logistic", "base_score": 2}, BINARY),
    ({"objective": "multi:softprob", "num_class": 3, "eval_metric": "error"}, CLASSES),
    ({"objective": "binary:logistic", "eval_metric": "merror"}, BINARY),
    ({"objective": "binary:logistic", "eval_metric": "auc"}, BINARY.replace("1,", "0,")),
    ({"objective": "multi:softmax", "num_class": 3, "eval_metric": "f1_binary"}, CLASSES),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "text"), WRONG_LABELS)
def test_wrong_data_is_the_users_fault_on_old_images(tmp_path, settings, text):
    """Each error that the container blames on the user is so in the words of today's xgboost."""
    job = Job(tmp_path, {"train": {"t.csv": text}}, **settings)
    assert job.train("0.72") == 1  # ClientError; 255 is the algorithm's
    assert "XGB train call failed" not in job.failure
    assert "Stack trace" not in job.failure


def test_metric_that_does_not_fit_on_the_closed_image(tmp_path):
    """0.72 has a text of its own for a metric of one number where each class has one."""
    settings = {"objective": "multi:softprob", "num_class": 3, "eval_metric": "error"}
    job = Job(tmp_path, {"train": {"t.csv": CLASSES}}, **settings)
    assert job.train("0.72") == 1
    assert job.failure.startswith("Given label size mismatched with prediction size. Please ensure")


def test_todays_image_blames_the_algorithm(tmp_path):
    """AWS's newest image keeps the old list of texts, so most errors of labels don't match it."""
    settings, text = WRONG_LABELS[0]
    job = Job(tmp_path, {"train": {"t.csv": text}}, **settings)
    assert job.train("3.2-0") == 1
    assert "AlgorithmError: XGB train call failed with exception:" in job.failure
    assert "Stack trace" not in job.failure


def test_num_class_alone_trains_classes(tmp_path):
    """The open images train multi:softmax with num_class and no objective."""
    import json

    import xgboost

    job = Job(tmp_path, {"train": {"t.csv": CLASSES}}, num_class=3)
    assert job.train() == 0
    config = json.loads(xgboost.Booster(model_file=job.model).save_config())
    assert config["learner"]["objective"]["name"] == "multi:softmax"


def test_eval_metric_without_objective_fails(tmp_path, capsys):
    """The container's KeyError ends the job, and the log says what to do."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS}}, eval_metric="rmse")
    assert job.train() == 1
    assert job.failure.rstrip().endswith("KeyError: 'objective'\n\n'objective'")
    assert "What to do: set the objective" in capsys.readouterr().out


def test_bad_libsvm_value_has_no_addresses(tmp_path):
    """An error of the library's reader is shown without its stack trace."""
    text = "1 0:1\n0 0:2\n" * 3
    job = Job(tmp_path, {"train": {"a": text, "b": "1\n" * 3}}, LIBSVM, num_round=1)
    job.train()
    bad = Job(tmp_path / "bad", {"train": {"a.csv": "1,1e999\n2,inf\n"}})
    assert bad.train() == 1
    assert "Input data contains `inf`" in bad.failure
    assert "Stack trace" not in bad.failure
    assert "[bt]" not in bad.failure


def test_examples():
    """The examples in the docstrings run."""
    results = doctest.testmod(versions)
    assert results.attempted
    assert results.failed == 0
