"""The doctor's printed fixes, hanging checks, hidden secrets, and least-privilege roles."""

import fnmatch
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.cloudformation import load_template

from helpers.account.doctor import (
    checklist,
    environment_checks,
    identity_checks,
    required_permissions,
    results,
)
from helpers.account.doctor.command import text
from helpers.account.doctor.results import (
    FAILED,
    NOT_CHECKED,
    PASSED,
    CheckFailedError,
    CheckResult,
    run_check,
    run_check_for_value,
)
from helpers.account.notebook import cloudformation

REGION, BUCKET = "us-east-1", "sagemaker-us-east-1-111122223333"
CALLER = {"Arn": "arn:aws:iam::111122223333:user/ada", "Account": "111122223333"}


@pytest.fixture
def shell(local, monkeypatch):
    """Return a function that runs a shell command as a connected learner would."""
    bin = str(Path(sys.executable).parent)
    environ = os.environ | local.environment() | {"AWS_CONFIG_FILE": "/dev/null"}
    environ["PATH"] = f"{bin}{os.pathsep}{environ['PATH']}"

    def shell(command: str) -> None:
        subprocess.run(
            command, shell=True, env=environ, check=True, timeout=300, capture_output=True
        )

    return shell


def make_role(iam, name: str, service: str) -> dict:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]


def test_a_role_that_sagemaker_may_not_take_on(client, shell):
    """If the trust policy names another service, the printed command corrects it."""
    iam = client("iam")
    role = make_role(iam, "DoctorTrust", "ec2.amazonaws.com")
    with pytest.raises(
        CheckFailedError, match=r"does not name sagemaker\.amazonaws\.com"
    ) as raised:
        identity_checks.check_trust(role)
    shell(raised.value.command)
    assert "can assume it" in identity_checks.check_trust(
        iam.get_role(RoleName="DoctorTrust")["Role"]
    )


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:TagSession",
        },
        {
            "Effect": "Deny",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    ],
)
def test_a_wrong_trust_policy(statement):
    """A wildcard principal or another action does not count as trust, and a denial wins."""
    allowed = {**identity_checks.TRUST["Statement"][0]}
    policy = [statement, allowed] if statement["Effect"] == "Deny" else [statement]
    with pytest.raises(CheckFailedError):
        identity_checks.check_trust(
            {"RoleName": "r", "AssumeRolePolicyDocument": {"Statement": policy}}
        )


