"""The container's train: what each hyperparameter does, the log, and the texts of failures."""

import json
import re

import numpy as np
import pytest
import scipy.sparse
from support.linear_learner_job import Job, binary_csv, to_csv, to_records

from helpers.local.containers.linear_learner import metric_definitions

RANDOM = np.random.default_rng(3)
FEATURES = RANDOM.normal(size=(120, 3)) * [1, 10, 0.1] + [5, -20, 0]
NOISE = RANDOM.normal(size=120)
LABELS = FEATURES @ [3.0, 0.2, -4.0] + 100 + 0.5 * NOISE
CSV = to_csv(FEATURES, LABELS)
CLASSES = (np.quantile(LABELS, 0.4) < LABELS).astype(int) + (np.quantile(LABELS, 0.7) < LABELS)
BINARY = {"predictor_type": "binary_classifier"}
FAST = {"num_models": 1, "epochs": 40, "early_stopping_patience": 40}


@pytest.fixture
def run(tmp_path, capfd):
    """Return a function that trains on CSV and returns the model and the log."""
    numbers = iter(range(100))

    def run(train=CSV, more=(), content_type="text/csv", **hyperparameters):
        job = Job(
            tmp_path / str(next(numbers)),
            {"train": train, **dict(more)},
            content_type,
            **{**FAST, **hyperparameters},
        )
        code = job.train()
        log = capfd.readouterr().out
        assert code == 0, job.failure
        return job.model, log

    return run


@pytest.fixture
def fail(tmp_path, capfd):
    """Return a function that fails to train, and returns the text of output/failure."""

    def fail(train=CSV, more=(), content_type="text/csv", code=2, **hyperparameters):
        channels = {"train": train} if train is not None else {}
        job = Job(tmp_path, channels | dict(more), content_type, **{**FAST, **hyperparameters})
        assert job.train() == code
        [line] = re.findall(r"^\[.* ERROR \d+\] (.*)$", capfd.readouterr().out, re.M)[:1]
        assert job.failure.startswith(line)
        assert not (tmp_path / "model/model_algo-1").exists()
        return job.failure

    return fail


def mean_squared_error(model) -> float:
    return float(np.mean((model.scores(FEATURES)[:, 0] - LABELS) ** 2))


def quality(log: str, line: str) -> list[float]:
    """Return the values of the quality lines that start so."""
    return [float(value) for value in re.findall(rf"{line} <\w+>=(\S+)", log)]


def test_a_regressor(run):
    """A regressor nearly reaches the noise in the labels."""
    model, _ = run()
    assert mean_squared_error(model) < 1.1 * 0.25
    assert model.weight.shape == (3, 1)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_each_optimizer_learns(run, optimizer):
    """Every optimizer reaches the solution, and the log names it."""
    model, log = run(optimizer=optimizer, num_models=4)
    assert mean_squared_error(model) < 1.1 * 0.25
    assert f'"optimizer": "{optimizer}"' in log


@pytest.mark.parametrize("name", ["momentum", "beta_1", "beta_2"])
def test_settings_of_an_optimizer(run, name):
    """momentum changes sgd, beta_1 and beta_2 change adam, and none changes the other."""
    own, other = ("sgd", "adam") if name == "momentum" else ("adam", "sgd")
    for optimizer, changes in ((own, True), (other, False)):
        models = [run(optimizer=optimizer, epochs=2, **{name: value})[0] for value in (0.1, 0.6)]
        assert np.array_equal(models[0].weight, models[1].weight) != changes


def test_weight_decay_and_l1(run):
    """wd makes weights smaller, and l1 makes some of them exactly 0."""
    free, small, sparse = (
        run(wd=wd, l1=l1)[0].weight * FEATURES.std(axis=0)[:, None]
        for wd, l1 in ((0, 0), (1, 0), (0, 0.3))
    )
    assert np.abs(small).sum() < 0.8 * np.abs(free).sum()
    assert (sparse == 0).sum() == 1
    assert (free != 0).all()


def test_without_a_bias(run):
    """Without use_bias nothing is centered, and the score of a row of zeros is 0."""
    model, _ = run(use_bias="false")
    assert model.bias == [0]
    assert run()[0].bias[0] == pytest.approx(100, rel=0.05)


