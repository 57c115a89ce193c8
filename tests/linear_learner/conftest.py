"""What the tests of Linear Learner share: jobs that end well, and jobs that fail."""

import re

import pytest
from support.linear_learner_job import CSV, FAST, Job


@pytest.fixture
def run(tmp_path, capfd):
    """Return a function that trains on CSV and returns the model and the log."""
    numbers = iter(range(100))

    def run(train=CSV, more=(), content_type="text/csv", **hyperparameters):
        job = Job(
            tmp_path / str(next(numbers)),
            {"train": train, **dict(more)},
            content_type,
            **{**FAST, **hyperparameters},
        )
        code = job.train()
        log = capfd.readouterr().out
        assert code == 0, job.failure
        return job.model, log

    return run


@pytest.fixture
def fail(tmp_path, capfd):
    """Return a function that fails to train, and returns the text of output/failure."""

    def fail(train=CSV, more=(), content_type="text/csv", code=2, **hyperparameters):
        channels = {"train": train} if train is not None else {}
        job = Job(tmp_path, channels | dict(more), content_type, **{**FAST, **hyperparameters})
        assert job.train() == code
        [line] = re.findall(r"^\[.* ERROR \d+\] (.*)$", capfd.readouterr().out, re.M)[:1]
        assert job.failure.startswith(line)
        assert not (tmp_path / "model/model_algo-1").exists()
        return job.failure

    return fail
