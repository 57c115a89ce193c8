"""Decode the body of a request for predictions.

Source: `serve_utils.py` and `encoder.py` of the open container.
"""

import re
from functools import cache
from typing import Any

import numpy as np
import scipy.sparse
import xgboost

from helpers.local.containers.toolkit import recordio_protobuf
from helpers.local.containers.toolkit.errors import without_stack_trace
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import libsvm_requests
from helpers.local.containers.xgboost.content_types import CSV, LIBSVM, RECORDIO_PROTOBUF, to_format
from helpers.local.containers.xgboost.text_validation import sniff_delimiter
from helpers.local.containers.xgboost.versions import Behavior

NUMPY_TEXT = re.compile(r"np\.str_\((.*)\)")  # how numpy 2 quotes a text


class PayloadError(Exception):
    """The body doesn't match its content type."""


def read(body: bytes, content_type: str | None, behavior: Behavior) -> tuple[Any, str]:
    """Read the features in a request; rows have no label.

    Parameters
    ----------
    body
        CSV, libsvm or RecordIO-protobuf.
    content_type
        Of the body; libsvm if None.
    behavior
        Of the image's version.

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
            features = read_csv(body.strip().decode("utf-8"))
        elif data_format == LIBSVM:
            features = read_libsvm(body.strip().decode("utf-8"), behavior.one_based_libsvm)
        else:
            features = recordio_protobuf.to_matrix(body)[0]
        _check_range(features)
    except Exception as error:
        text = without_stack_trace(str(error))
        if behavior.numpy_1_texts:
            text = NUMPY_TEXT.sub(r"\1", text)
        raise PayloadError(
            f"Loading {data_format} data failed with Exception, please ensure data is in "
            f"{data_format} format:\n {type(error)}\n {text}"
        ) from error
    return features, data_format


def _check_range(features: Any) -> None:
    """Let xgboost refuse numbers that are infinite in its 32 bits, as it does in the container."""
    values = features.data if scipy.sparse.issparse(features) else features
    with np.errstate(over="ignore"):
        infinite = np.isinf(values.astype(np.float32)).any()
    if infinite:
        xgboost.DMatrix(features, nthread=1)


def read_csv(text: str) -> np.ndarray:
    """Read rows of numbers, shape (rows, columns); an empty cell is nan.

    Raises ValueError or csv.Error.
    """
    lines = text.split("\n")
    delimiter = sniff_delimiter(lines[0][:512])
    if delimiter.isalnum():
        delimiter = ","
    # formatted here: logging takes longer for an argument than for the rest of a short request
    log.info(f"Determined delimiter of CSV input is '{delimiter}'")
    try:
        rows = [list(map(float, line.split(delimiter))) for line in lines]
    except ValueError:  # probably an empty cell; numpy's error if not
        cells = [[cell or "nan" for cell in line.split(delimiter)] for line in lines]
        return np.array(cells).astype(float)
    return np.array(rows, float)


def read_libsvm(text: str, one_based: bool) -> scipy.sparse.csr_matrix:
    """Read `[label] index:value ...` lines, shape (rows, columns); other values are missing.

    The last rows without any value are left out, as in the container: scipy takes the shape from
    the values.

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
    rows, columns, values = libsvm_requests.read(text)
    if not len(rows):
        raise ValueError("cannot infer dimensions from zero sized index arrays")
    smallest, largest = int(columns.min()), int(columns.max())
    if smallest < 0:
        raise ValueError("negative column index found")
    lines, count = text.count("\n") + 1, int(rows[-1]) + 1
    if lines > count:
        log.warning(
            "The last %d lines of the request have no index:value pair, and get no prediction: the "
            "answer has %d lines for %d, on AWS too. What to do: write a pair with the value 0.",
            lines - count,
            count,
            lines,
        )
    if one_based and smallest >= 1:
        _warn_about_shift()
        columns, largest = columns - 1, largest - 1
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count))))
    matrix = scipy.sparse.csr_matrix((values, columns, starts), shape=(count, largest + 1))
    matrix.sum_duplicates()
    return matrix


@cache
def _warn_about_shift() -> None:
    """Log once for each server that the columns of a libsvm request were shifted."""
    log.warning(
        "No row of a libsvm request has an index 0, so image 3.2-0 counts its indices from 1: "
        "each value moves one column to the left, on AWS too. Training does not do that. What to "
        "do: write indices as in the training data, and in each request at least one index 0 "
        "(0:0 will do), or send CSV."
    )
