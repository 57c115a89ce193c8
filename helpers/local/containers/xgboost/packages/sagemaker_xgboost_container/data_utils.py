"""Training data of a channel as xgboost's DMatrix.

Source: aws/sagemaker-xgboost-container, `data_utils.py`.
"""

import logging
import os
from pathlib import Path

import xgboost
from sagemaker_algorithm_toolkit.exceptions import UserError
from sagemaker_local_containers.toolkit import channel_files
from sagemaker_local_containers.xgboost import training_data
from sagemaker_local_containers.xgboost.content_types import (
    CSV,
    LIBSVM,
    PARQUET,
    RECORDIO_PROTOBUF,
    to_format,
)

FORMATS = (CSV, LIBSVM, PARQUET, RECORDIO_PROTOBUF)
PIPE_NAMES = {CSV: "CSV", PARQUET: "Parquet", RECORDIO_PROTOBUF: "RecordIO-Protobuf"}


def get_content_type(content_type_cfg_val: str | None) -> str:
    """Return the format of a content type, as `get_dmatrix` takes it; libsvm for None.

    Raises UserError.

    >>> get_content_type("text/csv; label_size=1")
    'csv'
    """
    return to_format(content_type_cfg_val)


def get_dmatrix(
    data_path: str | list[str], content_type: str, csv_weights: int = 0, is_pipe: bool = False
) -> xgboost.DMatrix:
    """Read files into one matrix with labels.

    Parameters
    ----------
    data_path
        A file or a folder, with up to two levels of folders in it, or a list of them.
    content_type
        ``csv``, ``libsvm``, ``parquet`` or ``recordio-protobuf``.
    csv_weights
        1 if the second column of a CSV has the weights of the rows.
    is_pipe
        Not served, as in AWS's image 3.2-0.

    Raises
    ------
    UserError
        If the files can't be read in that format, have no labels or don't exist.
    """
    data_format = content_type.lower()
    if data_format not in FORMATS:
        raise UserError(
            f"expected one of {', '.join(FORMATS)}, got {content_type}. What to do: "
            "get_content_type() returns the one of a content type."
        )
    if is_pipe:
        raise UserError(_pipe_refusal(data_format))
    paths = [Path(path) for path in _as_list(data_path)]
    for path in paths:
        if not path.exists():
            logging.info("File path %s does not exist!", path)
        if not path.exists() or not channel_files.list_files(path):
            raise UserError(
                f"Failed to load {data_format} data with exception:\nNo file in {path}. What to "
                "do: call get_dmatrix only where get_size(path) > 0."
            )
    options = training_data.Options(data_format, csv_weights == 1, nthread=-1)
    return training_data.load(paths, options)


def get_size(data_path: str, is_pipe: bool = False) -> int:
    """Return the bytes of a file, or of all files below a folder; 0 if it does not exist.

    Raises UserError for a hidden file in the folder.
    """
    if os.path.isfile(data_path):
        return os.path.getsize(data_path)
    return channel_files.size(Path(data_path))


def _as_list(data_path: str | list[str]) -> list[str]:
    return data_path if isinstance(data_path, list) else [data_path]


def _pipe_refusal(data_format: str) -> str:
    """Return the text of AWS's image for a format."""
    if data_format == LIBSVM:
        return "Pipe mode not supported for LibSVM."
    return (
        f"Pipe mode for {PIPE_NAMES[data_format]} is no longer supported. Please use Fast File "
        "mode (default) instead. Set input_mode='File' in your SageMaker Estimator or "
        "TrainingInput."
    )
