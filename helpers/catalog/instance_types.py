"""The instance types that the course names: their hardware, what AWS offers them for, their price.

`instance_types.csv` holds the hardware, which is that of EC2's type of the same name (for
ml.p2.xlarge that of the SageMaker Developer Guide), and the uses for which AWS's list of SageMaker
quotas of 2026-01-14 has a quota of the type
(gruntwork-io/terraform-aws-utilities modules/request-quota-increase/variables.tf@b3fce33). Prices
come from `prices.csv`, default quotas from `quotas.csv`.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from helpers.catalog import prices, quotas

if TYPE_CHECKING:
    import pandas

TABLE = Path(__file__).with_name("instance_types.csv")
NOT_OFFERED, UNKNOWN = "-", "unknown"
# A use as in prices.csv, and as in the names of quotas.
USES = {
    "notebook": "notebook instance",
    "training": "training job",
    "transform": "transform job",
    "hosting": "endpoint",
}

# besides those with a d, such as m5d and p4d: volume_size_supported in aws/sagemaker-python-sdk
_FAMILIES_WITH_LOCAL_STORAGE = ("g5", "g6", "g7e", "p5", "p6-b200", "trn1", "trn2")


class InstanceType(NamedTuple):
    """A row of the table. Memory is in GiB; an empty string: it has none, or it is unknown."""

    instance_type: str
    meant_for: str
    vcpu: str
    memory_gib: str
    gpu: str
    gpu_memory_gib: str
    network: str
    offered: tuple[str, ...]
    source: str

    def price(self, use: str, region: str = prices.REGION) -> prices.Price | None:
        """The price of an hour in a use, a key of USES; None: unknown."""
        return prices.lookup(self.instance_type, use, region)

    def default_quota(self, use: str) -> float | None:
        """How many instances at once AWS's default quota allows in a use; None: unknown."""
        quota = quotas.by_name().get(f"{self.instance_type} for {USES[use]} usage")
        return quota and quota.default


@cache
def all_types() -> tuple[InstanceType, ...]:
    """The rows of `instance_types.csv`."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return tuple(InstanceType(**{**row, "offered": tuple(row["offered"].split())}) for row in rows)


def has_local_storage(instance_type: str) -> bool:
    """Return whether an instance type has disks of its own, and so no EBS volume.

    >>> has_local_storage("ml.g4dn.xlarge"), has_local_storage("ml.m5.large")
    (True, False)
    """
    family = instance_type.split(".")[1]
    return "d" in family or family.startswith(_FAMILIES_WITH_LOCAL_STORAGE)


def hardware() -> pandas.DataFrame:
    """Return the hardware of each instance type.

    Returns
    -------
    pandas.DataFrame
        A row for each type: vCPUs, memory in GiB, GPU, network; `-` where it has none.
    """
    columns = {
        "meant for": "meant_for",
        "vCPU": "vcpu",
        "memory (GiB)": "memory_gib",
        "GPU": "gpu",
        "GPU memory (GiB)": "gpu_memory_gib",
        "network": "network",
    }
    return _frame(
        {name: lambda row, of=of: getattr(row, of) or "-" for name, of in columns.items()}
    )


def prices_an_hour(region: str = prices.REGION) -> pandas.DataFrame:
    """Return the price of an hour of each instance type in each use.

    Parameters
    ----------
    region : str
        AWS region.

    Returns
    -------
    pandas.DataFrame
        US dollars as strings; `-` where AWS does not offer the type, or `unknown`.
    """

    def cell(row: InstanceType, use: str) -> str:
        price = row.price(use, region)
        return f"{price.usd:f}" if price else UNKNOWN

    return _by_use(cell)


def default_quotas() -> pandas.DataFrame:
    """Return AWS's default quotas for each instance type in each use.

    Returns
    -------
    pandas.DataFrame
        Instances at once, as strings; `-` where AWS does not offer the type, or `unknown`.
    """

    def cell(row: InstanceType, use: str) -> str:
        quota = row.default_quota(use)
        return UNKNOWN if quota is None else f"{quota:g}"

    return _by_use(cell)


def known_prices(region: str = prices.REGION) -> list[prices.Price]:
    """Return all known prices of the types in the uses that AWS offers, the lowest first."""
    known = [row.price(use, region) for row in all_types() for use in row.offered]
    return sorted((price for price in known if price), key=lambda price: price.usd)


def _by_use(cell) -> pandas.DataFrame:
    return _frame(
        {
            use: lambda row, use=use: cell(row, use) if use in row.offered else NOT_OFFERED
            for use in USES
        }
    )


def _frame(columns) -> pandas.DataFrame:
    import pandas  # here: importing `helpers` should cost next to nothing

    rows = all_types()
    index = pandas.Index([row.instance_type for row in rows], name="instance type")
    return pandas.DataFrame(
        {name: [of(row) for row in rows] for name, of in columns.items()}, index=index
    )
