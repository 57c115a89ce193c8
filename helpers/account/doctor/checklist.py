"""The checklist, in order: what a later line needs is checked by an earlier one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from typing import Any

from helpers.account.doctor import account_checks, environment_checks, identity_checks
from helpers.account.doctor.results import (
    FAILED,
    NOT_CHECKED,
    CheckFailedError,
    CheckResult,
    run_check,
)
from helpers.account.target import Target
from helpers.s3 import default_bucket
from helpers.session import backend

SECONDS = 10  # for an answer; the doctor must not hang


def run_checks(
    chosen: str | None = None,
    *,
    role: str | None = None,
    region: str | None = None,
    also: Collection[str] = (),
) -> Iterator[CheckResult]:
    """Make each line of the checklist, on the backend that connect() would choose.

    role: the ARN of the role that jobs get, if it is not the caller's. region: another one than is
    set up. also: what no lesson needs, and shall be there: "endpoint", "gpu". Raises ValueError for
    another backend.
    """
    where = backend.choose(chosen)
    yield run_check("Python", environment_checks.python)
    yield run_check("packages", environment_checks.packages)
    yield run_check("kernel", environment_checks.kernel)
    yield run_check("system", environment_checks.system)
    yield run_check("disk", environment_checks.disk)
    yield run_check("home folder", environment_checks.home)
    proxy = run_check("proxy", environment_checks.proxy)
    yield proxy
    if where.backend == "aws":
        yield run_check("endpoint", identity_checks.endpoint)
    session, began = _begin(where.backend, region)
    yield began
    # Locally that proxy would get every request; on AWS it may be the very way there.
    for needed in (began, proxy) if where.backend == "local" else (began,):
        if needed.state == FAILED:
            yield from _unchecked(needed.name, *ACCOUNT_CHECKS, *LATER_CHECKS)
            return
    yield from _account(where.backend, session, role, also)


ACCOUNT_CHECKS = (
    "region",
    "connection",
    "clock",
    "identity",
    "role",
    "trust policy",
    "permissions",
    "bucket",
)
LATER_CHECKS = ("quotas", *account_checks.EXTRAS.values(), "budget", "notebook instance")


def _begin(chosen: str, region: str | None) -> tuple[Any, CheckResult]:
    """A boto3 session that gives up soon, and the line that says with which SageMaker it works."""
    import boto3
    from botocore.exceptions import ConfigNotFound, ConfigParseError, ProfileNotFound

    made: list[Any] = []

    def begin() -> str:
        if chosen == "local":
            from helpers.session.connection import ConnectError, use_local

            try:
                endpoint = use_local()
            except ConnectError as error:
                raise CheckFailedError(
                    str(error), "python -m helpers local start says more"
                ) from None
            made.append(boto3.Session(region_name=region or endpoint.region))
            return f"the Local SageMaker at {endpoint.url}"
        try:
            made.append(boto3.Session(region_name=region))
        except ProfileNotFound as error:
            raise CheckFailedError(
                str(error),
                "name one of `aws configure list-profiles`, or none:",
                "unset AWS_PROFILE AWS_DEFAULT_PROFILE",
            ) from None
        except (ConfigNotFound, ConfigParseError) as error:
            raise CheckFailedError(
                f"{error}", "mend that file, or make it anew: aws configure"
            ) from None
        return "AWS"

    found = run_check("SageMaker", begin)
    return (made[0] if made else None), found


def _account(
    chosen: str, session: Any, role: str | None, also: Collection[str]
) -> Iterator[CheckResult]:
    found = run_check("region", identity_checks.region, session)
    yield found
    if found.state == FAILED:
        yield from _unchecked(found.name, *ACCOUNT_CHECKS[1:], *LATER_CHECKS)
        return
    set_timeouts(session)
    dates: list[str] = []

    def reach() -> str:
        dates.append(identity_checks.date(unsigned_sts_client(session)))
        return "STS answers"

    found = run_check("connection", reach)
    yield found
    if found.state != "passed":
        yield from _unchecked(found.name, *ACCOUNT_CHECKS[2:], *LATER_CHECKS)
        return
    yield run_check("clock", environment_checks.clock, dates[0])
    caller: dict[str, Any] = {}

    def ask() -> str:
        caller.update(identity_checks.get_caller(session.client("sts")))
        return identity_checks.check_identity(caller)

    found = run_check("identity", ask)
    yield found
    if found.state != "passed":
        yield from _unchecked(found.name, *ACCOUNT_CHECKS[4:], *LATER_CHECKS)
        return
    place = Target(chosen, caller["Account"], session.region_name, session)
    yield from _role(place, caller, role)
    yield run_check("bucket", account_checks.bucket, place)
    yield from _quotas(place, also)
    yield run_check("budget", account_checks.budget, place)
    yield run_check("notebook instance", account_checks.notebook, place)


def _role(place: Target, caller: dict[str, Any], given: str | None) -> Iterator[CheckResult]:
    iam = place.session.client("iam")
    described: dict[str, Any] = {}

    def find() -> str:
        described.update(identity_checks.role(iam, caller, given))
        return described["RoleName"]

    found = run_check("role", find)
    yield found
    if not described:
        yield from _unchecked(found.name, "trust policy", "permissions")
        return
    yield run_check("trust policy", identity_checks.trust, described)
    bucket = default_bucket(place.region, place.account)
    yield run_check(
        "permissions", identity_checks.permissions, iam, described, place.region, bucket
    )


def _quotas(place: Target, also: Collection[str]) -> Iterator[CheckResult]:
    """A line for each quota that the lessons need, and two for what they may need one day."""
    found: list[Any] = []

    def look() -> str:
        found.extend(account_checks.quotas(place))
        return f"{len(found)} looked at"

    looked = run_check("quotas", look)
    if not found:
        yield looked
        yield from _unchecked(looked.name, *account_checks.EXTRAS.values())
    for quota in found:
        name = account_checks.EXTRAS.get(account_checks.extra(quota), f"quota: {quota.need.quota}")
        yield run_check(name, account_checks.quota, quota, place, also)


def _unchecked(because: str, *names: str) -> Iterator[CheckResult]:
    for name in names:
        yield CheckResult(name, NOT_CHECKED, f'it needs "{because}"')


def unsigned_sts_client(session: Any) -> Any:
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


def set_timeouts(session: Any) -> None:
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
