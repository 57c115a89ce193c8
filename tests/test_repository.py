"""Rules that hold for every file of the repository."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

MIB = 1 << 20
MODULE_LINES = 300
# Home folders that files may name: of a notebook instance, of Studio, and of no real user.
NAMED_HOMES = "ec2-user|sagemaker-user|learner"
MACHINE_PATH = re.compile(rf"/(?:home/(?!{NAMED_HOMES})[a-z][\w.-]*|Users/\w+|root|work)/")
REGISTRY_HOST = re.compile(r"(?:pypi\.|pythonhosted\.)org|(?:conda\.)?anaconda\.(?:org|com)")


@pytest.fixture(scope="session")
def tracked(checkout: Path) -> list[Path]:
    """Return the files that git tracks or would track; in an archive, all that was shipped."""
    if (checkout / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
        files = [checkout / name for name in names.stdout.split("\0") if name]
    else:
        made = {".venv", ".sagemaker", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis"}
        files = [f for f in checkout.rglob("*") if not made & set(f.relative_to(checkout).parts)]
    return [file for file in files if file.is_file()]


def offences(tracked: list[Path], pattern: re.Pattern) -> list[str]:
    found = []
    for file in tracked:
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{file}:{number}: {match[0]}")
    return found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (MACHINE_PATH, "see /home/" + "ada/course", True),
        (MACHINE_PATH, "see /home/ec2-user/SageMaker", False),
        (MACHINE_PATH, "the /opt/ml/model folder", False),
        (REGISTRY_HOST, "files.python" + "hosted.org", True),
    ],
)
def test_the_patterns_find_what_they_should(pattern, text, found):
    """The patterns of the two searches below match what they should."""
    assert bool(pattern.search(text)) is found


def test_no_file_names_a_folder_of_one_machine(tracked):
    """No file contains a local path of one machine."""
    assert offences(tracked, MACHINE_PATH) == []


def test_no_file_names_a_package_registry(tracked):
    """No file names a package registry, which is the user's own setting."""
    assert offences(tracked, REGISTRY_HOST) == []


def test_no_file_is_large(tracked):
    """No file is large, so that cloning is fast; the lessons load their data."""
    assert [str(file) for file in tracked if file.stat().st_size > MIB] == []


def test_modules_stay_small(tracked):
    """No module is longer than the limit, as it would then hold two ideas."""
    long = {}
    for file in tracked:
        if file.suffix == ".py" and (lines := len(file.read_text().splitlines())) > MODULE_LINES:
            long[str(file)] = lines
    assert long == {}


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_is_content(checkout, command):
    """Ruff accepts code and notebooks; `make format` fixes the format."""
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--quiet"]
    done = subprocess.run([*ruff, checkout], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
