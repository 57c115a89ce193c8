"""From a review to its words: strip HTML, lower-case, split, drop stop words, stem.

A token is a run of letters and digits of any script, with an apostrophe inside ("don't"). The stems
are those of Snowball's English stemmer, https://snowballstem.org/algorithms/english/stemmer.html.
"""

from __future__ import annotations

import html
import re
import threading

import Stemmer

from helpers.text.stop_words import STOP_WORDS

# A tag starts with a letter, a slash or "!" right after the bracket, so "a < b" is not one. It ends
# within 200 characters and before the next bracket, so no input makes the search slow.
_TAG = re.compile(r"<(?:/?[a-zA-Z]|!)[^<>]{0,200}>")
_MARKUP = re.compile(_TAG.pattern + r"|&#?\w{1,32};")  # tags, and entities such as &amp;
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
# The same for ASCII text, which nearly all reviews are, in half the time: every character that is
# not a letter, digit or apostrophe becomes a space.
_ASCII = "".join(chr(n).lower() if chr(n).isalnum() or chr(n) == "'" else " " for n in range(128))

MAX_CACHED_STEMS = 200_000
"""The 50,000 reviews have fewer distinct tokens; the limit is for a process that runs for long."""


class StemCache(dict[str, str]):
    """Map each lower-case token to its stem, computed once; a stop word maps to "".

    Not for several threads at once: the C stemmer is not thread-safe.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stem = Stemmer.Stemmer("english", 0).stemWord  # 0: no second cache inside

    def __missing__(self, token: str) -> str:
        if len(self) >= MAX_CACHED_STEMS:
            self.clear()
        plain = token if token.isascii() else token.replace("\u2019", "'")
        stem = self[token] = "" if plain in STOP_WORDS else self._stem(plain)
        return stem


_thread = threading.local()


def tokens(review: str) -> list[str]:
    """Split a review into lower-case tokens, without its HTML.

    Parameters
    ----------
    review : str
        The text as its writer wrote it.

    Returns
    -------
    list of str
        The tokens in order, stop words included.

    Examples
    --------
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
    if "'" in plain:  # keep only apostrophes inside a word
        plain = f" {plain} ".replace("''", "  ").replace("' ", " ").replace(" '", " ")
    return plain.split()


def words(review: str) -> list[str]:
    """Return the words of a review: stems, in order, without stop words.

    This is an analyzer for scikit-learn's ``CountVectorizer``.

    Parameters
    ----------
    review : str
        The text as its writer wrote it, HTML included.

    Returns
    -------
    list of str
        One stem per token that is not a stop word.

    Raises
    ------
    TypeError
        If `review` is not a string, such as the nan of a missing review.

    Examples
    --------
    >>> words("I loved it!<br />The loving was never boring.")
    ['love', 'love', 'never', 'bore']

    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> vectorizer = CountVectorizer(analyzer=words, max_features=2)
    >>> vectorizer.fit_transform(["good, good film", "a bad film"]).toarray().tolist()
    [[1, 2], [1, 0]]
    >>> vectorizer.get_feature_names_out().tolist()
    ['film', 'good']
    """
    if not isinstance(review, str):
        raise TypeError(
            f"A review is a string: expected str, got {type(review).__name__}: {str(review)[:60]!r}"
        )
    if not hasattr(_thread, "stems"):
        _thread.stems = StemCache()
    return list(filter(None, map(_thread.stems.__getitem__, tokens(review))))


def word_spans(review: str) -> list[tuple[int, int, str]]:
    """Return where the words of a review are, to mark them in the text.

    Parameters
    ----------
    review : str
        The text as its writer wrote it, HTML included.

    Returns
    -------
    list of (int, int, str)
        Begin, end and stem of each token that is not a stop word, in order. The stems are those of
        `words`, except around HTML entities such as ``&#39;``, which count as spaces here.

    Examples
    --------
    >>> word_spans("I <b>loved</b> it, never bored.")
    [(5, 10, 'love'), (19, 24, 'never'), (25, 30, 'bore')]
    """
    same_length = _MARKUP.sub(lambda match: " " * len(match[0]), review)
    spans = []
    for match in _TOKEN.finditer(same_length):
        spans += [(*match.span(), stem) for stem in words(match[0])]
    return spans
