"""IMDB: 50,000 film reviews, each with its writer's verdict.

`corpus` says which reviews there are, real or synthetic, and gets them; ``load("train")`` and
``load("test")`` return them as tables. Their origin is in ``PROVENANCE.md`` one folder up.
"""

from helpers.datasets.imdb.errors import DatasetError
from helpers.datasets.imdb.reviews import load
from helpers.datasets.imdb.sources import Corpus, corpus, last_used

__all__ = ["Corpus", "DatasetError", "corpus", "last_used", "load"]
