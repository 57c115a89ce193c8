"""Selectable inference: SAGEMAKER_INFERENCE_OUTPUT names the values in a response for each row."""

import json
from typing import Any

import numpy as np

from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import response_encoding

VARIABLE = "SAGEMAKER_INFERENCE_OUTPUT"
NAN = float("nan")

SCORE = ["predicted_score"]
LABELS = ["predicted_label", "labels"]
PROBABILITIES = ["probability", "probabilities"]
RAW = ["raw_score", "raw_scores"]

VALID = {  # objective: its valid keys, as the container lists them
    "reg:squarederror": SCORE,
    "reg:absoluteerror": SCORE,
    "reg:logistic": SCORE,
    "reg:gamma": SCORE,
    "reg:tweedie": SCORE,
    "binary:logistic": [*LABELS, *PROBABILITIES, *RAW],
    "binary:logitraw": [*LABELS, *RAW],
    "binary:hinge": [*LABELS, *RAW],
    "multi:softmax": [*LABELS, *RAW],
    "multi:softprob": [*LABELS, *PROBABILITIES, *RAW],
}


def selected_keys(setting: str) -> list[str]:
    """Parse the variable: keys separated by commas; spaces and case don't matter."""
    return setting.replace(" ", "").lower().split(",")


def select(
    predictions: np.ndarray, keys: list[str], objective: str, num_class: str
) -> list[dict[str, Any]]:
    """Return the selected values of each row.

    Parameters
    ----------
    predictions
        Shape (rows,) or, for multi:softprob, (rows, classes).
    keys
        The selected keys; those that the objective doesn't have are nan.
    objective, num_class
        Of the model.

    Raises
    ------
    ValueError
        For an objective without selectable inference.
    """
    if objective not in VALID:
        raise ValueError(
            f"Objective `{objective}` unsupported for selectable inference predictions."
        )
    invalid = set(keys) - set(VALID[objective])
    if invalid:
        log.warning(
            "Selected key(s) %s incompatible for objective '%s'. Please use list of compatible "
            "selectable inference predictions: %s",
            invalid,
            objective,
            VALID[objective],
        )
    return [
        {key: NAN if key in invalid else _value(key, row, objective, num_class) for key in keys}
        for row in predictions
    ]


def _value(key: str, row: Any, objective: str, num_class: str) -> Any:
    """Return one value of one row; `row` is a numpy scalar, or the probabilities of softprob."""
    if key == "labels":
        return list(range(int(num_class))) if objective.startswith("multi:") else [0, 1]
    if key == "predicted_label":
        return _label(row, objective)
    if objective == "multi:softprob":
        return row.tolist() if key in ("probabilities", "raw_scores") else row.max().item()
    if key in ("probabilities", "raw_scores"):
        return [1.0 - row.item(), row.item()]
    return row.item()  # predicted_score, probability, raw_score


def _label(row: Any, objective: str) -> float:
    if objective == "multi:softprob":
        return row.argmax().item()
    if objective == "binary:logistic":
        return int(row > 0.5)
    if objective == "binary:logitraw":
        return int(row > 0)
    return row.item()  # binary:hinge and multi:softmax predict labels


def encode(rows: list[dict[str, Any]], keys: list[str], accept: str, batch: bool) -> bytes:
    """Encode selected values.

    Parameters
    ----------
    rows
        As `select` returns them.
    keys
        The columns of a CSV.
    accept
        The media type.
    batch
        Whether it is a batch transform: then a CSV ends with a newline.

    Raises
    ------
    ValueError
        For a media type that isn't one of response_encoding.ACCEPTS.
    """
    if accept == response_encoding.JSON:
        return json.dumps({"predictions": rows}).encode()
    if accept == response_encoding.JSON_LINES:
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    if accept == response_encoding.RECORDIO:
        return response_encoding.to_recordio(rows)
    if accept != response_encoding.CSV:
        raise ValueError(f"Cannot encode selected predictions into accept type '{accept}'.")
    lines = [",".join(_cell(row[key]) for key in keys) for row in rows]
    return ("\n".join(lines) + ("\n" if batch else "")).encode()


def _cell(value: Any) -> str:
    return f'"{value}"' if isinstance(value, list) else str(value)
