"""A blue/green update: a new fleet beside the old one, traffic step by step, a way back."""

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Mapping
from typing import Any

from helpers.local.runtime.hosting.deployment import Deployment
from helpers.local.runtime.hosting.fleet import Fleet, LaunchError
from helpers.local.runtime.hosting.traffic import Traffic
from helpers.local.runtime.hosting.variant_spec import VariantSpec
from helpers.local.runtime.workloads import Workload, now
from helpers.local.services import alarms
from helpers.local.state.database import Document

WATCH_SECONDS = 0.1  # between two looks at alarms and containers


class UpdateError(Exception):
    """The old fleet goes on serving; the text is the endpoint's FailureReason."""


class BlueGreenUpdate:
    """One update of an endpoint.

    Parameters
    ----------
    workload
        The endpoint.
    traffic
        What its clients reach.
    blue
        The fleet that serves now.
    blue_specs
        Its variants.
    following
        The member ``Next`` of the endpoint's document: what the update asks for.
    """

    def __init__(
        self,
        workload: Workload,
        traffic: Traffic,
        blue: Fleet,
        blue_specs: list[VariantSpec],
        following: Mapping[str, Any],
    ):
        self._workload, self._traffic, self._blue = workload, traffic, blue
        self._specs: list[VariantSpec] = following["Fleet"]
        self._blue_weights = weights(blue_specs)
        self._deployment = Deployment.of(following.get("DeploymentConfig", {}), self._specs)
        self._green = Fleet(workload, self._specs)
        self._instances = sum(spec["InstanceCount"] for spec in self._specs)

    def run(self) -> Fleet:
        """Return the new fleet, which has all the traffic then.

        Raises
        ------
        UpdateError
            If a container of the new fleet can't be started, or an alarm went off; then the old
            fleet has all the traffic.
        WorkloadStoppedError
            If the server shuts down.
        """
        try:
            self._show("Creating", f"Launching {self._instances} instance(s).")
            self._green.restore()
            for share in self._deployment.shares:
                self._take_step(share)
        except (LaunchError, OSError, sqlite3.OperationalError) as error:
            self._go_back()
            raise UpdateError(str(error)) from error
        except UpdateError:
            self._workload.change(lambda document: document.update(EndpointStatus="RollingBack"))
            self._go_back()
            raise
        self._blue.retire()
        return self._green

    def _take_step(self, share: float) -> None:
        """Give the new fleet its share of the traffic, and watch it. Raises UpdateError."""
        count = max(1, round(share * self._instances))
        capacity = f"{'full' if share == 1 else 'canary'} capacity of {count} instance(s)"
        self._show("ActivatingTraffic", f"Activating traffic on {capacity}.")
        self._split(share)
        self._watch(share, self._deployment.bake_seconds, "WaitIntervalInSeconds", capacity)
        if share == 1:
            wait = self._deployment.termination_wait_seconds
            self._watch(share, wait, "TerminationWaitInSeconds", capacity)

    def _watch(self, share: float, seconds: float, member: str, capacity: str) -> None:
        if not seconds:
            return
        self._show(
            "Baking",
            f"Baking for {seconds:g} seconds ({member}) with traffic enabled on {capacity}.",
        )
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._workload.checkpoint()
            if names := alarms.in_alarm(self._workload.region, self._deployment.alarms):
                raise UpdateError(
                    f"The update was rolled back: {', '.join(names)} is in the state ALARM."
                )
            if not (self._blue.is_complete() and self._green.is_complete()):
                self._restore(share)
            time.sleep(WATCH_SECONDS)

    def _restore(self, share: float) -> None:
        """Replace what has ended. Raises LaunchError if the new fleet can't have all."""
        for fleet in (self._blue, self._green):
            fleet.drop_ended()
        self._split(share)
        with contextlib.suppress(LaunchError):  # it is tried again when it has all the traffic
            self._blue.restore()
        self._green.restore()
        self._split(share)

    def _split(self, share: float) -> None:
        green = self._green.variants(weights(self._specs))
        if share == 1:
            self._traffic.use(green)
        else:
            self._traffic.use(self._blue.variants(self._blue_weights), green, share)

    def _go_back(self) -> None:
        self._traffic.use(self._blue.variants(self._blue_weights))
        self._green.retire()

    def _show(self, status: str, message: str) -> None:
        """Let DescribeEndpoint show what the update does now, in AWS's words."""
        shown = {"Status": status, "StatusMessage": message, "StartTime": now()}

        def change(document: Document) -> None:
            document["Next"]["VariantStatus"] = [shown]

        self._workload.change(change)


def weights(specs: Iterable[VariantSpec]) -> dict[str, float]:
    """Return the weights of variants by their names."""
    return {spec["VariantName"]: spec["Weight"] for spec in specs}
