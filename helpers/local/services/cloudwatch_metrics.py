"""The metrics that SageMaker writes to CloudWatch, for moto's CloudWatch."""

from datetime import datetime
from typing import ClassVar

from moto.cloudwatch.models import CloudWatchBackend, MetricAggregatedDatum
from moto.core.common_models import CloudWatchMetricProvider

from helpers.home import ACCOUNT
from helpers.local.state.metrics import MetricStore

NAMESPACE = "AWS/SageMaker"  # of endpoints


class SageMakerMetrics(CloudWatchMetricProvider):
    """Shows what is in a store; moto asks each subclass of its provider for metrics."""

    store: ClassVar[MetricStore | None] = None

    @classmethod
    def get_cloudwatch_metrics(cls, account_id: str, region: str) -> list[MetricAggregatedDatum]:
        """Return the statistics of a Region, a datum a metric and minute."""
        if account_id != ACCOUNT or cls.store is None:
            return []
        return [
            MetricAggregatedDatum(
                namespace=source.namespace,
                name=item.name,
                min_stat=item.least,
                max_stat=item.most,
                sample_count=item.count,
                sum_stat=item.total,
                dimensions=[{"Name": name, "Value": value} for name, value in source.dimensions],
                timestamp=item.timestamp.replace(tzinfo=None),  # as all of moto's
                unit=item.unit,
            )
            for source, item in cls.store.of_region(region)
        ]


def patch_moto(store: MetricStore) -> None:
    """Make moto's CloudWatch show what is in a store, beside what clients put there.

    The start of a query is rounded down to the minute, as CloudWatch does it
    (API_GetMetricStatistics): our metrics have the time at which their minute began.
    """
    SageMakerMetrics.store = store
    statistics, data = CloudWatchBackend.get_metric_statistics, CloudWatchBackend.get_metric_data

    def get_metric_statistics(self, namespace, metric_name, start_time, *args, **more):
        return statistics(self, namespace, metric_name, _whole_minute(start_time), *args, **more)

    def get_metric_data(self, queries, start_time, *args, **more):
        return data(self, queries, _whole_minute(start_time), *args, **more)

    CloudWatchBackend.get_metric_statistics = get_metric_statistics
    CloudWatchBackend.get_metric_data = get_metric_data


def _whole_minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)
