"""CloudWatch refuses what AWS's refuses, in its words: moto takes nearly everything."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.config import Config
from support.signing import send, sign

ALARM = {
    "AlarmName": "checked",
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocation5XXErrors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1,
}
DATUM = {"MetricName": "m", "Value": 1}
QUERY = {
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocations",
    "StartTime": datetime(2026, 11, 1, tzinfo=UTC),
    "EndTime": datetime(2026, 11, 2, tzinfo=UTC),
    "Period": 60,
    "Statistics": ["Sum"],
}
LAST_DAY = "EvaluationPeriods * Period must be <= 86400) for alarms using period < 3600"
LAST_WEEK = "EvaluationPeriods * Period must be <= 604800) for alarms using period >= 3600"


@pytest.fixture(scope="module")
def cloudwatch(client):
    """Return a client that leaves checks to the server."""
    return client("cloudwatch", config=Config(parameter_validation=False))


def without(member):
    return {name: value for name, value in ALARM.items() if name != member}


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {**ALARM, "ComparisonOperator": "GreaterThan"},
            "1 validation error detected: Value 'GreaterThan' at 'comparisonOperator' failed to "
            "satisfy constraint: Member must satisfy enum value set: ["
            "GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, "
            "LessThanOrEqualToThreshold, LessThanLowerOrGreaterThanUpperThreshold, "
            "LessThanLowerThreshold, GreaterThanUpperThreshold]",
        ),
        (
            {**ALARM, "Period": 0},
            "1 validation error detected: Value '0' at 'period' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        *(
            (without(member), f"{member} must not be null")
            for member in (
                "MetricName",
                "Namespace",
                "Statistic",
                "Period",
                "EvaluationPeriods",
                "ComparisonOperator",
                "Threshold",
            )
        ),
        (
            {**ALARM, "DatapointsToAlarm": 2},
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
        ),
        ({**ALARM, "Period": 90}, "Period must be 10, 20, 30 or a multiple of 60"),
        (
            {**ALARM, "Period": 1800, "EvaluationPeriods": 49},
            f"Metrics cannot be checked across more than a day ({LAST_DAY}",
        ),
        (
            {**ALARM, "Period": 3600, "EvaluationPeriods": 169},
            f"Metrics cannot be checked across more than a week ({LAST_WEEK}",
        ),
        (
            {**ALARM, "ExtendedStatistic": "p99"},
            "Only one of Statistic and ExtendedStatistic can be set.",
        ),
        (
            {**ALARM, "TreatMissingData": "bad"},
            "The value bad is not supported for TreatMissingData parameter. Supported values are "
            "[breaching, notBreaching, ignore, missing].",
        ),
        ({**ALARM, "AlarmActions": ["mail-me"]}, "Invalid arn syntax: mail-me"),
        ({**ALARM, "InsufficientDataActions": ["mail-me"]}, "Invalid arn syntax: mail-me"),
        (
            {**ALARM, "Metrics": [{"Id": "m1", "Expression": "1"}]},
            "MetricName should not be set if list of Metrics is set.",
        ),
        (
            {**ALARM, "ComparisonOperator": "LessThanLowerThreshold"},
            "ComparisonOperator LessThanLowerThreshold is used only for alarms based on anomaly "
            "detection models.",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_an_alarm_that_aws_refuses(request_, text, cloudwatch, assert_aws_error):
    """An alarm is refused as ValidationError, and is not made."""
    with assert_aws_error("ValidationError", text):
        cloudwatch.put_metric_alarm(**request_)
    assert cloudwatch.describe_alarms(AlarmNames=["checked"])["MetricAlarms"] == []


@pytest.mark.parametrize("statistic", ["p101", "p-1", "median", "p99.", "PR", "tm(1:2)"])
def test_an_extended_statistic_of_another_name(statistic, cloudwatch, assert_aws_error):
    """It is refused in CloudWatch's words for a value."""
    text = f"The value {statistic} for parameter ExtendedStatistic is not supported."
    with assert_aws_error("InvalidParameterValue", text):
        cloudwatch.put_metric_alarm(**without("Statistic"), ExtendedStatistic=statistic)


@pytest.mark.parametrize(
    "setting",
    [
        {"EvaluationWindow": {"SlidingWindow": {}}},
        {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}},
    ],
)
def test_an_alarm_that_is_not_evaluated(setting, cloudwatch, assert_aws_error):
    """A setting that has no effect here is refused by name."""
    (member,) = setting
    text = re.compile(f"^The Local SageMaker does not serve alarms with {member}: nothing here")
    with assert_aws_error("ValidationError", text):
        cloudwatch.put_metric_alarm(**ALARM, **setting)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Period": 10},
        {"Period": 3600, "EvaluationPeriods": 168},
        {"TreatMissingData": "notBreaching", "Unit": "Count", "DatapointsToAlarm": 1},
        {"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]},
        {"OKActions": ["arn:aws:sns:us-east-1:123456789012:mail"]},
        {"Statistic": None, "ExtendedStatistic": "p99.9"},
    ],
)
def test_an_alarm_that_aws_takes(changes, cloudwatch):
    """What CloudWatch allows is kept, and shown."""
    request = {k: v for k, v in {**ALARM, **changes}.items() if v is not None}
    cloudwatch.put_metric_alarm(**request)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["checked"])["MetricAlarms"]
    assert {name: alarm.get(name) for name in request} == request
    cloudwatch.delete_alarms(AlarmNames=["checked"])


