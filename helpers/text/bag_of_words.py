"""A bag of words: how often each term occurs in each text, as a sparse matrix."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy
import scipy.sparse

from helpers.text import cache as caches
from helpers.text import counting

FEW = 2_000
"""Texts for each process at least: fewer are counted in less time than it takes to start."""


class NotFitted(ValueError):
    """The bag has no terms yet."""


class BagOfWords:
    """Learn which terms get a column, and count them, by scikit-learn's verbs.

    It gives what ``CountVectorizer(analyzer=helpers.text.words, max_features=max_terms)`` gives,
    but for terms that occur equally often where the limit cuts: here the first of the alphabet
    stay. It is faster, since each distinct token is stemmed once and looked up once after that, and
    it works in several processes.

    max_terms: the most terms to keep, those that occur most often in the texts of ``fit``.
    processes: how many to count in; None takes one for each core, and fewer for few texts.
    cache: keep each result in the home folder, by the content that it was made from.

    >>> bag = BagOfWords(max_terms=2, cache=False)
    >>> bag.fit_transform(["good, good film", "a bad film"]).toarray().tolist()
    [[1, 2], [1, 0]]
    >>> bag.terms
    ['film', 'good']
    """

    def __init__(self, max_terms: int = 5000, processes: int | None = None, cache: bool = True):
        if max_terms < 1:
            raise ValueError(f"max_terms is {max_terms}, but a bag needs at least one term")
        self.max_terms = max_terms
        self.processes = processes
        self.cache = cache
        self._terms: list[str] | None = None

    @classmethod
    def from_vocabulary(cls, vocabulary: dict[str, int], **settings) -> BagOfWords:
        """Make a bag that knows its terms already; `vocabulary` maps each to its column.

        Raises ValueError if the columns aren't 0, 1, 2 and so on, each once.
        """
        if sorted(vocabulary.values()) != list(range(len(vocabulary))) or not vocabulary:
            raise ValueError("The columns of a vocabulary are 0, 1, 2 and so on, each once")
        bag = cls(max_terms=len(vocabulary), **settings)
        bag._terms = sorted(vocabulary, key=vocabulary.get)
        return bag

    @property
    def terms(self) -> list[str]:
        """The terms in the order of their columns. Raises NotFitted."""
        if self._terms is None:
            raise NotFitted(
                "This bag of words has no terms yet: call fit or fit_transform with the training "
                "texts first, then transform."
            )
        return list(self._terms)

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Term to column, in alphabetical order. Raises NotFitted."""
        return {term: column for column, term in enumerate(self.terms)}

    def fit(self, texts: Iterable[str]) -> BagOfWords:
        """Choose the terms from these texts. Raises as `fit_transform`."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Iterable[str]) -> scipy.sparse.csr_matrix:
        """Choose the terms from these texts, and count them: (texts, terms), int32.

        Raises TypeError if `texts` is one text or holds something else, and ValueError if there is
        no text, or no word but stop words.
        """
        checked = _checked(texts)
        kept = caches.find(self.cache, checked, {"fit": self.max_terms})
        if kept is None:
            kept = self._choose(counting.count(checked, self._workers(checked)))
            caches.keep(self.cache, checked, {"fit": self.max_terms}, *kept)
        self._terms, features = kept
        return features

    def transform(self, texts: Iterable[str]) -> scipy.sparse.csr_matrix:
        """Count the terms, and nothing else, in these texts: (texts, terms), int32.

        Raises NotFitted before a fit, TypeError as `fit_transform`.
        """
        terms = self.terms
        checked = _checked(texts)
        kept = caches.find(self.cache, checked, {"terms": terms})
        if kept is None:
            kept = terms, counting.count(checked, self._workers(checked), terms).features
            caches.keep(self.cache, checked, {"terms": terms}, *kept)
        return kept[1]

    def _choose(self, counted: counting.Counted) -> tuple[list[str], scipy.sparse.csr_matrix]:
        """Keep the terms that occur most often."""
        if not counted.terms:
            raise ValueError("There is no word in these texts but stop words: nothing to count")
        totals = numpy.asarray(counted.features.sum(axis=0)).ravel()
        order = sorted(range(len(totals)), key=lambda column: counted.terms[column])
        order.sort(key=lambda column: -totals[column])  # stable: of equal ones the first stay
        chosen = sorted(order[: self.max_terms], key=lambda column: counted.terms[column])
        features = counted.features[:, chosen]
        features.sort_indices()
        return [counted.terms[column] for column in chosen], features

    def _workers(self, texts: Sequence[str]) -> int:
        if self.processes is not None:
            return max(1, self.processes)
        return max(1, min(os.cpu_count() or 1, len(texts) // FEW))


def _checked(texts: Iterable[str]) -> list[str]:
    """The texts as a list. Raises TypeError."""
    if isinstance(texts, str | bytes):
        raise TypeError(
            "A bag of words counts a list of texts, and was given one text: put it in []"
        )
    if isinstance(texts, dict) or hasattr(texts, "columns"):  # these would give their keys
        raise TypeError(
            f"A bag of words counts a list of texts, and was given a {type(texts).__name__}: name "
            'the column of the texts, such as frame["text"]'
        )
    listed = list(texts)
    for position, text in enumerate(listed):
        if not isinstance(text, str):
            raise TypeError(
                f"Text {position} is no text but {type(text).__name__}: {str(text)[:60]!r}"
            )
    return listed
