"""requirements.in, its hashed lock requirements.txt, and environment.yml agree."""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)")
NAME = re.compile(r"^[A-Za-z0-9._-]+")
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")
TEST_TOOLS = {"pytest", "pytest-xdist", "hypothesis", "ruff", "cfn-lint", "awscli"}
TEST_TOOLS |= {"psutil", "playwright", "axe-playwright-python"}
TEST_TOOLS |= {"nltk", "beautifulsoup4"}  # peers in benchmarks
FIXED_NAMES = ["jupyterlab", "sagemaker", "pandas", "xgboost", "scikit-learn", "nbval", "papermill"]


def logical_lines(lock: str) -> list[str]:
    """Return the requirements of a lock, one a line, hashes included."""
    lines = lock.replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pins(lines: list[str]) -> dict[str, set[str]]:
    """Return each package's pinned versions (a universal lock may hold one per Python)."""
    found: dict[str, set[str]] = {}
    for line in lines:
        match = PIN.match(line)
        assert match, f"not pinned: {line[:80]}"
        found.setdefault(match[1], set()).add(match[2])
    return found


@pytest.fixture
def lock(checkout: Path) -> list[str]:
    return logical_lines((checkout / "requirements.txt").read_text())


@pytest.fixture
def direct(checkout: Path) -> list[str]:
    lines = (checkout / "requirements.in").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture
def conda(checkout: Path) -> dict:
    return yaml.safe_load((checkout / "environment.yml").read_text())


def pip_section(conda: dict) -> list[str]:
    return next(entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict))


def test_every_locked_package_is_pinned_and_hashed(lock):
    """Every locked package is pinned with hashes, so only tested files can be installed."""
    assert len(pins(lock)) > 100
    for line in lock:
        assert "--hash=sha256:" in line, line[:80]


def test_the_lock_names_no_place_to_get_packages_from(checkout):
    """The lock names no package index, which is the user's own setting."""
    text = (checkout / "requirements.txt").read_text() + (checkout / "environment.yml").read_text()
    assert not re.search(r"://|--(extra-)?index|--find-links|-i ", text.replace("-i\n", ""))


def test_each_direct_dependency_has_its_reason(direct):
    """Each line of requirements.in has a reason."""
    for line in direct:
        _, _, reason = line.partition("#")
        assert len(reason.split()) >= 2, line


def test_the_lock_holds_each_direct_dependency(direct, lock):
    """The lock contains each direct dependency."""
    locked = pins(lock)
    for line in direct:
        name = NAME.match(line)[0]
        assert name in locked, f"{name}: run `make lock`"
        wanted = PIN.match(line)
        assert wanted is None or wanted[2] in locked[name], f"{name}: run `make lock`"


def test_environment_yml_pins_what_the_lock_pins(conda, lock):
    """environment.yml pins the versions of the lock."""
    locked = pins(lock)
    packages = [line for line in pip_section(conda) if line != "-e ."]
    for name, versions in pins(packages).items():
        assert versions == locked.get(name), f"{name}: environment.yml {versions}"


def test_environment_yml_holds_all_but_the_test_tools(conda, direct):
    """environment.yml has all that the lessons and the Local SageMaker need."""
    needed = {NAME.match(line)[0] for line in direct} - TEST_TOOLS - {"xgboost-cpu"}
    assert set(pins([line for line in pip_section(conda) if line != "-e ."])) == needed
    assert needed >= set(FIXED_NAMES)


def test_conda_gives_python_and_pip_only(conda):
    """Conda provides Python and pip only, and all else comes from pip, as locked."""
    names = {re.split(r"[=<>]", e)[0] for e in conda["dependencies"] if isinstance(e, str)}
    assert names == {"python", "pip"}
    assert "-e ." in pip_section(conda)


def test_the_build_backend_is_the_one_in_the_locked_uv(checkout, lock):
    """The locked build backend is of the series in pyproject, so uv builds without a network."""
    version = next(iter(pins(lock)["uv"]))
    series = ".".join(version.split(".")[:2])
    assert f'"uv_build>={series},<' in (checkout / "pyproject.toml").read_text()


@pytest.mark.full
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", PLATFORMS)
def test_the_lock_resolves_to_wheels(checkout, tmp_path, python, system):
    """Each supported machine and Python has a wheel of every locked version."""
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    command = [uv, "pip", "compile", "--quiet", "--python-platform", system]
    command += [
        "--python-version",
        python,
        "--only-binary",
        ":all:",
        "--no-header",
        "--no-annotate",
    ]
    command += [checkout / "requirements.txt", "-o", tmp_path / "resolved.txt"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    resolved = pins(logical_lines((tmp_path / "resolved.txt").read_text()))
    locked = pins(logical_lines((checkout / "requirements.txt").read_text()))
    for name, versions in resolved.items():
        assert versions <= locked[name], name
    library = "xgboost" if "darwin" in system else "xgboost-cpu"
    assert library in resolved


@pytest.mark.full
def test_environment_yml_suffices(checkout, tmp_path, conda):
    """environment.yml's pip section, installed alone, runs what the lessons import."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    shutil.copytree(checkout / "helpers", copy / "helpers")
    shutil.copy(checkout / "pyproject.toml", copy)
    (copy / "section.txt").write_text("\n".join(pip_section(conda)))
    subprocess.run([sys.executable, "-m", "venv", copy / "env"], check=True)
    python = copy / "env" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "-r", "section.txt"]
    done = subprocess.run(install, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    for program in (
        "import boto3, botocore, matplotlib, pandas, sklearn, xgboost",
        "import sagemaker.core, sagemaker.serve, sagemaker.train",
        "import a2wsgi, httptools, moto.server, uvicorn, uvloop",
        "import jupyterlab, nbval, papermill",
        "import helpers, pkgutil, importlib\n"
        # Programs that only the Python of a framework image runs
        "IN_IMAGES = ('.serving_handlers', '.script.preloading.server')\n"
        "for m in pkgutil.walk_packages(helpers.__path__, 'helpers.'):\n"
        "    if not m.name.endswith(('__main__', *IN_IMAGES)): importlib.import_module(m.name)",
    ):
        done = subprocess.run(
            [python, "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AWS_DEFAULT_REGION": "us-east-1"},
        )
        assert done.returncode == 0, f"{program}: {done.stderr[-2000:]}"
