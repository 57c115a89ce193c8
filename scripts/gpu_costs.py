"""Write the tables of the page "What a GPU buys": measured seconds, and what they cost on AWS.

The seconds come from `benchmarks/gpu_measurements.csv`, the prices from the course's price table.
Run it after a change of either; a test compares the page with them.

    .venv/bin/python scripts/gpu_costs.py
"""

from __future__ import annotations

import csv
import math
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from helpers.catalog import prices  # noqa: E402

PAGE = CHECKOUT / "Mini-Projects/What a GPU buys.md"
MEASUREMENTS = CHECKOUT / "benchmarks/gpu_measurements.csv"
CPU_TYPE, CPU_TYPE_VCPUS = "ml.m5.xlarge", 4
GPU_TYPES = ("ml.g4dn.xlarge", "ml.g5.xlarge", "ml.g6.xlarge")
CHEAPEST_GPU_TYPE = GPU_TYPES[0]
START_SECONDS = 60
"""What a training job is billed for before its script runs: image and data are fetched."""
EPOCHS = 10
FEW_THREADS = (1, 2)


class Work(NamedTuple):
    """What was measured of a work: seconds by threads on the CPU, and on the GPU, if it was.

    unit: "training", or "epoch" where a training takes several.
    """

    name: str
    unit: str
    cpu: dict[int, Decimal]
    cuda: Decimal | None

    @property
    def fewest_threads(self) -> tuple[Decimal, Decimal]:
        """Seconds with the fewest threads measured, and US dollars an hour of so many vCPUs."""
        threads = min(self.cpu)
        instances = math.ceil(threads / CPU_TYPE_VCPUS)
        return self.cpu[threads], instances * usd_an_hour(CPU_TYPE)


def works() -> list[Work]:
    """Return what was measured, in the table's order."""
    by_name: dict[str, Work] = {}
    with MEASUREMENTS.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name, seconds = row["work"], Decimal(row["seconds"])
            work = by_name.setdefault(name, Work(name, row["unit"], {}, None))
            if row["device"] == "cuda":
                by_name[name] = work._replace(cuda=seconds)
            else:
                work.cpu[int(row["threads"])] = seconds
    return list(by_name.values())


def usd_an_hour(instance_type: str) -> Decimal:
    """Return the price of an hour of training on an instance type."""
    return prices.lookup(instance_type, "training").usd_per_hour


def cents(seconds: Decimal, usd: Decimal) -> str:
    """Return what seconds cost at a price an hour, in US cents."""
    return f"{100 * seconds * usd / 3600:.3f}"


def job_cents(seconds: Decimal, usd: Decimal) -> str:
    """Return what a job costs whose script runs so long, in US cents."""
    return f"{100 * (seconds + START_SECONDS) * usd / 3600:.2f}"


def seconds_table() -> Iterator[str]:
    """Yield the lines of the table of seconds."""
    yield "| work | 1 or 2 threads * | 4 threads | 16 threads | GPU | GPU against 16 threads |"
    yield "|---|---|---|---|---|---|"
    for work in works():
        few = next((work.cpu[threads] for threads in FEW_THREADS if threads in work.cpu), None)
        seconds = (few, work.cpu.get(4), work.cpu.get(16), work.cuda)
        cells = " | ".join("" if each is None else f"{each} s" for each in seconds)
        unit = ", an epoch" if work.unit == "epoch" else ""
        ratio = f"{work.cpu[16] / work.cuda:.1f} times as fast" if work.cuda else ""
        yield f"| {work.name}{unit} | {cells} | {ratio} |"


def price_table() -> Iterator[str]:
    """Yield the lines of the table of prices."""
    yield f"| instance type | US dollars an hour, training | against `{CPU_TYPE}` | price list of |"
    yield "|---|---|---|---|"
    for name in (CPU_TYPE, *GPU_TYPES):
        price = prices.lookup(name, "training")
        ratio = price.usd_per_hour / usd_an_hour(CPU_TYPE)
        yield f"| `{name}` | {price.usd} | {ratio:.1f} times | {price.price_list} |"


def cost_table() -> Iterator[str]:
    """Yield the lines of the table of costs."""
    yield "| work | CPU: seconds alone | CPU: as a job | GPU: seconds alone | GPU: as a job |"
    yield "|---|---|---|---|---|"
    for work in works():
        times = EPOCHS if work.unit == "epoch" else 1
        cpu_seconds, cpu_usd = work.fewest_threads
        cells = [cents(times * cpu_seconds, cpu_usd), job_cents(times * cpu_seconds, cpu_usd)]
        if work.cuda:
            gpu_usd = usd_an_hour(CHEAPEST_GPU_TYPE)
            cells += [cents(times * work.cuda, gpu_usd), job_cents(times * work.cuda, gpu_usd)]
        else:
            cells += ["", ""]
        epochs = f", {EPOCHS} epochs" if work.unit == "epoch" else ""
        yield f"| {work.name}{epochs} | {' | '.join(cells)} |"


TABLES = {"seconds": seconds_table, "prices": price_table, "costs": cost_table}


def with_tables(page: str) -> str:
    """Return a page with the tables between its markers."""
    for name, lines in TABLES.items():
        marked = re.compile(rf"(<!-- table: {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        table = "\n".join(lines())
        page, count = marked.subn(lambda match, t=table: f"{match[1]}{t}{match[2]}", page)
        if count != 1:
            raise ValueError(f"{PAGE.name}: expected the markers of table {name} once, got {count}")
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
