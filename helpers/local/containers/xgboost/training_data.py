"""Training data of a channel as xgboost's DMatrix."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost

from helpers.local.containers.contract import Image
from helpers.local.containers.toolkit import channel_files, recordio_protobuf
from helpers.local.containers.toolkit.errors import UserError, without_stack_trace
from helpers.local.containers.toolkit.masking import log
from helpers.local.containers.xgboost import content_types, csv_check, libsvm_check, text_validation
from helpers.local.containers.xgboost.versions import behavior, is_legacy

STAGING = "/tmp/sagemaker_xgboost_input_data"  # what AWS's container calls it in the log
SCANNED_DELIMITERS = ",;\t |:"  # in a CSV with another one, text is not looked for


@dataclass(frozen=True)
class Options:
    """How channels are read.

    Parameters
    ----------
    data_format
        One of the formats of `content_types`.
    csv_weights
        1 if the second column of a CSV contains instance weights.
    nthread
        How many threads read.
    legacy
        Whether the image is 0.72, which logs other lines.
    distribution
        The S3DataDistributionType of the training data, which 0.72 logs.
    """

    data_format: str
    csv_weights: int = 0
    nthread: int = 1
    legacy: bool = False
    distribution: str = "FullyReplicated"


def check(channel: Path, data_format: str, image: Image) -> None:
    """Check each file of a channel. Raises UserError where the image would refuse it."""
    for file in channel_files.list_files(channel):
        if file.name.startswith("_"):
            continue
        if data_format == content_types.LIBSVM:
            text_validation.check_libsvm(file, file.name, is_legacy(image))
            libsvm_check.check(file, file.name, behavior(image).one_based_libsvm)
        elif data_format == content_types.CSV:
            delimiter = text_validation.csv_delimiter(file)
            if delimiter in SCANNED_DELIMITERS:
                findings = csv_check.find_text(file, file.name, delimiter)
                if findings and is_legacy(image):
                    csv_check.refuse(findings)
                if findings:
                    log.warning(csv_check.describe(findings, f"{image.repository}:{image.tag}"))


def load(channels: list[Path], options: Options) -> xgboost.DMatrix:
    """Read all files of some channels into one matrix with labels (and weights).

    Raises
    ------
    UserError
        With the container's text, if a file can't be read or has no labels.
    UnicodeDecodeError
        If the start of the first CSV file isn't UTF-8: the container reads its first line again,
        this time strictly, to find the delimiter.
    """
    data_format = options.data_format
    with channel_files.staged(channels, None if options.legacy else STAGING) as folder:
        delimiter = ""
        if data_format == content_types.CSV:
            delimiter = text_validation.csv_delimiter(_first_file(folder), strict=True)
        try:
            matrix = _read(folder, options, delimiter)
        except Exception as error:
            text = without_stack_trace(str(error))
            raise UserError(f"Failed to load {data_format} data with exception:\n{text}") from error
    if options.legacy:
        _log_matrix(matrix, channels, options, delimiter)
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


def _first_file(folder: Path) -> Path:
    """Return the link to the file whose first line shows the delimiter.

    The container takes any, in the order of its file system. The files of Spark include an empty
    `_SUCCESS`, which has no delimiter; by name it would always be the first.
    """
    return min(folder.iterdir(), key=lambda link: (link.readlink().name.startswith("_"), link))


def _log_matrix(
    matrix: xgboost.DMatrix, channels: list[Path], options: Options, delimiter: str
) -> None:
    """Print what 0.72 and its xgboost say about a matrix."""
    now = time.strftime("%H:%M:%S")
    query = (
        f"?format=csv&label_column=0&delimiter={delimiter}"
        if options.data_format == content_types.CSV
        else ""
    )
    print(f"[{now}] S3DistributionType set as {options.distribution}", flush=True)
    print(
        f"[{now}] {matrix.num_row()}x{matrix.num_col()} matrix with {matrix.num_nonmissing()} "
        f"entries loaded from /opt/ml/input/data/{channels[0].name}{query}",
        flush=True,
    )


def _read(folder: Path, options: Options, delimiter: str) -> xgboost.DMatrix:
    data_format, nthread = options.data_format, options.nthread
    paths = sorted(folder.iterdir())
    # Several files are listed in the URI, since xgboost reads those of a folder in any order. A
    # single file is read by its folder: xgboost would resolve the link, and misread `#` in a path.
    joined = ";".join(str(path) for path in paths) if len(paths) > 1 else str(folder)
    if data_format == content_types.CSV:
        # xgboost's own reader, as in the container: it decides what a cell means.
        weights = "&weight_column=1" if options.csv_weights else ""
        uri = f"{joined}?format=csv&label_column=0&delimiter={delimiter}{weights}"
        return xgboost.DMatrix(uri, nthread=nthread)
    if data_format == content_types.LIBSVM:
        return xgboost.DMatrix(f"{joined}?format=libsvm", nthread=nthread)
    if data_format == content_types.PARQUET:
        table = np.vstack([_read_parquet(path) for path in paths])
        if options.csv_weights:
            log.warning(
                "csv_weights has no effect on Parquet: the second column is a feature, on AWS "
                "too. What to do: use CSV, where the second column is the weight of a row."
            )
        return xgboost.DMatrix(table[:, 1:], label=table[:, 0], nthread=nthread)
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
