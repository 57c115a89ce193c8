"""The right vocabulary and files with one thing wrong.

Each row of the table is a task, what is wrong, the change that makes it so, and the words of the
hint that name the cause.
"""

import json
from collections.abc import Callable

import numpy
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from support.changes import Change, assert_hint, elsewhere
from support.learner import FILES, WORDS, Learner

from helpers.text import words, write_csv


def terms_of(splits=("train",)):
    return lambda it: it.words(splits=splits)


def vocabulary(content) -> Callable[[Learner], object]:
    text = content if isinstance(content, str) else json.dumps(content)
    return lambda it: it.put("vocabulary.json", text)


WORDS_CHANGES = [
    Change(
        WORDS, "no file", elsewhere("vocabulary.json", "other"), "no s3://<bucket>/<prefix>/voc"
    ),
    Change(
        WORDS,
        "under another prefix",
        elsewhere("vocabulary.json", "vocabulary/vocabulary.json"),
        "There is one at s3://<bucket>/<prefix>/vocabulary/vocabulary.json: what is different?",
    ),
    Change(WORDS, "fitted on all reviews", terms_of(("train", "test")), "of the test reviews"),
    Change(WORDS, "fitted on the test reviews", terms_of(("test",)), "of the test reviews"),
    Change(
        WORDS, "no limit", vocabulary({f"t{n}": n for n in range(5001)}), "The task allows 5,000"
    ),
    Change(
        WORDS,
        "another analyzer",
        lambda it: it.words(
            vocabulary={
                term: column
                for column, term in enumerate(
                    CountVectorizer().fit(it.train_half.texts).get_feature_names_out()[:3000]
                )
            }
        ),
        "were the words split in another way?",
    ),
    Change(
        WORDS,
        "fitted on the table",
        vocabulary({"review": 0, "sentiment": 1, "rating": 2, "text": 3}),
        'and not its column "text"?',
    ),
    Change(WORDS, "not JSON", vocabulary("good"), "is not valid JSON"),
    Change(WORDS, "columns counted from 1", vocabulary({"good": 1}), "from 0 to 0 exactly once"),
    Change(WORDS, "a list", vocabulary(["good", "bad"]), "save_vocabulary writes it"),
]


def upload(edit, only=None) -> Callable[[Learner], object]:
    return lambda it: it.upload(edit=edit, only=only)


def label_last(text: str) -> str:
    return "".join(f"{line[2:]} {line[0]}\n" for line in text.splitlines())


def without_label(text: str) -> str:
    return "".join(f"{line[2:]}\n" for line in text.splitlines())


def with_labels(it: Learner):
    it.parts["test"] = (it.parts["test"][0], it.test_half.labels)
    it.upload()


def columns_from_1(text: str) -> str:
    pairs = [[item.split(":") for item in line.split()[1:]] for line in text.splitlines()]
    return "".join(
        " ".join(["1", *(f"{int(column) + 1}:{count}" for column, count in line)]) + "\n"
        for line in pairs
    )


def labels(of: Callable[[numpy.ndarray], numpy.ndarray]) -> Callable[[Learner], object]:
    def change(it: Learner):
        it.split(of(it.train_half.labels))
        it.upload()

    return change


def part(name: str, of: Callable[[Learner], tuple]) -> Callable[[Learner], object]:
    def change(it: Learner):
        it.parts[name] = of(it)
        it.upload()

    return change


def all_rows(it: Learner) -> tuple:
    return it.vectorizer.transform(it.train_half.texts), it.train_half.labels


def divided(rows: Callable[[int], int]) -> Callable[[Learner], object]:
    """Return a change that divides the reviews at a row, without mixing unless told to."""

    def change(it: Learner):
        features, truth = all_rows(it)
        row = rows(len(truth))
        it.parts["train"] = features[:row], truth[:row]
        it.parts["validation"] = features[row:], truth[row:]
        it.upload()

    return change


def mixed_in_half(it: Learner):
    features, truth = all_rows(it)
    order = numpy.random.default_rng(1).permutation(len(truth))
    for name, rows in zip(("train", "validation"), numpy.split(order, 2), strict=True):
        it.parts[name] = features[rows], truth[rows]
    it.upload()


