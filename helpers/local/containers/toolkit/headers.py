"""How a container reads the value of a Content-Type or Accept header."""


def parse_header(header: str) -> tuple[str, dict[str, str]]:
    """Split `text/csv; label_size=1` into its value and its parameters (names lowercased).

    A parameter given twice counts as the last one says; one without `=` is dropped.
    """
    value, *rest = header.split(";")
    pairs = [part.partition("=") for part in rest if "=" in part]
    return value.strip(), {name.strip().lower(): text.strip().strip('"') for name, _, text in pairs}
