"""The checklist, in order: what a later line needs is checked by an earlier one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from helpers import backend
from helpers.doctor import account, identity, machine
from helpers.doctor.lines import FAILED, NOT_CHECKED, Failed, Line, line
from helpers.place import Place

SECONDS = 10  # for an answer; the doctor must not hang


def examine(chosen: str | None = None) -> Iterator[Line]:
    """Make each line of the checklist, on the backend that connect() would choose.

    Raises ValueError for another backend.
    """
    where = backend.choose(chosen)
    yield line("Python", machine.python)
    yield line("packages", machine.packages)
    yield line("system", machine.system)
    yield line("disk", machine.disk)
    yield line("home folder", machine.home)
    yield line("proxy", machine.proxy)
    session, began = _begin(where.backend)
    yield began
    if session is None:
        yield from _unchecked(began.name, *ACCOUNT, *REST)
        return
    yield from _account(where.backend, session)


ACCOUNT = ("region", "identity", "clock", "role", "trust policy", "permissions", "bucket")
REST = ("quotas", "endpoint quota", "GPU", "budget", "notebook instance")


def _begin(chosen: str) -> tuple[Any, Line]:
    """A boto3 session that gives up soon, and the line that says with which SageMaker it works."""
    import boto3

    made: list[Any] = []

    def begin() -> str:
        if chosen == "local":
            from helpers.connect import NotConnected, enter_local

            try:
                endpoint = enter_local()
            except NotConnected as error:
                raise Failed(str(error), "python -m helpers local start says more") from None
            made.append(boto3.Session(region_name=endpoint.region))
            return f"the Local SageMaker at {endpoint.url}"
        made.append(boto3.Session())
        return "AWS"

    found = line("SageMaker", begin)
    return (made[0] if made else None), found


def _account(chosen: str, session: Any) -> Iterator[Line]:
    found = line("region", identity.region, session)
    yield found
    if found.state == FAILED:
        yield from _unchecked(found.name, *ACCOUNT[1:], *REST)
        return
    impatient(session)
    caller: dict[str, Any] = {}

    def ask() -> str:
        caller.update(identity.who(session.client("sts")))
        return identity.identity(caller)

    found = line("identity", ask)
    yield found
    if found.state != "passed":
        yield from _unchecked(found.name, *ACCOUNT[2:], *REST)
        return
    yield line("clock", machine.clock, caller)
    yield from _role(session.client("iam"), caller)
    place = Place(chosen, caller["Account"], session.region_name, session)
    yield line("bucket", account.bucket, place)
    yield from _quotas(place)
    yield line("endpoint quota", account.unneeded, place, account.ENDPOINT)
    yield line("GPU", account.unneeded, place, account.GPU)
    yield line("budget", account.budget, place)
    yield line("notebook instance", account.notebook, place)


def _role(iam: Any, caller: dict[str, Any]) -> Iterator[Line]:
    described: dict[str, Any] = {}

    def find() -> str:
        described.update(identity.role(iam, caller))
        return described["RoleName"]

    found = line("role", find)
    yield found
    if not described:
        yield from _unchecked(found.name, "trust policy", "permissions")
        return
    yield line("trust policy", identity.trust, described)
    yield line("permissions", identity.permissions, iam, described)


def _quotas(place: Place) -> Iterator[Line]:
    """A line for each quota."""
    found: list[tuple[str, str, str]] = []

    def look() -> str:
        found.extend(account.quotas(place))
        return f"{len(found)} looked at"

    looked = line("quotas", look)
    if not found:
        yield looked
    for name, short, value in found:
        yield line(f"quota: {name}", account.quota, short, value, place, name)


def _unchecked(because: str, *names: str) -> Iterator[Line]:
    for name in names:
        yield Line(name, NOT_CHECKED, f'it needs "{because}"')


def impatient(session: Any) -> None:
    """Let clients of this session give up after some seconds and two tries."""
    from botocore.config import Config

    config = Config(
        connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2}
    )
    session.client = _with(session.client, config)


def _with(client: Callable[..., Any], config: Any) -> Callable[..., Any]:
    @functools.wraps(client)
    def made(service: str, **settings: Any) -> Any:
        settings.setdefault("config", config)
        return client(service, **settings)

    return made
