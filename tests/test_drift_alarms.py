"""The tests that the mini-project on drift teaches, run as its solution writes them.

Where nothing has drifted they hardly ever find anything; where something has, they find it; and the
second model is about as good as the first one was.
"""

import random

import numpy
import pandas
import pytest
import xgboost
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import train_test_split
from support.lessons import REAL_REVIEWS, SOLUTIONS, code_cells, read

import helpers
from helpers.datasets import imdb
from helpers.datasets.imdb import drift, synthetic
from helpers.text import words

SOLUTION = next(path for path in SOLUTIONS if "(Updating a Model) - High Level" in path.stem)
REPEATS, MOST_FALSE_ALARMS = 200, 2
SETTINGS = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "max_depth": 5,
    "eta": 0.2,
    "gamma": 4,
    "min_child_weight": 6,
    "subsample": 0.8,
    "nthread": 1,
}


def cell(start: str) -> str:
    """Return the solution's cell that has this text, without lines that print or show."""
    source = next(c.source for c in code_cells(read(SOLUTION)) if start in c.source)
    return "\n".join(line for line in source.splitlines() if not line.startswith("print("))


FIND_DRIFT = [cell("def right_and_wrong").partition("\n\n\ntable =")[0], cell("p_values = {")]
COUNT_WORDS = cell("counter = CountVectorizer")
TEST_WORDS = [cell("def p_values_of"), cell("wording_terms ="), cell("wording = adjusted")]
TEST_WORDS.append(cell("meaning = adjusted"))


def drifted_weeks(weeks: pandas.DataFrame) -> list[int]:
    """Return the weeks that the solution's code finds, from a table like its own."""
    names = {"weeks": weeks}
    for source in FIND_DRIFT:
        exec(source, names)
    return names["drifted"]


def changed_words(old: pandas.DataFrame, new: pandas.DataFrame) -> tuple[list[str], list[str]]:
    """Return the terms that the solution's code finds by wording and by meaning."""
    names = {"old_reviews": old, "new_reviews": new, "pandas": pandas}
    names |= {"CountVectorizer": CountVectorizer, "helpers": helpers}
    for source in (COUNT_WORDS, *TEST_WORDS):
        exec(source, names)
    return list(names["wording"].index), list(names["meaning"].index)


def trained(features: sparse.csr_matrix, labels: pandas.Series) -> xgboost.Booster:
    """Train as the mini-project does."""
    parts = train_test_split(features, labels, test_size=0.2, random_state=1, stratify=labels)
    return xgboost.train(
        SETTINGS,
        xgboost.DMatrix(parts[0].astype("float32"), parts[2]),
        500,
        evals=[(xgboost.DMatrix(parts[1].astype("float32"), parts[3]), "validation")],
        early_stopping_rounds=10,
        verbose_eval=False,
    )


class Models:
    """Both models of the mini-project, trained as it does, with their vocabularies."""

    def __init__(self, old: pandas.DataFrame, new: pandas.DataFrame):
        self.first_bag = CountVectorizer(analyzer=words, max_features=5000)
        features = self.first_bag.fit_transform(old["text"])
        self.first = trained(features, old["sentiment"])
        terms = CountVectorizer(analyzer=words, max_features=5000).fit(new["text"])
        vocabulary = dict(self.first_bag.vocabulary_)
        for term in terms.get_feature_names_out():
            vocabulary.setdefault(term, len(vocabulary))
        self.second_bag = CountVectorizer(analyzer=words, vocabulary=vocabulary)
        everything = pandas.concat([old, new])
        features = self.second_bag.transform(everything["text"])
        self.second = trained(features, everything["sentiment"])

    def right(self, which: str, texts, labels) -> numpy.ndarray:
        """Return whether a model labels each text correctly."""
        model, bag = getattr(self, which), getattr(self, f"{which}_bag")
        rows = xgboost.DMatrix(bag.transform(texts).astype("float32"))
        return (model.predict(rows) > 0.5) == (labels == 1).to_numpy()