@pytest.mark.parametrize(
    ("changes", "mean", "deviation"),
    [
        ({}, True, True),
        ({"normalize_data": "false"}, True, False),
        ({"unbias_data": "false"}, False, True),
        ({"use_bias": "false"}, False, True),
    ],
)
def test_normalisation_of_features(run, changes, mean, deviation):
    """normalize_data scales the features, unbias_data shifts them; auto follows use_bias."""
    _, log = run(epochs=1, **changes)
    found = re.findall(r"'(stdev|mean)_weight': array\(\[([^]]*)\]", log)
    parameters = {name: [float(x) for x in text.split(",")] for name, text in found}
    expected_mean = FEATURES.mean(axis=0) if mean else np.zeros(3)
    expected_deviation = FEATURES.std(axis=0) if deviation else np.ones(3)
    np.testing.assert_allclose(parameters["mean"], expected_mean, rtol=1e-4)
    np.testing.assert_allclose(parameters["stdev"], expected_deviation, rtol=1e-4)


@pytest.mark.parametrize(
    ("changes", "mean", "deviation"),
    [
        ({}, LABELS.mean(), LABELS.std()),
        ({"normalize_label": "false"}, LABELS.mean(), 1),
        ({"unbias_label": "false"}, 0, LABELS.std()),
        ({"use_bias": "false"}, 0, LABELS.std()),
    ],
)
def test_normalisation_of_labels(run, changes, mean, deviation):
    """normalize_label scales the labels of a regressor, unbias_label shifts them."""
    _, log = run(epochs=1, **changes)
    [(found_deviation, found_mean)] = re.findall(r"'stdev_label': (\S+), 'mean_label': (\S+),", log)
    assert float(found_mean) == pytest.approx(mean, rel=1e-5)
    assert float(found_deviation) == pytest.approx(deviation, rel=1e-5)


def test_the_scaler_reads_the_first_full_batches(run):
    """num_point_for_scaler limits the rows of the scaler, in full batches."""
    _, log = run(epochs=1, num_point_for_scaler=49, mini_batch_size=20)
    [mean] = re.findall(r"'mean_label': (\S+),", log)
    assert float(mean) == pytest.approx(LABELS[:40].mean(), rel=1e-5)


def test_first_weights(run):
    """init_method, init_scale, init_sigma and init_bias decide where training starts."""
    slow = {"learning_rate": 1e-9, "epochs": 1, "normalize_data": "false", "unbias_data": "false",
            "normalize_label": "false", "unbias_label": "false"}  # fmt: skip
    uniform = run(init_scale=2, **slow)[0].weight
    normal = run(init_method="normal", init_sigma=5, **slow)[0].weight
    assert 0 < np.abs(uniform).max() <= 2
    assert np.abs(normal).max() > 2
    assert run(init_bias=7, **slow)[0].bias == [pytest.approx(7)]


def test_factors_of_the_bias(run):
    """bias_lr_mult and bias_wd_mult apply to the bias only."""
    plain = {"epochs": 1, "unbias_label": "false", "learning_rate": 0.01, "wd": 1}
    biases = [run(**plain, **change)[0].bias[0] for change in ({}, {"bias_lr_mult": 10})]
    assert abs(biases[1]) > 2 * abs(biases[0])
    long = plain | {"epochs": 40, "learning_rate": 1}
    free, decayed = (run(**long, bias_wd_mult=value)[0].bias[0] for value in (0, 1))
    assert decayed < 0.9 * free


@pytest.mark.parametrize(
    "changes",
    [
        {"use_lr_scheduler": "false"},
        {"lr_scheduler_step": 1, "lr_scheduler_factor": 0.5},
        {"lr_scheduler_step": 1, "lr_scheduler_factor": 0.5, "lr_scheduler_minimum_lr": 0.05},
    ],
)
def test_the_schedule_of_the_learning_rate(run, changes):
    """The scheduler's hyperparameters change the steps, and the log shows them."""
    model, log = run(epochs=2, learning_rate=0.1, **changes)
    assert not np.array_equal(model.weight, run(epochs=2, learning_rate=0.1)[0].weight)
    [chosen] = re.findall(r"Best model found for hyperparameters: (.*)", log)
    for name in ("lr_scheduler_step", "lr_scheduler_factor", "lr_scheduler_minimum_lr"):
        if name in changes:
            assert json.loads(chosen)[name] == changes[name]


