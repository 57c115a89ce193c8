"""The notebook instance's template and role, and its scripts in a clean root folder."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.cloudformation import load_template
from support.polling import eventually

from helpers.account.notebook.cloudformation import idle
from helpers.home import CHECKOUT

FOLDER = Path(idle.__file__).parent
TEMPLATE = FOLDER / "template.yaml"
# Actions without a resource type in IAM (Service Authorization Reference of each service).
ONLY_ALL = {
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "iam:ListRoles",
    "logs:DescribeLogGroups",
    "pricing:GetProducts",
    "s3:ListAllMyBuckets",
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
    "servicequotas:ListAWSDefaultServiceQuotas",
    "servicequotas:ListRequestedServiceQuotaChangeHistory",
    "servicequotas:ListServiceQuotas",
}


@pytest.fixture(scope="module")
def template() -> dict:
    return load_template(TEMPLATE)


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="module")
def statements(template) -> list[dict]:
    return template["Resources"]["ExecutionPolicy"]["Properties"]["PolicyDocument"]["Statement"]


def test_cfn_lint_is_content():
    """cfn-lint finds no error or warning in names, types, patterns and IAM policies."""
    lint = Path(sys.executable).with_name("cfn-lint")
    command = [lint, "--regions", "us-east-1", "eu-west-1", "--template", TEMPLATE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_defaults_are_small_and_on_amazon_linux_2023(template):
    """The defaults are the cheapest suitable type, 20 GB, an hour of idleness, Amazon Linux."""
    defaults = {name: it.get("Default") for name, it in template["Parameters"].items()}
    assert defaults["InstanceType"] == "ml.t3.medium"
    assert (defaults["VolumeSizeInGB"], defaults["IdleMinutes"]) == (20, 60)
    instance = template["Resources"]["NotebookInstance"]["Properties"]
    assert instance["PlatformIdentifier"] == "notebook-al2023-v1"


def faults(statement: dict) -> list[str]:
    """Return what makes a statement of the role's policy too wide."""
    found = []
    for action in as_list(statement["Action"]):
        if "*" in action:
            found.append(f"{action} is many actions")
    for resource in as_list(statement["Resource"]):
        if resource == "*":
            found += [
                f"{action} could name its resource"
                for action in as_list(statement["Action"])
                if action not in ONLY_ALL and not action.startswith("sagemaker:List")
            ]
            continue
        text = resource.get("Fn::Sub", "") if isinstance(resource, dict) else resource
        if ":s3:::" in text and "*" in text.split(":s3:::")[1].partition("/")[0]:
            found.append(f"{text} is any bucket")
        if text.endswith((":*", "/*")) and ":s3:::" not in text and "iam" in text:
            found.append(f"{text} is any role")
    return found


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "s3:*", "Resource": {"Fn::Sub": "arn:aws:s3:::mine/*"}},
        {"Action": "s3:GetObject", "Resource": "*"},
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*"},
        {"Action": ["sagemaker:CreateModel"], "Resource": ["*"]},
        {"Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/*"},
    ],
)
def test_the_policy_check_finds_what_is_too_wide(statement):
    """The policy check finds each kind of statement that is too wide."""
    assert faults(statement)


def test_the_role_may_do_no_more_than_the_lessons(statements):
    """The role's actions have no wildcard, and its resources are as narrow as IAM allows."""
    assert [fault for statement in statements for fault in faults(statement)] == []


def test_the_role_passes_only_itself_and_only_to_sagemaker(statements, template):
    """The role passes only itself, since iam:PassRole could gain a notebook more rights."""
    (passing,) = [each for each in statements if "iam:PassRole" in as_list(each["Action"])]
    assert passing["Resource"] == {"Fn::GetAtt": ["ExecutionRole", "Arn"]}
    assert passing["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }
    role = template["Resources"]["ExecutionRole"]["Properties"]
    assert "ManagedPolicyArns" not in role
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}


def hook(template: dict, name: str) -> str:
    """Return a lifecycle script as SageMaker gets it, with its parameters filled in."""
    (script,) = template["Resources"]["LifecycleConfig"]["Properties"][name]
    text = script["Content"]["Fn::Base64"]["Fn::Sub"]
    text = text.replace("${CourseRepository}", "https://example.com/course.git")
    text = text.replace("${IdleMinutes}", "45")
    assert "${" not in text
    return text


@pytest.mark.parametrize("name", ["OnCreate", "OnStart", *(f.name for f in FOLDER.glob("*.sh"))])
def test_scripts_are_right_for_bash(template, name):
    """bash -n finds no error, and each script fits into a lifecycle configuration."""
    text = (FOLDER / name).read_text() if name.endswith(".sh") else hook(template, name)
    assert len(text.encode()) * 4 / 3 < 16384
    assert text.startswith("#!/bin/bash\n")
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)


ENTER = """
cd "$1"
for folder in bin sbin lib lib64; do
    if [ -L /$folder ]; then cp -P /$folder .; elif [ -d /$folder ]; then
        mkdir -p $folder; mount --rbind /$folder $folder; fi
done
mkdir -p usr dev tmp proc etc
mount --rbind /usr usr && mount --rbind /dev dev
[ -d /etc/alternatives ] && cp -rP /etc/alternatives etc
exec chroot . /usr/bin/env -i PATH=/stubs:/sbin:/bin:/usr/sbin:/usr/bin bash /hook.sh
"""
LOGS = 'echo "$(basename "$0") $*" >> /stubs/log\n'
STUBS = {
    "sudo": "shift 2; [ $1 = -H ] && shift && export HOME=/home/ec2-user; exec " + '"$@"',
    "git": f"{LOGS}mkdir course && cp -r /source/. course",
    "systemd-run": f"{LOGS}exit $(cat /stubs/systemd 2>/dev/null || echo 0)",
    "crontab": f'{LOGS}[ "$1" = -l ] || cat >> /stubs/log',
    # the long part takes longer than the five minutes, which are over when /stubs/late is there
    "conda": f"{LOGS}while [ ! -e /stubs/late ]; do sleep 0.05; done; "
    'mkdir -p "$5/bin"; cp /stubs/python "$5/bin"',
    "python": LOGS,
}


