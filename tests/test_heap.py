"""The heap of a training process."""

import platform
import subprocess
import sys

import pytest

READ = """
import resource, sys, warnings
import xgboost
from helpers.local.containers.xgboost.heap import keep_freed_memory

warnings.simplefilter("ignore")
if sys.argv[2] == "keep":
    keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(2):
    xgboost.DMatrix(f"{sys.argv[1]}?format=csv&label_column=0", nthread=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_small_files_are_read_into_the_same_memory(tmp_path):
    """A process that keeps freed memory gets fewer pages of it to read two small files."""
    (tmp_path / "data.csv").write_text("1,2\n3,4\n")

    def pages(mode):
        command = [sys.executable, "-c", READ, str(tmp_path), mode]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return int(output.split()[-1])

    assert pages("keep") < pages("default") * 2 / 3  # without huge pages about half as many
