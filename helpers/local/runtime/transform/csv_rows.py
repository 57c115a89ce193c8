"""Rows of CSV (RFC 4180), one line each: batch transform allows no line break in a field."""

import re

_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)')
_QUOTED = re.compile(r'["\r\n]|(?:^|,)[ \t]')  # a field with any of these, or a comma, needs quotes
_SHOWN = 80  # characters of a broken row that an error repeats


def read(line: str) -> list[str]:
    """The fields of a row, without their quotes. Raises ValueError for a misplaced quote.

    >>> read('1,"a, b",')
    ['1', 'a, b', '']
    """
    if '"' not in line:
        return line.split(",")
    fields, position = [], 0
    while position <= len(line):
        found = _FIELD.match(line, position)
        if not found:
            rest = line[position : position + _SHOWN]
            problem = (
                'extraneous or missing " in quoted field'
                if rest.startswith('"')
                else 'bare " in non quoted field'
            )
            raise ValueError(f"{problem} found near: {rest}")
        quoted, plain = found.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        position = found.end() if found[0].endswith(",") else len(line) + 1
    return fields


def write(fields: list[str]) -> str:
    """A row; only fields that need quotes get them.

    >>> write(["1", "a, b", ""])
    '1,"a, b",'
    """
    row = ",".join(fields)
    plain = row.count(",") == len(fields) - 1 and not _QUOTED.search(row)
    return row if plain else ",".join(map(_quoted, fields))


def _quoted(field: str) -> str:
    needs = "," in field or _QUOTED.search(field)
    return '"' + field.replace('"', '""') + '"' if needs else field