def as_csv(name: str) -> Callable[[Learner], object]:
    def change(it: Learner):
        write_csv(it.folder / "csv", *it.parts[name])
        it.s3.delete_object(Bucket=it.bucket, Key=f"{it.prefix}/{name}/{name}.libsvm")
        it.put(f"{name}/{name}.csv", (it.folder / "csv").read_bytes())

    return change


def other_bag(it: Learner) -> tuple:
    other = CountVectorizer(analyzer=words).fit(it.test_half.texts)
    return other.transform(it.test_half.texts)[:, : len(it.vectorizer.vocabulary_)], None


def mixed_test_rows(it: Learner) -> tuple:
    features = it.parts["test"][0]
    return features[numpy.random.default_rng(1).permutation(features.shape[0])], None


FILES_CHANGES = [
    Change(
        FILES,
        "an empty file",
        upload(lambda text: "", only="train"),
        "train/train.libsvm is there, but empty",
    ),
    Change(FILES, "test labels left in", with_labels, "Is that a label? What do you want to know"),
    Change(FILES, "label last", upload(label_last), "Is that the label? In which position"),
    Change(FILES, "no label", upload(without_label), "were the labels passed to the function"),
    Change(FILES, "labels -1 and 1", upload(lambda t: t.replace("\n0 ", "\n-1 ")), "the label -1"),
    Change(FILES, "columns from 1", upload(columns_from_1), "or do its columns start at 1?"),
    Change(FILES, "words for counts", upload(lambda t: t.replace(":1", ":x")), "is not a number"),
    Change(FILES, "not text", upload(lambda t: t.encode("utf-16")), "is not a text file"),
    Change(FILES, "train/ as CSV", as_csv("train"), "train/train.csv is CSV"),
    Change(FILES, "test/ as CSV", as_csv("test"), "For which format does the task ask"),
    Change(
        FILES,
        "an old CSV beside it",
        lambda it: it.put("train/train.csv", "1,0,0\n"),
        'delete_object(Bucket=bucket, Key=f"{prefix}/train/train.csv")',
    ),
    Change(
        FILES,
        "another name",
        elsewhere("test/test.libsvm", "test/reviews.libsvm"),
        "The task calls the file test.libsvm",
    ),
    Change(
        FILES,
        "not in its folder",
        elsewhere("train/train.libsvm", "train.libsvm"),
        "There is one at s3://<bucket>/<prefix>/train.libsvm",
    ),
    Change(
        FILES,
        "labels mixed apart",
        labels(numpy.random.default_rng(2).permutation),
        "where were they separated?",
    ),
    Change(FILES, "labels swapped", labels(lambda truth: 1 - truth), "what do 0 and 1 stand for?"),
    Change(FILES, "validation rows in train/ too", part("train", all_rows), "in train/ and in val"),
    Change(
        FILES,
        "test reviews in train/",
        part("train", lambda it: (it.parts["test"][0], it.test_half.labels)),
        "is each row a training review?",
    ),
    Change(FILES, "not mixed", divided(lambda n: n * 4 // 5), "were they mixed before the split?"),
    Change(FILES, "half for validation", mixed_in_half, "which share does the task ask for?"),
    Change(
        FILES,
        "reviews lost",
        part("train", lambda it: tuple(rows[:100] for rows in it.parts["train"])),
        "of the 1,000 training reviews",
    ),
    Change(
        FILES,
        "half of the test reviews",
        part("test", lambda it: (it.parts["test"][0][:250], None)),
        "has 250 rows; there are 500",
    ),
    Change(
        FILES, "test words fitted again", part("test", other_bag), "other terms learned for them"
    ),
    Change(FILES, "test rows mixed", part("test", mixed_test_rows), "what has changed the order?"),
    Change(
        FILES,
        "whether, not how often",
        part("test", lambda it: ((it.parts["test"][0] > 0).astype(int), None)),
        "are these plain counts?",
    ),
]


@pytest.mark.parametrize("change", WORDS_CHANGES + FILES_CHANGES, ids=str)
def test_preparation_with_one_thing_wrong(prepared, change):
    """A vocabulary or a file with one thing wrong gets the hint that names it."""
    change.make(prepared)
    assert_hint(prepared, change)
