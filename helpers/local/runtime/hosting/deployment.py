"""How an update shifts the traffic from the old fleet to the new one.

Source: developer guide, "Deployment guardrails"; limits: API_BlueGreenUpdatePolicy,
API_RollingUpdatePolicy, API_TrafficRoutingConfig, API_CapacitySize.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helpers.local.runtime.hosting.variant_spec import VariantSpec

MAX_CANARY = 50  # percent of the new fleet
LINEAR, BATCH, ROLLBACK_BATCH = (10, 50), (5, 50), (1, 100)  # the same, least and most


class DeploymentConfigError(ValueError):
    """A DeploymentConfig that can't be used; the text says why."""


@dataclass(frozen=True)
class Deployment:
    """The steps of an update.

    Parameters
    ----------
    shares
        The share of the traffic that the new fleet gets in each step; the last is 1. If it is
        rolling, that share of the new fleet replaces as much of the old one.
    bake_seconds
        How long the alarms are watched after each step.
    termination_wait_seconds
        How long the old fleet stays when it gets no more traffic.
    alarms
        The names of the alarms; each sends all traffic back. Without any nothing is baked.
    limit_seconds
        How long all steps together may take; None for any time.
    is_rolling
        Whether the old fleet ends batch by batch, and not after the last step.
    rollback_share
        The share of the old fleet that comes back in each step if a rolling update fails.
    """

    shares: tuple[float, ...] = (1.0,)
    bake_seconds: float = 0
    termination_wait_seconds: float = 0
    alarms: tuple[str, ...] = ()
    limit_seconds: float | None = None
    is_rolling: bool = False
    rollback_share: float = 1

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
        if not all("AlarmName" in alarm for alarm in alarms):
            raise DeploymentConfigError("Each of the Alarms needs an AlarmName.")
        names = tuple(alarm["AlarmName"] for alarm in alarms)
        if "RollingUpdatePolicy" in config:
            if "BlueGreenUpdatePolicy" in config:
                raise DeploymentConfigError("Only one update policy can be used.")
            return cls._rolling(config["RollingUpdatePolicy"], fleet, names)
        policy = config.get("BlueGreenUpdatePolicy")
        if policy is None:
            return cls(alarms=names)
        routing = policy["TrafficRoutingConfiguration"]
        shares = _shares(routing, fleet)
        bake = routing["WaitIntervalInSeconds"] if names else 0
        termination = policy.get("TerminationWaitInSeconds", 0)
        limit = _limit(policy, bake * len(shares) + termination)
        return cls(shares, bake, termination, names, limit)

    @classmethod
    def _rolling(
        cls, policy: Mapping[str, Any], fleet: list[VariantSpec], alarms: tuple[str, ...]
    ) -> "Deployment":
        if any("Serverless" in spec for spec in fleet):
            raise DeploymentConfigError(
                "A serverless endpoint has no instances that a rolling update could replace."
            )
        shares = _steps(_percent("MaximumBatchSize", policy["MaximumBatchSize"], fleet, *BATCH))
        bake = policy["WaitIntervalInSeconds"] if alarms else 0
        back = policy.get("RollbackMaximumBatchSize", {"Type": "CAPACITY_PERCENT", "Value": 100})
        percent = _percent("RollbackMaximumBatchSize", back, fleet, *ROLLBACK_BATCH)
        limit = _limit(policy, bake * len(shares))
        return cls(shares, bake, 0, alarms, limit, is_rolling=True, rollback_share=percent / 100)


def _limit(policy: Mapping[str, Any], waits_seconds: float) -> float | None:
    limit = policy.get("MaximumExecutionTimeoutInSeconds")
    if limit is not None and limit < waits_seconds:
        raise DeploymentConfigError(
            f"MaximumExecutionTimeoutInSeconds is {limit}, less than all waits together: "
            f"{waits_seconds} seconds."
        )
    return limit


def _shares(routing: Mapping[str, Any], fleet: list[VariantSpec]) -> tuple[float, ...]:
    kind = routing["Type"]
    sizes = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    for other, member in sizes.items():
        if (member in routing) != (kind == other):
            verb = "needs" if kind == other else "does not take"
            raise DeploymentConfigError(f"Traffic routing of type {kind} {verb} {member}.")
    if kind == "ALL_AT_ONCE":
        return (1.0,)
    size = routing[sizes[kind]]
    if kind == "LINEAR":
        return _steps(_percent("LinearStepSize", size, fleet, *LINEAR))
    percent = _percent("CanarySize", size, fleet)
    if percent > MAX_CANARY:
        raise DeploymentConfigError(
            f"CanarySize is {percent:g} % of the new fleet: at most {MAX_CANARY} % are allowed."
        )
    return (percent / 100, 1.0)


def _percent(
    member: str,
    size: Mapping[str, Any],
    fleet: list[VariantSpec],
    least: float = 0,
    most: float = math.inf,
) -> float:
    """Return a CapacitySize in percent of the fleet. Raises DeploymentConfigError."""
    percent = size["Value"]
    if size["Type"] == "INSTANCE_COUNT":
        percent = 100 * size["Value"] / max(1, sum(spec["InstanceCount"] for spec in fleet))
    if not least <= percent <= most:
        raise DeploymentConfigError(
            f"{member} is {percent:g} % of the new fleet: {least} to {most} % are allowed."
        )
    return percent


def _steps(percent: float) -> tuple[float, ...]:
    """Return the shares of steps of one size: the last is 1."""
    return tuple(min(1.0, step * percent / 100) for step in range(1, math.ceil(100 / percent) + 1))
