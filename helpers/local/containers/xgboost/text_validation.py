"""Check the first line of a text file, before xgboost reads it.

Sources of the texts: the open container's `data_utils.py`; for 0.72 what its users quote
(aws/amazon-sagemaker-examples issues 161, 668).
"""

import csv
from pathlib import Path

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.masking import log


def sniff_delimiter(line: str) -> str:
    """Guess the delimiter of a CSV from a line. Raises csv.Error.

    The result is that of Python's `csv.Sniffer`, which the container uses, without its cost where
    it is certainly a comma.
    """
    if "," in line and '"' not in line and "'" not in line:
        return ","
    return csv.Sniffer().sniff(line).delimiter


def csv_delimiter(file: Path, strict: bool = False) -> str:
    """Guess the delimiter of a CSV file from its first line.

    Raises
    ------
    UserError
        If the line has no delimiter.
    UnicodeDecodeError
        With `strict`, if the start of the file (8 KiB) isn't UTF-8.
    """
    with file.open(encoding="utf-8", errors="strict" if strict else "ignore") as source:
        line = source.readline()
    try:
        delimiter = sniff_delimiter(line)
    except csv.Error as error:
        message = f"Could not determine delimiter on line {line[:50]}:\n{error}"
        raise UserError(message) from error
    log.info("Determined delimiter of CSV input is '%s'", delimiter)
    return delimiter


def check_libsvm(file: Path, name: str, legacy: bool) -> None:
    """Raise UserError unless the first line with features looks like libsvm."""
    with file.open(errors="ignore") as source:
        for line in source:
            features = _count_features(line)
            if legacy and not (" " in line and ":" in line):
                raise UserError(
                    f"Blankspace and colon not found in firstline '{line.strip()[:50]}...' of file "
                    f"'{name}'. ContentType by defaullt is in libsvm. Please ensure the file is in "
                    "libsvm format."
                )
            if features < 0:
                raise UserError(
                    f"First line '{line[:50]}...' of file '{name}' is not 'LIBSVM' format. "
                    "Please ensure the file is in 'LIBSVM' format."
                )
            if features > 1:
                return
    log.warning(
        "File %s is not an invalid LIBSVM file but has no features. Accepting simple validation.",
        name,
    )


def _count_features(line: str) -> int:
    """Count the `index:value` pairs of a libsvm line; -1 if it isn't one."""
    label, *features = line.split(" ")
    parts = label.split(":")
    try:
        [float(part) for part in parts]
    except ValueError:
        parts = []
    if len(parts) not in (1, 2):
        log.error("%s does not follow LIBSVM label format <label>(:<weight>).", label)
        return -1
    return len(features) if all(":" in feature for feature in features) else -1
