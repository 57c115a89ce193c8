"""Check requests to CloudWatch, of which moto takes most as they come.

First the constraints of the service model, then the rules that its documentation states. Texts are
AWS's where public tracebacks show them, which the docstrings name; others follow the documentation.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    ValidationError,
)
from moto.cloudwatch.responses import CloudWatchResponse

from helpers.local.services.alarm_requests import EXTENDED_STATISTIC, check_alarm
from helpers.local.services.request_checks import check_before, check_constraints

MOST_DATAPOINTS = 1440
MOST_METRICS = 1000
OLDEST, NEWEST = timedelta(weeks=2), timedelta(hours=2)  # of a time stamp, before and after now
SHORT_PERIODS = (1, 5, 10, 20, 30)
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


def patch_moto() -> None:
    """Make moto's CloudWatch refuse what AWS's refuses."""
    check_before(CloudWatchResponse, check)


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Check a request.

    Parameters
    ----------
    operation
        Such as `PutMetricAlarm`.
    request
        Its parameters, of the types that the service model gives them.

    Raises
    ------
    CloudWatchException
        If AWS would refuse it. The code of a violated constraint is ValidationError (ansible issue
        29694).
    """
    check_constraints(operation, request, "cloudwatch", ValidationError)
    if operation in CHECKS:
        CHECKS[operation](request)


def check_statistics(request: Mapping[str, Any]) -> None:
    """Check a GetMetricStatistics.

    Source of the text about datapoints: cloud-custodian issue 7683.

    Raises
    ------
    InvalidParameterValue
        If no metric has such a period, or the Local SageMaker has no such statistic.
    InvalidParameterCombination
        If there would be more than 1,440 datapoints, or if both forms of statistics are named.
    """
    period = request["Period"]
    if period % 60 and period not in SHORT_PERIODS:
        raise InvalidParameterValue(
            "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."
        )
    if "Statistics" in request and "ExtendedStatistics" in request:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    for statistic in request.get("ExtendedStatistics", ()):
        _refuse_extended(statistic, "ExtendedStatistics")
    requested = int((request["EndTime"] - request["StartTime"]).total_seconds()) // period
    if requested > MOST_DATAPOINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {requested} datapoints, which exceeds the limit of "
            f"{MOST_DATAPOINTS}. You may reduce the datapoints requested by increasing Period, or "
            "decreasing the time range."
        )


def check_metric_data_queries(request: Mapping[str, Any]) -> None:
    """Check a GetMetricData. Raises InvalidParameterValue if a query can't be answered here."""
    for query in request["MetricDataQueries"]:
        statistic = query.get("MetricStat", {}).get("Stat", "Sum")
        if statistic not in STATISTICS:
            _refuse_extended(statistic, "Stat")
        if query.get("Expression", "").lstrip().upper().startswith("SELECT"):
            raise InvalidParameterValue(
                "The Local SageMaker does not serve queries of Metrics Insights. Name the metrics "
                "with MetricStat. On AWS the same call works: see helpers.connect(backend='aws')."
            )


def _refuse_extended(statistic: str, parameter: str) -> None:
    """Refuse a percentile and the like: only sums, counts and bounds of a minute are kept."""
    if not EXTENDED_STATISTIC.fullmatch(statistic):
        raise InvalidParameterValue(
            f"The value {statistic} for parameter {parameter} is not supported."
        )
    raise InvalidParameterValue(
        f"The Local SageMaker does not serve the statistic {statistic}: of a minute it keeps "
        f"{', '.join(STATISTICS)}. On AWS the same call works: see helpers.connect(backend='aws')."
    )


def check_data(request: Mapping[str, Any]) -> None:
    """Check a PutMetricData.

    Sources of texts: boto3 issue 1847 (Namespace), AdRoll/goamz pull request 301 (no value),
    cloud-custodian issue 2559 and aws-robotics/cloudwatchmetrics-ros1 issue 46 (time stamps: a line
    for each), google/cadvisor's CloudWatch storage (too many; the limit was 20 then).

    Raises
    ------
    InvalidParameterValue
        If the namespace is AWS's, there are too many metrics, or a time stamp is too old or new.
    InvalidParameterCombination
        If a datum has no value.
    """
    if request["Namespace"].startswith("AWS/"):
        raise InvalidParameterValue(
            f"The value {request['Namespace']} for parameter Namespace is invalid."
        )
    data = request.get("MetricData", ())
    if len(data) > MOST_METRICS:
        raise InvalidParameterValue(
            f"The collection MetricData must not have a size greater than {MOST_METRICS}."
        )
    for number, datum in enumerate(data, start=1):
        if not datum.keys() & {"Value", "Values", "StatisticValues"}:
            raise InvalidParameterCombination(
                f"At least one of the parameters MetricData.member.{number}.Value and "
                f"MetricData.member.{number}.StatisticValues must be specified."
            )
        if datum.get("StorageResolution", 60) not in (1, 60):
            raise InvalidParameterValue(
                f"The parameter MetricData.member.{number}.StorageResolution must be 1 or 60."
            )
    now = datetime.now(UTC)
    late = [
        f"The parameter MetricData.member.{number}.Timestamp must specify a time within the past "
        "two weeks."
        for number, datum in enumerate(data, start=1)
        if not now - OLDEST <= _in_utc(datum.get("Timestamp", now)) <= now + NEWEST
    ]
    if late:
        raise InvalidParameterValue("\n".join(late))


def _in_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


CHECKS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "GetMetricData": check_metric_data_queries,
    "GetMetricStatistics": check_statistics,
    "PutMetricAlarm": check_alarm,
    "PutMetricData": check_data,
}
