"""Numbers as the texts that the API has for hyperparameters, their ranges and hints."""

import math


def parse_number(text: str) -> float | int | None:
    """Return the finite number that a text is, None if it is not one; integers stay exact.

    Examples
    --------
    >>> parse_number("8"), parse_number("8.0"), parse_number("nan"), parse_number("gbtree")
    (8, 8.0, None, None)
    """
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
