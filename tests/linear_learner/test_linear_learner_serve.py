"""The container in processes of its own: what it imports, and a start that fails."""

import subprocess
import sys

from helpers.local.containers.linear_learner.serve import serve

LOADED = """
import sys
from pathlib import Path
from helpers.local.containers.linear_learner import preload
print(sorted({"sklearn", "pandas", "xgboost", "matplotlib", "boto3"} & sys.modules.keys()))
print(len(list(Path("/proc/self/task").iterdir())))
"""


def test_what_is_preloaded(checkout):
    """Training needs numpy and scipy only, and no thread is started before a fork."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n1\n"


def test_a_model_that_cannot_be_loaded(tmp_path, capfd):
    """Without a model the server ends with 1, before its socket exists, and the log says why."""
    (tmp_path / "model").mkdir()
    assert serve(tmp_path, {}, tmp_path / "socket") == 1
    assert not (tmp_path / "socket").exists()
    assert "Unable to load model: model.tar.gz must contain the file" in capfd.readouterr().out
