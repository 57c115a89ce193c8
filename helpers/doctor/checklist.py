"""The checklist, in order: what a later line needs is checked by an earlier one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from typing import Any

from helpers import backend
from helpers.doctor import account, identity, machine
from helpers.doctor.lines import FAILED, NOT_CHECKED, Failed, Line, line
from helpers.place import Place
from helpers.s3 import default_bucket

SECONDS = 10  # for an answer; the doctor must not hang


def examine(
    chosen: str | None = None,
    *,
    role: str | None = None,
    region: str | None = None,
    also: Collection[str] = (),
) -> Iterator[Line]:
    """Make each line of the checklist, on the backend that connect() would choose.

    role: the ARN of the role that jobs get, if it is not the caller's. region: another one than is
    set up. also: what no lesson needs, and shall be there: "endpoint", "gpu". Raises ValueError for
    another backend.
    """
    where = backend.choose(chosen)
    yield line("Python", machine.python)
    yield line("packages", machine.packages)
    yield line("kernel", machine.kernel)
    yield line("system", machine.system)
    yield line("disk", machine.disk)
    yield line("home folder", machine.home)
    proxy = line("proxy", machine.proxy)
    yield proxy
    if where.backend == "aws":
        yield line("endpoint", identity.endpoint)
    session, began = _begin(where.backend, region)
    yield began
    # Locally that proxy would get every request; on AWS it may be the very way there.
    for needed in (began, proxy) if where.backend == "local" else (began,):
        if needed.state == FAILED:
            yield from _unchecked(needed.name, *ACCOUNT, *REST)
            return
    yield from _account(where.backend, session, role, also)


ACCOUNT = (
    "region",
    "connection",
    "clock",
    "identity",
    "role",
    "trust policy",
    "permissions",
    "bucket",
)
REST = ("quotas", *account.EXTRAS.values(), "budget", "notebook instance")


def _begin(chosen: str, region: str | None) -> tuple[Any, Line]:
    """A boto3 session that gives up soon, and the line that says with which SageMaker it works."""
    import boto3
    from botocore.exceptions import ConfigNotFound, ConfigParseError, ProfileNotFound

    made: list[Any] = []

    def begin() -> str:
        if chosen == "local":
            from helpers.connect import NotConnected, enter_local

            try:
                endpoint = enter_local()
            except NotConnected as error:
                raise Failed(str(error), "python -m helpers local start says more") from None
            made.append(boto3.Session(region_name=region or endpoint.region))
            return f"the Local SageMaker at {endpoint.url}"
        try:
            made.append(boto3.Session(region_name=region))
        except ProfileNotFound as error:
            raise Failed(
                str(error),
                "name one of `aws configure list-profiles`, or none:",
                "unset AWS_PROFILE AWS_DEFAULT_PROFILE",
            ) from None
        except (ConfigNotFound, ConfigParseError) as error:
            raise Failed(f"{error}", "mend that file, or make it anew: aws configure") from None
        return "AWS"

    found = line("SageMaker", begin)
    return (made[0] if made else None), found


def _account(chosen: str, session: Any, role: str | None, also: Collection[str]) -> Iterator[Line]:
    found = line("region", identity.region, session)
    yield found
    if found.state == FAILED:
        yield from _unchecked(found.name, *ACCOUNT[1:], *REST)
        return
    impatient(session)
    dates: list[str] = []

    def reach() -> str:
        dates.append(identity.date(unsigned(session)))
        return "STS answers"

    found = line("connection", reach)
    yield found
    if found.state != "passed":
        yield from _unchecked(found.name, *ACCOUNT[2:], *REST)
        return
    yield line("clock", machine.clock, dates[0])
    caller: dict[str, Any] = {}

    def ask() -> str:
        caller.update(identity.who(session.client("sts")))
        return identity.identity(caller)

    found = line("identity", ask)
    yield found
    if found.state != "passed":
        yield from _unchecked(found.name, *ACCOUNT[4:], *REST)
        return
    place = Place(chosen, caller["Account"], session.region_name, session)
    yield from _role(place, caller, role)
    yield line("bucket", account.bucket, place)
    yield from _quotas(place, also)
    yield line("budget", account.budget, place)
    yield line("notebook instance", account.notebook, place)


def _role(place: Place, caller: dict[str, Any], given: str | None) -> Iterator[Line]:
    iam = place.session.client("iam")
    described: dict[str, Any] = {}

    def find() -> str:
        described.update(identity.role(iam, caller, given))
        return described["RoleName"]

    found = line("role", find)
    yield found
    if not described:
        yield from _unchecked(found.name, "trust policy", "permissions")
        return
    yield line("trust policy", identity.trust, described)
    bucket = default_bucket(place.region, place.account)
    yield line("permissions", identity.permissions, iam, described, place.region, bucket)


def _quotas(place: Place, also: Collection[str]) -> Iterator[Line]:
    """A line for each quota that the lessons need, and two for what they may need one day."""
    found: list[Any] = []

    def look() -> str:
        found.extend(account.quotas(place))
        return f"{len(found)} looked at"

    looked = line("quotas", look)
    if not found:
        yield looked
        yield from _unchecked(looked.name, *account.EXTRAS.values())
    for quota in found:
        name = account.EXTRAS.get(account.extra(quota), f"quota: {quota.need.quota}")
        yield line(name, account.quota, quota, place, also)


def _unchecked(because: str, *names: str) -> Iterator[Line]:
    for name in names:
        yield Line(name, NOT_CHECKED, f'it needs "{because}"')


def unsigned(session: Any) -> Any:
    """A client of STS that signs nothing."""
    from botocore import UNSIGNED
    from botocore.config import Config

    config = Config(
        signature_version=UNSIGNED,
        connect_timeout=SECONDS,
        read_timeout=SECONDS,
        retries={"total_max_attempts": 2},
    )
    return session.client("sts", config=config)


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
