"""The benchmark of the search strategies runs; its figures are not asserted."""

import os
import re
import subprocess
import sys

import pytest


@pytest.mark.full
def test_the_strategies_are_compared(checkout, tmp_path):
    """A quick run prints a row for each objective, Hyperband's ratio, and nothing on stderr."""
    done = subprocess.run(
        [sys.executable, checkout / "benchmarks/tuning_strategies.py", "--quick"],
        env={
            **os.environ,
            "SAGEMAKER_LOCAL_HOME": str(tmp_path),
            "SAGEMAKER_COURSE_DATA": "synthetic",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert len(re.findall(r"^\| .* of 3 \| ", done.stdout, re.M)) == 6
    assert "synthetic reviews" in done.stdout
    assert re.search(r"ratio (\d+\.\d+|inf) in the median", done.stdout)
    assert len(re.findall(r"\d ms, last", done.stdout)) == 2
    assert done.stderr == ""
