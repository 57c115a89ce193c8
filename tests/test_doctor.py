"""For each cause of failure only its line in the checklist fails, and its fix works.

The Local SageMaker is the account; what it can't have wrong is stubbed.
"""

import datetime
import importlib.metadata
import os
import platform
import shlex
import shutil
import subprocess
import sys
from decimal import Decimal
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber
from support.doctor import LATER, failed, unchecked
from support.quota_values import own_quotas
from support.targets import refuse, region_of_commands

from helpers.account.costs.pricing import CostTotal
from helpers.account.doctor import account_checks, checklist, environment_checks, identity_checks
from helpers.account.doctor.command import text
from helpers.account.doctor.results import (
    FAILED,
    PASSED,
    CheckFailedError,
    CheckResult,
    CheckSkippedError,
    run_check,
)


@pytest.fixture
def place(local, monkeypatch):
    return region_of_commands(local, monkeypatch)


@pytest.fixture
def examined(place, monkeypatch):
    """examined() returns the checklist's lines, for this target or for another session."""

    def examined(session=None, **options) -> dict[str, CheckResult]:
        monkeypatch.setattr(
            checklist, "_open_session", lambda *_: ("a test", session or place.session)
        )
        return {found.name: found for found in checklist.run_checks("local", **options)}

    return examined


def run(command: str) -> None:
    """Run a command that the doctor printed."""
    words = shlex.split(command.removeprefix("python "))
    subprocess.run([sys.executable, *words], check=True, capture_output=True, timeout=300)


def test_all_is_well(examined):
    """On the Local SageMaker nothing fails, and nothing is left unchecked."""
    lines = examined()
    assert failed(lines) == []
    assert unchecked(lines) == set()
    assert len(lines) > 20


@pytest.mark.parametrize(
    ("name", "module", "attribute", "value", "words", "fix"),
    [
        ("Python", sys, "version_info", (3, 9, 1), "needs 3.11, 3.12 or 3.13", "make setup"),
        (
            "packages",
            importlib.metadata,
            "version",
            lambda name: "2.257.7" if name == "sagemaker" else "3.2.0",
            "sagemaker 2.257.7 (wanted: 3)",
            "make setup",
        ),
        (
            "system",
            platform,
            "libc_ver",
            lambda: ("glibc", "2.26"),
            "Amazon Linux 2 is too old",
            "notebook create",
        ),
        (
            "disk",
            shutil,
            "disk_usage",
            lambda _: SimpleNamespace(free=2e8),
            "0.2 GB free",
            "SAGEMAKER_LOCAL_HOME",
        ),
    ],
)
def test_this_machine(examined, monkeypatch, name, module, attribute, value, words, fix):
    """A fault in Python, packages, C library or disk makes only its own line fail."""
    real = getattr(module, attribute)
    monkeypatch.setattr(module, attribute, value)
    check = {
        "Python": environment_checks.check_python,
        "packages": environment_checks.check_packages,
        "system": environment_checks.check_c_library,
        "disk": environment_checks.check_disk,
    }[name]
    found = run_check(name, check)
    monkeypatch.setattr(module, attribute, real)
    assert found.state == FAILED
    assert words in found.why
    assert fix in found.fix
    assert run_check(name, check).state == PASSED


def test_exceptions_alone_do_not_set_a_proxy(monkeypatch):
    """NO_PROXY alone, which connect() sets in every kernel, does not count as a proxy."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    assert environment_checks.check_proxy() == "none"


def test_a_proxy_before_this_machine(examined, monkeypatch):
    """A proxy for requests to 127.0.0.1 fails its line, and the printed command fixes it."""
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "")
    lines = examined()
    assert failed(lines) == ["proxy"]
    assert lines["proxy"].command.startswith("export NO_PROXY=127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    assert failed(examined()) == []


@pytest.mark.parametrize("region", [None, "mars-north-1"])
def test_no_region(examined, local, monkeypatch, region):
    """With no region, or one without SageMaker, its line fails, and the fix is a command."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    lines = examined(boto3.Session(local.access_key, local.secret_key, region_name=region))
    assert failed(lines) == ["region"]
    assert unchecked(lines) == {"connection", "clock", "identity", *LATER}
    name, _, value = lines["region"].command.removeprefix("export ").partition("=")
    monkeypatch.setenv(name, value)
    assert failed(examined(boto3.Session(local.access_key, local.secret_key))) == []


