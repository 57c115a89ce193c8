"""Parse the value of a Content-Type or Accept header."""


def parse_header(header: str) -> tuple[str, dict[str, str]]:
    """Split a header into its value and its parameters (names in lower case).

    Of equal parameters the last one counts; one without `=` is dropped.

    >>> parse_header("text/csv; label_size=1")
    ('text/csv', {'label_size': '1'})
    """
    value, *rest = header.split(";")
    pairs = [part.partition("=") for part in rest if "=" in part]
    return value.strip(), {name.strip().lower(): text.strip().strip('"') for name, _, text in pairs}
