"""All metrics have the names and definitions that AWS uses."""

import subprocess
import sys

from helpers.local.containers.xgboost import metric_definitions, metrics


def test_every_metric_has_its_definitions():
    """Each metric has a definition for train and for validation, in AWS's form."""
    found = {d["Name"]: d["Regex"] for d in metric_definitions.metric_definitions()}
    assert found["validation:rmse"] == (
        r".*\[[0-9]+\].*#011validation-rmse:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
    )
    names = {*metric_definitions.MAXIMIZE, *metric_definitions.MINIMIZE}
    assert len(found) == 2 * len(names)
    assert set(metrics.CONTAINER) <= names


def test_server_starts_without_numpy():
    """The server starts without importing numpy, which would take a tenth of its start."""
    code = "import sys, helpers.local.gateway; "
    code += "print([name for name in ('numpy', 'xgboost', 'pandas') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
