"""Decode the body of a request for predictions.

Source: `serve_utils.py` and `encoder.py` of the open container.
"""

from typing import Any

import numpy as np
import scipy.sparse

from helpers.local.containers.toolkit import recordio_protobuf
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost.content_types import CSV, LIBSVM, RECORDIO_PROTOBUF, to_format
from helpers.local.containers.xgboost.text_validation import sniff_delimiter

NAN = float("nan")


class PayloadError(Exception):
    """The body doesn't match its content type."""


def read(body: bytes, content_type: str | None, one_based: bool) -> tuple[Any, str]:
    """Read the features in a request; rows have no label.

    Parameters
    ----------
    body
        CSV, libsvm or RecordIO-protobuf.
    content_type
        Of the body; libsvm if None.
    one_based
        Whether libsvm indices count from 1 if none is 0.

    Returns
    -------
    features : numpy.ndarray or scipy.sparse.csr_matrix
        Shape (rows, columns).
    data_format : str
        One of the formats of `content_types`.

    Raises
    ------
    UserError
        For an unknown content type.
    PayloadError
        For a body that can't be read as its content type.
    """
    data_format = to_format(content_type)
    if data_format not in (CSV, LIBSVM, RECORDIO_PROTOBUF):
        raise PayloadError(f"Content-type {content_type} is not supported.")
    try:
        if data_format == CSV:
            return read_csv(body.strip().decode("utf-8")), CSV
        if data_format == LIBSVM:
            return read_libsvm(body.strip().decode("utf-8"), one_based), LIBSVM
        return recordio_protobuf.to_matrix(body)[0], RECORDIO_PROTOBUF
    except Exception as error:
        raise PayloadError(
            f"Loading {data_format} data failed with Exception, please ensure data is in "
            f"{data_format} format:\n {type(error)}\n {error}"
        ) from error


def read_csv(text: str) -> np.ndarray:
    """Read rows of numbers, shape (rows, columns); an empty cell is nan.

    Raises ValueError or csv.Error.
    """
    lines = text.split("\n")
    delimiter = sniff_delimiter(lines[0][:512])
    if delimiter.isalnum():
        delimiter = ","
    log.info("Determined delimiter of CSV input is '%s'", delimiter)
    try:
        rows = [list(map(float, line.split(delimiter))) for line in lines]
    except ValueError:  # probably an empty cell
        rows = [[float(cell) if cell else NAN for cell in line.split(delimiter)] for line in lines]
    return np.array(rows, float)


def read_libsvm(text: str, one_based: bool) -> scipy.sparse.csr_matrix:
    """Read `[label] index:value ...` lines, shape (rows, columns); other values are missing.

    Parameters
    ----------
    text
        The lines; labels are ignored.
    one_based
        Whether indices count from 1 if none is 0, as in image 3.2-0.

    Raises
    ------
    ValueError
        If there is no `index:value`, or an index is negative.
    """
    rows, columns, values = [], [], []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        for item in line.split(" "):
            index, colon, value = item.partition(":")
            if colon:
                rows.append(number)
                columns.append(int(index))
                values.append(float(value.split(":")[0]))
    if not rows:
        raise ValueError("cannot infer dimensions from zero sized index arrays")
    if min(columns) < 0:
        raise ValueError("negative column index found")
    if one_based and min(columns) >= 1:
        columns = [column - 1 for column in columns]
    shape = (len(lines), max(columns) + 1)
    return scipy.sparse.csr_matrix((values, (rows, columns)), shape=shape)
