"""From reviews to features: CountVectorizer with `helpers.text.words` against the classic way.

    .venv/bin/python benchmarks/imdb_prepare.py            (about two minutes)
    .venv/bin/python benchmarks/imdb_prepare.py --quick    (a few reviews: does it run?)

Two ratios, each side measured in a process of its own, in the same run:

time     5,000 reviews to features and a file. The classic way: BeautifulSoup strips the HTML,
         NLTK's Porter stemmer (pure Python) takes each word, CountVectorizer's result is made dense
         and written as CSV. Target: at least 15 times faster, in CPU seconds, since those don't
         count the time in which other programs had the processor.
memory   what 25,000 reviews x 5,000 terms need beyond the texts themselves, at the peak, against
         the same for a dense array, as the classic way makes it. Target: at most a tenth.

Then the seconds that counting all 25,000 reviews takes.

Real reviews are used if SAGEMAKER_COURSE_DATA names them, else synthetic ones, repeated as often
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
LIBRARIES = ("sklearn.feature_extraction.text", "helpers.text")  # imported once, for all processes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few reviews only")
    quick = parser.parse_args().quick
    os.environ.setdefault("SAGEMAKER_COURSE_DATA", "synthetic")
    few, many = (100, 1500) if quick else (5_000, 25_000)
    repeats = 1 if quick else REPEATS
    kind, texts = reviews()
    print(f"{len(texts):,} {kind} reviews, {TERMS:,} terms\n")

    sample = repeated(texts, few)
    sparse, classic = best((sparse_way, classic_way), sample, repeats)
    print(f"time, {few:,} reviews: classic {classic:.2f} CPU s, here {sparse:.3f} CPU s")
    print(f"  ratio {classic / sparse:.1f} (target: at least 15)\n")

    whole = repeated(texts, many)
    with tempfile.TemporaryDirectory() as folder:
        file = write(whole, Path(folder, "texts"))
        sparse, dense = (measured(way, file) for way in (memory_sparse, memory_dense))
    print(f"memory, {many:,} reviews: dense {dense / 1e6:.0f} MB, here {sparse / 1e6:.0f} MB")
    print(f"  share {sparse / dense:.3f} (target: at most 0.1)\n")

    (seconds,) = best((count,), whole, repeats)
    print(f"counting {many:,} reviews: {seconds:.1f} s")
    return 0


def reviews() -> tuple[str, list[str]]:
    """Return "real" or "synthetic", and the texts of the training half."""
    from helpers.datasets import imdb

    source = imdb.corpus(quiet=True)
    return source.kind, imdb.load("train", source, quiet=True)["text"].tolist()


def repeated(texts: list[str], count: int) -> list[str]:
    """Return `count` texts, both labels equally often; all differ, so none can be looked up."""
    step = max(1, len(texts) // count)
    chosen = texts[::step][:count]
    return [
        f"{chosen[number % len(chosen)]} copy{number // len(chosen)}" for number in range(count)
    ]


def best(ways: Sequence[Callable], texts: list[str], repeats: int) -> list[float]:
    """Return the shortest time in seconds of each way, run in turn, each time in a new process."""
    rounds = [[measured(way, texts) for way in ways] for _ in range(repeats)]
    return [min(seconds) for seconds in zip(*rounds, strict=True)]


def measured(way: Callable, argument: object) -> float:
    """Return the result of one way, measured in a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    with context.Pool(1) as pool:
        result = pool.apply(way, (argument,))
        pool.close()
        pool.join()  # let it end by itself: ended by force, it leaves semaphores behind
    return result


def sparse_way(texts: list[str]) -> float:
    """Return the CPU seconds from reviews to features to a libsvm file, as in the mini-project."""
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.text import words, write_libsvm

    begin = time.process_time()
    features = CountVectorizer(analyzer=words, max_features=TERMS).fit_transform(texts)
    with tempfile.TemporaryDirectory() as folder:
        write_libsvm(Path(folder, "x"), features, [0] * len(texts))
    return time.process_time() - begin


def classic_way(texts: list[str]) -> float:
    """Return the CPU seconds from reviews to a dense array to a CSV file, as older lessons did."""
    import numpy
    import pandas
    from bs4 import BeautifulSoup
    from nltk.stem.porter import PorterStemmer
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.text.stop_words import STOP_WORDS

    begin = time.process_time()
    stem = PorterStemmer().stem
    prepared = []
    for text in texts:
        plain = BeautifulSoup(text, "html.parser").get_text()
        letters = "".join(letter if letter.isalnum() else " " for letter in plain.lower())
        prepared.append([stem(word) for word in letters.split() if word not in STOP_WORDS])
    vectorizer = CountVectorizer(analyzer=lambda words: words, max_features=TERMS)
    dense = vectorizer.fit_transform(prepared).toarray()
    with tempfile.TemporaryDirectory() as folder:
        table = pandas.DataFrame(numpy.insert(dense, 0, 0, axis=1))
        table.to_csv(Path(folder, "x"), header=False, index=False)
    return time.process_time() - begin


def memory_sparse(file: str) -> float:
    """Return the bytes that counting takes at its peak, beyond the texts and the imports."""
    return memory(file, dense=False)


def memory_dense(file: str) -> float:
    """Return the same for the classic way's array, whose words are made as here to save memory."""
    return memory(file, dense=True)


def memory(file: str, dense: bool) -> float:
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.text import words

    def features_of(texts: list[str]):
        features = CountVectorizer(analyzer=words, max_features=TERMS).fit_transform(texts)
        return features.toarray() if dense else features

    texts = read(file)
    features_of(texts[:50])
    before = peak()
    features = features_of(texts)
    assert features.shape[0] == len(texts)
    return peak() - before


def write(texts: list[str], file: Path) -> str:
    with file.open("w") as lines:
        lines.writelines(json.dumps(text) + "\n" for text in texts)
    return str(file)


def read(file: str) -> list[str]:
    """Read texts one by one, so that the peak before counting is what the texts need."""
    with open(file) as lines:
        return [json.loads(line) for line in lines]


def peak() -> float:
    """Return the peak memory of this process in bytes.

    Linux's ru_maxrss would not do: it begins with what the parent used when it started this one.
    """
    if sys.platform == "linux":
        return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes


def count(texts: list[str]) -> float:
    """Return the seconds that fitting and counting take."""
    from sklearn.feature_extraction.text import CountVectorizer

    from helpers.text import words

    begin = time.perf_counter()
    CountVectorizer(analyzer=words, max_features=TERMS).fit_transform(texts)
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
