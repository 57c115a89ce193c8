"""The first two tasks of the PyTorch project: each mistake has a hint of its own."""

import doctest

import pytest
from support.pytorch_learner import NUMBER, PAD, PyTorchLearner

from helpers.grading import word_ids


@pytest.fixture(scope="module")
def learner(session, corpus):
    """Return a learner who has done both tasks; each test does one of them again."""
    made = PyTorchLearner(session, corpus)
    made.number()
    made.pad()
    return made


@pytest.fixture
def numbered(learner):
    """Return the learner with a right vocabulary."""
    learner.number()
    return learner


def test_both_tasks_done_as_asked_are_passed(numbered):
    """The most frequent words with ids from 2, and padded rows in two files, pass."""
    numbered.pad()
    assert numbered.judge(NUMBER).details == {"words": len(numbered.ids)}
    reviews = len(numbered.reviews.names)
    assert numbered.judge(PAD).details == {
        "train": reviews - reviews // 5,
        "validation": reviews // 5,
    }


def test_four_fifths_of_the_reviews_may_choose_the_words(learner):
    """A vocabulary of the reviews to learn from alone, without the validation reviews, passes."""
    learner.number(words=[words for n, words in enumerate(learner.reviews.words) if n % 5])
    assert learner.judge(NUMBER).passed


@pytest.mark.parametrize(
    ("edit", "hint"),
    [
        (lambda ids: list(ids), "should map each word to its id"),
        (lambda ids: {word: str(n) for word, n in ids.items()}, "should map each word to its id"),
        (lambda ids: {word: n - 2 for word, n in ids.items()}, "has the id 0. What do the ids 0"),
        (lambda ids: {word: n - 1 for word, n in ids.items()}, "has the id 1. What do the ids 0"),
        (lambda ids: {word: 2 * n for word, n in ids.items()}, "should be 2, 3 and so on"),
        (lambda ids: dict.fromkeys(ids, 2), "should be 2, 3 and so on"),
        (lambda ids: {f"w{n}": n for n in range(2, 5002)}, "are 5,002 ids. The task allows 5,000"),
        (lambda ids: dict(list(ids.items())[:50]), "has only 50 words"),
        (lambda ids: {word.upper(): n for word, n in ids.items()}, "preparation.words never gives"),
    ],
)
def test_a_vocabulary_of_another_form_has_a_hint(learner, edit, hint):
    """Ids that mean padding, gaps, too many or too few words, and other words are each named."""
    learner.number(edit=edit)
    assert hint in learner.hint(NUMBER)


def test_a_missing_vocabulary_has_a_hint(session, corpus):
    """Before anything is uploaded, the hint says where the vocabulary is expected."""
    hint = PyTorchLearner(session, corpus).hint(NUMBER)
    assert hint.startswith("There is no s3://<bucket>/<prefix>/train/vocabulary.json yet")


def test_words_of_the_test_reviews_are_noticed(learner, corpus):
    """A vocabulary that was learned from the test reviews is refused, with a word that shows it."""
    test = word_ids.vocabulary(word_ids.load(corpus, "test").words, 1002)
    learner.number(edit=lambda ids: test)
    assert "because of the test reviews, such as" in learner.hint(NUMBER)


def test_rare_words_in_place_of_frequent_ones_are_noticed(learner):
    """Words sorted the wrong way round have a hint that names a frequent word."""
    frequent = word_ids.vocabulary(learner.reviews.words, 10**6)
    rare = list(frequent)[::-1][:1000]
    learner.number(edit=lambda ids: {word: n for n, word in enumerate(rare, start=2)})
    assert "of the most frequent words have no id" in learner.hint(NUMBER)


