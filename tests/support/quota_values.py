"""Leaves the quotas of a server that tests share as they were, if a test changes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from helpers.catalog import quotas
from helpers.local.process import Endpoint
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database


@contextmanager
def own_quotas(local: Endpoint, region: str) -> Iterator[Database]:
    """Return the server's database; no quota of the region is set or requested before or after."""
    database = Database(local.home / "resources.sqlite")
    forget(database, region)
    yield database
    forget(database, region)
    database.close()


def set_value(database: Database, name: str, value: float, region: str = "us-east-1") -> None:
    applied.set_value(database, region, quotas.find(name), value, datetime.now(UTC))


def forget(database: Database, region: str) -> None:
    for value in database.list_all(applied.VALUE, region):
        code = value["QuotaCode"]
        database.delete(applied.VALUE, region, code, quotas.by_code()[code].arn(region))
    for request in database.list_all(applied.REQUEST, region):
        arn = f"{request['QuotaArn']}/{request['Id']}"
        database.delete(applied.REQUEST, region, request["Id"], arn)
