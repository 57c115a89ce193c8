"""What a notebook prints while the SDK waits for a job is short and readable."""

import logging
import sys
import warnings

import pytest
from rich.console import Console
from rich.live import Live

from helpers.session import sdk_logging


@pytest.fixture
def root():
    """Return the root logger as a fresh kernel has it; it is restored afterwards."""
    logger = logging.getLogger()
    before, level = list(logger.handlers), logger.level
    logger.handlers[:] = []
    yield logger
    logger.handlers[:] = before
    logger.setLevel(level)
    logging.getLogger(sdk_logging.JOB_LOG).setLevel(logging.NOTSET)


def test_a_jobs_log_is_printed_a_line_each(root, capsys):
    """A job's log is printed on stdout line by line, without stream name or markup."""
    sdk_logging.configure_logging()
    log = logging.getLogger(sdk_logging.JOB_LOG)
    log.info("my-job/algo-1-1764040000:\n[0]#011train-rmse:8.1")
    log.info("my-job/algo-1-1764040000:\nnote: [bold] stays in a line of the job")
    log.info("Final Resource Status: [bold]Completed")
    assert capsys.readouterr() == (
        "[0]#011train-rmse:8.1\n"
        "note: [bold] stays in a line of the job\n"
        "Final Resource Status: Completed\n",
        "",
    )


def test_everything_else_speaks_from_warning_on(root, capsys):
    """Other loggers print only warnings, with their source."""
    sdk_logging.configure_logging()
    logging.getLogger("botocore.configprovider").info("Found endpoint")
    own_level = logging.getLogger("sagemaker.config")
    own_level.setLevel(logging.INFO)
    own_level.info("Not applying SDK defaults")
    logging.getLogger("sagemaker.core.utils.utils").warning("No region provided")
    logging.getLogger("sagemaker.train").warning("Look out")
    assert capsys.readouterr() == ("WARNING sagemaker.train: Look out\n", "")


def test_settling_twice_prints_once_and_undoes_basicconfig(root, capsys):
    """Configuring twice, or after the SDK's basicConfig, prints each line once."""
    assert not sdk_logging.is_configured()
    root.addHandler(logging.StreamHandler())  # basicConfig's
    sdk_logging.configure_logging()
    sdk_logging.configure_logging()
    assert sdk_logging.is_configured()
    logging.warning("once")
    assert capsys.readouterr() == ("WARNING root: once\n", "")
    assert logging.StreamHandler not in [type(handler) for handler in root.handlers]


def test_handlers_of_others_are_left(root):
    """Only the handler that basicConfig makes is replaced."""
    other = logging.NullHandler()
    root.addHandler(other)
    sdk_logging.configure_logging()
    assert other in root.handlers


def test_output_goes_where_print_goes(root, capsys, monkeypatch, tmp_path):
    """Output goes to the current sys.stdout, even if a notebook replaces it later."""
    sdk_logging.configure_logging()
    with open(tmp_path / "out", "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        logging.warning("here")
    assert (tmp_path / "out").read_text() == "WARNING root: here\n"


def test_the_log_is_not_swallowed_by_a_silenced_panel(root, capsys):
    """The log is printed even while a silenced rich panel has replaced sys.stdout."""
    sdk_logging.configure_logging()
    console = Console(quiet=True, force_jupyter=True)
    warnings.filterwarnings("ignore", message=".*ipywidgets")
    with Live("waiting", console=console, transient=True):
        assert type(sys.stdout).__name__ == "FileProxy"
        logging.getLogger(sdk_logging.JOB_LOG).info("my-job/algo-1-1:\n[0]#011train-rmse:8.1")
    assert capsys.readouterr().out == "[0]#011train-rmse:8.1\n"


def test_a_traceback_follows_its_message(root, capsys):
    """A logged exception is printed with its traceback."""
    sdk_logging.configure_logging()
    try:
        raise OSError("disk full")
    except OSError:
        logging.getLogger("x").exception("Failed")
    assert "ERROR x: Failed\nTraceback" in capsys.readouterr().out
