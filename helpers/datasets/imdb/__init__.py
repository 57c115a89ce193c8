"""IMDB: 50,000 film reviews with the verdict of their writers.

``corpus()`` says which reviews there are, real or synthetic, and gets them; ``load("train")`` and
``load("test")`` return them as tables. Where they come from stands in ``PROVENANCE.md`` one folder
up.
"""

from helpers.datasets.imdb.errors import DataError
from helpers.datasets.imdb.reviews import load
from helpers.datasets.imdb.sources import Corpus, corpus, last_used

__all__ = ["Corpus", "DataError", "corpus", "last_used", "load"]
