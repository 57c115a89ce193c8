"""What a resource has used, read from its Describe answer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from helpers.catalog import usage
from helpers.catalog.usage import Usage

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MACHINES = {"InstanceType": "ml.m5.large", "InstanceCount": 2}


def training(status="Completed", **members):
    return {"TrainingJobStatus": status, "ResourceConfig": MACHINES, **members}


def transform(start, end, status="Completed"):
    times = {"TransformStartTime": start, "TransformEndTime": end}
    given = {name: time for name, time in times.items() if time}
    return {"TransformJobStatus": status, "TransformResources": MACHINES, **given}


def test_a_training_job_by_its_billable_seconds():
    """Billable seconds count, not the times, as managed spot training bills less than it ran."""
    job = training(
        BillableTimeInSeconds=40, TrainingStartTime=NOW - timedelta(hours=1), TrainingEndTime=NOW
    )
    assert usage.job(job, NOW) == [Usage("ml.m5.large", "training", 2, 40)]


def test_a_training_job_of_several_groups():
    """Each instance group of a training job has a usage of its own."""
    groups = [
        {"InstanceGroupName": "a", "InstanceType": "ml.m5.large", "InstanceCount": 1},
        {"InstanceGroupName": "b", "InstanceType": "ml.g5.xlarge", "InstanceCount": 3},
    ]
    job = training(BillableTimeInSeconds=10, ResourceConfig={"InstanceGroups": groups})
    used = usage.job(job, NOW)
    assert [(u.item, u.count) for u in used] == [("ml.m5.large", 1), ("ml.g5.xlarge", 3)]


def test_a_running_job_until_now():
    """A running job costs from its start until now, and its cost grows."""
    [used] = usage.job(training("InProgress", TrainingStartTime=NOW - timedelta(90)), NOW)
    assert (used.seconds, used.running) == (90 * 86400, True)


def test_a_job_that_never_had_an_instance():
    """A job that failed before its start has used no seconds."""
    [used] = usage.job(training("Failed"), NOW)
    assert (used.seconds, used.running) == (0, False)


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        # 23:59:30 to 00:00:30 of the next day: a minute.
        (
            datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC),
            datetime(2026, 3, 2, 0, 0, 30, tzinfo=UTC),
            60,
        ),
        # Summer time ends at 03:00: 02:30 to 02:10 by the wall clock are 40 minutes.
        (
            datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN),
            datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN, fold=1),
            2400,
        ),
        # Two zones: 12:00 in Berlin's winter is 11:00 UTC.
        (datetime(2026, 1, 5, 12, 0, tzinfo=BERLIN), datetime(2026, 1, 5, 11, 0, 5, tzinfo=UTC), 5),
        # A partial second counts as a whole one.
        (NOW, NOW + timedelta(milliseconds=1), 1),
    ],
    ids=["midnight", "summer time ends", "two zones", "a begun second"],
)
def test_clocks_and_zones_do_not_matter(start, end, seconds):
    """A transform job's time is that between its two timestamps, whatever the time zones."""
    [used] = usage.job(transform(start, end), NOW)
    assert used == Usage("ml.m5.large", "transform", 2, seconds)


def test_an_end_before_the_start_counts_as_zero():
    """An end before the start gives no negative amount."""
    [used] = usage.job(transform(NOW, NOW - timedelta(seconds=5)), NOW)
    assert used.seconds == 0


def test_a_processing_job():
    """A processing job is billed from start to end, on its cluster."""
    job = {
        "ProcessingJobStatus": "Completed",
        "ProcessingStartTime": NOW - timedelta(seconds=30),
        "ProcessingEndTime": NOW,
        "ProcessingResources": {"ClusterConfig": MACHINES},
    }
    assert usage.job(job, NOW) == [Usage("ml.m5.large", "processing", 2, 30)]


def endpoint(status="InService", **variant):
    return {
        "EndpointStatus": status,
        "CreationTime": NOW - timedelta(hours=60),
        "LastModifiedTime": NOW - timedelta(hours=59),
        "ProductionVariants": [{"VariantName": "AllTraffic", "CurrentInstanceCount": 2, **variant}],
    }


def config(**variant):
    return {"ProductionVariants": [{"VariantName": "AllTraffic", **variant}]}


def test_an_endpoint_that_ran_all_weekend():
    """An endpoint is billed from its creation until now, by the type in its configuration."""
    [used] = usage.endpoint(endpoint(), NOW, config(InstanceType="ml.m5.large"))
    assert used == Usage("ml.m5.large", "hosting", 2, 60 * 3600, True)


def test_an_endpoint_without_its_configuration():
    """Without its configuration an endpoint's instance type is unknown, but its time isn't."""
    [used] = usage.endpoint(endpoint(), NOW, None)
    assert (used.item, used.seconds, used.running) == (None, 60 * 3600, True)


def test_an_endpoint_that_failed():
    """An endpoint that failed is billed while it was Creating."""
    [used] = usage.endpoint(endpoint("Failed"), NOW, config(InstanceType="ml.m5.large"))
    assert (used.seconds, used.running) == (3600, False)


def test_a_serverless_endpoint_has_no_hourly_type():
    """A serverless endpoint is not mistaken for an instance."""
    variant = config(ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    [used] = usage.endpoint(endpoint(), NOW, variant)
    assert used.item == "serverless"


@pytest.mark.parametrize(
    ("status", "components"),
    [("InService", ["notebook", "notebook volume"]), ("Stopped", ["notebook volume"])],
)
def test_a_notebook_instance(status, components):
    """A stopped notebook instance costs its volume; in service, also its instance."""
    described = {
        "NotebookInstanceStatus": status,
        "InstanceType": "ml.t3.medium",
        "VolumeSizeInGB": 20,
        "CreationTime": NOW - timedelta(days=10),
        "LastModifiedTime": NOW - timedelta(hours=3),
    }
    used = usage.notebook(described, NOW)
    assert [u.component for u in used] == components
    assert (used[-1].count, used[-1].seconds) == (20, 10 * 86400)
    assert all(u.running for u in used)
    if status == "InService":
        assert used[0].seconds == 3 * 3600


@pytest.mark.parametrize(
    ("status", "components"),
    [("Stopping", ["notebook volume"]), ("Failed", ["notebook volume"]), ("Deleting", [])],
)
def test_a_notebook_instance_that_ends_costs_no_more(status, components):
    """AWS stops charging for an instance that is told to stop, and for a deleted volume."""
    described = {
        "NotebookInstanceStatus": status,
        "InstanceType": "ml.t3.medium",
        "CreationTime": NOW - timedelta(days=1),
        "LastModifiedTime": NOW - timedelta(hours=3),
    }
    used = usage.notebook(described, NOW)
    assert [u.component for u in used] == ["notebook volume"]
    assert [u.component for u in used if u.running] == components
