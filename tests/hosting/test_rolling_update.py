"""The steps of a rolling update, and of its way back, with fleets that only count."""

import pytest

from helpers.local.runtime.hosting import update
from helpers.local.runtime.hosting.fleet import LaunchError
from helpers.local.runtime.hosting.rolling_update import RollingUpdate
from helpers.local.runtime.hosting.update import UpdateError

ALARMS = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}


class CountingFleet:
    """Stands for a Fleet: it notes how many containers both fleets have after each change."""

    most = None  # more containers than that can't be started

    def __init__(self, workload, specs):
        self.specs = specs
        self._counts = {spec["VariantName"]: 0 for spec in specs}
        self._wanted = {spec["VariantName"]: spec["InstanceCount"] for spec in specs}

    def want(self, wanted):
        self._wanted.update(wanted)

    def restore(self):
        if self.most is not None and sum(self._wanted.values()) > self.most:
            raise LaunchError("no more")
        for name, wanted in self._wanted.items():
            self._counts[name] = max(self._counts[name], wanted)

    def surplus(self):
        removed = [n for n, c in self._counts.items() for _ in range(c - self._wanted[n])]
        self._counts = {n: min(c, self._wanted[n]) for n, c in self._counts.items()}
        return removed

    def retire(self, servers=None):
        pass

    def drop_ended(self):
        pass

    def is_complete(self):
        return True

    def variants(self, weights):
        return self

    def counts(self):
        return self._counts


class RecordedTraffic:
    """Notes the number of old and of new containers, and the share of the new ones."""

    def __init__(self):
        self.steps = []

    def use(self, blue, green=(), share=0):
        old, new = (sum(fleet.counts().values()) if fleet else 0 for fleet in (blue, green))
        if not self.steps or self.steps[-1] != (old, new, share):
            self.steps.append((old, new, share))


class Workload:
    """Stands for an endpoint; `status` is the last EndpointStatus that was written."""

    region, status = "us-east-1", "Updating"

    def change(self, function):
        document = {"Next": {}, "EndpointStatus": self.status}
        function(document)
        self.status = document["EndpointStatus"]

    def checkpoint(self):
        pass


@pytest.fixture
def rolling(monkeypatch):
    """Return a function that makes an update of four containers, and its traffic."""
    monkeypatch.setattr(update, "Fleet", CountingFleet)

    def make(policy: dict, *counts: int, config: dict | None = None):
        specs = [
            {"VariantName": f"v{number}", "InstanceCount": count, "Weight": 1}
            for number, count in enumerate(counts)
        ]
        blue, traffic = CountingFleet(None, specs), RecordedTraffic()
        blue.restore()
        policy = {"WaitIntervalInSeconds": 0} | policy
        following = {
            "Fleet": specs,
            "DeploymentConfig": {"RollingUpdatePolicy": policy, **(config or {})},
        }
        return RollingUpdate(Workload(), traffic, blue, specs, following), traffic.steps

    return make


@pytest.fixture
def clock(monkeypatch):
    """Return a list: a sleep takes as many seconds as its last item."""
    now, seconds_of_sleep = [1000.0], [0.5]

    def sleep(seconds: float) -> None:
        now[0] += seconds_of_sleep[-1]

    monkeypatch.setattr(update.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(update.time, "sleep", sleep)
    return seconds_of_sleep


def percent(value: int) -> dict:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def test_batches(rolling):
    """A batch starts, gets its share, and as many old containers end, until all are new."""
    updated, steps = rolling({"MaximumBatchSize": percent(50)}, 4)
    assert updated.run() is updated.green
    assert steps == [(4, 2, 1 / 3), (2, 2, 0.5), (2, 4, 2 / 3), (4, 0, 0)]  # the last: all are new


def test_uneven_batches(rolling):
    """Counts are rounded up in each variant: none is without containers before the last step."""
    updated, steps = rolling({"MaximumBatchSize": percent(40)}, 3, 1)
    updated.run()
    assert steps == [(4, 3, 3 / 7), (3, 3, 0.5), (3, 4, 4 / 7), (2, 4, 4 / 6), (4, 0, 0)]


@pytest.mark.parametrize(
    ("back", "steps"),
    [
        ({}, [(4, 4, 0.5), (4, 0, 0)]),
        (
            {"RollbackMaximumBatchSize": percent(25)},
            [(3, 4, 4 / 7), (3, 1, 0.25), (4, 1, 0.2), (4, 0, 0)],
        ),
    ],
)
def test_the_way_back(rolling, monkeypatch, clock, back, steps):
    """After an alarm in the second step, the old containers come back, at once or in batches."""
    policy = {"MaximumBatchSize": percent(50), "WaitIntervalInSeconds": 1, **back}
    updated, done = rolling(policy, 4, config=ALARMS)
    monkeypatch.setattr(
        update.alarms,
        "in_alarm",
        lambda region, names: ["errors"] if done[-1] == (2, 4, 2 / 3) else [],
    )
    with pytest.raises(UpdateError, match="errors is in the state ALARM"):
        updated.run()
    assert done == [(4, 2, 1 / 3), (2, 2, 0.5), (2, 4, 2 / 3), *steps]
    assert updated.workload.status == "RollingBack"


def test_a_container_that_can_not_be_started(rolling):
    """The old containers come back as far as they can be started."""
    updated, steps = rolling({"MaximumBatchSize": percent(50)}, 4)
    updated.green.most = 3
    with pytest.raises(UpdateError, match="no more"):
        updated.run()
    assert steps[-1] == (4, 0, 0)
    assert updated.blue.counts() == {"v0": 4}


def test_the_time_limit(rolling, monkeypatch, clock):
    """An update that takes longer than its limit is rolled back."""
    policy = {"MaximumBatchSize": percent(50), "WaitIntervalInSeconds": 300}
    policy["MaximumExecutionTimeoutInSeconds"] = 600
    updated, _ = rolling(policy, 4, config=ALARMS)
    clock.append(250)  # each look at the alarms takes that long
    monkeypatch.setattr(update.alarms, "in_alarm", lambda region, names: [])
    with pytest.raises(UpdateError, match="MaximumExecutionTimeoutInSeconds, 600 seconds"):
        updated.run()
    assert updated.blue.counts() == {"v0": 4}
