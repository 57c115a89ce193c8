"""The body of a request for predictions as a matrix (`serve_utils.py`, `encoder.py` there)."""

from typing import Any

import numpy as np
import scipy.sparse

from helpers.local.containers.toolkit import recordio_protobuf
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost.content_types import CSV, LIBSVM, RECORDIO_PROTOBUF, to_format
from helpers.local.containers.xgboost.text_validation import sniff_delimiter

NAN = float("nan")


class PayloadError(Exception):
    """The body isn't what its content type says."""


def read(body: bytes, content_type: str | None, shifts_libsvm: bool) -> tuple[Any, str]:
    """Read the features in a request; rows have no label.

    shifts_libsvm: count libsvm indices from 1 if the smallest is 1 or more.
    Returns a (rows, columns) array or CSR matrix, and the data format.
    Raises UserError (content type) or PayloadError.
    """
    data_format = to_format(content_type)
    if data_format not in (CSV, LIBSVM, RECORDIO_PROTOBUF):
        raise PayloadError(f"Content-type {content_type} is not supported.")
    try:
        if data_format == CSV:
            return read_csv(body.strip().decode("utf-8")), CSV
        if data_format == LIBSVM:
            return read_libsvm(body.strip().decode("utf-8"), shifts_libsvm), LIBSVM
        return recordio_protobuf.to_matrix(body)[0], RECORDIO_PROTOBUF
    except Exception as error:
        raise PayloadError(
            f"Loading {data_format} data failed with Exception, please ensure data is in "
            f"{data_format} format:\n {type(error)}\n {error}"
        ) from error


def read_csv(text: str) -> np.ndarray:
    """Rows of numbers; an empty cell is nan. Raises ValueError or csv.Error."""
    lines = text.split("\n")
    delimiter = sniff_delimiter(lines[0][:512])
    if delimiter.isalnum():
        delimiter = ","
    log.info("Determined delimiter of CSV input is '%s'", delimiter)
    try:
        rows = [list(map(float, line.split(delimiter))) for line in lines]
    except ValueError:  # an empty cell, most likely
        rows = [[float(cell) if cell else NAN for cell in line.split(delimiter)] for line in lines]
    return np.array(rows, float)


def read_libsvm(text: str, shifts: bool) -> scipy.sparse.csr_matrix:
    """`[label] index:value ...` lines as a sparse matrix; what isn't given is missing.

    shifts: as image 3.2-0 does, count from 1 if no index is 0. Raises ValueError.
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
    if shifts and min(columns) >= 1:
        columns = [column - 1 for column in columns]
    shape = (len(lines), max(columns) + 1)
    return scipy.sparse.csr_matrix((values, (rows, columns)), shape=shape)
