"""Training data of a channel as xgboost's DMatrix."""

from pathlib import Path

import numpy as np
import xgboost

from helpers.local.containers.contract import Image
from helpers.local.containers.toolkit import channel_files, recordio_protobuf
from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import content_types, csv_check, text_validation
from helpers.local.containers.xgboost.versions import is_legacy

STAGING = "/tmp/sagemaker_xgboost_input_data"  # what AWS's container calls it in the log
SCANNED_DELIMITERS = ",;\t |:"  # in a CSV with another one, text is not looked for


def check(channel: Path, data_format: str, image: Image) -> None:
    """Check each file of a channel. Raises UserError where the image would refuse it."""
    for file in channel_files.list_files(channel):
        if file.name.startswith("_"):
            continue
        if data_format == content_types.LIBSVM:
            text_validation.check_libsvm(file, file.name, is_legacy(image))
        elif data_format == content_types.CSV:
            delimiter = text_validation.csv_delimiter(file)
            if delimiter in SCANNED_DELIMITERS:
                findings = csv_check.find_text(file, file.name, delimiter)
                if findings and is_legacy(image):
                    csv_check.refuse(findings)
                if findings:
                    log.warning(csv_check.describe(findings, f"{image.repository}:{image.tag}"))


def load(
    channels: list[Path], data_format: str, csv_weights: int = 0, nthread: int = 1
) -> xgboost.DMatrix:
    """Read all files of some channels into one matrix with labels (and weights).

    Parameters
    ----------
    channels
        Their folders.
    data_format
        One of the formats of `content_types`.
    csv_weights
        1 if the second column of a CSV or parquet file contains instance weights.
    nthread
        How many threads read.

    Raises
    ------
    UserError
        With the container's text, if a file can't be read or has no labels.
    """
    with channel_files.staged(channels, STAGING) as folder:
        delimiter = ""
        if data_format == content_types.CSV:
            delimiter = text_validation.csv_delimiter(min(folder.iterdir()))
        try:
            matrix = _read(folder, data_format, delimiter, csv_weights, nthread)
        except Exception as error:
            message = f"Failed to load {data_format} data with exception:\n{error}"
            raise UserError(message) from error
    if data_format == content_types.CSV:
        csv_check.warn_about_index(matrix.get_label(), channels[0].name)
    if matrix.get_label().size == 0:
        raise UserError(
            "Got input data without labels. Please check the input data set. If training job is "
            "running on multiple instances, please switch to using single instance if number of "
            "records in the data set is less than number of workers (16 * number of instance) in "
            "the cluster."
        )
    return matrix


def _read(
    folder: Path, data_format: str, delimiter: str, csv_weights: int, nthread: int
) -> xgboost.DMatrix:
    paths = sorted(folder.iterdir())
    # Several files are listed in the URI, since xgboost reads those of a folder in any order. A
    # single file is read by its folder: xgboost would resolve the link, and misread `#` in a path.
    joined = ";".join(str(path) for path in paths) if len(paths) > 1 else str(folder)
    if data_format == content_types.CSV:
        # xgboost's own reader, as in the container: it decides what a cell means.
        weights = "&weight_column=1" if csv_weights else ""
        uri = f"{joined}?format=csv&label_column=0&delimiter={delimiter}{weights}"
        return xgboost.DMatrix(uri, nthread=nthread)
    if data_format == content_types.LIBSVM:
        return xgboost.DMatrix(f"{joined}?format=libsvm", nthread=nthread)
    if data_format == content_types.PARQUET:
        table = np.vstack([_read_parquet(path) for path in paths])
        first = 2 if csv_weights else 1
        weight = table[:, 1] if csv_weights else None
        return xgboost.DMatrix(table[:, first:], label=table[:, 0], weight=weight, nthread=nthread)
    features, labels = recordio_protobuf.to_matrix(b"".join(path.read_bytes() for path in paths))
    return xgboost.DMatrix(features, label=labels, nthread=nthread)


def _read_parquet(path: Path) -> np.ndarray:
    """Read a parquet file as floats, shape (rows, columns), without the index of pandas."""
    import pyarrow.parquet  # only for the jobs that use it

    table = pyarrow.parquet.ParquetFile(path).read()
    index = (table.schema.pandas_metadata or {}).get("index_columns", [])
    table = table.drop_columns([name for name in index if isinstance(name, str)])
    columns = [column.to_numpy().astype(float) for column in table.columns]
    return np.column_stack(columns)
