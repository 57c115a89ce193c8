"""From reviews to features: `helpers.text` against the classic way, and against scikit-learn.

    .venv/bin/python benchmarks/imdb_prepare.py            (about two minutes)
    .venv/bin/python benchmarks/imdb_prepare.py --quick    (a few reviews: does it run?)

Three ratios, each side measured in a process of its own, in the same run, without a cache:

time     2,000 reviews to features and a file. The classic way: BeautifulSoup strips the HTML,
         NLTK's Porter stemmer (pure Python) takes each word, CountVectorizer's result is made dense
         and written as CSV. Wanted: at least 20 times faster, in one process.
memory   what 25,000 reviews x 5,000 terms need beyond the texts themselves, at the peak, against
         the same for a dense array, as the classic way makes it. Wanted: at most a tenth.
core     reviews a second in one process against scikit-learn's CountVectorizer with the very same
         words (analyzer=helpers.text.words). Wanted: at least equal.

Real reviews are taken if SAGEMAKER_COURSE_DATA names them, else synthetic ones, repeated as often
as needed. The output says which.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
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
    ours, classic = best((sparse_way, classic_way), sample, repeats)
    print(f"time, {few:,} reviews: classic {classic:.2f} s, here {ours:.3f} s")
    print(f"  ratio {classic / ours:.1f} (wanted: at least 20)\n")

    whole = repeated(found, many)
    with tempfile.TemporaryDirectory() as folder:
        file = write(whole, Path(folder, "texts"))
        ours, dense = (measured(way, file) for way in (memory_here, memory_dense))
    print(f"memory, {many:,} reviews: dense {dense / 1e6:.0f} MB, here {ours / 1e6:.0f} MB")
    print(f"  share {ours / dense:.3f} (wanted: at most 0.1)\n")

    ours, theirs = best((count_here, count_there), whole, repeats)
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


def best(ways: Sequence[Callable], texts: list[str], repeats: int) -> list[float]:
    """The shortest of the seconds that each way takes, each time in a new process, in turn."""
    rounds = [[measured(way, texts) for way in ways] for _ in range(repeats)]
    return [min(seconds) for seconds in zip(*rounds, strict=True)]


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


def memory_here(file: str) -> float:
    """Bytes at the peak of counting, beyond the texts and the imports."""
    from helpers.text import BagOfWords

    texts = read(file)
    BagOfWords(TERMS, processes=1, cache=False).fit(texts[:50])
    before = peak()
    features = BagOfWords(TERMS, processes=1, cache=False).fit_transform(texts)
    assert features.shape[0] == len(texts)
    return peak() - before


def memory_dense(file: str) -> float:
    """The same of the classic way's array; its words are made as here, which needs less."""
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.text import words

    texts = read(file)
    CountVectorizer(analyzer=words).fit_transform(texts[:50]).toarray()
    before = peak()
    dense = CountVectorizer(analyzer=words, max_features=TERMS).fit_transform(texts).toarray()
    assert dense.shape[0] == len(texts)
    return peak() - before


def write(texts: list[str], file: Path) -> str:
    with file.open("w") as lines:
        lines.writelines(json.dumps(text) + "\n" for text in texts)
    return str(file)


def read(file: str) -> list[str]:
    """Texts one by one, so that the peak before counting is what they need themselves."""
    with open(file) as lines:
        return [json.loads(line) for line in lines]


def peak() -> float:
    """The most bytes that this process ever held.

    Linux's ru_maxrss would not do: it begins with what the parent held when it started this one.
    """
    if sys.platform == "linux":
        return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes


def count_here(texts: list[str]) -> float:
    """Seconds of one core: they don't count the time in which other programs had it."""
    from helpers.text import BagOfWords

    begin = time.process_time()
    BagOfWords(TERMS, processes=1, cache=False).fit_transform(texts)
    return time.process_time() - begin


def count_there(texts: list[str]) -> float:
    """As `count_here`, by scikit-learn."""
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.text import words

    begin = time.process_time()
    CountVectorizer(analyzer=words, max_features=TERMS).fit_transform(texts)
    return time.process_time() - begin


if __name__ == "__main__":
    sys.exit(main())
