"""Text preparation: the words of a review, and the files that XGBoost reads.

`words` is the analyzer for scikit-learn's ``CountVectorizer``, which counts them. The counts stay
sparse from there to the file: as a dense array, 25,000 reviews x 5,000 terms would take a gigabyte.
"""

from helpers.text.files import (
    VocabularyError,
    load_vocabulary,
    parse_vocabulary,
    save_vocabulary,
    write_csv,
    write_libsvm,
)
from helpers.text.words import word_spans, words

__all__ = [
    "VocabularyError",
    "load_vocabulary",
    "parse_vocabulary",
    "save_vocabulary",
    "word_spans",
    "words",
    "write_csv",
    "write_libsvm",
]
