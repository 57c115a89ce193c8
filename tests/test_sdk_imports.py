"""The SDK is imported without an unused parser, in idle time, with less collection."""

import gc
import json
import subprocess
import sys

import nbformat
import pytest

from helpers.local.runtime import notebooks
from helpers.session import sdk_imports

PROGRAM = """
import sys
from helpers.session import sdk_imports
sdk_imports.prepare_imports()
before = "rfc3987_syntax" in sys.modules
import sagemaker.core.helper.session_helper
print(before, "lark" in sys.modules, "jsonschema" in sys.modules)
import jsonschema
jsonschema.validate({"n": 1}, {"type": "object", "properties": {"n": {"type": "integer"}}})
import rfc3987_syntax
print(rfc3987_syntax.__name__)
"""


def test_a_check_builds_no_parser(tmp_path):
    """A check builds no parser, even for a notebook that is read with nbformat."""
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "empty.ipynb")
    words = [sys.executable, "-X", "importtime", "-m", "helpers", "check"]
    done = subprocess.run([*words, tmp_path / "empty.ipynb"], capture_output=True, text=True)
    assert done.returncode == 2
    assert " nbformat\n" in done.stderr
    assert "lark" not in done.stderr


def test_import_of_the_sdk_builds_no_parser():
    """Importing the SDK builds no lark grammar, and schemas are still checked."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["False False True", "rfc3987_syntax"]


def test_jupyterlab_builds_no_parser():
    """The JupyterLab of a notebook instance starts without that parser."""
    python, *words = notebooks.command(port=8888)[:3]
    done = subprocess.run(
        [python, "-X", "importtime", *words, "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert " jupyterlab.labapp\n" in done.stderr
    assert "lark" not in done.stderr


@pytest.fixture
def collector():
    """Restore the garbage collector's threshold and what was frozen before."""
    threshold = gc.get_threshold()
    yield gc
    gc.set_threshold(*threshold)
    gc.unfreeze()


@pytest.mark.parametrize(("before", "after"), [(700, 10_000), (0, 0), (50_000, 50_000)])
def test_garbage_is_collected_less_often(before, after, collector):
    """Only the first threshold is raised, unless it is higher or the collector is off."""
    collector.set_threshold(before, 11, 12)
    sdk_imports.prepare_imports()
    assert collector.get_threshold() == (after, 11, 12)


def test_only_what_exists_at_the_first_freeze_is_frozen(collector):
    """What a learner creates between two calls of connect() is still collected."""
    collector.unfreeze()
    sdk_imports.freeze()
    count = collector.get_freeze_count()
    assert count > 10_000
    kept = [[] for _ in range(10_000)]
    sdk_imports.freeze()
    assert collector.get_freeze_count() <= count
    assert len(kept) == 10_000


def test_a_library_that_cannot_be_imported_is_skipped(monkeypatch):
    """Each step imports one module, and one that fails does not stop the others."""
    monkeypatch.setattr(sdk_imports, "USED_BY_LESSONS", ("no_such_module", "colorsys", "this"))
    for name in ("colorsys", "this"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    steps = sdk_imports.import_one_by_one()
    assert [next(steps), next(steps)] == ["no_such_module", "colorsys"]
    assert "colorsys" in sys.modules
    assert "this" not in sys.modules


IMPORTS = """
import json, os, socket, threading
import botocore.session

used = []
botocore.session.Session.__init__ = lambda *_, **__: used.append("a session")
socket.socket.connect = lambda *_, **__: used.append("a connection")
read = type(os.environ).__getitem__

def watch(self, name):
    if name.startswith("AWS_"):
        used.append(name)
    return read(self, name)

type(os.environ).__getitem__ = watch
from helpers.session import sdk_imports

sdk_imports.prepare_imports()
names = list(sdk_imports.import_one_by_one())
import sys
missing = [name for name in names if name not in sys.modules]
print(json.dumps([used, missing, threading.active_count()]))
"""


def test_importing_the_libraries_uses_no_aws_settings():
    """Importing the libraries uses no session, connection or AWS variable."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [[], [], 1]
    assert done.stderr == ""
