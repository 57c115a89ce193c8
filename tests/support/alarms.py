"""Alarms of CloudWatch that look at one minute."""

from typing import Any


def put_alarm(
    cloudwatch: Any, name: str, namespace: str, metric: str, threshold: float, **members: Any
) -> None:
    """Put an alarm that goes off when a metric's sum in a minute is above a threshold.

    members: further ones of the request, such as Dimensions and Tags.
    """
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Sum",
        Threshold=threshold,
        **members,
    )
