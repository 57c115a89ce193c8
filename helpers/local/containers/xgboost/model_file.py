"""A model in a file: xgboost's own format (UBJSON), written whole, read without running code."""

import os
from pathlib import Path

import xgboost

NAME = "xgboost-model"
UNFINISHED = ".sagemaker-ignore"


class UnreadableModel(Exception):
    """A file that holds no model of xgboost; the text says what it is instead."""


def save(booster: xgboost.Booster, path: Path) -> None:
    """Write a model in xgboost's own format (UBJSON), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}{UNFINISHED}")
    unfinished.write_bytes(booster.save_raw("ubj"))
    os.replace(unfinished, path)


def load(path: Path) -> xgboost.Booster:
    """Read a model. Raises UnreadableModel."""
    content = path.read_bytes()
    reason = _refusal(content)
    if reason:
        raise UnreadableModel(reason)
    try:
        return xgboost.Booster(model_file=bytearray(content))
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise UnreadableModel(str(error)) from error


def _refusal(content: bytes) -> str:
    """Why these bytes are no model, "" if xgboost should look. It kills the process for some."""
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