def test_data_that_aws_refuses(cloudwatch, assert_aws_error):
    """Data of AWS's namespaces, without a value or of another time are refused."""
    member = "MetricData.member"
    now = datetime.now(UTC)
    late, early = now - timedelta(days=15), now + timedelta(hours=3)
    for data, namespace, code, text in (
        ([DATUM], "AWS/SageMaker", "InvalidParameterValue",
         "The value AWS/SageMaker for parameter Namespace is invalid."),
        ([DATUM, {"MetricName": "m"}], "mine", "InvalidParameterCombination",
         f"At least one of the parameters {member}.2.Value and {member}.2.StatisticValues must be "
         "specified."),
        ([{**DATUM, "StorageResolution": 5}], "mine", "InvalidParameterValue",
         f"The parameter {member}.1.StorageResolution must be 1 or 60."),
        ([{**DATUM, "Timestamp": late}, DATUM, {**DATUM, "Timestamp": early}], "mine",
         "InvalidParameterValue",
         "\n".join(f"The parameter {member}.{number}.Timestamp must specify a time within the past "
                   "two weeks." for number in (1, 3))),
        ([DATUM] * 1001, "mine", "InvalidParameterValue",
         "The collection MetricData must not have a size greater than 1000."),
    ):  # fmt: skip
        with assert_aws_error(code, text):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    assert cloudwatch.list_metrics(Namespace="mine")["Metrics"] == []


def test_statistics_that_aws_refuses(cloudwatch, assert_aws_error):
    """Too many datapoints, a period between two, and another statistic are refused."""
    for changes, code, text in (
        ({"Period": 30}, "InvalidParameterCombination",
         "You have requested up to 2880 datapoints, which exceeds the limit of 1440. You may "
         "reduce the datapoints requested by increasing Period, or decreasing the time range."),
        ({"Period": 90}, "InvalidParameterValue",
         "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."),
        ({"Statistics": ["Median"]}, "ValidationError",
         "1 validation error detected: Value '[Median]' at 'statistics' failed to satisfy "
         "constraint: Member must satisfy constraint: [Member must satisfy enum value set: "
         "[SampleCount, Average, Sum, Minimum, Maximum]]"),
        ({"Statistics": None, "ExtendedStatistics": ["p99."]}, "InvalidParameterValue",
         "The value p99. for parameter ExtendedStatistics is not supported."),
        ({"ExtendedStatistics": ["p99"]}, "InvalidParameterCombination",
         "Must specify either Statistics or ExtendedStatistics"),
    ):  # fmt: skip
        with assert_aws_error(code, text):
            request = {k: v for k, v in {**QUERY, **changes}.items() if v is not None}
            cloudwatch.get_metric_statistics(**request)
    assert cloudwatch.get_metric_statistics(**QUERY)["Datapoints"] == []


def test_statistics_that_are_not_kept(cloudwatch, assert_aws_error):
    """A percentile, and a query of Metrics Insights, are refused: moto would leave them empty."""
    request = {**QUERY, "ExtendedStatistics": ["p99"]}
    del request["Statistics"]
    text = re.compile("^The Local SageMaker does not serve the statistic p99: of a minute it keeps")
    with assert_aws_error("InvalidParameterValue", text):
        cloudwatch.get_metric_statistics(**request)
    times = {name: QUERY[name] for name in ("StartTime", "EndTime")}
    metric = {name: QUERY[name] for name in ("Namespace", "MetricName")}
    for stat, expected in (
        ("p99", text),
        ("Median", "The value Median for parameter Stat is not supported."),
    ):
        query = {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        with assert_aws_error("InvalidParameterValue", expected):
            cloudwatch.get_metric_data(MetricDataQueries=[query], **times)
    query = {"Id": "q1", "Expression": 'SELECT SUM(m) FROM "mine"', "Period": 60}
    with assert_aws_error("InvalidParameterValue", re.compile("queries of Metrics Insights")):
        cloudwatch.get_metric_data(MetricDataQueries=[query], **times)


def test_a_client_of_the_query_protocol(local):
    """Clients that speak XML, as boto3 did until 2025, get the same refusal."""
    body = "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=checked&MetricName=m&Namespace=n"
    body += "&Period=90&EvaluationPeriods=1&Threshold=1&ComparisonOperator=LessThanThreshold"
    body, form = body.encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    headers = sign(local, "POST", "/", body, form, "monitoring")
    answer = send(local, "POST", "/", body, headers)
    assert answer.status == 400
    assert b"<Code>ValidationError</Code>" in answer.body
    assert b"<Message>Period must be 10, 20, 30 or a multiple of 60</Message>" in answer.body
