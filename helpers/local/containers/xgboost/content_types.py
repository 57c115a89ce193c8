"""Content types of the built-in XGBoost."""

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.headers import parse_header

CSV = "csv"
LIBSVM = "libsvm"
PARQUET = "parquet"
RECORDIO_PROTOBUF = "recordio-protobuf"

NAMES = {  # accepted name: format, in the order of the error text
    "csv": CSV,
    "libsvm": LIBSVM,
    "parquet": PARQUET,
    "recordio-protobuf": RECORDIO_PROTOBUF,
    "text/csv": CSV,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "application/x-parquet": PARQUET,
    "application/x-recordio-protobuf": RECORDIO_PROTOBUF,
}
DEFAULT = "text/libsvm"


def to_format(content_type: str | None) -> str:
    """Return the data format of a content type; libsvm without one.

    Case doesn't matter, and parameters are ignored, but `label_size` of a CSV must be 1. Raises
    UserError.
    """
    if not content_type:
        return LIBSVM
    value, parameters = parse_header(content_type.lower())
    if value not in NAMES:
        raise UserError(f"{content_type} is not an accepted ContentType: {', '.join(NAMES)}.")
    if NAMES[value] == CSV and parameters.get("label_size", "1") != "1":
        raise UserError(
            f"{content_type} is not an accepted csv ContentType. "
            "Optional parameter label_size must be equal to 1"
        )
    return NAMES[value]
