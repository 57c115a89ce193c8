"""The lessons' tags are tags that AWS takes."""

import doctest
import importlib
import re

import botocore.session
import pytest

from helpers import tags

TITLE = "Boston Housing - XGBoost (Batch Transform) - High Level"


def test_tags_are_in_the_shape_of_the_api():
    """A tag set has two non-empty values under the keys course and lesson."""
    assert tags(TITLE) == [
        {"Key": "course", "Value": "sagemaker-course"},
        {"Key": "lesson", "Value": "boston-xgboost-batch-transform-high"},
    ]


def test_tags_fit_the_published_service_model():
    """Keys and values have the length and pattern that SageMaker's API states."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    for member, shape in model.shape_for("Tag").members.items():
        rule = shape.metadata
        pattern = re.sub(r"\\p\{[LZN]\}", "a-zA-Z0-9 ", rule["pattern"])
        for tag in tags(TITLE):
            assert rule["min"] <= len(tag[member]) <= rule["max"]
            assert re.fullmatch(pattern, tag[member])


def test_a_lesson_needs_a_name():
    """A lesson without a name is refused, because its tag would have no value."""
    with pytest.raises(ValueError, match="not a lesson's title"):
        tags("")


def test_examples_in_the_docstrings_run():
    """The examples in the module's documentation are true."""
    assert doctest.testmod(importlib.import_module("helpers.tagging")).failed == 0
