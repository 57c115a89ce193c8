"""The pages name each operation, command, lesson and file of the code."""

import argparse
import re

import pytest
from support.lessons import CHECKOUT, LESSONS, SOLUTIONS, exercise_of

from helpers.__main__ import parser
from helpers.local.resources.control_plane import served

README = (CHECKOUT / "README.md").read_text()
LOCAL = (CHECKOUT / "helpers/local/README.md").read_text()


def test_operations_are_on_their_page():
    """The table of operations lists exactly those that are served."""
    table = LOCAL.split("## What it serves")[1].split("\n\n")[1]
    named = re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", table)
    assert sorted(named) == sorted(served())


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lessons_are_on_the_map(path):
    """Each notebook is linked from README's map."""
    assert f"(<{path.relative_to(CHECKOUT)}>)" in README
    if path in SOLUTIONS:
        assert f"(<{exercise_of(path).relative_to(CHECKOUT)}>)" in README


def test_links_lead_somewhere():
    """Relative links of the pages name files that exist."""
    for page in [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("helpers/**/*.md")]:
        for wrapped, bare in re.findall(r"\]\((?:<([^>]+)>|([^)\s]+))\)", page.read_text()):
            target = wrapped or bare
            if not target.startswith("https://"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_commands_are_on_the_pages():
    """Each command of `python -m helpers` is in the README, and each make target there exists."""
    for words in commands(parser()):
        assert f"helpers {words}" in README, words
    makefile = (CHECKOUT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_ci_runs_what_the_readme_says():
    """CI runs the same single command that people run."""
    *_, last = (CHECKOUT / ".ci/run").read_text().splitlines()
    assert last == "exec make test </dev/null"
    assert re.search(r"^make test ", README, re.MULTILINE)


def commands(of: argparse.ArgumentParser) -> list[str]:
    """Return the commands of a parser, with their subcommands spelled out."""
    found = [
        f"{name} {words}".strip()
        for action in of._actions
        if isinstance(action, argparse._SubParsersAction)
        for name, inner in action.choices.items()
        for words in commands(inner)
    ]
    return found or [""]


def test_figures_of_the_readme_are_those_of_the_lesson():
    """The RMSEs that the README quotes are printed in the lesson."""
    lesson = next(path for path in LESSONS if "(Batch Transform) - High" in path.stem).read_text()
    for figure in re.findall(r"\b\d\.\d\d\b", README.split("## Two commands")[0]):
        assert f"{figure} thousand dollars" in lesson
