"""What the tests of errors share: a connected shell, and how it shows the error of a cell."""

import pytest
from support.notebook_shell import connected_shell, run_failing_cell


@pytest.fixture(scope="module")
def shell(local, client, model, trained):
    """Return a shell that is connected to the Local SageMaker."""
    with connected_shell(local, client, model=model, trained=trained["TrainingJobName"]) as shell:
        yield shell


@pytest.fixture
def show(shell, capsys):
    """Return a function that runs a cell that fails, and returns what is shown."""
    return lambda code: run_failing_cell(shell, capsys, code)