class CleanRoot:
    """A root folder with system programs, an empty home, and stand-ins that log their calls."""

    def __init__(self, path: Path):
        self.path, self.volume = path, path / "home/ec2-user/SageMaker"
        self.volume.mkdir(parents=True)
        (path / "stubs").mkdir()
        for name, body in STUBS.items():
            self.write(f"stubs/{name}", body)
        for folder in (FOLDER, CHECKOUT / "scripts/etc/jupyter"):
            shutil.copytree(folder, path / "source" / folder.relative_to(CHECKOUT))
        self.write(
            "source/scripts/setup.sh",
            f'{LOGS}echo "PYTHON $PYTHON" >> /stubs/log; mkdir -p .venv/bin; '
            "cp /stubs/python .venv/bin",
        )

    def write(self, name: str, body: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/bash\n{body}\n")
        file.chmod(0o755)

    def run(self, script: str) -> str:
        """Run as SageMaker does; return the output."""
        (self.path / "hook.sh").write_text(script)
        with subprocess.Popen(
            ["unshare", "--map-root-user", "--mount", "sh", "-euc", ENTER, "sh", self.path],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as running:
            self.session = running.pid
            try:
                output, _ = running.communicate(timeout=300)
            except subprocess.TimeoutExpired:
                self.cut()
                raise
        assert running.returncode == 0, output
        return output

    def cut(self) -> None:
        """End the script and all its processes that are not detached."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.session, signal.SIGKILL)

    def calls(self) -> list[str]:
        log = self.path / "stubs/log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def clean_root(tmp_path) -> CleanRoot:
    try:
        able = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "chroot", "/", "true"], capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("unshare (util-linux) is not here")
    if able.returncode:
        pytest.skip(f"no root of one's own here: {able.stderr.decode().strip()}")
    return CleanRoot(tmp_path / "root")


def test_a_new_instance_gets_course_environment_kernel_and_watch(template, clean_root):
    """On a new instance the scripts end in seconds, and the environment is made meanwhile."""
    clean_root.run(hook(template, "OnCreate"))
    assert (clean_root.volume / "course/helpers/account/notebook/cloudformation/idle.py").exists()
    said = clean_root.run(hook(template, "OnStart"))  # ends although the long part has not
    assert "stops after 45 idle minutes" in said
    log = clean_root.volume / "course-setup.log"
    eventually(log.read_text)
    clean_root.cut()
    assert not (clean_root.volume / "course/.venv").exists()
    clean_root.write("stubs/late", "")
    eventually(lambda: "is ready" in log.read_text())
    python = "/home/ec2-user/SageMaker/.course-python"
    course = "/home/ec2-user/SageMaker/course/helpers/account/notebook/cloudformation"
    assert clean_root.calls() == [
        "git clone --depth 50 https://example.com/course.git course",
        "systemd-run --unit=course-idle --on-active=5min --on-unit-active=5min "
        f"/usr/bin/python3 {course}/idle.py 45",
        f"conda create --yes --quiet --prefix {python} --override-channels -c conda-forge "
        "python=3.12",
        "setup.sh ",
        f"PYTHON {python}/bin/python",
        "python -m helpers lessons",
        "python -m ipykernel install --user --name sagemaker-course "
        "--display-name SageMaker course",
    ]
    home = clean_root.volume.parent
    assert (home / ".jupyter/labconfig/default_setting_overrides.json").exists()
    assert (home / ".local/share/jupyter/labextensions/sagemaker-course/package.json").exists()


def test_a_later_start_only_registers_the_kernel(template, clean_root):
    """A later start keeps what is on the volume; without systemd, cron watches for idleness."""
    clean_root.run(hook(template, "OnCreate"))
    kept = clean_root.volume / ".course-python/bin/python"
    kept.parent.mkdir(parents=True)
    shutil.copy(clean_root.path / "stubs/python", kept)
    (clean_root.path / "stubs/systemd").write_text("1")
    assert "crontab -l" in clean_root.run(hook(template, "OnStart"))
    eventually(lambda: "is ready" in (clean_root.volume / "course-setup.log").read_text())
    calls = clean_root.calls()
    assert not [call for call in calls if call.startswith("conda")]
    assert any(call.startswith("*/5 * * * * /usr/bin/python3 ") for call in calls)
    assert calls[-1].startswith("python -m ipykernel install")


def test_a_start_without_the_course_leaves_the_files_in_reach(template, clean_root):
    """A missing course doesn't fail the lifecycle script, so the instance still starts."""
    assert "No course" in clean_root.run(hook(template, "OnStart"))


def test_a_clone_that_fails_is_told(template, clean_root):
    """If the clone fails, the stack shows the instance as failed, and the log says why."""
    clean_root.write("stubs/git", "exit 128")
    with pytest.raises(AssertionError):
        clean_root.run(hook(template, "OnCreate"))
