"""From a review to the numbers that the model reads; the same in training and in inference.

Only Python's standard library is used, so that it runs in the notebook, in the training job and in
the endpoint alike.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

PADDING, UNKNOWN = 0, 1
"""The ids of no word, and of a word that is not in the vocabulary."""

REVIEW_WORDS = 500
"""Words of a review that the model reads; the others are cut off."""

_TAG = re.compile(r"<(?:/?[a-zA-Z]|!)[^<>]{0,200}>")  # "a < b" is not one
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def words(review: str) -> list[str]:
    """Split a review into lower-case words, without its HTML.

    Stop words stay: to a model that reads words in their order, "not" and "but" say a lot.

    Examples
    --------
    >>> words("I LOVED it!<br />Don't miss it.")
    ['i', 'loved', 'it', "don't", 'miss', 'it']
    """
    text = html.unescape(_TAG.sub(" ", review)).lower().replace("\u2019", "'")
    return _WORD.findall(text)


def encode(review: str, vocabulary: dict[str, int]) -> list[int]:
    """Return the ids of a review's first words; one unknown word if it has none.

    Examples
    --------
    >>> encode("A great film", {"a": 2, "film": 3})
    [2, 1, 3]
    """
    ids = [vocabulary.get(word, UNKNOWN) for word in words(review)[:REVIEW_WORDS]]
    return ids or [UNKNOWN]


def load_vocabulary(path: Path) -> dict[str, int]:
    """Read a vocabulary from a JSON object that maps each word to its id."""
    return json.loads(path.read_text(encoding="utf-8"))
