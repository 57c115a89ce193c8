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


def in_alarm(region: str, names: Collection[str]) -> list[str]:
    """Return the names of those alarms that are in the state ALARM now."""
    backend = cloudwatch_backends[ACCOUNT][region]
    alarms = [backend.alarms[name] for name in names if name in backend.alarms]
    for alarm in alarms:
        if alarm.comparison_operator in COMPARISONS:
            _evaluate(backend, alarm)
    return [alarm.name for alarm in alarms if alarm.state_value == "ALARM"]


def _evaluate(backend: CloudWatchBackend, alarm: Alarm) -> None:
    """Set an alarm's state by the data of its last periods; without data it keeps its state."""
    if not alarm.dimensions:  # such a metric would be another one, which has no data
        return
    period = timedelta(seconds=int(alarm.period))
    now = datetime.now(UTC)
    end = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
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
    if not values:
        return
    is_breaching = COMPARISONS[alarm.comparison_operator]
    breaching = [value for value in values if is_breaching(value, float(alarm.threshold))]
    needed = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    state = "ALARM" if len(breaching) >= needed else "OK"
    if state != alarm.state_value:
        reason = f"Threshold Crossed: {len(breaching)} out of the last {len(values)} datapoints."
        alarm.update_state(reason, "{}", state)
