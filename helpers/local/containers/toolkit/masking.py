"""The container's log: lines and paths as AWS's container writes them."""

import logging
import os
import sys
import warnings
from pathlib import Path

from helpers.local.containers.toolkit.errors import without_stack_trace

ROOT = Path(__file__).resolve().parents[4]
LINE, DATE = "[%(asctime)s:%(levelname)s] %(message)s", "%Y-%m-%d:%H:%M:%S"

log = logging.getLogger("sagemaker_container")


class PathMasker:
    """Replaces the paths of this machine by those in AWS's container.

    On AWS a job's folder is `/opt/ml`; the log should show that name, and no path of this machine.

    Parameters
    ----------
    opt_ml
        The folder that stands for `/opt/ml`.
    """

    def __init__(self, opt_ml: Path):
        self.replacements = [(str(opt_ml.absolute()), "/opt/ml"), (str(opt_ml), "/opt/ml")]
        self.replacements += [(f"{folder}{os.sep}", "") for folder in sys.path if folder]
        self.replacements.append((f"{ROOT}{os.sep}", ""))
        # The longest first: a library's folder may be inside another one.
        self.replacements.sort(key=lambda pair: -len(pair[0]))

    def mask(self, text: str) -> str:
        """Return a text with this machine's paths replaced."""
        for real, shown in self.replacements:
            text = text.replace(real, shown)
        return text


class _Formatter(logging.Formatter):
    def __init__(self, paths: PathMasker, line: str, date: str):
        super().__init__(line, date)
        self.paths = paths

    def format(self, record: logging.LogRecord) -> str:
        return without_stack_trace(self.paths.mask(super().format(record)))


def start_logging(paths: PathMasker, line: str = LINE, date: str = DATE) -> None:
    """Send the container's log and Python's warnings to stdout, line by line.

    line, date: the formats of `logging` for a line and for its time.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Formatter(paths, line, date))
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False

    def show_warning(message, category, filename, lineno, file=None, line=None) -> None:
        print(paths.mask(f"{category.__name__}: {message}"), flush=True)

    warnings.showwarning = show_warning
