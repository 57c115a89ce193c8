"""Mistakes in evaluating the model: its accuracy, its words, its worst predictions."""

import json

import numpy
import pytest
from support.learner import DECIDING, EVALUATE, MISTAKES

from helpers.grading.submitted_model import predict


def test_the_right_number_without_a_job_passes_nothing(learner):
    """A learner who only writes down somebody else's accuracy fails, having no transform job."""
    made = learner()
    made.files()
    report = {"accuracy": {"value": 0.87}, "confusion_matrix": {t: {"0": 1, "1": 1} for t in "01"}}
    made.put("evaluation.json", json.dumps({"binary_classification_metrics": report}))
    assert "no training job yet" in made.hint(EVALUATE)


def test_accuracy_on_training_data(trained):
    """An accuracy on the training reviews gets a hint that the model has learned from them."""
    model, (features, labels) = trained.model(), trained.parts["train"]
    predicted = (predict(model, features, "libsvm") > 0.5) * 1
    trained.transform()
    trained.evaluate(predicted, numpy.asarray(labels))
    assert "has learned from" in trained.hint(EVALUATE)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"predicted": "scores"}, "What turns one into the other?"),
        ({"edit": lambda a, m: (1 - a, m)}, "the share of reviews that are wrong"),
        (
            {"edit": lambda a, m: (a, {t: {p: m[p][t] for p in "01"} for t in "01"})},
            "transposed",
        ),
        (
            {"edit": lambda a, m: (a, {t: {"0": 1, "1": 2} for t in "01"})},
            "confusion matrix is not",
        ),
        ({"edit": lambda a, m: (0.999, m)}, "have a different accuracy"),
        ({"edit": lambda a, m: (0.999, {t: {"0": 1, "1": 1} for t in "01"})}, "counts 4 reviews"),
        ({"edit": lambda a, m: ("0.8", m)}, "does not have the format"),
    ],
)
def test_an_evaluation_that_is_wrong(trained, settings, words):
    """For an unrounded, inverted or invented evaluation, the hint says what was seen."""
    trained.transform()
    if settings.get("predicted"):
        settings = {"predicted": trained.scores()}
    trained.evaluate(**settings)
    hint = trained.hint(EVALUATE)
    assert words in hint
    right = ((trained.scores() > 0.5) == (trained.test_half.labels == 1)).mean()
    assert f"{right:.3f}" not in hint  # the answer is not given away


def test_a_right_evaluation_of_a_poor_model(solved):
    """A correct evaluation whose accuracy is too low gets a hint that more is within reach."""
    assert "is within easy reach" in solved.hint(EVALUATE, accuracy=0.99)


def test_an_accuracy_may_be_rounded(trained):
    """An accuracy that is rounded to three decimal places passes."""
    trained.transform()
    trained.evaluate(edit=lambda accuracy, matrix: (round(accuracy, 3), matrix))
    assert trained.judge(EVALUATE).hint == ""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"edit": lambda words: words[:20][::-1]}, "the other way round"),
        ({"edit": lambda words: [words[1], words[0], *words[2:]]}, "not sorted by their gain"),
        ({"edit": lambda words: words[:5]}, "has 5 terms"),
        ({"edit": lambda words: [f"f{n}" for n in range(20)]}, "is not a term of vocabulary.json"),
        ({"edit": lambda words: {"good": 1}}, "a list of terms"),
        ({"kind": "weight"}, "by number of splits"),
        ({"kind": "gain"}, "by gain per split"),
        ({"terms": "shifted"}, "translated by the vocabulary"),
    ],
)
def test_words_that_do_not_decide(trained, settings, words):
    """Deciding words that are reversed, mixed, too few or from another source get a hint."""
    if settings.get("terms"):
        terms = trained.vectorizer.get_feature_names_out().tolist()
        settings = {"terms": terms[1:] + terms[:1]}
    if isinstance(settings.get("edit", list)([1, 2, 3]), dict):
        trained.put("words.json", '{"good": 1}')
    else:
        trained.deciding(**settings)
    assert words in trained.hint(DECIDING)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda rows: rows[::-1], "not those that the model was most sure of"),
        (lambda rows: rows[:7], "has 7 reviews"),
        (lambda rows: [(n, 1 - s, x) for n, s, x in rows], "this column holds the true label"),
        (lambda rows: [(n, s, 1 - x) for n, s, x in rows], "a different score"),
        (lambda rows: [("pos/9999_9", s, x) for _, s, x in rows], "is not a test review"),
        (lambda rows: [rows[0]] * 20, "lists a review twice"),
        (lambda rows: [(n, "x", x) for n, _, x in rows], "line 2"),
    ],
)
def test_reviews_that_are_not_the_worst_mistakes(trained, edit, words):
    """A wrong order, too few reviews, swapped labels and scores of other reviews get a hint."""
    trained.transform()
    trained.mistakes(edit)
    assert words in trained.hint(MISTAKES)


def test_correct_predictions_are_not_mistakes(trained):
    """A correctly predicted review in the table of mistakes gets a hint."""
    trained.transform()
    scores, labels = trained.scores(), trained.test_half.labels
    right = next(n for n in range(len(labels)) if (scores[n] > 0.5) == (labels[n] == 1))
    row = (trained.test_half.names[right], int(labels[right]), float(scores[right]))
    trained.mistakes(lambda rows: [row, *rows])
    assert "is predicted correctly" in trained.hint(MISTAKES)


def test_a_list_without_a_header(trained):
    """A table of mistakes without a header gets a hint about the header."""
    trained.put("mistakes.csv", "pos/0_9,1,0.2\n")
    assert "has the header" in trained.hint(MISTAKES)
