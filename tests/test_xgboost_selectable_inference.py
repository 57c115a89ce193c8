"""Selectable inference determines what an answer has for each row."""

import json
import math

import numpy as np
import pytest
from support import xgboost_job

from helpers.local.containers.toolkit import recordio_protobuf
from helpers.local.containers.xgboost import selectable_inference

assert xgboost_job

KEYS = selectable_inference.VALID["binary:logistic"]
ROWS = [
    {"predicted_label": 1, "probabilities": [0.4, 0.6]},
    {"predicted_label": 0, "probabilities": [0.9, 0.1]},
]


def select(values, keys, objective, num_class=""):
    return selectable_inference.select(np.array(values), keys, objective, num_class)


def test_binary():
    """A binary objective gives the label, and both classes' probabilities and scores."""
    assert select([0.6], KEYS, "binary:logistic") == [
        {"predicted_label": 1, "labels": [0, 1], "probability": 0.6, "probabilities": [0.4, 0.6],
         "raw_score": 0.6, "raw_scores": [0.4, 0.6]},
    ]  # fmt: skip


def test_classes():
    """softprob gives a probability for each class, and the most likely class as the label."""
    keys = ["predicted_label", "labels", "probability", "raw_scores"]
    assert select([[0.1, 0.5, 0.4]], keys, "multi:softprob", "3") == [
        {"predicted_label": 1, "labels": [0, 1, 2], "probability": 0.5,
         "raw_scores": [0.1, 0.5, 0.4]},
    ]  # fmt: skip
    assert select([-7.6], ["predicted_label"], "binary:logitraw") == [{"predicted_label": 0}]
    assert select([2.0], ["predicted_label"], "multi:softmax", "3") == [{"predicted_label": 2.0}]


def test_regression_and_unfit_keys(caplog):
    """A key that an objective doesn't have is NaN, with a warning."""
    row = select([0.5], ["predicted_score", "probability", "foo"], "reg:squarederror")[0]
    assert row["predicted_score"] == 0.5
    assert math.isnan(row["probability"])
    assert math.isnan(row["foo"])


def test_unsupported_objective():
    """Ranking has no selectable inference."""
    text = r"^Objective `rank:pairwise` unsupported for selectable inference predictions\.$"
    with pytest.raises(ValueError, match=text):
        select([0.5], KEYS, "rank:pairwise")


def test_keys_of_the_variable():
    """In the variable's keys, spaces and case don't matter."""
    assert (
        selectable_inference.selected_keys("Predicted_Label, probability") == KEYS[:1] + KEYS[2:3]
    )


def test_encodings():
    """CSV quotes lists; JSON, JSON lines and RecordIO have the same content."""
    keys = ["predicted_label", "probabilities"]
    text = b'1,"[0.4, 0.6]"\n0,"[0.9, 0.1]"'
    assert selectable_inference.encode(ROWS, keys, "text/csv", batch=False) == text
    assert selectable_inference.encode(ROWS, keys, "text/csv", batch=True) == text + b"\n"
    lines = selectable_inference.encode(ROWS, keys, "application/jsonlines", batch=False)
    assert [json.loads(line) for line in lines.splitlines()] == ROWS
    whole = selectable_inference.encode(ROWS, keys, "application/json", batch=False)
    assert json.loads(whole) == {"predictions": ROWS}
    stream = selectable_inference.encode(ROWS, keys, "application/x-recordio-protobuf", batch=False)
    labels = [
        recordio_protobuf.read_record(frame)[1] for frame in recordio_protobuf.read_frames(stream)
    ]
    assert labels[0]["probabilities"].values.tolist() == pytest.approx([0.4, 0.6])
    assert [label["predicted_label"].values.tolist() for label in labels] == [[1], [0]]
