"""CloudWatch alarms, whose state moto keeps: which of them are in alarm."""

from collections.abc import Collection

from moto.cloudwatch.models import cloudwatch_backends

from helpers.home import ACCOUNT


def missing(region: str, names: Collection[str]) -> list[str]:
    """Return those names that no alarm of a Region has."""
    alarms = cloudwatch_backends[ACCOUNT][region].alarms
    return [name for name in names if name not in alarms]


def in_alarm(region: str, names: Collection[str]) -> list[str]:
    """Return the names of those alarms that are in the state ALARM."""
    alarms = cloudwatch_backends[ACCOUNT][region].alarms
    return [name for name in names if name in alarms and alarms[name].state_value == "ALARM"]
