"""The SDK's import without a parser that it never uses."""

import subprocess
import sys

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


def test_import_of_the_sdk_builds_no_parser():
    """No lark grammar is built, schemas are still checked, and the checker is still there."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["False False True", "rfc3987_syntax"]
