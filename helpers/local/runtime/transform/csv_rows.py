"""Rows of CSV (RFC 4180), one line each: in batch transform, a field can't have a line break."""

import re

_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)')
_QUOTED = re.compile(r'["\r\n]|(?:^|,)[ \t]')  # a field with any of these, or a comma, needs quotes
_MAX_SHOWN_CHARS = 80  # of an invalid row, in an error


def read(line: str) -> list[str]:
    """Return the fields of a row, without their quotes. Raises ValueError for a misplaced quote.

    >>> read('1,"a, b",')
    ['1', 'a, b', '']
    """
    if '"' not in line:
        return line.split(",")
    fields, position = [], 0
    while position <= len(line):
        match = _FIELD.match(line, position)
        if not match:
            rest = line[position : position + _MAX_SHOWN_CHARS]
            problem = (
                'extraneous or missing " in quoted field'
                if rest.startswith('"')
                else 'bare " in non quoted field'
            )
            raise ValueError(f"{problem} found near: {rest}")
        quoted, plain = match.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end() if match[0].endswith(",") else len(line) + 1
    return fields


def write(fields: list[str]) -> str:
    """Return a row; only fields that need quotes get them.

    >>> write(["1", "a, b", ""])
    '1,"a, b",'
    """
    row = ",".join(fields)
    is_plain = row.count(",") == len(fields) - 1 and not _QUOTED.search(row)
    return row if is_plain else ",".join(map(_quote, fields))


def _quote(field: str) -> str:
    needs_quotes = "," in field or _QUOTED.search(field)
    return '"' + field.replace('"', '""') + '"' if needs_quotes else field