def test_models_in_parallel(run):
    """num_models models are trained at once, 32 by default; the best of them is kept."""
    _, log = run(num_models="auto", epochs=2)
    models = re.findall(r'"epoch": 1, "model": (\d+)}, "Metrics": {"train_mse_objective"', log)
    assert models == [str(number) for number in range(32)]
    _, log = run(num_models=3, epochs=2)
    values = re.findall(r'"epoch": 1, "model": \d}, .*?"sum": ([^,]*)', log)
    assert len(values) == 3


def test_early_stopping(run):
    """Training stops when the criterion hasn't improved enough for so many epochs."""
    stop = {"early_stopping_patience": 2, "early_stopping_tolerance": 0.9, "epochs": 30}
    _, log = run(**stop)
    assert log.count("Early stop condition met. Stopping training.") == 1
    epochs = re.findall(r"#early_stopping_criteria_metric: host=algo-1, epoch=(\d+)", log)
    assert 3 <= len(epochs) < 30
    assert run(**stop | {"early_stopping_patience": 30})[1].count("Early stop") == 0


def test_equal_jobs_give_equal_models(run):
    """Two jobs with the same data and settings give the same model."""
    assert np.array_equal(run(num_models=4)[0].weight, run(num_models=4)[0].weight)


def test_the_log_of_a_job_with_three_channels(run):
    """The lines are those that AWS prints: start, epochs, scores, best model, test."""
    _, log = run(more={"validation": CSV, "test": CSV}, epochs=2)
    lines = [re.sub(r"^\[\d\d/\d\d/\d{4} [\d:]{8} (INFO) \d+\] ", "", x) for x in log.split("\n")]
    text = "\n".join(lines)
    for expected in (
        r"Docker entrypoint called with argument\(s\): train",
        "Running default environment configuration script",
        r"Reading default configuration from /opt/amazon/.*/default-input.json: {.*}",
        r"Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: {.*}",
        "Final configuration: {.*}",
        r"#quality_metric: host=algo-1, epoch=0, train mse_objective <loss>=\d\S+",
        r"#quality_metric: host=algo-1, epoch=0, validation mse_objective <loss>=\d\S+",
        r"#early_stopping_criteria_metric: host=algo-1, epoch=0, criteria=mse_objective, "
        r"value=\d\S+",
        "Epoch 0: Loss improved. Updating best model",
        "#progress_metric: host=algo-1, completed 50.0 % of epochs",
        r"#throughput_metric: host=algo-1, train throughput=\d\S+ records/second",
        r"#validation_score \(algo-1\) : \('mse_objective', \d\S+\)",
        r"#quality_metric: host=algo-1, validation absolute_loss <loss>=\d\S+",
        'Best model found for hyperparameters: {"optimizer": "adam", "learning_rate": .*}',
        r"#test_score \(algo-1\) : \('mse', \d\S+\)",
        r"#quality_metric: host=algo-1, test mse <loss>=\d\S+",
    ):
        assert re.search(rf"^{expected}$", text, re.M), expected
    assert "Test data is not provided." not in text
    assert quality(log, "host=algo-1, validation mse") == quality(log, "host=algo-1, test mse")


def test_a_metrics_line(run):
    """A line of #metrics has the members, and their order, of AWS's log of 2024."""
    _, log = run(epochs=1)
    line = next(x for x in log.split("\n") if '"train_mse_objective"' in x)
    content = json.loads(line.removeprefix("#metrics "))
    assert list(content) == ["StartTime", "EndTime", "Dimensions", "Metrics"]
    assert content["Dimensions"] == {
        "Algorithm": "Linear Learner",
        "Host": "algo-1",
        "Operation": "training",
        "epoch": 0,
        "model": 0,
    }
    [metric] = content["Metrics"].values()
    assert metric["sum"] == metric["min"] == metric["max"]
    assert metric["count"] == 1


def test_units_of_the_objectives(run):
    """The train objective is in units of normalised labels, the validation objective in theirs."""
    _, log = run(more={"validation": CSV}, learning_rate=1e-9, epochs=1, init_scale=1e-9)
    [train] = quality(log, "epoch=0, train mse_objective")
    [validation] = quality(log, "epoch=0, validation mse_objective")
    assert train == pytest.approx(1, rel=0.01)
    assert validation == pytest.approx(LABELS.var(), rel=0.01)


