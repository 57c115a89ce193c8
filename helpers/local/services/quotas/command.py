"""`python -m helpers local set-quota [NAME [VALUE]]`: decide on quotas in place of AWS.

It writes to the home folder's database, so it works whether the Local SageMaker runs or not, and a
value applies from the next request on.
"""

import argparse
import sqlite3
from datetime import UTC, datetime

from helpers import cli
from helpers.catalog import quotas
from helpers.local.home import Home, default_region
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database

SUMMARY = "set a quota of the local account, or list those set"


def add_arguments(set_quota: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    set_quota.description = (
        "Set a quota of the local account. 0 is what a new AWS account has for most instance "
        "types. A value that reaches the open request for an increase grants it."
    )
    set_quota.add_argument("name", nargs="?", metavar="NAME", help="code, name or part of a name")
    set_quota.add_argument("value", nargs="?", type=_instances, metavar="VALUE", help="instances")
    cli.add_region(set_quota, default_region())


def _instances(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of instances, such as 0 or 2")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Set a quota, or list those set."""
    home = Home.find()
    try:
        quota = quotas.find(arguments.name) if arguments.name else None
    except quotas.AmbiguousQuotaError as error:
        return cli.print_error(error, cli.NO_ANSWER)
    if arguments.value is None and not home.database.exists():
        return _list(None, quota, arguments.region)
    home.prepare()
    try:
        database = Database(home.database)
        try:
            if arguments.value is not None:
                return _set(database, arguments.region, quota, arguments.value)
            return _list(database, quota, arguments.region)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise home.unusable(error) from error


def _set(database: Database, region: str, quota: quotas.Quota, value: int) -> int:
    before = applied.applied(database, region, quota)
    granted = applied.set_value(database, region, quota, value, datetime.now(UTC))
    print(f"{quota.name} ({quota.code}) in {region}: {value}, before {before:.0f}")
    if granted:
        print("The open request for an increase is granted (APPROVED).")
    return cli.OK


def _list(database: Database | None, quota: quotas.Quota | None, region: str) -> int:
    if quota:
        value = applied.applied(database, region, quota) if database else quota.start
        print(
            f"{quota.name} ({quota.code}) in {region}: {value:.0f}. "
            f"It starts with {quota.start:.0f}; AWS's default is {quota.default:.0f}."
        )
        return cli.OK
    values = applied.overrides(database) if database else []
    if not values:
        print("No quota is set: each has its initial value.")
    for row in sorted(values, key=lambda row: (row["Region"], row["QuotaCode"])):
        known = quotas.by_code()[row["QuotaCode"]]
        print(
            f"{row['Region']}  {known.code}  {known.name}: {row['Value']:.0f} "
            f"(it starts with {known.start:.0f})"
        )
    for request in applied.requests(database, None, datetime.now(UTC)) if database else []:
        if request["Status"] in quotas.OPEN_STATUSES:
            print(
                f"{request['QuotaArn'].split(':')[3]}  {request['QuotaCode']}  "
                f"{request['QuotaName']}: {request['DesiredValue']:.0f} requested, "
                f"{request['Status']}, id {request['Id']}"
            )
    return cli.OK
