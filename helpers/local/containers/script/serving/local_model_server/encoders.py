"""Arrays from and to JSON, CSV and NPY, as AWS's toolkit sagemaker-containers converts them.

Source: the package sagemaker-containers 2.8.6, modules `_encoders` and `_content_types`.
"""

from __future__ import annotations

import csv
import io
import json
import textwrap
from typing import Any

import numpy as np

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
UTF8_TYPES = (JSON, CSV)  # a request of these types is text for the user's functions


class UnsupportedFormatError(Exception):
    """A content type that nothing here reads or writes; the text is AWS's."""

    def __init__(self, content_type: str):
        super().__init__(
            textwrap.dedent(
                f"""Content type {content_type} is not supported by this framework.

            Please implement input_fn to to deserialize the request data or an output_fn to
            serialize the response. For more information, see the SageMaker Python SDK README."""
            )
        )


def decode(content: Any, content_type: str) -> np.ndarray:
    """Return the array that a request holds. Raises UnsupportedFormatError."""
    if content_type == NPY:
        return np.load(io.BytesIO(content), allow_pickle=True)
    if content_type == JSON:
        return np.array(json.loads(content))
    if content_type == CSV:
        rows = list(csv.reader(io.StringIO(content), strict=True))
        return np.array(rows).squeeze().astype(float)
    raise UnsupportedFormatError(content_type)


def encode(array: Any, content_type: str) -> str | bytes:
    """Return an array, a list or a number in a content type. Raises UnsupportedFormatError."""
    if content_type == NPY:
        with io.BytesIO() as buffer:
            np.save(buffer, array)
            return buffer.getvalue()
    if content_type == JSON:
        return json.dumps(array, default=_to_list)
    if content_type == CSV:
        rows = np.array(array)
        rows = rows.reshape(-1, 1) if rows.ndim == 1 else rows
        with io.StringIO() as text:
            csv.writer(text, lineterminator="\n", strict=True).writerows(rows)
            return text.getvalue()
    raise UnsupportedFormatError(content_type)


def _to_list(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
