"""The checklist, in order: what a later check needs is checked by an earlier one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
    opened, session = run_check_for_value("SageMaker", _open_session, chosen, region)
    yield opened
    # Locally that proxy would get every request; on AWS it may be the only way there.
    for needed in (opened, proxy) if chosen == "local" else (opened,):
        if needed.state == FAILED:
            yield from _not_checked(needed.name, ACCOUNT_CHECKS)
            return
    yield from _check_connection(chosen, session, role, include)


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


def _check_connection(
    chosen: str, session: boto3.Session, role: str | None, include: Collection[str]
) -> Iterator[CheckResult]:
    """Run the checks that need a session, up to the first that does not pass."""
    result = run_check("region", identity_checks.check_region, session)
    yield result
    if result.state == PASSED:
        unsigned = CLIENT_CONFIG.merge(Config(signature_version=UNSIGNED))
        sts = session.client("sts", config=unsigned)
        result, date = run_check_for_value("connection", identity_checks.read_date, sts)
        yield result
    if result.state == PASSED:
        yield run_check("clock", environment_checks.check_clock, date)
        sts = session.client("sts")
        result, caller = run_check_for_value("identity", identity_checks.get_caller, sts)
        yield result
    if result.state == PASSED:
        target = Target(chosen, caller["Account"], session.region_name, session)
        yield from _check_account(target, caller, role, include)
        return
    later = ACCOUNT_CHECKS[ACCOUNT_CHECKS.index(result.name) + 1 :]
    yield from _not_checked(result.name, later)


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


def _not_checked(because: str, names: Sequence[str]) -> Iterator[CheckResult]:
    for name in names:
        yield CheckResult(name, NOT_CHECKED, f'it needs "{because}"')
