"""The scripts in findings/ have the form that their README states. None is run here."""

import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))
ROWS = re.findall(r"^\| `(\w+\.sh)` \| ([^|]+) \|", (FOLDER / "README.md").read_text(), re.M)
INSTALLER = "uv"  # not a part of any finding
PIN = re.compile(r"([\w.-]+)(?:\[\w+\])?==([\w.]+)")
ADDRESS = re.compile(r"https?://(?!127\.0\.0\.1)|--(?:extra-)?index-url|--find-links")
MACHINE_PATH = re.compile(r"(?<![\w.~$}])/(?:home|root|work|tmp|opt|Users|usr(?!/bin/env bash$))\b")

each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def pins(script: Path) -> set[tuple[str, str]]:
    """Return the packages that a script installs to show its finding, with their versions."""
    return {pin for pin in PIN.findall(script.read_text()) if pin[0] != INSTALLER}


def opening(script: Path) -> str:
    """Return the first comment of a script, without its first line."""
    return script.read_text().split("\nset -", 1)[0].split("\n", 1)[1]


def test_each_script_has_one_row():
    """The README's table names every script once, and nothing else."""
    assert [name for name, _ in ROWS] == [script.name for script in SCRIPTS]
    assert SCRIPTS


@each_script
def test_bash_reads_it(script):
    """The script's syntax is valid bash, and the first failing command ends it."""
    assert script.read_text().startswith("#!/usr/bin/env bash\n# ")
    assert "\nset -euo pipefail\n" in script.read_text()
    checked = subprocess.run(["bash", "-n", script], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


@each_script
def test_versions_are_pinned_and_stated(script):
    """Every installed version is stated in the comment and in the README's row."""
    assert pins(script)
    for name, version in pins(script):
        assert version in opening(script), f"{name} {version}"
        assert version in dict(ROWS)[script.name], f"{name} {version}"


@each_script
def test_only_pinned_packages_are_installed(script):
    """Every installed package has a pinned version."""
    joined = script.read_text().replace("\\\n", " ")
    for line in re.findall(r"pip install --quiet(.*)", joined):
        requirements = re.sub(r"--python \S+|;[^']*|[\"']", " ", line).split()
        assert requirements
        assert all(PIN.fullmatch(requirement) for requirement in requirements), line


@each_script
def test_comment_states_behaviour_and_output(script):
    """The comment has versions, behaviour and dated output, which the script compares."""
    comment = opening(script)
    assert all(line.startswith("#") for line in comment.splitlines())
    parts = re.fullmatch(
        r"# Versions: .+# Behaviour: .+# Output seen on \d{4}-\d\d-\d\d[^\n]*:\n(.+)", comment, re.S
    )
    assert parts, comment
    assignments = re.search(
        r"^(?:line=.*\n)?expected=([\"']).*?(?<!\\)\1$", script.read_text(), re.M | re.S
    )
    shown = subprocess.run(
        ["bash", "-c", f'{assignments[0]}\nprintf "%s" "$expected"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == re.sub(r"^#   ", "", parts[1], flags=re.M)


@each_script
def test_it_stays_in_its_folder(script):
    """A script leaves nothing behind, and names neither a registry nor a local path."""
    text = script.read_text()
    assert "\nfolder=$(mktemp -d)\ntrap 'rm -rf \"$folder\"' EXIT\n" in text
    assert not ADDRESS.search(text)
    for line in text.splitlines():
        assert not MACHINE_PATH.search(line), line
    assert len(text.splitlines()) < 80
    assert "helpers" not in text