def test_a_wrong_secret_key(examined, local, place):
    """If the signature is refused, its line fails and says which keys to renew."""
    lines = examined(boto3.Session(local.access_key, "wrong", region_name=place.region))
    assert failed(lines) == ["identity"]
    assert "secret key does not belong" in lines["identity"].why
    assert "aws sso login" in lines["identity"].fix
    assert unchecked(lines) == LATER
    assert local.secret_key not in text(lines.values())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "has expired"),
        ("InvalidClientTokenId", "does not know the access key"),
        ("SignatureDoesNotMatch", "does not belong"),
        ("OptInRequired", "has not enabled this region"),
    ],
)
def test_keys_that_aws_refuses(code, words):
    """Keys that are expired, unknown, wrong or of a disabled region fail the identity line."""
    sts = boto3.client("sts", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(sts) as stub:
        stub.add_client_error("get_caller_identity", code)
        with pytest.raises(CheckFailedError, match=words) as raised:
            identity_checks.get_caller(sts)
    assert raised.value.fix


def test_a_clock_that_is_wrong():
    """A clock that is more than five minutes off fails its line, as AWS refuses requests then."""
    for minutes in (-6, 6):
        moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
        date = moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
        with pytest.raises(CheckFailedError, match="is off by"):
            environment_checks.check_clock(date)
    with pytest.raises(CheckSkippedError):
        environment_checks.check_clock("")


def test_a_user_is_not_a_role(client):
    """A user's keys fail the role line, which says how to get the role that jobs need."""
    caller = {"Arn": "arn:aws:iam::111122223333:user/ada", "Account": "111122223333"}
    with pytest.raises(CheckFailedError, match="signed in as user ada"):
        identity_checks.get_role(client("iam"), caller)
    caller["Arn"] = "arn:aws:sts::111122223333:assumed-role/Nobody/session"
    with pytest.raises(CheckFailedError, match="IAM has no role Nobody"):
        identity_checks.get_role(client("iam"), caller)


@pytest.mark.parametrize("operation", ["PutObject", "GetObject", "DeleteObject"])
def test_a_bucket_that_may_not_be_used(examined, place, operation):
    """Put, get and delete are tried, the refused one is named, and no object stays."""
    s3 = place.session.client("s3")
    name = f"sagemaker-{place.region}-{place.account}"
    settings = {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
    if name not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=name, **settings)
    assert "put, read and deleted" in examined()["bucket"].why
    refuse(place, "s3", operation, "AccessDenied", "Access Denied", times=1)
    lines = examined()
    assert failed(lines) == ["bucket"]
    assert lines["bucket"].fix == f"IAM: allow s3:{operation} on {name}"
    assert failed(examined()) == []
    left = s3.list_objects_v2(Bucket=name, Prefix="course-doctor/")["KeyCount"]
    assert left == (operation == "DeleteObject")


def test_a_quota_of_0(examined, local, place):
    """A quota of 0 fails just that quota's line, and the printed command fixes it."""
    quota = "ml.m5.large for transform job usage"
    with own_quotas(local, place.region):
        run(f'python -m helpers local set-quota "{quota}" 0 --region {place.region}')
        lines = examined()
        assert failed(lines) == [f"quota: {quota}"]
        assert "0, the lessons need 1" in lines[f"quota: {quota}"].why
        run(lines[f"quota: {quota}"].command)
        assert failed(examined()) == []


@pytest.mark.parametrize(
    ("name", "optional", "quota", "use"),
    [
        ("endpoint quota", "endpoint", "ml.m5.large for endpoint usage", "only for Boston Hou"),
        ("GPU", "gpu", "ml.g4dn.xlarge for training job usage", "no lesson needs one"),
    ],
)
def test_optional_quotas(examined, local, place, name, optional, quota, use):
    """A quota of 0 beyond the lessons' needs fails only if it is requested, with a fix."""
    with own_quotas(local, place.region):
        run(f'python -m helpers local set-quota "{quota}" 0 --region {place.region}')
        lines = examined()
        assert failed(lines) == []
        assert lines[name].why.startswith(f"0 x {quota}; {use}")
        lines = examined(include=[optional])
        assert failed(lines) == [name]
        run(lines[name].command)
        assert failed(examined(include=[optional])) == []


def test_quotas_that_may_not_be_seen(examined, place):
    """A denied permission is named with its action, and the other lines are still checked."""
    refuse(place, "service-quotas", "ListServiceQuotas", "AccessDeniedException", "no")
    lines = examined()
    assert {"quotas", "endpoint quota", "GPU"} == unchecked(lines)
    assert "ListServiceQuotas" in lines["quotas"].why + lines["quotas"].fix


def test_a_budget_that_is_spent(examined, monkeypatch):
    """If more than the budget is spent, only that line fails."""
    report = SimpleNamespace(spent=CostTotal(Decimal("80.5"), True))
    monkeypatch.setattr("helpers.account.costs.collect.collect", lambda target: report)
    lines = examined()
    assert failed(lines) == ["budget"]
    assert "80.50 USD of 75.00 USD" in lines["budget"].why
    assert "helpers cleanup" in lines["budget"].fix


def test_a_notebook_instance_on_an_old_platform(place):
    """Amazon Linux 2 fails its line, because it lacks the C library that xgboost needs."""
    client = place.session.client("sagemaker")
    summary = {
        "NotebookInstanceName": "old",
        "NotebookInstanceArn": "arn",
        "NotebookInstanceStatus": "InService",
    }
    with Stubber(client) as stub:
        stub.add_response("list_notebook_instances", {"NotebookInstances": [summary]})
        stub.add_response(
            "describe_notebook_instance", summary | {"PlatformIdentifier": "notebook-al2-v3"}
        )
        session = SimpleNamespace(client=lambda _: client)
        with pytest.raises(CheckFailedError, match="notebook-al2-v3, which is too old"):
            account_checks.check_notebooks(place._replace(session=session))