@pytest.mark.parametrize(
    ("kind", "labels", "channel"),
    [
        ("regressor", LABELS, "train"),
        ("regressor", LABELS, "validation"),
        ("binary_classifier", CLASSES > 0, "train"),
        ("binary_classifier", CLASSES > 0, "validation"),
        ("multiclass_classifier", CLASSES, "validation"),
    ],
)
def test_the_regexes_find_all_scores(run, kind, labels, channel):
    """Each metric definition of the predictor_type finds the last value of its line."""
    csv = to_csv(FEATURES, labels)
    more = {"test": csv} | ({"validation": csv} if channel == "validation" else {})
    _, log = run(csv, more=more, predictor_type=kind, num_classes=3, epochs=2)
    found = {}
    for definition in metric_definitions.metric_definitions():
        if values := re.findall(definition["Regex"], log):
            found[definition["Name"]] = float(values[-1])
    groups = {
        "regressor": metric_definitions.REGRESSION,
        "binary_classifier": metric_definitions.BINARY,
        "multiclass_classifier": metric_definitions.MULTICLASS,
    }
    names = {f"{part}:{score}" for part in (channel, "test") for score in groups[kind]}
    names |= {"train:objective_loss", f"{channel}:objective_loss", "test:objective_loss"}
    names |= {f"{channel}:objective_loss:final", "train:progress", "train:throughput"}
    assert set(found) == names
    assert found["train:progress"] == 100


def test_selection_without_validation(run):
    """Without a validation channel the train channel selects and calibrates."""
    _, log = run()
    assert "#train_score (algo-1) : ('mse', " in log
    assert "Test data is not provided." in log
    assert "validation" not in log.split("Final configuration")[1]


@pytest.mark.parametrize("criterion", ["precision_at_target_recall", "recall_at_target_precision"])
def test_targets_of_a_binary_classifier(run, criterion):
    """The calibrated threshold reaches the target on the train channel."""
    changes = {
        "binary_classifier_model_selection_criteria": criterion,
        "target_recall": 0.97,
        "target_precision": 0.97,
    }
    _, log = run(binary_csv(), **BINARY, **changes)
    part = criterion.rpartition("_")[2]
    assert 0.97 <= quality(log, f"train {part}")[-1] < 1
    assert f"criteria=sampled_{criterion}, value=0.9" in log


@pytest.mark.parametrize("criterion", ["accuracy", "f1", "f_beta"])
def test_calibrated_criteria(run, criterion):
    """The criterion of the log is the value that the calibrated model has at the end."""
    changes = {"binary_classifier_model_selection_criteria": criterion, "f_beta": 1}
    _, log = run(binary_csv(), **BINARY, **changes)
    name = "binary_classification_accuracy" if criterion == "accuracy" else "binary_f_1.000"
    values = re.findall(rf"criteria=sampled_{criterion}, value=(\S+)", log)
    assert quality(log, f"train {name}")[-1] == pytest.approx(max(map(float, values)))


@pytest.mark.parametrize("criterion", ["loss_function", "cross_entropy_loss"])
def test_criteria_by_loss(run, criterion):
    """Selection by the loss leaves the threshold at 0.5."""
    changes = {"binary_classifier_model_selection_criteria": criterion}
    model, log = run(binary_csv(), **BINARY, **changes)
    assert model.threshold == 0.5
    assert "criteria=binary_classification_cross_entropy_objective, value=" in log


def test_num_calibration_samples(run):
    """The threshold is calibrated on the first num_calibration_samples rows."""
    csv = binary_csv()
    head = "".join(csv.splitlines(keepends=True)[:30])
    few, _ = run(csv, more={"validation": csv}, num_calibration_samples=30, epochs=1, **BINARY)
    same, _ = run(csv, more={"validation": head}, epochs=1, **BINARY)
    assert few.threshold == same.threshold
    assert few.threshold != run(csv, more={"validation": csv}, epochs=1, **BINARY)[0].threshold


def test_weights_of_positive_examples(run):
    """positive_example_weight_mult moves the scores; balanced is negatives by positives."""
    csv = binary_csv()
    positive = sum(line.startswith("1") for line in csv.splitlines())
    ratio = (200 - positive) / positive
    by_loss = BINARY | {"binary_classifier_model_selection_criteria": "loss_function"}
    plain, heavy, balanced, same = (
        run(csv, positive_example_weight_mult=value, **by_loss)
        for value in (1, 20, "balanced", ratio)
    )
    assert heavy[0].bias[0] > plain[0].bias[0] + 1
    assert np.array_equal(balanced[0].weight, same[0].weight)
    assert "train binary_classification_weighted_cross_entropy_objective <loss>=" in heavy[1]
    assert (
        "auto" not in run(csv, positive_example_weight_mult="auto", num_models=3, **by_loss)[0].loss
    )


