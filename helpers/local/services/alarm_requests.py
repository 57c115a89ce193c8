"""The rules of PutMetricAlarm that its service model leaves to the documentation.

Sources of AWS's texts: hashicorp/terraform issue 24070 (DatapointsToAlarm), cfn-lint issue 766
(a list of metrics) and pull request 771 (a null), localstack's CloudWatch (TreatMissingData). Where
no public traceback was found, the text says what API_PutMetricAlarm says.
"""

import re
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError

DAY_SECONDS, HOUR_SECONDS, WEEK_SECONDS = 86_400, 3600, 604_800
SHORT_PERIODS = (10, 20, 30)
# Members of which moto makes nothing.
NOT_EVALUATED = (
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "ActionConfiguration",
)
OF_ONE_METRIC = (
    "MetricName",
    "Namespace",
    "Dimensions",
    "Period",
    "Unit",
    "Statistic",
    "ExtendedStatistic",
)
ANOMALY_COMPARISONS = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
_PERCENT = r"(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)"
_BOUND = r"(?:\d+(?:\.\d+)?%?)?"
EXTENDED_STATISTIC = re.compile(
    rf"(?:p|tm|tc|ts|wm){_PERCENT}|IQM|(?:PR|TC|TM|TS|WM)\({_BOUND}:{_BOUND}\)"
)
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\w*:\S+")


def check_alarm(request: Mapping[str, Any]) -> None:
    """Check a PutMetricAlarm that its service model allows.

    Raises
    ------
    ValidationError
        If a member is missing, is not one of those that the documentation lists, or contradicts
        another; or if nothing here would evaluate the alarm.
    InvalidParameterValue
        If no extended statistic has this name.
    """
    for member in NOT_EVALUATED:
        if member in request:
            raise ValidationError(
                f"The Local SageMaker does not serve alarms with {member}: nothing here would "
                "evaluate them. On AWS the same call works: see helpers.connect(backend='aws')."
            )
    for member in ("EvaluationPeriods", "ComparisonOperator"):
        _require(request, member)
    if request.get("DatapointsToAlarm", 1) > request["EvaluationPeriods"]:
        raise ValidationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    value = request.get("TreatMissingData", "missing")
    if value not in MISSING_DATA:
        raise ValidationError(
            f"The value {value} is not supported for TreatMissingData parameter. Supported values "
            f"are [{', '.join(MISSING_DATA)}]."
        )
    for member in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for action in request.get(member, ()):
            if not _ARN.fullmatch(action):
                raise ValidationError(f"Invalid arn syntax: {action}")
    if not request.get("Metrics"):
        return _check_one_metric(request)
    for member in OF_ONE_METRIC:
        if member in request:
            raise ValidationError(f"{member} should not be set if list of Metrics is set.")
    return None


def _require(request: Mapping[str, Any], member: str) -> None:
    if member not in request:
        raise ValidationError(f"{member} must not be null")


def _check_one_metric(request: Mapping[str, Any]) -> None:
    """Check an alarm on one metric: with a fixed threshold, since nothing else is possible."""
    for member in ("MetricName", "Namespace", "Period", "Threshold"):
        _require(request, member)
    comparison = request["ComparisonOperator"]
    if comparison in ANOMALY_COMPARISONS:
        raise ValidationError(
            f"ComparisonOperator {comparison} is used only for alarms based on anomaly detection "
            "models."
        )
    _check_period(request["Period"], request["EvaluationPeriods"])
    extended = request.get("ExtendedStatistic")
    if extended is None:
        _require(request, "Statistic")
    elif "Statistic" in request:
        raise ValidationError("Only one of Statistic and ExtendedStatistic can be set.")
    elif not EXTENDED_STATISTIC.fullmatch(extended):
        raise InvalidParameterValue(
            f"The value {extended} for parameter ExtendedStatistic is not supported."
        )


def _check_period(period: int, count: int) -> None:
    """Check the length of a period, and of all that are evaluated, in seconds."""
    if period % 60 and period not in SHORT_PERIODS:
        raise ValidationError("Period must be 10, 20, 30 or a multiple of 60")
    if period < HOUR_SECONDS and period * count > DAY_SECONDS:
        raise ValidationError(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be "
            f"<= {DAY_SECONDS}) for alarms using period < {HOUR_SECONDS}"
        )
    if period * count > WEEK_SECONDS:
        raise ValidationError(
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be "
            f"<= {WEEK_SECONDS}) for alarms using period >= {HOUR_SECONDS}"
        )
