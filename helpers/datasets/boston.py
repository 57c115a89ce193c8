"""Boston Housing: 506 census tracts of the Boston area in 1970, 13 features and a price.

The origin of the table, and what is wrong with it, is described in ``PROVENANCE.md`` beside it.
"""

from __future__ import annotations

import hashlib
import io
import pathlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas

FILE = pathlib.Path(__file__).with_name("boston_housing.csv")
SHA256 = "79ac716620024011b03c0c44d2bf99069b8173649181926d9109c25475a3804c"

TARGET = "MEDV"
COLUMNS = {
    "CRIM": "crimes a year per inhabitant of the town",
    "ZN": "residential land zoned for lots over 25,000 square feet (%)",
    "INDUS": "land used by business other than retail (%)",
    "CHAS": "tract bounds the Charles River (1 yes, 0 no)",
    "NOX": "nitrogen oxides in the air (parts per 10 million)",
    "RM": "rooms per dwelling (mean)",
    "AGE": "owner-occupied homes built before 1940 (%)",
    "DIS": "weighted distance to five employment centres (unit not stated)",
    "RAD": "access to radial highways (index, 1 to 24)",
    "TAX": "property tax (dollars per 10,000 dollars of value)",
    "PTRATIO": "pupils per teacher in the town",
    "B": "1000 (b - 0.63)², b the share of Black inhabitants of the town",
    "LSTAT": "inhabitants of lower status, as the authors defined it (%)",
    "MEDV": "median price of an owner-occupied home (1,000 dollars)",
}
"""What each column measures, with its unit: the labels of the plots."""

CAP = 50.0
"""Thousand dollars. The census did not record higher prices: 16 tracts have exactly this one."""


class Erratum(NamedTuple):
    """One miscoded price, in thousand dollars; `row` is the label in the index of `load()`."""

    row: int
    town: str
    printed: float
    corrected: float


ERRATA = (
    Erratum(7, "Salem", 27.1, 22.1),
    Erratum(38, "Saugus", 24.7, 24.2),
    Erratum(190, "Lexington", 37.0, 33.0),
    Erratum(240, "Natick", 22.0, 27.0),
    Erratum(437, "Boston Savin Hill", 8.7, 8.2),
    Erratum(442, "Boston Savin Hill", 18.4, 14.8),
    Erratum(454, "Boston Savin Hill", 14.9, 14.4),
    Erratum(505, "Winthrop", 11.9, 19.0),
)
"""The eight prices that Gilley and Pace (1996) found miscoded. `load()` leaves them as printed."""


def load() -> pandas.DataFrame:
    """Return the table of house prices.

    The column B encodes race, and the data set was withdrawn from scikit-learn because of it: see
    ``PROVENANCE.md`` before you train with it.

    Returns
    -------
    pandas.DataFrame, shape (506, 14)
        One row per census tract, with the index 0 to 505 and no value missing.

        ======= ============================================================================
        CRIM    crimes a year per inhabitant of the town
        ZN      residential land zoned for lots over 25,000 square feet, in per cent
        INDUS   land of the town used by business other than retail, in per cent
        CHAS    1 if the tract bounds the Charles River, else 0
        NOX     nitrogen oxides in the air, in parts per 10 million
        RM      mean number of rooms per dwelling
        AGE     owner-occupied homes built before 1940, in per cent
        DIS     weighted distance to five employment centres (the source states no unit)
        RAD     access to radial highways, an index from 1 to 24
        TAX     property tax, in dollars per 10,000 dollars of value
        PTRATIO pupils per teacher in the town
        B       1000 (b - 0.63)², where b is the share of Black inhabitants of the town
        LSTAT   inhabitants of lower status, as the authors defined it, in per cent
        MEDV    the target: median price of an owner-occupied home, in 1,000 dollars, cut at 50
        ======= ============================================================================

    Raises
    ------
    ValueError
        If the file is not the one that the course ships.

    Examples
    --------
    >>> frame = load()
    >>> frame.shape
    (506, 14)
    """
    import pandas

    content = FILE.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise ValueError(
            f"{FILE.name} is not the file that the course ships: its SHA-256 is {digest}, expected "
            f"{SHA256}. It was probably edited or converted. To restore it, run in a terminal, in "
            f"the folder of the course: git checkout -- helpers/datasets/{FILE.name}"
        )
    dtypes = dict.fromkeys(COLUMNS, "float64") | dict.fromkeys(("CHAS", "RAD", "TAX"), "int64")
    return pandas.read_csv(io.BytesIO(content), dtype=dtypes)


def split(
    frame: pandas.DataFrame, seed: int = 0
) -> tuple[pandas.DataFrame, pandas.DataFrame, pandas.DataFrame]:
    """Split a table into three parts: train, validation and test.

    Validation and test get a fifth each, train the rest. Which row goes where depends on `seed` and
    the row's position alone. It is drawn with SHA-256 and not with a random generator, so every
    version of Python and pandas splits alike.

    Parameters
    ----------
    frame : pandas.DataFrame
        At least 5 rows.
    seed : int
        Another seed gives another split.

    Returns
    -------
    train, validation, test : pandas.DataFrame
        Of 506 rows 304, 101 and 101, each in the order and with the index of `frame`.

    Raises
    ------
    ValueError
        For fewer than 5 rows, which would leave a part empty.

    Examples
    --------
    >>> [len(part) for part in split(load())]
    [304, 101, 101]
    """
    rows = len(frame)
    if rows < 5:
        raise ValueError(f"Cannot split {rows} rows into three parts: at least 5 are needed")
    drawn = sorted(range(rows), key=lambda row: hashlib.sha256(f"{seed}:{row}".encode()).digest())
    fifth = rows // 5
    test, validation, train = drawn[:fifth], drawn[fifth : 2 * fifth], drawn[2 * fifth :]
    return tuple(frame.iloc[sorted(part)] for part in (train, validation, test))