def test_balanced_classes(run):
    """balance_multiclass_weights raises the recall of a rare class."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [100, 100, 10])
    csv = to_csv(rng.normal(size=(210, 2)) + labels[:, None] * 0.7, labels)
    kind = {"predictor_type": "multiclass_classifier", "num_classes": 3}
    plain, balanced = (
        quality(run(csv, more={"test": csv}, balance_multiclass_weights=value, **kind)[1],
                "test macro_recall")[-1]
        for value in ("false", "true")
    )  # fmt: skip
    assert balanced > plain + 0.1


@pytest.mark.parametrize("top", [1, 2])
def test_accuracy_top_k(run, top):
    """The accuracy of the top k classes has k in its name."""
    kind = {"predictor_type": "multiclass_classifier", "num_classes": 3, "epochs": 5}
    csv = to_csv(FEATURES, CLASSES)
    _, log = run(csv, more={"validation": csv}, accuracy_top_k=top, **kind)
    accuracy = quality(log, "validation multiclass_accuracy")
    found = quality(log, f"validation multiclass_top_k_accuracy_{top}")
    assert (found == accuracy) if top == 1 else (found > accuracy)


def test_f_beta(run):
    """The F score has f_beta in its name."""
    _, log = run(binary_csv(), f_beta=2, epochs=2, **BINARY)
    assert len(quality(log, "train binary_f_2.000")) == 1


def test_hinge_loss_and_margin(run):
    """The hinge loss learns with any margin, and its score is not a probability."""
    models = [run(binary_csv(), loss="hinge_loss", margin=m, **BINARY) for m in (1, 5)]
    for _, log in models:
        assert quality(log, "train binary_classification_accuracy")[-1] > 0.9
    assert models[1][0].weight[0, 0] > 1.5 * models[0][0].weight[0, 0]


def test_quantile(run):
    """The quantile loss leaves the stated share of labels below the scores."""
    model, _ = run(loss="quantile_loss", quantile=0.9, epochs=100)
    assert np.mean(model.scores(FEATURES)[:, 0] > LABELS) == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize(
    "loss",
    [
        "absolute_loss",
        "huber_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
    ],
)
def test_robust_losses(run, loss):
    """The other losses of a regressor learn the same plane."""
    model, log = run(loss=loss, epochs=100)
    assert mean_squared_error(model) < 1.2 * 0.25
    assert quality(log, f"epoch=0, train {loss}_objective")


@pytest.mark.parametrize("sparse", [True, False])
def test_recordio(run, sparse):
    """Dense and sparse records train as CSV does; no ContentType means RecordIO-protobuf."""
    features = FEATURES.copy()
    features[::2, 0] = 0
    table = scipy.sparse.csr_matrix(features) if sparse else features
    by_csv, _ = run(to_csv(features.astype(np.float32), LABELS.astype(np.float32)))
    for content_type in (None, "application/x-recordio-protobuf"):
        model, _ = run(to_records(table, LABELS), content_type=content_type)
        np.testing.assert_allclose(model.weight, by_csv.weight, rtol=2e-3)


def test_several_files(run):
    """All files of a channel are read, in the order of their names."""
    lines = CSV.splitlines(keepends=True)
    files = {"a.csv": "".join(lines[:50]), "b/c.csv": "".join(lines[50:]), "empty.csv": ""}
    assert np.array_equal(run(files)[0].weight, run(CSV)[0].weight)


# Failures


@pytest.mark.parametrize("content_type", ["csv", "text/libsvm", "application/json"])
def test_unknown_content_types(fail, content_type):
    """A content type without a reader is refused with AWS's text."""
    assert fail(content_type=content_type) == (
        f"Customer Error: No iterator has been registered for ContentType (u'{content_type}', "
        "'1.0')"
    )


