"""Encode predictions as the body of a response."""

import json

from helpers.local.containers.linear_learner.media_types import JSON, JSON_LINES, RECORDIO
from helpers.local.containers.toolkit import recordio, recordio_protobuf
from helpers.local.containers.toolkit.headers import parse_header


def media_type(accept: str) -> str:
    """Return the media type of a response: JSON, unless Accept names one of the other two.

    The algorithm has no CSV: `Accept: text/csv` gets JSON (aws/sagemaker-python-sdk issue 993).
    """
    value, _ = parse_header(accept)
    return value.lower() if value.lower() in (JSON_LINES, RECORDIO) else JSON


def encode(rows: list[dict], media_type: str) -> bytes:
    """Encode predictions.

    Parameters
    ----------
    rows
        Each with `score`, and `predicted_label` of a classifier.
    media_type
        JSON, JSON_LINES or RECORDIO.
    """
    if media_type == JSON:
        return json.dumps({"predictions": rows}).encode()
    if media_type == JSON_LINES:
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    records = []
    for row in rows:
        labels = {name: v if isinstance(v, list) else [v] for name, v in row.items()}
        records.append(recordio.write_frame(recordio_protobuf.write_record(labels)))
    return b"".join(records)
