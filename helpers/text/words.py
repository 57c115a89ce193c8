"""From a review to its words: HTML out, lower case, tokens, stop words out, stems.

A token is a run of letters and digits of any script, with an apostrophe inside ("don't"). The stems
are those of Snowball's English stemmer, https://snowballstem.org/algorithms/english/stemmer.html.
"""

from __future__ import annotations

import hashlib
import html
import re
import threading
from pathlib import Path

import Stemmer

from helpers.text.stop_words import STOP_WORDS

# A tag starts with a letter, a slash or "!" right behind the bracket, so that "a < b" is none. It
# ends within 200 characters, before the next bracket: no text makes the search slow.
_TAG = re.compile(r"<(?:/?[a-zA-Z]|!)[^<>]{0,200}>")
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
# For ASCII text, which nearly all reviews are, the same in half the time: what is no letter, digit
# or apostrophe becomes a space.
_ASCII = "".join(chr(n).lower() if chr(n).isalnum() or chr(n) == "'" else " " for n in range(128))


MOST_STEMS = 200_000
"""Stems that are kept at most: the reviews of both halves have fewer, and a server runs for long.
"""


def rules() -> str:
    """A digest of the rules by which words are made: it changes when they do."""
    folder = Path(__file__).parent
    parts = [(folder / name).read_bytes() for name in ("words.py", "stop_words.py")]
    return hashlib.sha256(b"".join([*parts, Stemmer.version().encode()])).hexdigest()


class Stems(dict):
    """Token (lower case) to stem, worked out once for each token; a stop word's stem is "".

    Not for several threads at once: the stemmer in C keeps its state in itself.
    """

    def __init__(self) -> None:
        self._stem = Stemmer.Stemmer("english", 0).stemWord  # 0: this dictionary is its cache

    def __missing__(self, token: str) -> str:
        if len(self) >= MOST_STEMS:
            self.clear()
        stem = self[token] = self.work_out(token)
        return stem

    def work_out(self, token: str) -> str:
        """The stem of a token, which is not kept."""
        plain = token if token.isascii() else token.replace("\u2019", "'")
        return "" if plain in STOP_WORDS else self._stem(plain)


_own = threading.local()


def tokens(review: str) -> list[str]:
    """Split a review into lower-case tokens, without its HTML.

    >>> tokens("I loved it!<br /><br />Don't miss 2 &amp; 3.")
    ['i', 'loved', 'it', "don't", 'miss', '2', '3']
    """
    if "<" in review:
        review = _TAG.sub(" ", review)
    if "&" in review:
        review = html.unescape(review)
    if not review.isascii():
        return _TOKEN.findall(review.lower())
    plain = review.translate(_ASCII)
    if "'" in plain:  # only those inside a word stay
        plain = f" {plain} ".replace("''", "  ").replace("' ", " ").replace(" '", " ")
    return plain.split()


def words(review: str) -> list[str]:
    """Return the words of a review as they are counted: stems, in order, without stop words.

    Raises TypeError if `review` is no text.

    >>> words("I loved it!<br />The loving was never boring.")
    ['love', 'love', 'never', 'bore']
    """
    if not isinstance(review, str):
        raise TypeError(f"A review is a text, found {type(review).__name__}: {str(review)[:60]!r}")
    if not hasattr(_own, "stems"):
        _own.stems = Stems()
    return [stem for stem in map(_own.stems.__getitem__, tokens(review)) if stem]
