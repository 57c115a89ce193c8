"""What CloudWatch gets to know of each invocation.

Names and units: developer guide, "Monitor Amazon SageMaker with Amazon CloudWatch".
"""

import functools
import time

from helpers.catalog.resource_types import ENDPOINT_LOG_GROUPS
from helpers.local.runtime.workloads import Workload
from helpers.local.services.cloudwatch_metrics import NAMESPACE
from helpers.local.state.metrics import MetricStore, Source

MICROSECONDS = "Microseconds"
OF_INSTANCES = ("LoadedModelCount",)  # in the namespace of what instances use


@functools.cache
def source_of(region: str, endpoint: str, variant: str) -> Source:
    """Return what CloudWatch calls a variant of an endpoint."""
    return Source(region, NAMESPACE, (("EndpointName", endpoint), ("VariantName", variant)))


def count_invocation(
    store: MetricStore,
    source: Source,
    instances: int,
    status: int,
    seconds: float,
    model_seconds: float,
) -> None:
    """Count an invocation.

    Parameters
    ----------
    store
        Of the server.
    source
        The variant.
    instances
        How many containers the variant has.
    status
        Of the container's answer; 0 if there was none.
    seconds, model_seconds
        How long it took, and the container alone.
    """
    now = time.time()
    values = {
        ("Invocations", "None"): 1,
        ("InvocationsPerInstance", "None"): 1 / instances,
        ("Invocation4XXErrors", "None"): int(400 <= status < 500),
        ("Invocation5XXErrors", "None"): int(status >= 500 or status == 0),
        ("ModelLatency", MICROSECONDS): 1e6 * model_seconds,
        ("OverheadLatency", MICROSECONDS): 1e6 * (seconds - model_seconds),
    }
    for (name, unit), value in values.items():
        store.count(source, name, unit, value, now)


def count_model_loading(
    endpoint: Workload, variant: str, name: str, unit: str, value: float
) -> None:
    """Count a value of a multi-model endpoint.

    Names, units and namespaces: developer guide, "CloudWatch Metrics for Multi-Model Endpoint
    Deployments".
    """
    store = endpoint.context.metrics
    if store is None:
        return
    source = source_of(endpoint.region, endpoint.name, variant)
    if name in OF_INSTANCES:
        source = Source(source.region, ENDPOINT_LOG_GROUPS, source.dimensions)
    store.count(source, name, unit, value, time.time())
