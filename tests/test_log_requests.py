"""CloudWatch Logs refuses what AWS's refuses, in its words."""

import pytest
from botocore.config import Config

DETECTED = "1 validation error detected: Value"
FAILED = "failed to satisfy constraint: Member must"


@pytest.fixture
def logs(client):
    """Return a client that leaves checks to the server; there is a log group `checked`."""
    logs = client("logs", config=Config(parameter_validation=False))
    logs.create_log_group(logGroupName="checked")
    yield logs
    logs.delete_log_group(logGroupName="checked")


def test_names_that_aws_refuses(logs, assert_aws_error):
    """Names have the patterns and lengths of the service model."""
    pattern = r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"
    text = f"{DETECTED} 'my group' at 'logGroupName' {FAILED} {pattern}"
    with assert_aws_error("InvalidParameterException", text):
        logs.create_log_group(logGroupName="my group")
    text = (
        f"{DETECTED} 'a:b' at 'logStreamName' {FAILED} satisfy regular expression pattern: [^:*]*"
    )
    with assert_aws_error("InvalidParameterException", text):
        logs.create_log_stream(logGroupName="checked", logStreamName="a:b")
    with assert_aws_error("InvalidParameterException", None):
        logs.put_log_events(logGroupName="checked", logStreamName="s", logEvents=[])


@pytest.mark.parametrize("days", [0, 2, 730, -1])
def test_a_retention_that_aws_refuses(days, logs, assert_aws_error):
    """A log group keeps its lines for one of the documented numbers of days."""
    text = (
        "Invalid retention value. Valid values are: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, "
        "365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]"
    )
    with assert_aws_error("InvalidParameterException", text):
        logs.put_retention_policy(logGroupName="checked", retentionInDays=days)


@pytest.mark.parametrize("days", [1, 14, 3653])
def test_a_retention_that_aws_takes(days, logs):
    """What CloudWatch Logs allows is kept."""
    logs.put_retention_policy(logGroupName="checked", retentionInDays=days)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="checked")["logGroups"]
    assert group["retentionInDays"] == days
