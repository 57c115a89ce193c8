"""From reviews to features: `helpers.text` against the classic way, and against scikit-learn.

    .venv/bin/python benchmarks/imdb_prepare.py            (about two minutes)
    .venv/bin/python benchmarks/imdb_prepare.py --quick    (a few reviews: does it run?)

Three ratios, each side measured in a process of its own, in the same run, without a cache:

time     2,000 reviews to features and a file. The classic way: BeautifulSoup strips the HTML,
         NLTK's Porter stemmer (pure Python) takes each word, CountVectorizer's result is made dense
         and written as CSV. Wanted: at least 20 times faster, in one process.
memory   what 25,000 reviews x 5,000 terms need beyond the texts themselves, at the peak, against
         the dense array that the classic way keeps. Wanted: at most a tenth.
core     reviews a second in one process against scikit-learn's CountVectorizer with the very same
         words (analyzer=helpers.text.words). Wanted: at least equal.

Real reviews are taken if SAGEMAKER_COURSE_DATA names them, else synthetic ones, repeated as often
as needed. The output says which.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TERMS = 5000
REPEATS = 3  # the best of them counts: other programs only ever slow one down


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few reviews only")
    quick = parser.parse_args().quick
    os.environ.setdefault("SAGEMAKER_COURSE_DATA", "synthetic")
    few, many = (100, 1500) if quick else (2_000, 25_000)
    repeats = 1 if quick else REPEATS
    kind, found = reviews()
    print(f"{len(found):,} {kind} reviews, {TERMS:,} terms\n")

    sample = repeated(found, few)
    ours, classic = (best(way, sample, repeats) for way in (sparse_way, classic_way))
    print(f"time, {few:,} reviews: classic {classic:.2f} s, here {ours:.3f} s")
    print(f"  ratio {classic / ours:.1f} (wanted: at least 20)\n")

    whole = repeated(found, many)
    texts, counted = measured(peak_of_loading, many), measured(peak_of_counting, many)
    peak, dense = counted - texts, many * TERMS * 8
    print(f"memory, {many:,} reviews: dense {dense / 1e6:.0f} MB, here {peak / 1e6:.0f} MB more")
    print(f"  share {peak / dense:.3f} (wanted: at most 0.1)\n")

    ours, theirs = (best(way, whole, repeats) for way in (count_here, count_there))
    print(f"core: scikit-learn {many / theirs:,.0f} reviews/s, here {many / ours:,.0f} reviews/s")
    print(f"  ratio {theirs / ours:.2f} (wanted: at least 1)")
    return 0


def reviews() -> tuple[str, list[str]]:
    """Whether they are real or synthetic, and the texts of the training half."""
    from helpers.datasets import imdb

    source = imdb.corpus(quiet=True)
    return source.kind, imdb.load("train", source, quiet=True)["text"].tolist()


def repeated(texts: list[str], count: int) -> list[str]:
    """`count` texts, of both labels alike; all differ, since a copy could be looked up."""
    step = max(1, len(texts) // count)
    chosen = texts[::step][:count]
    return [
        f"{chosen[number % len(chosen)]} copy{number // len(chosen)}" for number in range(count)
    ]


def best(way: Callable, texts: list[str], repeats: int) -> float:
    """The shortest of the seconds that a way takes, each time in a new process."""
    return min(measured(way, texts) for _ in range(repeats))


def measured(way: Callable, argument: object) -> float:
    """What a way returns in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        found = pool.apply(way, (argument,))
        pool.close()
        pool.join()  # let it end by itself: ended by force, it leaves semaphores behind
    return found


def sparse_way(texts: list[str]) -> float:
    """Seconds from reviews to features to a libsvm file, as the mini-project does it."""
    from helpers.text import BagOfWords, write_libsvm

    begin = time.perf_counter()
    bag = BagOfWords(TERMS, processes=1, cache=False)
    with tempfile.TemporaryDirectory() as folder:
        write_libsvm(Path(folder, "x"), bag.fit_transform(texts), [0] * len(texts))
    return time.perf_counter() - begin


def classic_way(texts: list[str]) -> float:
    """Seconds from reviews to a dense array to a CSV file, as such lessons used to do it."""
    import numpy
    import pandas
    from bs4 import BeautifulSoup
    from nltk.stem.porter import PorterStemmer
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.text.stop_words import STOP_WORDS

    begin = time.perf_counter()
    stem = PorterStemmer().stem
    prepared = []
    for text in texts:
        plain = BeautifulSoup(text, "html.parser").get_text()
        letters = "".join(letter if letter.isalnum() else " " for letter in plain.lower())
        prepared.append([stem(word) for word in letters.split() if word not in STOP_WORDS])
    counter = CountVectorizer(analyzer=lambda words: words, max_features=TERMS)
    dense = counter.fit_transform(prepared).toarray()
    with tempfile.TemporaryDirectory() as folder:
        table = pandas.DataFrame(numpy.insert(dense, 0, 0, axis=1))
        table.to_csv(Path(folder, "x"), header=False, index=False)
    return time.perf_counter() - begin


def peak_of_loading(count: int) -> float:
    """The most bytes that a process holds which loads the texts and imports all that counts."""
    from helpers.text import BagOfWords

    texts = repeated(reviews()[1], count)
    BagOfWords(cache=False).fit(texts[:50])
    return peak()


def peak_of_counting(count: int) -> float:
    """As `peak_of_loading`, of a process that counts the texts as well."""
    from helpers.text import BagOfWords

    texts = repeated(reviews()[1], count)
    features = BagOfWords(TERMS, processes=1, cache=False).fit_transform(texts)
    assert features.shape[0] == len(texts)
    return peak()


def peak() -> float:
    """The most bytes that this process ever held (ru_maxrss: KiB, on macOS bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def count_here(texts: list[str]) -> float:
    from helpers.text import BagOfWords

    begin = time.perf_counter()
    BagOfWords(TERMS, processes=1, cache=False).fit_transform(texts)
    return time.perf_counter() - begin


def count_there(texts: list[str]) -> float:
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.text import words

    begin = time.perf_counter()
    CountVectorizer(analyzer=words, max_features=TERMS).fit_transform(texts)
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
