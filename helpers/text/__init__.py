"""Text preparation: words of a review, bags of words, and the files that XGBoost reads.

Everything is sparse from end to end. As dense numbers, 25,000 reviews x 5,000 terms would take half
a gigabyte.
"""

from helpers.text.bag_of_words import BagOfWords, NotFitted
from helpers.text.files import (
    NoVocabulary,
    load_vocabulary,
    parse_vocabulary,
    save_vocabulary,
    write_csv,
    write_libsvm,
)
from helpers.text.words import words

__all__ = [
    "BagOfWords",
    "NoVocabulary",
    "NotFitted",
    "load_vocabulary",
    "parse_vocabulary",
    "save_vocabulary",
    "words",
    "write_csv",
    "write_libsvm",
]
