"""The right evaluation, words and mistakes with one thing wrong.

Each row of the table is a task, what is wrong, the change that makes it so, and the words of the
hint that name the cause.
"""

import json
from collections.abc import Callable, Iterator

import numpy
import pytest
from support.changes import Change, assert_hint, elsewhere
from support.learner import DECIDING, EVALUATE, MISTAKES, Learner

from helpers.grading.submitted_model import predict


def evaluation(edit) -> Callable[[Learner], object]:
    return lambda it: it.evaluate(edit=edit)


def report(content) -> Callable[[Learner], object]:
    return lambda it: it.put("evaluation.json", json.dumps(content))


def on_training_reviews(it: Learner):
    features, truth = it.parts["train"]
    it.evaluate((predict(it.model(), features) > 0.5) * 1, numpy.asarray(truth))


METRICS = "binary_classification_metrics"
EVALUATE_CHANGES = [
    Change(
        EVALUATE,
        "no threshold",
        lambda it: it.evaluate(predicted=it.scores()),
        "What turns one into the other?",
    ),
    Change(EVALUATE, "on the training reviews", on_training_reviews, "has the model never seen?"),
    Change(
        EVALUATE,
        "the share of errors",
        evaluation(lambda a, m: (1 - a, m)),
        "the share of reviews that are wrong",
    ),
    Change(
        EVALUATE,
        "transposed",
        evaluation(lambda a, m: (a, {t: {p: m[p][t] for p in "01"} for t in "01"})),
        "the outer key?",
    ),
    Change(
        EVALUATE,
        "another matrix",
        evaluation(lambda a, m: (a, {t: {"0": 1, "1": 2} for t in "01"})),
        "the confusion matrix is not",
    ),
    Change(EVALUATE, "two digits", evaluation(lambda a, m: (round(a, 2), m)), "is rounded"),
    Change(EVALUATE, "percent", evaluation(lambda a, m: (round(100 * a, 1), m)), "percent"),
    Change(EVALUATE, "made up", evaluation(lambda a, m: (0.999, m)), "have a different accuracy"),
    Change(EVALUATE, "a number as text", evaluation(lambda a, m: ("0.5", m)), "not a number"),
    Change(EVALUATE, "a list", report([0.87]), f'the key "{METRICS}" is missing'),
    Change(
        EVALUATE,
        "no accuracy",
        report({METRICS: {"confusion_matrix": {t: dict.fromkeys("01", 1) for t in "01"}}}),
        'the key "accuracy" is missing',
    ),
    Change(
        EVALUATE,
        "accuracy without value",
        report(
            {
                METRICS: {
                    "accuracy": 0.87,
                    "confusion_matrix": {t: dict.fromkeys("01", 1) for t in "01"},
                }
            }
        ),
        'the key "value" is',
    ),
    Change(
        EVALUATE,
        "no matrix",
        report({METRICS: {"accuracy": {"value": 0.87}}}),
        'the key "confusion_matrix" is missing',
    ),
    Change(
        EVALUATE,
        "matrix as a list",
        evaluation(lambda a, m: (a, [[1, 2], [3, 4]])),
        'the key "0" is missing',
    ),
    Change(EVALUATE, "no file", elsewhere("evaluation.json", "other"), "evaluation.json yet"),
    Change(
        EVALUATE,
        "under another prefix",
        elsewhere("evaluation.json", "x/evaluation.json"),
        "There is one at s3://<bucket>/<prefix>/x/evaluation.json",
    ),
]


def by_importance(importance: str) -> Callable[[Learner], object]:
    return lambda it: it.deciding(kind=importance)


def deciding(edit) -> Callable[[Learner], object]:
    return lambda it: it.deciding(edit=edit)


def shifted(it: Learner):
    terms = it.vectorizer.get_feature_names_out().tolist()
    it.deciding(terms=terms[1:] + terms[:1])


