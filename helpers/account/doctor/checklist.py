"""The checklist, in order: what a later check needs is checked by an earlier one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ConfigNotFound, ConfigParseError, ProfileNotFound

from helpers.account.doctor import account_checks, environment_checks, identity_checks
from helpers.account.doctor.results import (
    FAILED,
    NOT_CHECKED,
    PASSED,
    CheckFailedError,
    CheckResult,
    run_check,
    run_check_for_value,
)
from helpers.account.target import Target
from helpers.local import process
from helpers.local.home import Home
from helpers.s3 import default_bucket
from helpers.session import backend
from helpers.session.connection import ConnectError, use_local

CALL_TIMEOUT_SECONDS = 10
CLIENT_CONFIG = Config(
    connect_timeout=CALL_TIMEOUT_SECONDS,
    read_timeout=CALL_TIMEOUT_SECONDS,
    retries={"total_max_attempts": 2},
)
ENVIRONMENT_CHECKS = {
    "Python": environment_checks.check_python,
    "packages": environment_checks.check_packages,
    "kernel": environment_checks.check_kernel,
    "system": environment_checks.check_c_library,
    "disk": environment_checks.check_disk,
    "home folder": environment_checks.check_home,
}
LATER_CHECKS = ("quotas", *account_checks.OPTIONAL_QUOTAS.values(), "budget", "notebook instance")
ACCOUNT_CHECKS = (
    *("region", "connection", "clock", "identity"),
    *("role", "trust policy", "permissions", "bucket"),
    *LATER_CHECKS,
)


class _BlockedError(Exception):
    """A check did not pass, and all later ones need what it checks."""


def run_checks(
    chosen: str | None = None,
    *,
    role: str | None = None,
    region: str | None = None,
    include: Collection[str] = (),
) -> Iterator[CheckResult]:
    """Run the checklist on the backend that ``connect()`` would choose; yield each result.

    A stopped Local SageMaker is started for the checks, and stopped again.

    role: the ARN of the role that jobs get, if it is not the caller's. region: by default the
    configured one. include: optional quotas that must be there, "endpoint" or "gpu". Raises
    ValueError if the backend has another name.
    """
    chosen = backend.choose(chosen).backend
    stopped = chosen == "local" and Home.find().holder() is None
    try:
        yield from _run_checks(chosen, role, region, include)
    except _BlockedError as error:
        name = str(error)
        passed = ACCOUNT_CHECKS.index(name) + 1 if name in ACCOUNT_CHECKS else 0
        yield from _not_checked(name, ACCOUNT_CHECKS[passed:])
    finally:
        if stopped:  # a question leaves things as they were
            process.stop()


def _run_checks(
    chosen: str, role: str | None, region: str | None, include: Collection[str]
) -> Iterator[CheckResult]:
    for name, check in ENVIRONMENT_CHECKS.items():
        yield run_check(name, check)
    proxy = run_check("proxy", environment_checks.check_proxy)
    yield proxy
    if chosen == "aws":
        yield run_check("endpoint", identity_checks.check_endpoint)
    session = yield from _required("SageMaker", _open_session, chosen, region)
    # Locally that proxy would get every request; on AWS it may be the only way there.
    if chosen == "local" and proxy.state == FAILED:
        raise _BlockedError("proxy")
    yield from _required("region", identity_checks.check_region, session)
    unsigned = CLIENT_CONFIG.merge(Config(signature_version=UNSIGNED))
    date = yield from _required(
        "connection", identity_checks.read_date, session.client("sts", config=unsigned)
    )
    yield run_check("clock", environment_checks.check_clock, date)
    caller = yield from _required("identity", identity_checks.get_caller, session.client("sts"))
    target = Target(chosen, caller["Account"], session.region_name, session)
    yield from _check_account(target, caller, role, include)


def _required(name: str, check: Callable, *arguments: Any) -> Generator[CheckResult, None, Any]:
    """Run a check whose value all later ones need; yield its result, and return the value."""
    result, value = run_check_for_value(name, check, *arguments)
    yield result
    if result.state != PASSED:
        raise _BlockedError(name)
    return value


def _open_session(chosen: str, region: str | None) -> tuple[str, boto3.Session]:
    """Open a boto3 session whose clients give up soon, and say with which SageMaker it works."""
    where = "AWS"
    if chosen == "local":
        stopped = Home.find().holder() is None
        try:
            endpoint = use_local()
        except ConnectError as error:
            fix = "python -m helpers local start says more"
            raise CheckFailedError(str(error), fix) from None
        region, where = region or endpoint.region, f"the Local SageMaker at {endpoint.url}"
        where += ", started for these checks and stopped after them" if stopped else ""
    botocore_session = botocore.session.get_session()
    botocore_session.set_default_client_config(CLIENT_CONFIG)
    try:
        return where, boto3.Session(botocore_session=botocore_session, region_name=region)
    except ProfileNotFound as error:
        raise CheckFailedError(
            str(error),
            "name one of `aws configure list-profiles`, or none:",
            "unset AWS_PROFILE AWS_DEFAULT_PROFILE",
        ) from None
    except (ConfigNotFound, ConfigParseError) as error:
        raise CheckFailedError(
            str(error), "fix that file, or write a new one: aws configure"
        ) from None


def _check_account(
    target: Target, caller: dict[str, Any], role: str | None, include: Collection[str]
) -> Iterator[CheckResult]:
    iam, bucket = target.session.client("iam"), default_bucket(target.region, target.account)
    result, described = run_check_for_value("role", identity_checks.get_role, iam, caller, role)
    yield result
    if described:
        yield run_check("trust policy", identity_checks.check_trust, described)
        arguments = iam, described, target.region, bucket
        yield run_check("permissions", identity_checks.check_permissions, *arguments)
    else:
        yield from _not_checked("role", ("trust policy", "permissions"))
    yield run_check("bucket", account_checks.check_bucket, target)
    result, statuses = run_check_for_value("quotas", account_checks.list_quotas, target)
    if not statuses:
        yield result
        yield from _not_checked("quotas", account_checks.OPTIONAL_QUOTAS.values())
    for status in statuses or ():
        optional = account_checks.optional_name(status)
        name = account_checks.OPTIONAL_QUOTAS.get(optional, f"quota: {status.need.quota}")
        yield run_check(name, account_checks.check_quota, status, target, include)
    yield run_check("budget", account_checks.check_budget, target)
    yield run_check("notebook instance", account_checks.check_notebooks, target)


def _not_checked(because: str, names: Collection[str]) -> Iterator[CheckResult]:
    for name in names:
        yield CheckResult(name, NOT_CHECKED, f'it needs "{because}"')
