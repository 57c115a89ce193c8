"""`python -m helpers local quota [NAME [VALUE]]`: play AWS, who grants quotas or does not.

It writes into the home folder's database, so it works whether the Local SageMaker runs or not, and
what it sets counts from the next request on.
"""

import argparse
import sqlite3
import sys
from datetime import UTC, datetime

from helpers.catalog import quotas
from helpers.home import Home, default_region
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database


def add_parser(actions: argparse._SubParsersAction) -> None:
    """Add the command `quota` to those of `python -m helpers local`."""
    quota = actions.add_parser(
        "quota",
        help="set a quota of the local account, or list those set",
        description="Set a quota of the local account. 0 is what a new account of AWS's has for "
        "most instance types. A value that reaches the open request for an increase grants it.",
    )
    quota.add_argument("name", nargs="?", metavar="NAME", help="its code, name or part of a name")
    quota.add_argument("value", nargs="?", type=_instances, metavar="VALUE", help="instances")
    quota.add_argument("--region", default=default_region(), help="default: %(default)s")
    quota.set_defaults(run=_run)


def _instances(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of instances, such as 0 or 2")
    return int(text)


def _run(arguments: argparse.Namespace) -> int:
    home = Home.find()
    try:
        quota = quotas.find(arguments.name) if arguments.name else None
    except quotas.AmbiguousQuotaError as error:
        print(error, file=sys.stderr)
        return 1
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
    return 0


def _list(database: Database | None, quota: quotas.Quota | None, region: str) -> int:
    if quota:
        value = applied.applied(database, region, quota) if database else quota.start
        print(
            f"{quota.name} ({quota.code}) in {region}: {value:.0f}. "
            f"It starts with {quota.start:.0f}; AWS's default is {quota.default:.0f}."
        )
        return 0
    values = applied.overrides(database) if database else []
    if not values:
        print("No quota is set: each has the value that the local account starts with.")
    for row in sorted(values, key=lambda row: (row["Region"], row["QuotaCode"])):
        known = quotas.by_code()[row["QuotaCode"]]
        print(
            f"{row['Region']}  {known.code}  {known.name}: {row['Value']:.0f} "
            f"(it starts with {known.start:.0f})"
        )
    for request in applied.requests(database, None, datetime.now(UTC)) if database else []:
        if request["Status"] in applied.OPEN:
            print(
                f"{request['QuotaArn'].split(':')[3]}  {request['QuotaCode']}  "
                f"{request['QuotaName']}: {request['DesiredValue']:.0f} asked for, "
                f"{request['Status']}, id {request['Id']}"
            )
    return 0
