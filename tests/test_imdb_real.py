"""The mini-project on the real reviews reaches the figures in the README."""

import re
import threading
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from support.lessons import (
    CHECKOUT,
    REAL_REVIEWS,
    SOLUTIONS,
    code_cells,
    prose,
    read,
    tags,
    text_of,
)

from helpers.lessons.kernels import KernelManager
from helpers.lessons.run import OUTPUT_SECONDS, START_SECONDS

SOLUTION = next(path for path in SOLUTIONS if "XGBoost (Batch Transform) - High" in path.stem)
MOST_BYTES = 3 * 1024**3


def memory_of(home: Path) -> int:
    """Return the bytes of memory that the kernel, the server and their children use now."""
    total = 0
    for process in psutil.process_iter():
        try:
            if process.environ().get("SAGEMAKER_LOCAL_HOME") == str(home):
                command = " ".join(process.cmdline())
                if "ipykernel" in command or "helpers.local" in command or "multiproc" in command:
                    total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


@pytest.mark.full
@pytest.mark.skipif(not REAL_REVIEWS.exists(), reason="the real reviews are not at hand")
def test_the_solution_on_real_reviews(local, monkeypatch, tmp_path):
    """The solution reaches 0.85 on 25,000 test reviews and the stated figures, under 3 GiB."""
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(REAL_REVIEWS))
    peak, out = 0, tmp_path / SOLUTION.name
    started = time.monotonic()
    done = threading.Event()

    def watch():
        nonlocal peak
        while not done.wait(0.2):
            peak = max(peak, memory_of(local.home))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        papermill.execute_notebook(
            SOLUTION,
            out,
            kernel_name="python3",
            kernel_manager_class=KernelManager,
            start_timeout=START_SECONDS,
            iopub_timeout=OUTPUT_SECONDS,
            cwd=SOLUTION.parent,
            progress_bar=False,
        )
    finally:
        done.set()
        watcher.join()
    cells = code_cells(nbformat.read(out, as_version=4))
    result = next(text_of(cell) for cell in cells if "result" in tags(cell))
    accuracy = re.search(r"25,000 real test reviews: (\d\.\d+)", result)[1]
    print(f"accuracy {accuracy}, {time.monotonic() - started:.0f} s, peak {peak / 1e6:.0f} MB")
    assert float(accuracy) >= 0.85
    assert 0 < peak < MOST_BYTES
    readme = (CHECKOUT / "README.md").read_text()
    assert f"the solution's accuracy is {accuracy}" in readme
    text = prose(read(SOLUTION))
    assert f"**{accuracy}**" in text
    matrix = next(
        output.metadata["image/png"]["alt"]
        for cell in cells
        for output in cell.outputs
        if "Confusion matrix" in output.get("data", {}).get("text/plain", "")
    )
    wrong = re.findall(r"(\d+) were taken", matrix)
    assert all(f"{int(count):,}" in text for count in wrong)
