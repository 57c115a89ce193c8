"""IMDB: 50,000 film reviews, each with its writer's verdict.

`corpus` says which reviews there are, real or synthetic, and gets them; ``load("train")`` and
``load("test")`` return them as tables. `load_drifting` returns them as a story in which the wording
of the reviews changes. Their origin is in ``PROVENANCE.md`` one folder up.
"""

from helpers.datasets.imdb.drift import DriftingReviews, load_drifting, reword
from helpers.datasets.imdb.errors import DatasetError
from helpers.datasets.imdb.reviews import load
from helpers.datasets.imdb.sources import Corpus, corpus, last_used

__all__ = [
    "Corpus",
    "DatasetError",
    "DriftingReviews",
    "corpus",
    "last_used",
    "load",
    "load_drifting",
    "reword",
]
