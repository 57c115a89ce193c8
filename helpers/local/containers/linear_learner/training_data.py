"""The channels of a training job: their content types, and their files as matrices."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from helpers.local.containers.linear_learner import csv_rows
from helpers.local.containers.linear_learner.errors import CustomerError, MXNetError
from helpers.local.containers.linear_learner.hyperparameters import BINARY, MULTICLASS
from helpers.local.containers.linear_learner.media_types import CSV, RECORDIO
from helpers.local.containers.toolkit import channel_files, recordio_protobuf
from helpers.local.containers.toolkit.headers import parse_header

CHANNELS = ("train", "validation", "test")
DEFAULT = RECORDIO


class Data(NamedTuple):
    """Features of shape (rows, columns), dense or CSR, float32, and labels of shape (rows,)."""

    features: Any
    labels: np.ndarray


def content_types(channels: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the content type of each channel of `inputdataconfig.json`.

    Raises
    ------
    CustomerError
        For an unknown channel or content type, or without a train channel.
    """
    if "train" not in channels:
        raise CustomerError("Missing required channel: train")
    types = {}
    for name, config in channels.items():
        if name not in CHANNELS:
            raise CustomerError(
                f"Unknown channel '{name}'. The channels of this algorithm are: train, validation, "
                "test."
            )
        types[name] = _content_type(config.get("ContentType") or DEFAULT)
    return types


def _content_type(text: str) -> str:
    value, parameters = parse_header(text.lower())
    version = parameters.get("version", "1.0")
    if value not in (CSV, RECORDIO):
        raise CustomerError(
            f"No iterator has been registered for ContentType (u'{value}', '{version}')"
        )
    if value == CSV and parameters.get("label_size", "1") != "1":
        raise CustomerError(
            f"The content type '{text}' of a channel must have label_size=1: the label is the "
            "first column."
        )
    return value


def load(channel: Path, content_type: str, settings: SimpleNamespace) -> Data:
    """Read all files of a channel.

    Parameters
    ----------
    channel
        Its folder.
    content_type
        CSV or RECORDIO.
    settings
        Validated hyperparameters: labels must fit `predictor_type`, features `feature_dim`.

    Raises
    ------
    CustomerError
        With the algorithm's text, if the files can't be read, or don't fit.
    """
    name = channel.name
    if not channel_files.size(channel):
        raise CustomerError(f"No data in the channel '{name}'.")
    files = [file for file in channel_files.list_files(channel) if file.stat().st_size]
    if content_type == CSV:
        data = _load_csv(files, channel, settings.mini_batch_size)
    else:
        data = _load_recordio(files, name)
    _check_numbers(data, name, content_type)
    _check_labels(data.labels, name, settings)
    if settings.feature_dim not in (None, data.features.shape[1]):
        raise dimension_error(data.features.shape[1], settings.feature_dim)
    return data


def dimension_error(columns: int, expected: int) -> CustomerError:
    """Return the error for rows of another width."""
    return CustomerError(
        f"The feature dimension of the input: {columns} does not match the feature dimension of "
        f"the model: {expected}. Please fix the input and try again."
    )


def _load_csv(files: list[Path], channel: Path, batch: int) -> Data:
    tables = []
    for file in files:
        path = f"/opt/ml/input/data/{channel.name}/{file.relative_to(channel)}"
        try:
            table = csv_rows.parse(file.read_bytes(), np.float32)
        except csv_rows.CsvError as error:
            first = error.row // batch * batch + 1
            raise CustomerError(
                f"Unable to parse csv: rows {first}-{first + batch - 1}, file {path}",
                detail=str(error),
            ) from error
        if len(table):
            tables.append(table)
    if not tables or {table.shape[1] for table in tables} != {tables[0].shape[1]}:
        raise _unreadable(channel.name, CSV, "its files have different numbers of columns")
    table = np.concatenate(tables) if len(tables) > 1 else tables[0]
    if table.shape[1] < 2:
        raise _unreadable(channel.name, CSV, "a row needs a label and at least one feature")
    return Data(table[:, 1:], table[:, 0])


def _load_recordio(files: list[Path], name: str) -> Data:
    try:
        features, labels = recordio_protobuf.to_matrix(b"".join(f.read_bytes() for f in files))
    except ValueError as error:
        raise _unreadable(name, RECORDIO, str(error)) from error
    if len(labels) != features.shape[0]:
        raise _unreadable(name, RECORDIO, f"{len(labels)} labels for {features.shape[0]} records")
    with np.errstate(over="ignore"):
        return Data(features.astype(np.float32, copy=False), labels.astype(np.float32, copy=False))


def _unreadable(name: str, content_type: str, detail: str) -> CustomerError:
    return CustomerError(
        f"Unable to read data channel '{name}'. Requested content-type is '{content_type}'. "
        "Please verify the data matches the requested content-type.",
        MXNetError(detail),
    )


def _check_numbers(data: Data, name: str, content_type: str) -> None:
    values = data.features.data if scipy.sparse.issparse(data.features) else data.features
    for numbers in (data.labels, values):
        if np.isnan(numbers).any():
            raise CustomerError(
                f"Unable to read data channel '{name}'. Found missing (NaN) values. "
                "Please remove any missing (NaN) values in the input data.",
                MXNetError("(Input Error) (NaN)"),
            )
        if np.isinf(numbers).any():
            raise CustomerError(
                f"Unable to read data channel '{name}'. Found infinite floating point values. "
                "Please remove any infinite floating point values in the input data.",
                MXNetError("(Input Error) (Inf)"),
            )


def _check_labels(labels: np.ndarray, name: str, settings: SimpleNamespace) -> None:
    """Raise CustomerError for labels that the predictor_type doesn't have."""
    classes = {BINARY: 2, MULTICLASS: settings.num_classes}.get(settings.predictor_type)
    if classes is None:
        return
    wrong = (labels < 0) | (labels >= classes) | (labels != np.floor(labels))
    if wrong.any():
        row = int(wrong.argmax())
        raise CustomerError(
            f"The labels of predictor_type '{settings.predictor_type}' must be whole numbers from "
            f"0 to {classes - 1}. Found {labels[row]:g} in row {row + 1} of channel '{name}'."
        )
