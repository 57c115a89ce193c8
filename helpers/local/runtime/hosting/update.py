"""Updates: a new fleet beside the old one, traffic step by step, a way back."""

import contextlib
import math
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
    """The old fleet keeps serving; the text is the endpoint's FailureReason."""


class FleetUpdate:
    """One update of an endpoint: a new fleet takes the place of the old one, or does not.

    A subclass implements `take_step`, `split` and `go_back`; `run` calls them.

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
        self.workload, self.traffic, self.blue = workload, traffic, blue
        self.blue_specs = blue_specs
        self.specs: list[VariantSpec] = following["Fleet"]
        self.deployment = Deployment.of(following.get("DeploymentConfig", {}), self.specs)
        self.green = Fleet(workload, self.specs)
        limit = self.deployment.limit_seconds
        self._end = math.inf if limit is None else time.monotonic() + limit

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
            for share in self.deployment.shares:
                self.take_step(share)
        except (LaunchError, OSError, sqlite3.OperationalError) as error:
            self.go_back()
            raise UpdateError(str(error)) from error
        except UpdateError:
            self.workload.change(lambda document: document.update(EndpointStatus="RollingBack"))
            self.go_back()
            raise
        self.blue.retire()
        return self.green

    def take_step(self, share: float) -> None:
        """Give the new fleet its share of the traffic, and watch it. Raises UpdateError."""
        raise NotImplementedError

    def split(self) -> None:
        """Send each fleet its share of the traffic."""
        raise NotImplementedError

    def go_back(self) -> None:
        """Give the old fleet all the traffic, and end the new one."""
        raise NotImplementedError

    def watch(self, seconds: float, member: str, capacity: str) -> None:
        """Watch alarms and containers for a time. Raises UpdateError."""
        if not seconds:
            return
        self.show(
            "Baking",
            f"Baking for {seconds:g} seconds ({member}) with traffic enabled on {capacity}.",
        )
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.workload.checkpoint()
            if names := alarms.in_alarm(self.workload.region, self.deployment.alarms):
                raise UpdateError(
                    f"The update was rolled back: {', '.join(names)} is in the state ALARM."
                )
            if time.monotonic() > self._end:
                raise UpdateError(
                    "The update was rolled back: it took longer than "
                    f"MaximumExecutionTimeoutInSeconds, {self.deployment.limit_seconds} seconds."
                )
            if not (self.blue.is_complete() and self.green.is_complete()):
                self._restore()
            time.sleep(WATCH_SECONDS)

    def _restore(self) -> None:
        """Replace what has ended. Raises LaunchError if the new fleet can't have all."""
        for fleet in (self.blue, self.green):
            fleet.drop_ended()
        self.split()
        with contextlib.suppress(LaunchError):  # it is tried again when it has all the traffic
            self.blue.restore()
        self.green.restore()
        self.split()

    def show(self, status: str, message: str) -> None:
        """Let DescribeEndpoint show what the update does now, in AWS's words."""
        shown = {"Status": status, "StatusMessage": message, "StartTime": now()}

        def change(document: Document) -> None:
            document["Next"]["VariantStatus"] = [shown]

        self.workload.change(change)


class BlueGreenUpdate(FleetUpdate):
    """The whole new fleet starts beside the old one, and gets the traffic step by step."""

    def __init__(self, *args: Any):
        super().__init__(*args)
        self._instances = sum(spec["InstanceCount"] for spec in self.specs)
        self._share = 0.0

    def take_step(self, share: float) -> None:
        """Give the new fleet its share of the traffic, and watch it. Raises UpdateError."""
        if not self._share:
            self.show("Creating", f"Launching {self._instances} instance(s).")
            self.green.restore()
        self._share = share
        count = max(1, round(share * self._instances))
        capacity = f"{'full' if share == 1 else 'canary'} capacity of {count} instance(s)"
        self.show("ActivatingTraffic", f"Activating traffic on {capacity}.")
        self.split()
        self.watch(self.deployment.bake_seconds, "WaitIntervalInSeconds", capacity)
        if share == 1:
            wait = self.deployment.termination_wait_seconds
            self.watch(wait, "TerminationWaitInSeconds", capacity)

    def split(self) -> None:
        """Send each fleet its share of the traffic."""
        green = self.green.variants(weights(self.specs))
        if self._share == 1:
            self.traffic.use(green)
        else:
            self.traffic.use(self.blue.variants(weights(self.blue_specs)), green, self._share)

    def go_back(self) -> None:
        """Give the old fleet all the traffic, and end the new one."""
        self.traffic.use(self.blue.variants(weights(self.blue_specs)))
        self.green.retire()


def weights(specs: Iterable[VariantSpec]) -> dict[str, float]:
    """Return the weights of variants by their names."""
    return {spec["VariantName"]: spec["Weight"] for spec in specs}