@pytest.mark.parametrize(
    ("edit", "hint"),
    [
        (lambda row: row[:-1], "has 500 numbers in a line"),
        (lambda row: [7, *row], "has 502 numbers in a line"),
        (lambda row: [row[0], *row[:0:-1]], "the padding is in front"),
        (lambda row: [*row[1:], row[0]], "the labels are 0 and 1. In which position"),
        (lambda row: [1 - row[0], *row[1:]], "are swapped"),
        (lambda row: [row[0], *(n and n + 1 for n in row[1:])], "Do file and vocabulary belong"),
        (lambda row: [row[0], *(n and n + 5000 for n in row[1:])], "the ids are 0 to 4,999"),
        (lambda row: [n for n in row if n] if row[0] else row, "other than 501 whole numbers"),
    ],
)
def test_rows_of_another_form_have_a_hint(numbered, edit, hint):
    """Padding in front or none, an index, a label at the end, other ids are each named."""
    numbered.pad(edit=edit)
    assert hint in numbered.hint(PAD)


def test_a_header_has_a_hint(numbered):
    """The names of columns that pandas writes, 0 to 500, are not taken for a review."""
    numbered.pad(header=True)
    assert "first line numbers its columns" in numbered.hint(PAD)


def test_words_that_were_left_out_have_a_hint(numbered):
    """Reviews without their unknown words ask for the id of those."""
    numbered.number(edit=lambda ids: dict(list(ids.items())[:1000]))
    numbered.ids = dict(list(numbered.ids.items())[:1000])
    numbered.pad(rows=numbered.rows(unknown=False))
    assert "not in the vocabulary are left out" in numbered.hint(PAD)


def test_shuffled_labels_have_a_hint(numbered):
    """Labels that were shuffled without their rows are noticed."""
    rows = numbered.rows()
    labels = [row[0] for row in rows[1:]] + [rows[0][0]]
    numbered.pad(rows=[[label, *row[1:]] for label, row in zip(labels, rows, strict=True)])
    assert "have another review's label" in numbered.hint(PAD)


@pytest.mark.parametrize(
    ("share", "hint"), [(0.5, "validation/ has 50%"), (0.05, "validation/ has 5%")]
)
def test_another_share_of_validation_reviews_has_a_hint(numbered, share, hint):
    """Half of the reviews, or a twentieth of them, are not the fifth that the task asks for."""
    numbered.pad(share=share)
    assert hint in numbered.hint(PAD)


def test_reviews_in_both_files_have_a_hint(numbered):
    """Validation reviews that are also trained on are noticed."""
    rows = numbered.rows()
    numbered.pad(rows=rows[: len(rows) // 5] + rows)
    assert "are in train/ and in validation/, or twice" in numbered.hint(PAD)


def test_a_part_of_the_reviews_has_a_hint(numbered):
    """Half of the reviews are not all of them."""
    numbered.pad(rows=numbered.rows()[::2])
    assert "train/ and validation/ have" in numbered.hint(PAD)


def test_reviews_that_were_not_mixed_have_a_hint(numbered):
    """A validation file of negative reviews only is noticed."""
    numbered.pad(rows=sorted(numbered.rows()))
    assert "were they mixed before the split?" in numbered.hint(PAD)


def test_a_file_of_another_name_has_a_hint(session, corpus):
    """Rows in a file that the script doesn't read are named."""
    made = PyTorchLearner(session, corpus)
    made.number()
    assert "train/ holds vocabulary.json. The script reads train/train.csv" in made.hint(PAD)


def test_a_vocabulary_has_ids_from_2_without_a_gap():
    """The most frequent word has id 2, and equally frequent ones are in alphabetical order."""
    assert word_ids.vocabulary([["b", "a", "a"], ["c", "a", "b"]]) == {"a": 2, "b": 3, "c": 4}


def test_a_vocabulary_has_room_for_padding_and_unknown_words():
    """With 5,000 ids there are 4,998 words, since two ids mean no word and another word."""
    ids = word_ids.vocabulary([[f"w{number}" for number in range(6000)]])
    assert sorted(ids.values()) == list(range(2, 5000))


def test_examples():
    """The examples in the docstrings are true."""
    assert doctest.testmod(word_ids) == (0, 1)
