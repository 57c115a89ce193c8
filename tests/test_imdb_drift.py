"""Reviews whose wording drifts: always the same, and changed in nothing but the listed words."""

import hashlib

import pytest

from helpers.datasets import imdb
from helpers.datasets.imdb import drift, synthetic
from helpers.text import words
from helpers.text.words import tokens

ALL_OF_IT = "cd4c762ed0ea9f0384e5d1891ea25980d9b0fb339b712edfdfc5b85cf86891ac"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    root = tmp_path_factory.mktemp("synthetic")
    synthetic.write(root)
    return imdb.Corpus(root, "synthetic", "a test")


@pytest.fixture(scope="module")
def drifting(source):
    return imdb.load_drifting(source, quiet=True)


@pytest.fixture(scope="module")
def original(source):
    """Return the text of each review as it was written, by its split and name."""
    tables = {split: imdb.load(split, source, quiet=True) for split in ("train", "test")}
    return {split: dict(zip(t["review"], t["text"], strict=True)) for split, t in tables.items()}


def test_always_the_same(drifting):
    """The same reviews get the same texts, weeks and order on every machine."""
    digest = hashlib.sha256()
    for table in drifting:
        digest.update(table.to_csv(index=False).encode())
    assert digest.hexdigest() == ALL_OF_IT


def test_no_review_is_in_two_tables(drifting, original):
    """Old and new reviews are the training half, weekly ones the test half, each once."""
    old, weekly, new = (table["review"].tolist() for table in drifting)
    assert sorted(old + new) == sorted(original["train"])
    assert sorted(weekly) == sorted(original["test"])


def test_labels_and_weeks_are_balanced(drifting):
    """Each table and each week has as many positive reviews as negative ones."""
    for table in drifting:
        assert table["sentiment"].mean() == 0.5
    weeks = drifting.weekly.groupby("week")["sentiment"]
    assert weeks.count().tolist() == [150] * drift.WEEKS
    assert (weeks.mean() == 0.5).all()
    assert drifting.weekly["week"].is_monotonic_increasing


def test_only_the_listed_words_change(drifting, original):
    """Before the drift no text changes; after it each token is kept or replaced as listed."""
    assert drifting.old["text"].tolist() == [original["train"][n] for n in drifting.old["review"]]
    changed = 0
    for table, split in ((drifting.weekly, "test"), (drifting.new, "train")):
        for row in table.itertuples():
            before, after = original[split][row.review], row.text
            if split == "test" and row.week < drift.FIRST_REWORDED_WEEK:
                assert after == before
                continue
            pairs = list(zip(tokens(before), tokens(after), strict=True))
            replacements = drift.SLANG | drift.SIDES
            assert all(replacements.get(one, one) == other for one, other in pairs)
            changed += sum(one != other for one, other in pairs)
    assert changed > 5_000


def test_stars_and_labels_stay(drifting, source):
    """Rewording changes the text only."""
    columns = ["review", "sentiment", "rating"]
    train = imdb.load("train", source, quiet=True)
    same = train[train["review"].isin(drifting.new["review"])][columns].reset_index(drop=True)
    assert drifting.new[columns].equals(same)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Good, GOOD, goodness", "Bad, BAD, goodness"),
        ("<br />great<br />", "<br />dope<br />"),
        ("I hated it.", "I yeeted it."),
        ("It isn't bad; a bad-good film", "It isn't good; a good-bad film"),
        ("greatest poorly", "greatest poorly"),
    ],
)
def test_reword(before, after):
    """Whole words are replaced and keep their capitals; longer words stay."""
    assert drift.reword(before) == after


def test_slang_is_new(original):
    """No slang word has a stem that the synthetic reviews have, nor that of another slang word."""
    stems = {stem for word in drift.SLANG.values() for stem in words(word)}
    assert len(stems) == len(drift.SLANG)
    known = set(words(" ".join(original["train"].values())))
    assert stems & known == set()


def test_what_is_printed(source, capsys):
    """It says how many reviews there are of each, and that a program has reworded some."""
    imdb.load_drifting(source)
    assert "old, 1,500 weekly and" in (printed := capsys.readouterr().out)
    assert "reworded by a program from week 7 on" in printed
