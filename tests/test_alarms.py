"""Alarms are evaluated as CloudWatch evaluates them, as far as an endpoint's update needs it."""

from datetime import UTC, datetime

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from helpers.home import ACCOUNT
from helpers.local.services import alarms

REGION = "us-east-1"
DIMENSIONS = [{"Name": "EndpointName", "Value": "prices"}]


@pytest.fixture
def backend():
    """Return moto's CloudWatch of a Region, in this process."""
    backend = cloudwatch_backends[ACCOUNT][REGION]
    yield backend
    backend.reset()


@pytest.fixture
def put(backend):
    """Return a function that puts the alarm `wrong`: one period in which the sum is above 2."""

    def put(**members):
        backend.put_metric_alarm(
            **{
                "name": "wrong",
                "namespace": "mine",
                "metric_name": "Wrong",
                "comparison_operator": "GreaterThanThreshold",
                "evaluation_periods": 1,
                "period": 60,
                "threshold": 2.0,
                "statistic": "Sum",
                "description": "",
                "dimensions": DIMENSIONS,
                "alarm_actions": [],
                **members,
            }
        )
        return backend.alarms["wrong"]

    return put


def report(backend, *values):
    """Put values of the metric, with the time of now."""
    now = datetime.now(UTC).replace(tzinfo=None)
    data = [
        {"MetricName": "Wrong", "Dimensions": DIMENSIONS, "Value": value, "Timestamp": now}
        for value in values
    ]
    backend.put_metric_data("mine", data)


@pytest.mark.parametrize("period", [10, 20, 30, 60])
def test_the_running_period_counts(period, put, backend, monkeypatch):
    """A value counts in the period in which it was reported, also in one of some seconds."""
    at = datetime(2026, 11, 28, 12, 0, 31, tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return at

    monkeypatch.setattr(alarms, "datetime", Clock)
    put(period=period)
    data = {"MetricName": "Wrong", "Dimensions": DIMENSIONS, "Value": 3}
    backend.put_metric_data("mine", [{**data, "Timestamp": at.replace(tzinfo=None)}])
    assert alarms.in_alarm(REGION, ["wrong"]) == ["wrong"]


@pytest.mark.parametrize(
    ("treatment", "before", "state", "reason"),
    [
        (None, "OK", "OK", "set"),
        ("missing", "ALARM", "ALARM", "set"),
        ("ignore", "ALARM", "ALARM", "set"),
        ("breaching", "OK", "ALARM", "1 missing datapoint was treated as [Breaching]."),
        ("notBreaching", "ALARM", "OK", "1 missing datapoint was treated as [NonBreaching]."),
    ],
)
def test_missing_data_are_treated_as_the_alarm_says(treatment, before, state, reason, put):
    """Without data an alarm keeps its state, or gets the one that TreatMissingData asks for."""
    alarm = put(treat_missing_data=treatment)
    alarm.update_state("set", "{}", before)
    assert alarms.in_alarm(REGION, ["wrong"]) == (["wrong"] if state == "ALARM" else [])
    assert alarm.state_value == state
    assert alarm.state_reason.endswith(reason)


@pytest.mark.parametrize(
    ("treatment", "state"), [("breaching", "ALARM"), ("notBreaching", "OK"), (None, "OK")]
)
def test_missing_periods_beside_others(treatment, state, put, backend):
    """Of three periods one has a breaching value: the others count as TreatMissingData says."""
    alarm = put(evaluation_periods=3, treat_missing_data=treatment)
    report(backend, 3)
    alarms.in_alarm(REGION, ["wrong"])
    assert alarm.state_value == state


def test_an_alarm_on_a_percentile_keeps_its_state(put, backend):
    """One that was changed to a percentile while an update watches it is left as it is."""
    alarm = put(statistic=None, extended_statistic="p99")
    report(backend, 3)
    alarm.update_state("set", "{}", "OK")
    assert alarms.in_alarm(REGION, ["wrong"]) == []
    assert alarms.not_evaluated(REGION, ["wrong", "none"]) == ["wrong"]
