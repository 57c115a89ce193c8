"""Limit what the SageMaker SDK prints in a notebook to warnings and the log of jobs.

By default the SDK (v3) prints dozens of debug lines, progress panels and notices to stderr. All
settings use the logging module, the warnings module and rich. They must be made before
the SDK is imported, since it calls ``logging.basicConfig``, which does nothing once the root logger
has a handler.
"""

from __future__ import annotations

import logging
import re
import sys
import warnings

# What the SDK logs while it waits for a job: the job's own lines, and its end.
JOB_LOG = "sagemaker.core.resources"
_STREAM = re.compile(r"\A\S+/\S+:\n")  # "<job>/algo-1-1700000000:", on a line before each message
_MARKUP = re.compile(r"\[/?[a-z]+(?: [a-z]+)*\]")  # rich's, as in "[bold]Completed"


class NotebookHandler(logging.Handler):
    """Write each record as one line to the current sys.stdout, as print does."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; an unprintable one is reported as the logging module does."""
        try:
            # While the SDK waits, rich replaces stdout, and a quiet rich prints nothing at all.
            stream = getattr(sys.stdout, "rich_proxied_file", sys.stdout)
            stream.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


def is_printed(record: logging.LogRecord) -> bool:
    """Tell whether to print a record: warnings, and the log of jobs.

    Some of the SDK's loggers have a level of their own, which the root logger's does not limit.
    """
    return record.levelno >= logging.WARNING or record.name == JOB_LOG


class OneLineFormatter(logging.Formatter):
    """Format a job's log line without its stream's name; anything else with logger and level."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record, with its traceback if it has one."""
        text = super().format(record)
        if record.name != JOB_LOG:
            return f"{record.levelname} {record.name}: {text}"
        if _STREAM.match(text):
            return _STREAM.sub("", text).rstrip("\n")
        return _MARKUP.sub("", text)


def configure_logging() -> None:
    """Make the settings. A second call changes nothing."""
    root = logging.getLogger()
    # Handlers that basicConfig put there (plain StreamHandlers) if the SDK was imported first.
    for handler in [
        h for h in root.handlers if type(h) in (logging.StreamHandler, NotebookHandler)
    ]:
        root.removeHandler(handler)
    handler = NotebookHandler()
    handler.setFormatter(OneLineFormatter())
    handler.addFilter(is_printed)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(JOB_LOG).setLevel(logging.INFO)
    # It warns "No region provided" at each call, although it uses the right one.
    logging.getLogger("sagemaker.core.utils.utils").setLevel(logging.ERROR)
    # Python 3.12 and later warn of backslashes in the SDK's docstrings when they compile it.
    warnings.filterwarnings("ignore", category=SyntaxWarning, module=r".*\bsagemaker\b")
    _disable_panels()


def is_configured() -> bool:
    """Tell whether the settings were made in this process."""
    return any(isinstance(handler, NotebookHandler) for handler in logging.getLogger().handlers)


def _disable_panels() -> None:
    """Disable rich's live panels, which a notebook stores as empty outputs."""
    try:
        import rich
    except ModuleNotFoundError:  # without the SDK there are no panels
        return
    rich.reconfigure(quiet=True)