def assert_back_within_a_hundredth(source: imdb.Corpus) -> None:
    drifting = imdb.load_drifting(source, quiet=True)
    models = Models(drifting.old, drifting.new)
    test = imdb.load("test", source, quiet=True)
    reworded, labels = test["text"].map(imdb.reword), test["sentiment"]
    before = models.right("first", test["text"], labels).mean()
    during = models.right("first", reworded, labels).mean()
    after = models.right("second", reworded, labels).mean()
    print(f"{source.kind}: {before:.4f}, reworded {during:.4f}, second model {after:.4f}")
    assert during < before - 0.03
    assert abs(after - before) <= 0.01
    weekly = drifting.weekly
    right = models.right("first", weekly["text"], weekly["sentiment"])
    weeks = pandas.DataFrame({"week": weekly["week"], "right": right.astype(int)})
    table = weeks.groupby("week")["right"].agg(reviews="size", right="sum").reset_index()
    assert drifted_weeks(table) == [7, 8, 9, 10]
    wording, meaning = changed_words(drifting.old, drifting.new)
    slang = {stem for word in drift.SLANG.values() for stem in words(word)}
    found = slang & set(wording)
    print(f"{len(found)} of {len(slang)} slang words, {len(wording)} by wording; {meaning}")
    assert len(found) >= 0.9 * len(slang)
    assert {"good", "bad"} <= set(meaning)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    root = tmp_path_factory.mktemp("synthetic")
    synthetic.write(root)
    return imdb.Corpus(root, "synthetic", "a test")


def test_the_second_model_is_as_good_as_the_first(source):
    """The drift and its words are found, and the second model's accuracy is within 0.01."""
    assert_back_within_a_hundredth(source)


@pytest.mark.full
@pytest.mark.skipif(not REAL_REVIEWS.exists(), reason="the real reviews are not at hand")
def test_the_second_model_on_real_reviews(monkeypatch, tmp_path):
    """The same on the real reviews, reworded by the same program."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path))
    assert_back_within_a_hundredth(imdb.corpus(str(REAL_REVIEWS), quiet=True))


def test_false_alarms_where_answers_are_drawn():
    """Of 200 stories whose answers are right with one probability, at most two raise an alarm."""
    draw = numpy.random.default_rng(1)
    reviews, alarms = 150, 0
    for _ in range(REPEATS):
        right = draw.binomial(reviews, 0.81, size=10)
        table = pandas.DataFrame({"week": range(1, 11), "reviews": reviews, "right": right})
        alarms += bool(drifted_weeks(table))
    print(f"{alarms} false alarms in {REPEATS}")
    assert alarms <= MOST_FALSE_ALARMS


def fresh_reviews(seed: int, count: int) -> pandas.DataFrame:
    """Return synthetic reviews that no other seed gives, half of them positive."""
    draw = random.Random(seed).random
    rows = []
    for number in range(count):
        sign = "+-"[number % 2]
        rating = synthetic.pick(draw, synthetic.RATINGS[sign])
        rows.append((int(sign == "+"), synthetic.Review(draw).text(sign, rating)))
    return pandas.DataFrame(rows, columns=["sentiment", "text"])


@pytest.mark.full
def test_false_alarms_where_nothing_has_drifted(source, record_property):
    """Of 200 stories told by fresh reviews without drift, at most two raise an alarm."""
    drifting = imdb.load_drifting(source, quiet=True)
    models = Models(drifting.old, drifting.new)
    alarms = worded = 0
    for seed in range(REPEATS):
        weekly = fresh_reviews(seed, 1500)
        right = models.right("first", weekly["text"], weekly["sentiment"]).reshape(10, 150)
        table = pandas.DataFrame({"week": range(1, 11), "reviews": 150, "right": right.sum(axis=1)})
        alarms += bool(drifted_weeks(table))
        worded += any(changed_words(drifting.old, weekly.head(1128)))
    print(f"{alarms} false alarms in {REPEATS}; words found in {worded}")
    record_property("false alarms", alarms)
    record_property("words found", worded)
    assert alarms <= MOST_FALSE_ALARMS
