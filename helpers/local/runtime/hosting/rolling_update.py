"""A rolling update: batch by batch, new containers take the places of old ones.

Source: developer guide, "Rolling Deployments"; API_RollingUpdatePolicy.
"""

import contextlib
import math
from collections.abc import Iterable

from helpers.local.runtime.hosting.fleet import Fleet, LaunchError
from helpers.local.runtime.hosting.update import FleetUpdate, weights
from helpers.local.runtime.hosting.variant_spec import VariantSpec

ROUNDING = 1e-9  # a third of three instances is one instance


class RollingUpdate(FleetUpdate):
    """In each step a batch of the new fleet starts and a batch of the old one ends.

    Each container gets the same share of the traffic, an old one or a new one.
    """

    def take_step(self, share: float) -> None:
        """Replace old containers until this share of the fleet is new. Raises UpdateError."""
        wanted = counts(self.specs, share)
        number = sum(wanted.values()) - sum(self.green.counts().values())
        capacity = f"capacity of {sum(wanted.values())} instance(s)"
        self.green.want(wanted)
        self.show("Creating", f"Launching {number} instance(s).")
        self.green.restore()
        self.show("ActivatingTraffic", f"Activating traffic on {capacity}.")
        self.split()
        self.watch(self.deployment.bake_seconds, "WaitIntervalInSeconds", capacity)
        self._reduce(self.blue, counts(self.blue_specs, 1 - share))

    def split(self) -> None:
        """Send each fleet its share of the traffic: that of its containers."""
        green = self.green.variants(weights(self.specs))
        blue = self.blue.variants(weights(self.blue_specs))
        new, old = (sum(fleet.counts().values()) for fleet in (self.green, self.blue))
        if not old:
            self.traffic.use(green)
        else:
            self.traffic.use(blue, green if new else (), new / (new + old))

    def go_back(self) -> None:
        """Bring the old containers back batch by batch, and end the new ones.

        An old one that can't be started is tried again when the endpoint is in service.
        """
        total = sum(spec["InstanceCount"] for spec in self.blue_specs)
        share = sum(self.blue.counts().values()) / max(1, total)
        while True:
            share = min(1.0, share + self.deployment.rollback_share)
            self.blue.drop_ended()
            self.blue.want(counts(self.blue_specs, share))
            with contextlib.suppress(LaunchError):
                self.blue.restore()
            self.split()
            self._reduce(self.green, counts(self.specs, 1 - share))
            if share == 1:
                return

    def _reduce(self, fleet: Fleet, wanted: dict[str, int]) -> None:
        """End the containers of a fleet that are more than wanted."""
        fleet.want(wanted)
        surplus = fleet.surplus()
        self.split()
        fleet.retire(surplus)


def counts(specs: Iterable[VariantSpec], share: float) -> dict[str, int]:
    """Return how many instances of each variant a share of a fleet has, rounded up.

    >>> counts([{"VariantName": "a", "InstanceCount": 3}], 0.5)
    {'a': 2}
    """
    return {
        spec["VariantName"]: math.ceil(share * spec["InstanceCount"] - ROUNDING) for spec in specs
    }
