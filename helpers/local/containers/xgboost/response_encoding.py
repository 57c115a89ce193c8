"""Encode predictions as the body of a response.

Source: `serve.py` and `serve_utils.py` of the open container.
"""

import json
from collections.abc import Mapping

import numpy as np

from helpers.local.containers.toolkit import recordio, recordio_protobuf
from helpers.local.containers.toolkit.headers import parse_header
from helpers.local.containers.xgboost.versions import Behavior

CSV = "text/csv"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
RECORDIO = "application/x-recordio-protobuf"
ACCEPTS = [JSON, JSON_LINES, RECORDIO, CSV]


class NotAcceptableError(Exception):
    """The client accepts no media type that the container can produce."""


def negotiate_accept(header: str, environ: Mapping[str, str]) -> str:
    """Return the media type of a response, from the Accept header. Raises NotAcceptableError."""
    accept, _ = parse_header(header)
    if not accept or accept == "*/*":
        return environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", CSV)
    if accept.lower() not in ACCEPTS:
        raise NotAcceptableError(
            f"Accept type {accept} is not supported. Please use supported accept types: {ACCEPTS}."
        )
    return accept.lower()


def to_batch(predictions: np.ndarray) -> str:
    """Encode for a batch transform, whatever its Accept: one line for each prediction.

    Parameters
    ----------
    predictions
        Shape (rows,) or (rows, classes).
    """
    return "\n".join(map(str, predictions.tolist())) + "\n"


def encode(predictions: np.ndarray, accept: str, behavior: Behavior) -> bytes:
    """Encode predictions.

    Parameters
    ----------
    predictions
        Shape (rows,) or (rows, classes).
    accept
        The media type, one of ACCEPTS; any other one is encoded as CSV.
    behavior
        Of the image's version: it decides the separators of a CSV.
    """
    values = predictions.tolist()
    if accept == JSON:
        return json.dumps({"predictions": [{"score": value} for value in values]}).encode()
    if accept == JSON_LINES:
        return "".join(json.dumps({"score": value}) + "\n" for value in values).encode()
    if accept == RECORDIO:
        return to_recordio([{"score": value} for value in values])
    if behavior.separator == "\n":
        rows = [",".join(map(str, v)) if isinstance(v, list) else str(v) for v in values]
    else:
        rows = [str(value) for value in values]
    return (behavior.separator.join(rows) + behavior.end).encode()


def to_recordio(rows: list[dict]) -> bytes:
    """Encode each row, name to number or list of numbers, as one record with float32 labels."""
    records = []
    for row in rows:
        labels = {name: v if isinstance(v, list) else [v] for name, v in row.items()}
        records.append(recordio.write_frame(recordio_protobuf.write_record(labels)))
    return b"".join(records)
