"""CloudWatch alarms, which moto keeps: evaluate them, and tell which are in alarm.

moto only stores a state that somebody sets. Rules: CloudWatch user guide, "Evaluating an alarm".
"""

import operator
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from helpers.home import ACCOUNT

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def missing(region: str, names: Collection[str]) -> list[str]:
    """Return those names that no alarm of a Region has."""
    alarms = cloudwatch_backends[ACCOUNT][region].alarms
    return [name for name in names if name not in alarms]


def not_evaluated(region: str, names: Collection[str]) -> list[str]:
    """Return those names whose alarms are on percentiles or metric math."""
    alarms = cloudwatch_backends[ACCOUNT][region].alarms
    chosen = [alarms[name] for name in names if name in alarms]
    return [alarm.name for alarm in chosen if alarm.extended_statistic or alarm.metric_data_queries]


def in_alarm(region: str, names: Collection[str]) -> list[str]:
    """Return the names of those alarms that are in the state ALARM now."""
    backend = cloudwatch_backends[ACCOUNT][region]
    alarms = [backend.alarms[name] for name in names if name in backend.alarms]
    for alarm in alarms:
        if alarm.statistic and alarm.comparison_operator in COMPARISONS:
            _evaluate(backend, alarm)
    return [alarm.name for alarm in alarms if alarm.state_value == "ALARM"]


def _evaluate(backend: CloudWatchBackend, alarm: Alarm) -> None:
    """Set an alarm's state by the data of its last periods.

    Without data it keeps its state, unless missing data are to be breaching, or not breaching.
    """
    if not alarm.dimensions:  # such a metric would be another one, which has no data
        return
    period = timedelta(seconds=int(alarm.period))
    end = _end_of_period(datetime.now(UTC), min(int(alarm.period), 60))
    statistics = backend.get_metric_statistics(
        alarm.namespace,
        alarm.metric_name,
        (end - period * int(alarm.evaluation_periods)).replace(tzinfo=None),
        end.replace(tzinfo=None),
        int(alarm.period),
        [alarm.statistic],
        [{"Name": item.name, "Value": item.value} for item in alarm.dimensions],
    )
    values = [item.get_statistics_for_type(alarm.statistic) for item in statistics]
    missing = int(alarm.evaluation_periods) - len(values)
    treatment = alarm.treat_missing_data
    if not values and treatment not in ("breaching", "notBreaching"):
        return
    is_breaching = COMPARISONS[alarm.comparison_operator]
    breaching = [value for value in values if is_breaching(value, float(alarm.threshold))]
    needed = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    count = len(breaching) + (missing if treatment == "breaching" else 0)
    state = "ALARM" if count >= needed else "OK"
    if state != alarm.state_value:
        alarm.update_state(_reason(len(breaching), len(values), missing, treatment), "{}", state)


def _end_of_period(now: datetime, seconds: int) -> datetime:
    """Return the end of the running period of that length, which divides a minute."""
    minute = now.replace(second=0, microsecond=0)
    return minute + timedelta(seconds=seconds * (now.second // seconds + 1))


def _reason(breaching: int, values: int, missing: int, treatment: str | None) -> str:
    """Return the StateReason; without data it is AWS's (seen in localstack's snapshots)."""
    if values:
        return f"Threshold Crossed: {breaching} out of the last {values} datapoints."
    plural, were = ("", "was") if missing == 1 else ("s", "were")
    name = {"breaching": "Breaching", "notBreaching": "NonBreaching"}[treatment]
    return (
        f"Threshold Crossed: no datapoints were received for {missing} period{plural} and "
        f"{missing} missing datapoint{plural} {were} treated as [{name}]."
    )
