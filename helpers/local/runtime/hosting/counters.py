"""What CloudWatch gets to know of each invocation.

Names and units: developer guide, "Monitor Amazon SageMaker with Amazon CloudWatch".
"""

import functools
import time

from helpers.local.services.cloudwatch_metrics import NAMESPACE
from helpers.local.state.metrics import MetricStore, Source

MICROSECONDS = "Microseconds"


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
