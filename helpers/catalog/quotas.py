"""SageMaker's quotas for the instance types and uses that the course names.

`quotas.csv` holds the rows on whose code, name and default two public copies of AWS's own lists
agree. `default` is what ListAWSDefaultServiceQuotas answered on that day, `in_use` what an account
that had been in use for a while had been granted, from the earlier commit of the same file. The
local account starts with the latter, so that lessons just run; a new AWS account has the defaults,
or less. The two about tuning jobs have only one such copy.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from helpers.home import ACCOUNT

TABLE = Path(__file__).with_name("quotas.csv")
SERVICE_CODE, SERVICE_NAME = "sagemaker", "Amazon SageMaker"
OPEN_STATUSES = ("PENDING", "CASE_OPENED")  # of a request for an increase
CONSOLE_PATH = "Service Quotas > AWS services > Amazon SageMaker"


UNITS = {
    "L-11294128": "training jobs",
    "L-52DB9D33": "training jobs",
    "L-33A961FD": "seconds",
    "L-C5A266EB": "GB",
}
"""What the values of some quotas count, by their codes; those of all others count instances."""


class Quota(NamedTuple):
    """A quota; `default` and `start` are in its `unit`."""

    code: str
    name: str
    default: float
    start: float

    @property
    def unit(self) -> str:
        """What its values count. AWS's own answer names no unit for any of these quotas."""
        return UNITS.get(self.code, "instances")

    def arn(self, region: str) -> str:
        return f"arn:aws:servicequotas:{region}:{ACCOUNT}:{SERVICE_CODE}/{self.code}"


class AmbiguousQuotaError(LookupError):
    """A text matches no quota, or several; the message lists them."""


@cache
def by_code() -> dict[str, Quota]:
    """All quotas by their codes, which are the same in every account and region."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    quotas = (
        Quota(row["code"], row["name"], float(row["default"]), float(row["in_use"])) for row in rows
    )
    return {quota.code: quota for quota in quotas}


@cache
def by_name() -> dict[str, Quota]:
    """All quotas by AWS's names for them, such as `ml.m5.large for training job usage`."""
    return {quota.name: quota for quota in by_code().values()}


def find(text: str) -> Quota:
    """Find a quota by its code, its name or a part of its name, ignoring case.

    If several names contain the part, the only one that starts with it is meant. Raises
    AmbiguousQuotaError.

    >>> find("m5.large for training").code
    'L-611FA074'
    """
    wanted = text.strip().lower()
    quotas = list(by_code().values())
    for matches in (
        lambda quota: wanted in (quota.code.lower(), quota.name.lower()),
        lambda quota: quota.name.lower().startswith(wanted),
        lambda quota: wanted in quota.name.lower(),
    ):
        matching = [quota for quota in quotas if wanted and matches(quota)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            break
    what = "matches several quotas" if matching else "matches no quota of the Local SageMaker"
    names = "\n".join(f"  {quota.code}  {quota.name}" for quota in matching or quotas)
    raise AmbiguousQuotaError(f"{text!r} {what}. Name one of these:\n{names}")
