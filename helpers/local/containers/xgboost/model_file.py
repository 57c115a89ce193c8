"""A model in a file: xgboost's own format (UBJSON), written atomically, read without running it."""

import os
from pathlib import Path

import xgboost

NAME = "xgboost-model"
UNFINISHED = ".sagemaker-ignore"


class UnreadableModelError(Exception):
    """A file that isn't a model of xgboost; the text says what it is instead."""


def save(booster: xgboost.Booster, path: Path) -> None:
    """Write a model in xgboost's own format (UBJSON), atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}{UNFINISHED}")
    unfinished.write_bytes(booster.save_raw("ubj"))
    os.replace(unfinished, path)


def load(path: Path) -> xgboost.Booster:
    """Read a model. Raises UnreadableModelError."""
    content = path.read_bytes()
    reason = _refusal(content)
    if reason:
        raise UnreadableModelError(reason)
    try:
        return xgboost.Booster(model_file=bytearray(content))
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise UnreadableModelError(str(error)) from error


def _refusal(content: bytes) -> str:
    """Return why these bytes aren't a model, "" if xgboost may read them.

    For some bytes xgboost would kill the process.
    """
    if not content:
        return "the file is empty"
    if content.startswith(b"\x80"):
        return "the file is a pickle (images up to 1.2 wrote those), not xgboost's own format"
    if content.startswith(b"binf"):
        return "the file is in xgboost's old binary format (up to 1.7), which 3.x doesn't read"
    if not content.startswith(b"{"):
        return "the file is neither UBJSON nor JSON, the formats that xgboost 3.x reads"
    if not content.rstrip().endswith(b"}"):
        return "the file is cut off"
    return ""
