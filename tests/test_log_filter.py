"""FilterLogEvents by the prefix of the streams' names."""

import re
import time
import uuid

import pytest


@pytest.fixture
def group(client) -> str:
    """Create a group with the streams one/a, one/b and two/a, a line in each."""
    name, logs = f"/test/{uuid.uuid4().hex}", client("logs")
    logs.create_log_group(logGroupName=name)
    for stream in ("one/a", "one/b", "two/a"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        logs.put_log_events(
            logGroupName=name,
            logStreamName=stream,
            logEvents=[{"timestamp": int(time.time() * 1000), "message": stream}],
        )
    return name


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("one/", ["one/a", "one/b"]), ("two/a", ["two/a"]), ("three/", [])],
)
def test_only_streams_of_the_prefix(client, group, prefix, expected):
    """Only lines of streams with the prefix are returned; an unknown prefix returns none."""
    answer = client("logs").filter_log_events(logGroupName=group, logStreamNamePrefix=prefix)
    assert sorted(event["message"] for event in answer["events"]) == expected


def test_pages_keep_the_prefix(client, group):
    """A paginator finds each line with the prefix once."""
    pages = (
        client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, logStreamNamePrefix="one/", PaginationConfig={"PageSize": 1})
    )
    assert [event["message"] for page in pages for event in page["events"]] == ["one/a", "one/b"]


def test_prefix_and_names_exclude_each_other(client, group, assert_aws_error):
    """A prefix and stream names together are refused, as on AWS."""
    with assert_aws_error("InvalidParameterException", re.compile("logStreamNames")):
        client("logs").filter_log_events(
            logGroupName=group, logStreamNamePrefix="one/", logStreamNames=["one/a"]
        )


def test_without_a_prefix_all_streams_are_searched(client, group):
    """Without a prefix all streams are searched."""
    answer = client("logs").filter_log_events(logGroupName=group)
    assert len(answer["events"]) == 3
