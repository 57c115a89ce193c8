"""The SDK's import without a parser that it never uses."""

import subprocess
import sys

import nbformat

PROGRAM = """
import sys
from helpers import quick
quick.settle()
before = "rfc3987_syntax" in sys.modules
import sagemaker.core.helper.session_helper
print(before, "lark" in sys.modules, "jsonschema" in sys.modules)
import jsonschema
jsonschema.validate({"n": 1}, {"type": "object", "properties": {"n": {"type": "integer"}}})
import rfc3987_syntax
print(rfc3987_syntax.__name__)
"""


def test_a_check_builds_no_parser(tmp_path):
    """Neither for a notebook that is read, which needs nbformat."""
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "empty.ipynb")
    words = [sys.executable, "-X", "importtime", "-m", "helpers", "check"]
    done = subprocess.run([*words, tmp_path / "empty.ipynb"], capture_output=True, text=True)
    assert done.returncode == 2
    assert " nbformat\n" in done.stderr
    assert "lark" not in done.stderr


def test_import_of_the_sdk_builds_no_parser():
    """No lark grammar is built, schemas are still checked, and the checker is still there."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["False False True", "rfc3987_syntax"]