DECIDING_CHANGES = [
    Change(DECIDING, "smallest first", deciding(lambda all_: all_[:20][::-1]), "other way round"),
    Change(
        DECIDING,
        "two swapped",
        deciding(lambda all_: [all_[1], all_[0], *all_[2:]]),
        "not sorted by their gain",
    ),
    Change(DECIDING, "five", deciding(lambda all_: all_[:5]), "has 5 terms; the task asks for 20"),
    Change(
        DECIDING,
        "columns",
        deciding(lambda all_: [f"f{n}" for n in range(20)]),
        "which term stands in that column?",
    ),
    Change(DECIDING, "off by one", shifted, "and counted from 0?"),
    Change(DECIDING, "a dict", lambda it: it.put("words.json", '{"good": 1}'), "a list of terms"),
    Change(DECIDING, "number of splits", by_importance("weight"), "by number of splits"),
    Change(DECIDING, "gain per split", by_importance("gain"), "by gain per split"),
    Change(DECIDING, "not JSON", lambda it: it.put("words.json", "good"), "is not valid JSON"),
]


def mistakes(edit) -> Callable[[Learner], object]:
    return lambda it: it.mistakes(edit)


def mistakes_text(text: str) -> Callable[[Learner], object]:
    return lambda it: it.put("mistakes.csv", text)


MISTAKES_CHANGES = [
    Change(MISTAKES, "nearest first", mistakes(lambda rows: rows[::-1]), "was most sure of"),
    Change(MISTAKES, "in another order", mistakes(lambda rows: rows[:20][::-1]), "another order"),
    Change(MISTAKES, "seven", mistakes(lambda rows: rows[:7]), "has 7 reviews; the task asks for"),
    Change(
        MISTAKES,
        "predicted label",
        mistakes(lambda rows: [(n, 1 - s, x) for n, s, x in rows]),
        "this column holds the true label",
    ),
    Change(
        MISTAKES,
        "another score",
        mistakes(lambda rows: [(n, s, 1 - x) for n, s, x in rows]),
        "combined in the same order?",
    ),
    Change(
        MISTAKES,
        "the row's number",
        mistakes(lambda rows: [(n, s, x) for n, (_, s, x) in enumerate(rows)]),
        "look like pos/123_9",
    ),
    Change(MISTAKES, "one twice", mistakes(lambda rows: [rows[0]] * 20), "lists a review twice"),
    Change(
        MISTAKES,
        "an index",
        mistakes_text(",review,sentiment,score\n0,pos/0_9,1,0.1\n"),
        "has the header ',review,sentiment,score'",
    ),
    Change(MISTAKES, "no header", mistakes_text("pos/0_9,1,0.1\n"), "has the header"),
    Change(
        MISTAKES,
        "a word as label",
        mistakes(lambda rows: [(n, "x", s) for n, _, s in rows]),
        "line 2: 'x' is not a number",
    ),
]


@pytest.fixture(scope="module")
def reports(solved) -> dict[str, bytes]:
    """Return the three reports of a learner whose reports are right, as the checks say."""
    solved.evaluate()
    solved.deciding()
    solved.mistakes()
    for task in (EVALUATE, DECIDING, MISTAKES):
        assert solved.judge(task).hint == ""
    names = ("evaluation.json", "words.json", "mistakes.csv")
    return {name: solved.get(name) for name in names}


@pytest.fixture
def right(solved, reports) -> Iterator[Learner]:
    """Return that learner; put the right reports back at the end."""
    yield solved
    for name, content in reports.items():
        solved.put(name, content)


@pytest.mark.parametrize("change", EVALUATE_CHANGES + DECIDING_CHANGES + MISTAKES_CHANGES, ids=str)
def test_a_report_with_one_thing_wrong(right, change):
    """A report with one thing wrong gets the hint that names it, and not the right accuracy."""
    accuracy = float(((right.scores() > 0.5) == (right.test_half.labels == 1)).mean())
    change.make(right)
    assert f"{accuracy:.3f}" not in assert_hint(right, change)
