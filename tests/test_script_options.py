"""The options of the scripts that learners train with, which are hyperparameters of a job."""

import argparse
import ast
import os
import sys
from pathlib import Path

import pytest
from support.lessons import PROJECTS


@pytest.fixture(params=["lesson", "project"])
def parse_arguments(request, checkout, monkeypatch):
    """Return the function of a script that reads its options; its imports are not needed."""
    folder = checkout / "Tutorial/scripts" if request.param == "lesson" else PROJECTS / "pytorch"
    tree = ast.parse((folder / "train.py").read_text())
    for channel in ("TRAIN", "VALIDATION"):
        monkeypatch.setenv(f"SM_CHANNEL_{channel}", channel)
    functions = [part for part in tree.body if getattr(part, "name", "") == "parse_arguments"]
    names = {"__doc__": ast.get_docstring(tree), "argparse": argparse, "os": os, "Path": Path}
    exec(compile(ast.Module(functions, []), "train.py", "exec"), names)
    return names["parse_arguments"]


@pytest.mark.parametrize("option", ["--max", "--ep", "--model", "--learning", "--num", "--e"])
def test_a_part_of_an_option_is_refused(parse_arguments, option, monkeypatch, capsys):
    """A hyperparameter that the script does not know is refused, not taken as a longer one."""
    monkeypatch.setattr(sys, "argv", ["train.py", option, "3"])
    with pytest.raises(SystemExit):
        parse_arguments()
    assert f"unrecognized arguments: {option} 3" in capsys.readouterr().err
