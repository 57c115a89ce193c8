"""`python -m helpers run` runs a notebook, prints its result, and leaves nothing running."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.local import process
from helpers.local.home import Home


@pytest.fixture
def run(tmp_path, checkout):
    """Return a function that runs a notebook of these cells, the last one tagged as result."""

    def run(*sources: str, home: Path) -> subprocess.CompletedProcess:
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells[-1].metadata["tags"] = ["result"]
        notebook = tmp_path / "A lesson.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
        return subprocess.run(
            [sys.executable, "-m", "helpers", "run", str(notebook)],
            cwd=checkout,
            env={**os.environ, "SAGEMAKER_LOCAL_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_result_and_places_are_printed(run, tmp_path, checkout):
    """The result and the paths of notebook and figures are printed; its server is stopped."""
    home = tmp_path / "home"
    done = run(
        "import helpers; helpers.connect()",
        "helpers.plots.show(helpers.plots.importance({'RM': 2}))",
        "print('RMSE 3.44')",
        home=home,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("RMSE 3.44\n")
    executed, figure = (
        checkout / re.search(rf"^{word}: (.+)$", done.stdout, re.MULTILINE)[1]
        for word in ("The executed notebook", "Figure")
    )
    assert "Local SageMaker at http://127.0.0.1" in executed.read_text()
    assert figure.name == "importance.png"
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert Home(home).last_port()  # it ran
    assert Home(home).holder() is None


def test_a_running_server_goes_on_and_a_failure_is_told(run, local):
    """A failing cell gives one line and exit code 1; a server that ran before keeps running."""
    done = run("import helpers; helpers.connect()", "1 / 0", home=local.home)
    assert done.returncode == 1
    assert "The lesson stopped at In [2]: ZeroDivisionError: division by zero\n" in done.stdout
    assert "The notebook so far: " in done.stdout
    assert process.running_endpoint(Home(local.home)) == local


def test_no_such_notebook(checkout):
    """A notebook that does not exist is named in the message."""
    command = [sys.executable, "-m", "helpers", "run", "Tutorial/none.ipynb"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "There is no notebook" in done.stderr