@pytest.mark.parametrize("number", [1, 25])
def test_text_in_csv(fail, number):
    """Text in a CSV fails with the rows of its batch and the file (issue 1017 of the examples)."""
    lines = CSV.splitlines(keepends=True)
    lines[number - 1] = '"(262144,[4660,9021],[0.0,1.0])",1,2,3\n'
    first = {1: 1, 25: 21}[number]
    assert fail("".join(lines)) == (
        f"Customer Error: Unable to parse csv: rows {first}-{first + 9}, file "
        "/opt/ml/input/data/train/part-00000\n\n"
        f"Caused by: row {number}: could not convert string to float: "
        "'(262144,[4660,9021],[0.0,1.0])'"
    )


def test_a_header(fail):
    """A header is text too."""
    assert fail("y,a,b\n" + CSV).startswith("Customer Error: Unable to parse csv: rows 1-10, file ")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("", "Found missing (NaN) values. Please remove any missing (NaN) values in the input "
         "data."),
        ("nan", "Found missing (NaN) values."),
        ("inf", "Found infinite floating point values. Please remove any infinite floating point "
         "values in the input data."),
        ("1e39", "Found infinite floating point values."),
    ],
)  # fmt: skip
def test_missing_and_infinite_values(fail, cell, text):
    """Missing and infinite values are refused with AWS's texts."""
    start = "Customer Error: Unable to read data channel 'validation'. "
    assert fail(more={"validation": CSV + f"1,2,{cell},3\n"}).startswith(start + text)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (CSV, None),
        (b"junk", "application/x-recordio-protobuf"),
        ("1\n2\n", "text/csv"),
        ({"a": CSV, "b": "1,2\n"}, "text/csv"),
    ],
)
def test_data_of_another_form(fail, content, content_type):
    """Data that doesn't fit to its content type is refused with AWS's text."""
    shown = content_type or "application/x-recordio-protobuf"
    assert fail(content, content_type=content_type).startswith(
        f"Customer Error: Unable to read data channel 'train'. Requested content-type is '{shown}'."
        " Please verify the data matches the requested content-type. (caused by MXNetError)\n\n"
        "Caused by: "
    )


def test_records_without_labels(fail):
    """Records without labels can't train."""
    text = fail(to_records(FEATURES, None), content_type=None)
    assert text.endswith("Caused by: 0 labels for 120 records")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"mini_batch_size": 121}, "mini_batch_size 121 is larger than the number of records in the"
         " train channel, 120. Please set mini_batch_size to at most 120."),
        ({"feature_dim": 4}, "The feature dimension of the input: 3 does not match the feature "
         "dimension of the model: 4. Please fix the input and try again."),
        ({"more": {"test": "1,2,3\n"}}, "The feature dimension of the input: 2 does not match the "
         "feature dimension of the model: 3. Please fix the input and try again."),
        ({"more": {"validation": {}}}, "No data in the channel 'validation'."),
        ({"train": ""}, "No data in the channel 'train'."),
        ({"more": {"extra": CSV}}, "Unknown channel 'extra'. The channels of this algorithm are: "
         "train, validation, test."),
        ({"train": None, "more": {"test": CSV}}, "Missing required channel: train"),
        ({"predictor_type": None}, "No value(s) were specified for 'predictor_type' which are "
         "required hyperparameter(s)"),
        ({"content_type": "text/csv;label_size=0"}, "The content type 'text/csv;label_size=0' of a "
         "channel must have label_size=1: the label is the first column."),
    ],
)  # fmt: skip
def test_other_refusals(fail, changes, text):
    """What else is wrong with a job is said in one sentence, with what to do."""
    assert fail(**changes) == f"Customer Error: {text}"


@pytest.mark.parametrize(
    ("kind", "highest"), [("binary_classifier", 1), ("multiclass_classifier", 2)]
)
def test_labels_of_classes(fail, kind, highest):
    """Labels of a classifier are whole numbers from 0; the text has the first other one."""
    text = fail(predictor_type=kind, num_classes=3)
    assert text == (
        f"Customer Error: The labels of predictor_type '{kind}' must be whole numbers from 0 to "
        f"{highest}. Found {np.float32(LABELS[0]):g} in row 1 of channel 'train'."
    )


def test_models_that_diverge(fail):
    """If all models diverge, the job fails with what to do."""
    text = fail(optimizer="sgd", learning_rate=1e30, code=1)
    assert text.startswith("Algorithm Error: All models have diverged: their loss is not a number.")


def test_one_of_the_models_may_diverge(run):
    """A model that diverges leaves the others as they are."""
    model, _ = run(optimizer="sgd", momentum=0.999, num_models=4)
    assert np.isfinite(model.weight).all()
