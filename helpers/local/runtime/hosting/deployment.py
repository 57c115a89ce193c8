"""How an update shifts the traffic from the old fleet to the new one.

Source: developer guide, "Deployment guardrails"; limits: API_BlueGreenUpdatePolicy,
API_TrafficRoutingConfig, API_CapacitySize.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from helpers.local.runtime.hosting.variant_spec import VariantSpec

MAX_CANARY, MIN_LINEAR, MAX_LINEAR = 50, 10, 50  # percent of the new fleet


class DeploymentConfigError(ValueError):
    """A DeploymentConfig that can't be used; the text says why."""


@dataclass(frozen=True)
class Deployment:
    """The steps of an update.

    Parameters
    ----------
    shares
        The share of the traffic that the new fleet gets in each step; the last is 1.
    bake_seconds
        How long the alarms are watched after each step.
    termination_wait_seconds
        How long the old fleet stays when it gets no more traffic.
    alarms
        The names of the alarms; each sends all traffic back. Without any nothing is baked.
    """

    shares: tuple[float, ...] = (1.0,)
    bake_seconds: float = 0
    termination_wait_seconds: float = 0
    alarms: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any], fleet: list[VariantSpec]) -> "Deployment":
        """Return what a DeploymentConfig asks for.

        Parameters
        ----------
        config
            As in UpdateEndpoint; without members it is AWS's default, all at once.
        fleet
            The new fleet, of whose instances a capacity may be a number.

        Raises
        ------
        DeploymentConfigError
            If its numbers contradict each other or AWS's limits. The rules are AWS's, the wording
            is ours.
        """
        alarms = config.get("AutoRollbackConfiguration", {}).get("Alarms", ())
        names = tuple(alarm["AlarmName"] for alarm in alarms)
        policy = config.get("BlueGreenUpdatePolicy")
        if policy is None:
            return cls(alarms=names)
        routing = policy["TrafficRoutingConfiguration"]
        shares = _shares(routing, sum(spec["InstanceCount"] for spec in fleet))
        bake = routing["WaitIntervalInSeconds"] if names else 0
        termination = policy.get("TerminationWaitInSeconds", 0)
        limit = policy.get("MaximumExecutionTimeoutInSeconds")
        if limit is not None and limit < bake * len(shares) + termination:
            raise DeploymentConfigError(
                f"MaximumExecutionTimeoutInSeconds is {limit}, less than all waits together: "
                f"{bake * len(shares) + termination} seconds."
            )
        return cls(shares, bake, termination, names)


def _shares(routing: Mapping[str, Any], instances: int) -> tuple[float, ...]:
    kind = routing["Type"]
    sizes = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    for other, member in sizes.items():
        if (member in routing) != (kind == other):
            verb = "needs" if kind == other else "does not take"
            raise DeploymentConfigError(f"Traffic routing of type {kind} {verb} {member}.")
    if kind == "ALL_AT_ONCE":
        return (1.0,)
    size = routing[sizes[kind]]
    percent = size["Value"]
    if size["Type"] == "INSTANCE_COUNT":
        percent = 100 * size["Value"] / instances
    if kind == "CANARY":
        if percent > MAX_CANARY:
            raise DeploymentConfigError(
                f"CanarySize is {percent:g} % of the new fleet: at most {MAX_CANARY} % are allowed."
            )
        return (percent / 100, 1.0)
    if not MIN_LINEAR <= percent <= MAX_LINEAR:
        raise DeploymentConfigError(
            f"LinearStepSize is {percent:g} % of the new fleet: {MIN_LINEAR} to {MAX_LINEAR} % are "
            "allowed."
        )
    steps = []
    for step in count(1):
        steps.append(min(1.0, step * percent / 100))
        if steps[-1] == 1.0:
            return tuple(steps)
    raise AssertionError("unreachable")
