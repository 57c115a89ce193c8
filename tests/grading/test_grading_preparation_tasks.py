"""Mistakes with the vocabulary and with the files to train with, each made and hinted at."""

import numpy
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from support.learner import FILES, WORDS

from helpers.datasets import imdb
from helpers.text import words, write_csv


def test_test_reviews_in_the_vocabulary(learner):
    """A vocabulary that was fitted on training and test reviews gets a hint."""
    made = learner()
    made.words(splits=("train", "test"))
    assert "because of the test reviews" in made.hint(WORDS)


def test_a_vocabulary_of_test_reviews(learner):
    """A vocabulary that was fitted on the test reviews alone gets a hint."""
    made = learner()
    made.words(splits=("test",))
    assert "because of the test reviews" in made.hint(WORDS)


def test_a_vocabulary_of_a_part_of_the_training_reviews_is_fine(learner):
    """A vocabulary that was fitted on the training part of a split passes, since nothing leaks."""
    made = learner()
    part = CountVectorizer(analyzer=words, max_features=5000).fit(made.train_half.texts[::2])
    made.words(vocabulary=part.vocabulary_)
    assert made.judge(WORDS).hint == ""


def test_too_many_terms(learner):
    """A vocabulary with more than 5,000 terms gets a hint with the number."""
    made = learner()
    made.words(vocabulary={f"t{number}": number for number in range(5001)})
    assert "has 5,001 terms" in made.hint(WORDS)


def test_words_cut_in_another_way(learner):
    """Terms of another analyzer than `words` get a hint."""
    made = learner()
    other = CountVectorizer().fit(made.train_half.texts).get_feature_names_out()[:3000]
    made.words(vocabulary={str(term): column for column, term in enumerate(other)})
    assert "never gives for these reviews" in made.hint(WORDS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "is not valid JSON"),
        ('{"good": 3}', "from 0 to 0 exactly once"),
        ('{"good": 0}', "only 1 terms"),
    ],
)
def test_what_is_no_vocabulary(learner, content, words):
    """A file that isn't a valid vocabulary gets a hint that says why."""
    made = learner()
    made.put("vocabulary.json", content)
    assert words in made.hint(WORDS)


def test_a_table_in_place_of_its_texts(learner):
    """A vocabulary that was fitted on the table itself gets a hint about its column names."""
    made = learner()
    table = imdb.load("train", made.corpus, quiet=True)
    named = CountVectorizer(analyzer=words, max_features=5000).fit(table)
    made.words(vocabulary=named.vocabulary_)
    assert 'its column "text"' in made.hint(WORDS)


def label_last(text: str) -> str:
    """Return the lines with the label at the end of each."""
    separator = "," if "," in text.split("\n", 1)[0] else " "
    lines = [line.split(separator) for line in text.splitlines()]
    return "".join(separator.join([*line[1:], line[0]]) + "\n" for line in lines)


def without_label(text: str) -> str:
    return "".join(line.partition(" ")[2] + "\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"edit": label_last}, "Is that the label?"),
        ({"edit": label_last, "write": write_csv}, "the last column holds labels"),
        ({"edit": lambda text: "label,w0\n" + text, "write": write_csv}, "what is that line?"),
        ({"edit": without_label}, "has no label"),
        ({"edit": lambda text: text.replace("\n0 ", "\n-1 ")}, "the label -1"),
        ({"edit": lambda text: text.replace(" 0:", " 9999:")}, "column 9,999"),
        ({"edit": lambda text: text.replace(":1", ":x")}, "is not a number"),
        ({"edit": lambda text: text.encode("utf-16")}, "is not a text file"),
    ],
)
def test_files_that_xgboost_misreads(learner, settings, words):
    """Each malformed training file (label last, header, bad labels) gets a hint that says so."""
    made = learner()
    made.words()
    made.split()
    made.upload(**settings)
    assert words in made.hint(FILES)


def test_labels_shuffled_apart_from_their_rows(learner):
    """Labels that were shuffled separately from their rows get a hint."""
    made = learner()
    made.words()
    made.split(numpy.random.default_rng(2).permutation(made.train_half.labels))
    made.upload()
    assert "have the label of another review" in made.hint(FILES)


def test_swapped_labels(learner):
    """Swapped labels get a hint that says so."""
    made = learner()
    made.words()
    made.split(1 - made.train_half.labels)
    made.upload()
    assert "are swapped" in made.hint(FILES)


def test_validation_rows_that_are_in_train_too(prepared):
    """Rows that are both in train/ and in validation/ get a hint."""
    features = prepared.vectorizer.transform(prepared.train_half.texts)
    prepared.parts["train"] = (features, prepared.train_half.labels)
    prepared.upload()
    assert "are in train/ and in validation/" in prepared.hint(FILES)


def test_test_reviews_to_learn_from(prepared):
    """Test reviews among the training rows get a hint."""
    prepared.parts["train"] = (prepared.parts["test"][0], prepared.test_half.labels)
    prepared.upload()
    assert "are not the counts of a training review" in prepared.hint(FILES)


def test_a_split_without_mixing(prepared):
    """A split in the original order gets a hint that asks whether the rows were mixed."""
    features = prepared.vectorizer.transform(prepared.train_half.texts)
    labels, most = prepared.train_half.labels, len(prepared.train_half.labels) * 4 // 5
    prepared.parts["train"] = (features[:most], labels[:most])
    prepared.parts["validation"] = (features[most:], labels[most:])
    prepared.upload()
    assert "were they mixed before the split?" in prepared.hint(FILES)


def test_too_few_reviews(prepared):
    """Files with too few of the training reviews get a hint with the expected number."""
    features, labels = prepared.parts["train"]
    prepared.parts["train"] = (features[:100], labels[:100])
    prepared.upload()
    assert "of the 1,000 training reviews" in prepared.hint(FILES)


def test_a_test_file_counted_by_another_bag(prepared):
    """A test file whose terms were learned from the test reviews gets a hint."""
    other = CountVectorizer(analyzer=words, max_features=5000).fit(prepared.test_half.texts)
    features = other.transform(prepared.test_half.texts)
    prepared.parts["test"] = (features[:, : len(prepared.vectorizer.vocabulary_)], None)
    prepared.upload()
    assert "were other terms learned for them" in prepared.hint(FILES)


def test_half_of_the_test_reviews(prepared):
    """A test file with too few rows gets a hint with both numbers."""
    prepared.parts["test"] = (prepared.parts["test"][0][:250], None)
    prepared.upload()
    assert "has 250 rows; there are 500" in prepared.hint(FILES)
