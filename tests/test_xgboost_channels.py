"""Channels and content types are checked with the container's texts."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import xgboost_job

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.headers import parse_header
from helpers.local.containers.xgboost import channels, content_types

assert xgboost_job


def config(**more):
    return {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", **more}


def test_default_content_type():
    """A channel without a content type counts as libsvm."""
    found = channels.validate({"train": config(), "validation": config(ContentType="csv")})
    assert found["train"]["ContentType"] == "text/libsvm"
    assert found["validation"]["ContentType"] == "csv"


@pytest.mark.parametrize("name", list(content_types.NAMES))
def test_accepted_names(name):
    """All nine names of content types are accepted, in both distributions."""
    for kind in ("FullyReplicated", "ShardedByS3Key"):
        channels.validate({"train": config(ContentType=name, S3DistributionType=kind)})


def test_missing_and_extraneous_channel():
    """The channel `train` is required, and unknown channels are refused."""
    with pytest.raises(UserError, match=r"^Missing required channel: train$"):
        channels.validate({"training": config()})
    with pytest.raises(UserError, match=r"^Extraneous channel found: test$"):
        channels.validate({"train": config(), "test": config()})


@pytest.mark.parametrize(
    "wrong",
    [
        {"ContentType": "text/csv; charset=utf8"},
        {"ContentType": "TEXT/CSV"},
        {"ContentType": "csv", "TrainingInputMode": "FastFile"},
        {"ContentType": "libsvm", "TrainingInputMode": "Pipe"},
        {"ContentType": "application/json"},
    ],
)
def test_unsupported_configuration(wrong):
    """Unlike at serving the exact text is checked, and the whole configuration is shown."""
    with pytest.raises(UserError) as caught:
        channels.validate({"train": config(**wrong)})
    start = "Channel configuration for 'train' channel is not supported: {'TrainingInputMode': "
    assert str(caught.value).startswith(start)
    assert wrong["ContentType"] in str(caught.value)


def test_pipe_mode_is_gone():
    """Pipe mode for CSV is refused with the remedy; where AWS's image has it, as not served."""
    configs = channels.validate({"train": config(ContentType="csv", TrainingInputMode="Pipe")})
    with pytest.raises(UserError, match=r"^Pipe mode for CSV is no longer supported\. Please use "):
        channels.refuse_pipe_mode(configs, on_aws=False)
    with pytest.raises(UserError, match="which this image reads on AWS but not on the Local"):
        channels.refuse_pipe_mode(configs, on_aws=True)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "libsvm"),
        ("", "libsvm"),
        ("text/x-libsvm", "libsvm"),
        ("text/libsvm ;charset=utf8", "libsvm"),
        ("TEXT/CSV", "csv"),
        ("text/csv; charset=utf-8", "csv"),
        ("text/csv;label_size = 1", "csv"),
        ("application/x-recordio-protobuf", "recordio-protobuf"),
    ],
)
def test_content_type_of_a_request(header, expected):
    """At serving, the case and the parameters of a content type don't matter."""
    assert content_types.to_format(header) == expected


@pytest.mark.parametrize(
    "header",
    ["text/csv; label_size=5", "text/csv; label_size=1=1", "text/csv; label_size=1; label_size=2"],
)
def test_label_size(header):
    """A label_size other than 1 for CSV is refused."""
    with pytest.raises(UserError) as caught:
        content_types.to_format(header)
    assert str(caught.value) == (
        f"{header} is not an accepted csv ContentType. "
        "Optional parameter label_size must be equal to 1"
    )


def test_unknown_content_type():
    """For an unknown content type the text names all accepted ones."""
    with pytest.raises(UserError) as caught:
        content_types.to_format("application/json")
    assert str(caught.value) == (
        "application/json is not an accepted ContentType: csv, libsvm, parquet, "
        "recordio-protobuf, text/csv, text/libsvm, text/x-libsvm, application/x-parquet, "
        "application/x-recordio-protobuf."
    )


@given(st.text(max_size=40))
def test_any_header_is_taken_or_refused(header):
    """Any header is accepted or refused by UserError, without another exception."""
    with contextlib.suppress(UserError):
        assert content_types.to_format(header) in content_types.NAMES.values()


NAME = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8)


@given(NAME, st.dictionaries(NAME, st.text(string.ascii_letters + string.digits, min_size=1)))
def test_parse_header_reads_what_was_written(value, parameters):
    """Parameters of a header are parsed as they were written."""
    header = "; ".join([value, *(f"{name}={text}" for name, text in parameters.items())])
    assert parse_header(header) == (value, parameters)
