"""A serverless variant: a container starts when somebody calls, and ends when nobody does.

On AWS there is a container for each concurrent invocation. Here one takes all of them, up to
MaxConcurrency.
"""

import time

from helpers.local.runtime.hosting.fleet import Fleet, LaunchError
from helpers.local.runtime.hosting.traffic import Traffic
from helpers.local.runtime.hosting.variant_spec import VariantSpec

IDLE_SECONDS = 60  # AWS names no number
MAX_BODY_BYTES = 4 << 20  # of a request (developer guide, serverless-endpoints-invoke.html)


def tend(fleet: Fleet, spec: VariantSpec, traffic: Traffic) -> bool:
    """Start or end the container of a variant. Returns whether the fleet has changed.

    One that could not be started is tried again at the next call of this function.
    """
    name, keep = spec["VariantName"], spec["Serverless"].get("ProvisionedConcurrency", 0)
    if fleet.ended():
        fleet.drop_ended()
        return True
    fleet.want({name: 1})
    if not fleet.counts()[name]:
        if not traffic.invocations and not keep:
            return False
        try:
            fleet.restore()
        except LaunchError:
            return False
        return True
    if keep or not is_idle(traffic, time.monotonic()):
        return False
    fleet.want({name: 0})
    idle = fleet.surplus()
    traffic.use(fleet.variants({name: spec["Weight"]}))
    fleet.retire(idle)
    return True


def is_idle(traffic: Traffic, now: float) -> bool:
    """Tell whether nobody has called for a while; `now` on the clock of time.monotonic."""
    return not traffic.invocations and now > traffic.last_invocation + IDLE_SECONDS
