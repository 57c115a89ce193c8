"""From a review to its words: HTML out, lower case, tokens, stop words out, stems.

A token is a run of letters and digits of any script, with an apostrophe inside ("don't"). The stems
are those of Snowball's English stemmer, https://snowballstem.org/algorithms/english/stemmer.html.
"""

from __future__ import annotations

import html
import re
import threading

import Stemmer

from helpers.text.stop_words import STOP_WORDS

VERSION = 1
"""Changes with the rules: what was cached under other rules is of no use."""

# A tag starts with a letter or a slash right behind the bracket, so that "a < b" is none.
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<!--.*?-->", re.DOTALL)
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
# For ASCII text, which nearly all reviews are, the same in half the time: what is no letter, digit
# or apostrophe becomes a space.
_ASCII = "".join(chr(n).lower() if chr(n).isalnum() or chr(n) == "'" else " " for n in range(128))


class Stems(dict):
    """Token (lower case) to stem, worked out once for each token; a stop word's stem is "".

    Not for several threads at once: the stemmer in C keeps its state in itself.
    """

    def __init__(self) -> None:
        self._stem = Stemmer.Stemmer("english", 0).stemWord  # 0: this dictionary is its cache

    def __missing__(self, token: str) -> str:
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