def test_a_role_that_may_too_little(client, shell):
    """The actions that a role lacks are named, and the printed command allows only those."""
    iam = client("iam")
    role = make_role(iam, "DoctorPolicy", "sagemaker.amazonaws.com")

    def allow(effect: str, *names: str) -> None:
        statement = [
            {"Effect": "Allow", "Action": ["s3:*", "logs:*", "ecr:*", "iam:*"], "Resource": "*"},
            {"Effect": effect, "Action": list(names), "Resource": "*"},
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        iam.put_role_policy(RoleName="DoctorPolicy", PolicyName="own", PolicyDocument=policy)

    allow("Allow", "sagemaker:Describe*", "cloudwatch:PutMetricData")
    with pytest.raises(CheckFailedError, match="may not sagemaker:CreateTrainingJob") as raised:
        identity_checks.check_permissions(iam, role, REGION, BUCKET)
    assert "s3:" not in raised.value.why + raised.value.command
    assert "AmazonSageMakerFullAccess" in raised.value.fix
    shell(raised.value.command)
    assert "that the lessons need" in identity_checks.check_permissions(iam, role, REGION, BUCKET)
    allow("Deny", "s3:PutObject")
    with pytest.raises(CheckFailedError, match=r"may not .*s3:PutObject") as raised:
        identity_checks.check_permissions(iam, role, REGION, BUCKET)
    assert "a policy denies s3:PutObject" in raised.value.fix
    assert not raised.value.command  # to allow more would not help


def test_a_user_is_not_a_role(client, shell):
    """A user is told that jobs need a role, and the printed command makes one."""
    iam = client("iam")
    with pytest.raises(CheckFailedError, match="signed in as user ada") as raised:
        identity_checks.get_role(iam, CALLER)
    command = raised.value.command.replace("--role-name sagemaker-course", "--role-name DoctorMade")
    shell(command.partition(" && ")[0])  # moto has none of AWS's own policies
    given = "arn:aws:iam::111122223333:role/DoctorMade"
    _, found = identity_checks.get_role(iam, CALLER, given)
    assert found["Arn"] == given
    assert "can assume it" in identity_checks.check_trust(found)
    with pytest.raises(CheckFailedError, match="IAM has no role Nobody"):
        identity_checks.get_role(iam, CALLER, "arn:aws:iam::111122223333:role/path/Nobody")


def test_the_role_of_the_template_may_do_what_is_asked_for():
    """The template's role passes: each action is tested on a resource that it may use."""
    template = load_template(Path(cloudformation.__file__).with_name("template.yaml"))
    role = "arn:aws:iam::111122223333:role/sagemaker-course-ExecutionRole"
    filled = {"${AWS::Partition}": "aws", "${AWS::Region}": REGION}
    filled |= {"${AWS::AccountId}": "111122223333", "${NotebookInstanceName}": "sagemaker-course"}

    def arn(resource) -> str:
        if isinstance(resource, str):
            return resource
        written = resource.get("Fn::Sub", role)
        for name, value in filled.items():
            written = written.replace(name, value)
        return written

    def listed(value) -> list:
        return value if isinstance(value, list) else [value]

    policy = template["Resources"]["ExecutionPolicy"]["Properties"]["PolicyDocument"]
    for group in required_permissions.permission_groups(role, REGION, BUCKET):
        for action in group.actions:
            assert any(
                action in listed(statement["Action"])
                and any(
                    fnmatch.fnmatchcase(group.resource, arn(resource))
                    for resource in listed(statement["Resource"])
                )
                and all(
                    fnmatch.fnmatchcase(dict(group.context)[key], value)
                    for condition in statement.get("Condition", {}).values()
                    for key, value in condition.items()
                )
                for statement in policy["Statement"]
            ), (action, group.resource)


def test_an_endpoint_in_the_way(monkeypatch):
    """If an endpoint variable redirects AWS, the doctor reports it and how to unset it."""
    environ = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3": "http://x"}
    found = run_check("endpoint", identity_checks.check_endpoint, environ)
    assert found.state == FAILED
    for name in shlex.split(found.command.removeprefix("unset ")):
        del environ[name]
    assert run_check("endpoint", identity_checks.check_endpoint, environ).state == PASSED


def test_a_profile_that_is_unknown(monkeypatch):
    """An unknown profile fails a line that names the profile and the fix."""
    monkeypatch.setenv("AWS_PROFILE", "of-yesterday")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    found, session = run_check_for_value("SageMaker", checklist._open_session, "aws", REGION)
    assert (session, found.state) == (None, FAILED)
    assert "of-yesterday" in found.why
    for name in found.command.removeprefix("unset ").split():
        monkeypatch.delenv(name, raising=False)
    assert checklist._open_session("aws", REGION)[0] == "AWS"


def test_a_check_that_hangs(monkeypatch):
    """A check that hangs is abandoned after some time, and reported as not checked."""
    monkeypatch.setattr(results, "TIMEOUT_SECONDS", 0.05)
    found = run_check("slow", lambda: time.sleep(5) or "done")
    assert (found.state, found.why) == (NOT_CHECKED, "no answer within 0.05 seconds")


def test_no_secret_is_printed(monkeypatch):
    """Secrets in an error's text (keys, tokens, a proxy's password) are never printed."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")

    def leak():
        raise CheckFailedError(
            "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI", "http://me:pass@proxy.example:1", "x"
        )

    found = run_check("leak", leak)
    assert found == CheckResult("leak", FAILED, "*** ***", "http://***@proxy.example:1", "x")


def test_a_command_stays_on_one_line():
    """A command is printed on one line, however long, so that it can be copied."""
    command = f"aws iam put-role-policy --policy-document '{'x ' * 100}'"
    shown = text([CheckResult("role", FAILED, "it may not", "or this:", command)])
    assert command in shown.splitlines()[-1]


def test_a_home_folder_that_cannot_be_written(monkeypatch, tmp_path):
    """For an unwritable home folder the printed command chooses a writable one."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", "/proc/sagemaker")
    found = run_check("home folder", environment_checks.check_home)
    assert found.state == FAILED
    monkeypatch.setenv("HOME", str(tmp_path))
    name, _, value = found.command.removeprefix("export ").partition("=")
    monkeypatch.setenv(name, os.path.expandvars(value.strip('"')))
    assert run_check("home folder", environment_checks.check_home).state == PASSED


def test_a_kernel_whose_python_is_gone(monkeypatch, tmp_path):
    """For a kernel whose Python is gone, the printed command makes the check pass."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    folder = tmp_path / "kernels/python3"
    folder.mkdir(parents=True)
    spec = {"argv": [str(tmp_path / "gone"), "-m"], "display_name": "x", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    found = run_check("kernel", environment_checks.check_kernel)
    assert found.state == FAILED
    assert str(tmp_path / "gone") in found.why
    subprocess.run(shlex.split(found.command), check=True, timeout=300, capture_output=True)
    assert run_check("kernel", environment_checks.check_kernel).state == PASSED
