"""The regular expressions of AWS's service models, written for Java, as Python ones.

Differences that matter: Java's `.` stops at more line ends, `\\w`, `\\d` and `\\s` are ASCII,
`\\p{L}` names a Unicode category and `\\p{Print}` a class of ASCII, `\\z` is Python's `\\Z`, and a
pattern must match the whole value.
"""

import re
import sys
import unicodedata
from collections import defaultdict
from functools import cache
from itertools import groupby
from operator import itemgetter

_TOKEN = re.compile(r"\\p\{(\w+)\}|\\.|.", re.DOTALL)
_DOT = r"[^\n\r\x85\u2028\u2029]"
_ASCII_CLASSES = {"Alnum": "a-zA-Z0-9", "ASCII": r"\x00-\x7f", "Print": r"\x20-\x7e"}

# Written in the model in a form that Python refuses or that takes exponential time on some values
# that don't match; the form on the right accepts exactly the same values.
_REWRITTEN = {
    # Java reads the surrogate pairs as the characters from U+10000 on
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*": (
        r"[\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF\t]*"
    ),
    r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,256}": r"[\p{L}\p{Z}\p{N}_.:\/=+\-@]*",
    r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}": r"[\p{L}\p{Z}\p{N}_.:\/=+\-@]*",
    r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?": r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    r".*(?:[ \r\n\t].*)*": r"[^\x85\u2028\u2029]*",
    r".*(?:[ \r\n\t].*)*.*": r"[^\x85\u2028\u2029]*",
    # from 3 to 1,016 pieces: three characters other than slashes, and at most 1,016 runs of them
    r"https://([.\-_a-zA-Z0-9]+/?){3,1016}": (
        r"https://(?=([.\-_a-zA-Z0-9]/?){3})[.\-_a-zA-Z0-9]+(/[.\-_a-zA-Z0-9]+){0,1015}/?"
    ),
}


def matches(pattern: str, value: str) -> bool:
    """Tell whether the whole of `value` matches the Java regular expression `pattern`.

    >>> matches(r"[\\p{L}\\p{N}]+", "Größe1"), matches(r"\\d+", "1 2")
    (True, False)
    """
    return _compiled(pattern, value.isascii()).fullmatch(value) is not None


@cache
def _compiled(pattern: str, ascii_only: bool) -> re.Pattern[str]:
    """Compile a pattern; for an ASCII value the categories hold ASCII only (Unicode: 0.2 s)."""
    python, in_class = [], False
    for token in _TOKEN.finditer(_REWRITTEN.get(pattern, pattern)):
        text, category = token[0], token[1]
        if category:
            members = _ASCII_CLASSES.get(category) or _categories(ascii_only)[category]
            text = members if in_class else f"[{members}]"
        elif text == "." and not in_class:
            text = _DOT
        elif text == r"\z":
            text = r"\Z"
        elif text in "[]":
            in_class = text == "["
        python.append(text)
    return re.compile("".join(python), re.ASCII)


@cache
def _categories(ascii_only: bool) -> dict[str, str]:
    """Return the characters of each Unicode category such as L or Z, as inside of a `[...]`."""
    ranges: defaultdict[str, str] = defaultdict(str)
    last = 127 if ascii_only else sys.maxunicode
    names = map(unicodedata.category, map(chr, range(last + 1)))
    first = 0
    for letter, run in groupby(names, key=itemgetter(0)):
        after = first + sum(1 for _ in run)
        ranges[letter] += f"\\U{first:08x}-\\U{after - 1:08x}"
        first = after
    return ranges
