"""The body of a request as xgboost's DMatrix, for the `input_fn` of an inference script.

Source: aws/sagemaker-xgboost-container, `encoder.py`, as of image 3.2-0.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost
from sagemaker_local_containers.toolkit import recordio_protobuf
from sagemaker_local_containers.toolkit.headers import parse_header
from sagemaker_local_containers.xgboost.text_validation import sniff_delimiter


class UnsupportedFormatError(Exception):
    """A content type that `decode` can't read; the text is that of sagemaker-containers."""

    def __init__(self, content_type: str):
        super().__init__(
            f"Content type {content_type} is not supported by this framework.\n\n"
            "Please implement input_fn to to deserialize the request data or an output_fn to\n"
            "serialize the response. For more information, see the SageMaker Python SDK README."
        )


def csv_to_dmatrix(input: str | bytes, dtype: Any = None) -> xgboost.DMatrix:
    """Read rows of numbers without labels; an empty cell is missing.

    Raises ValueError or csv.Error. The text must not end with a newline.
    """
    lines = _to_text(input).split("\n")
    delimiter = sniff_delimiter(lines[0][:512])
    delimiter = "," if delimiter.isalnum() else delimiter
    rows = [[cell or "nan" for cell in line.split(delimiter)] for line in lines]
    return xgboost.DMatrix(np.array(rows).astype(dtype))


def libsvm_to_dmatrix(string_like: str | bytes) -> xgboost.DMatrix:
    """Read `[label] index:value ...` lines; labels are ignored, other columns are 0.

    If no index is 0, they count from 1. Raises ValueError.
    """
    rows = [_libsvm_items(line) for line in _to_text(string_like).strip().split("\n")]
    indices = [index for row in rows for index in row]
    if not indices:
        return xgboost.DMatrix(np.empty((0, 0)))
    first = 1 if min(indices) >= 1 else 0
    matrix = np.zeros((len(rows), max(indices) - first + 1))
    for number, row in enumerate(rows):
        for index, value in row.items():
            matrix[number, index - first] = value
    return xgboost.DMatrix(matrix)


def recordio_protobuf_to_dmatrix(string_like: bytes) -> xgboost.DMatrix:
    """Read RecordIO-protobuf, with the labels if it has them. Raises ValueError."""
    features, labels = recordio_protobuf.to_matrix(bytes(string_like))
    return xgboost.DMatrix(features, label=labels if len(labels) else None)


DECODERS: dict[str, Callable[[Any], xgboost.DMatrix]] = {
    "text/csv": csv_to_dmatrix,
    "text/libsvm": libsvm_to_dmatrix,
    "text/x-libsvm": libsvm_to_dmatrix,
    "application/x-recordio-protobuf": recordio_protobuf_to_dmatrix,
}


def decode(obj: str | bytes, content_type: str) -> xgboost.DMatrix:
    """Read the body of a request by its content type. Raises UnsupportedFormatError."""
    media_type, _ = parse_header(content_type)
    if media_type not in DECODERS:
        raise UnsupportedFormatError(media_type)
    return DECODERS[media_type](obj)


def json_to_jsonlines(json_data: str | dict[str, list]) -> bytes:
    """Convert an object with one list to lines of JSON, one for each entry.

    Raises
    ------
    ValueError
        If the object does not have exactly one member.
    """
    members = json_data if isinstance(json_data, dict) else json.loads(json_data)
    if len(members) != 1:
        raise ValueError("JSON response is not compatible for conversion to jsonlines.")
    [entries] = members.values()
    return "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()


def _to_text(content: str | bytes) -> str:
    return content if isinstance(content, str) else bytes(content).decode()


def _libsvm_items(line: str) -> dict[int, float]:
    pairs = (token.split(":", 1) for token in line.split() if ":" in token)
    return {int(index): float(value) for index, value in pairs}
