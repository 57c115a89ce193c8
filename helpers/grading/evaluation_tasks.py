"""Check the last three tasks: evaluation, deciding words, wrong predictions.

Everything is computed again from the checker's own labels and from what the transform job wrote.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy

from helpers.grading.errors import TaskError
from helpers.grading.preparation_tasks import vocabulary_of
from helpers.grading.submission import Submission
from helpers.grading.submitted_tables import read_rows
from helpers.grading.training import trained_model
from helpers.grading.transform import SCORE_TOLERANCE, Predictions, predictions

if TYPE_CHECKING:
    import xgboost  # takes seconds: only where a model is read

LIST_LENGTH = 20  # words and reviews that the last two tasks ask for
ACCURACY_TOLERANCE = 0.0006  # an accuracy may be rounded to three digits
ROUNDED_PERCENT = 0.006  # 84.3 or 84 in place of 0.8427
IMPORTANCE_NAMES = {"gain": "gain per split", "weight": "number of splits"}


def judge_evaluation(submission: Submission) -> dict[str, Any]:
    """Evaluate: accuracy and confusion matrix of the predictions are right, and good enough."""
    reported, matrix = _reported_metrics(submission)
    expected = predictions(submission)
    true_matrix = numpy.zeros((2, 2), int)
    numpy.add.at(true_matrix, (expected.labels, (expected.scores > 0.5).astype(int)), 1)
    if not abs(reported - expected.accuracy) <= ACCURACY_TOLERANCE:  # a nan is not close either
        raise TaskError(_explain_accuracy(reported, matrix, expected))
    if (matrix != true_matrix).any():
        if (matrix == true_matrix.T).all():
            raise TaskError("The confusion matrix is transposed: is the true label the outer key?")
        raise TaskError(
            "The accuracy is right, but the confusion matrix is not: count for each true label "
            "how often each label was predicted."
        )
    if expected.accuracy < submission.accuracy:
        raise TaskError(
            f"The evaluation is right: {expected.accuracy:.3f} of the reviews are labelled "
            f"correctly. But with these features {submission.accuracy:.2f} is within easy reach. "
            "Look at the hyperparameters of the training job and at its learning curve."
        )
    return {"accuracy": round(expected.accuracy, 4), "confusion_matrix": true_matrix.tolist()}


def _reported_metrics(submission: Submission) -> tuple[float, numpy.ndarray]:
    """Return accuracy and confusion matrix (2, 2) as the learner reports them. Raises TaskError."""
    metrics = _member(submission.read_json("evaluation.json"), "binary_classification_metrics")
    matrix = _member(metrics, "confusion_matrix")
    rows = [[_number(_member(matrix, true), p) for p in "01"] for true in "01"]
    return _number(_member(metrics, "accuracy"), "value"), numpy.array(rows)


def _member(value: Any, key: str) -> Any:
    """Return a member of an object in evaluation.json. Raises TaskError."""
    if isinstance(value, dict) and key in value:
        return value[key]
    keys = f"only the keys {', '.join(value)}" if isinstance(value, dict) else repr(value)
    raise TaskError(
        "evaluation.json does not have the form shown in the task: the key "
        f'"{key}" is missing. In its place there is {keys[:80]}: what is different?'
    )


def _number(value: Any, key: str) -> float:
    number = _member(value, key)
    with contextlib.suppress(OverflowError):
        if isinstance(number, int | float):
            return float(number)
    raise TaskError(
        f'evaluation.json does not have the form shown in the task: "{key}" is {number!r:.40}, not '
        "a number."
    )


def _explain_accuracy(reported: float, matrix: numpy.ndarray, expected: Predictions) -> str:
    """Return what most likely went wrong, without giving the right number away."""
    if any(abs(reported - round(expected.accuracy, digits)) < 1e-9 for digits in (1, 2, 3)):
        return "The accuracy is rounded: write all of its digits."
    if abs(reported / 100 - expected.accuracy) < ROUNDED_PERCENT:
        return "That looks like percent: the accuracy is a share, between 0 and 1."
    exact_matches = float((expected.scores == expected.labels).mean())
    if abs(reported - exact_matches) <= ACCURACY_TOLERANCE:
        return (
            "Hardly any prediction equals a label exactly: the predictions are probabilities, such "
            "as 0.93, and the labels are 0 and 1. What turns one into the other?"
        )
    if abs(reported - (1 - expected.accuracy)) <= ACCURACY_TOLERANCE:
        return "That is the share of reviews that are wrong, or 0 and 1 were swapped."
    if matrix.sum() != len(expected.labels):
        return (
            f"The confusion matrix counts {matrix.sum():,.0f} reviews; there are "
            f"{len(expected.labels):,} test reviews. Which reviews has the model never seen?"
        )
    return (
        "The predictions of your transform job have a different accuracy. Are predictions and "
        "labels in the same order, and does a score above 0.5 count as 1?"
    )


def judge_deciding_words(submission: Submission) -> dict[str, Any]:
    """Which words decide: the terms of the highest total gain, best first."""
    terms = submission.read_json("words.json")
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise TaskError('words.json should be a list of terms: ["this", "that"].')
    vocabulary = vocabulary_of(submission)
    model = trained_model(submission)
    gains = _importance(model, "total_gain", vocabulary)
    expected = list(gains)[:LIST_LENGTH]
    if [gains.get(term) for term in terms] != [gains[term] for term in expected]:
        raise TaskError(_explain_words(terms, expected, model, vocabulary))
    if len(set(terms)) < len(terms):  # terms of equal gain may stand in either order
        raise TaskError("words.json lists a term twice.")
    return {"trees": model.num_boosted_rounds(), "columns split on": len(gains)}


def _explain_words(
    terms: list[str], expected: list[str], model: xgboost.Booster, vocabulary: dict[str, int]
) -> str:
    """Return what is most likely wrong with a list of terms."""
    unknown = [term for term in terms if term not in vocabulary]
    if unknown:
        return (
            f"{unknown[0][:40]!r} is not a term of vocabulary.json. The model knows columns by "
            "their number: which term stands in that column?"
        )
    lowest = list(_importance(model, "total_gain", vocabulary))[::-1][:LIST_LENGTH]
    if terms in (lowest, expected[::-1]):
        return "The order is the other way round: the highest gain comes first."
    if len(terms) != len(expected):
        return f"words.json has {len(terms)} terms; the task asks for {len(expected)}."
    if set(terms) == set(expected):
        return "These are the right terms, but they are not sorted by their gain."
    for importance_type, name in IMPORTANCE_NAMES.items():
        if terms == list(_importance(model, importance_type, vocabulary))[:LIST_LENGTH]:
            return f"These are the terms by {name}; the task asks for the total gain."
    return (
        "These are not the terms with the highest total gain. Were the columns translated by the "
        "vocabulary that the model was trained with, and counted from 0?"
    )


def _importance(
    model: xgboost.Booster, importance_type: str, vocabulary: dict[str, int]
) -> dict[str, float]:
    """Return the terms that the model splits on, the most important first. Raises TaskError."""
    import xgboost

    term_of = {f"f{column}": term for term, column in vocabulary.items()}
    try:
        scores = model.get_score(importance_type=importance_type)
    except xgboost.core.XGBoostError:
        raise TaskError(
            "The model has no trees, so no split gains anything: which booster did the job use?"
        ) from None
    columns = sorted(scores, key=scores.get, reverse=True)
    return {term_of.get(column, column): scores[column] for column in columns}


def judge_mistakes(submission: Submission) -> dict[str, Any]:
    """Which reviews are wrong: those whose score is farthest on the wrong side, worst first."""
    mistakes = _reported_mistakes(submission)
    expected = predictions(submission)
    row_of = {name: row for row, name in enumerate(expected.names)}
    for review, sentiment, score in mistakes:
        if review not in row_of:
            raise TaskError(
                f"{review[:40]!r} is not a test review: their names look like pos/123_9."
            )
        row = row_of[review]
        if sentiment != expected.labels[row]:
            raise TaskError(f"{review} has the wrong sentiment: this column holds the true label.")
        if not abs(score - expected.scores[row]) <= SCORE_TOLERANCE:
            raise TaskError(
                f"The transform job gave {review} a different score. Were scores and reviews "
                "combined in the same order?"
            )
        if expected.correct[row]:
            raise TaskError(f"{review} is predicted correctly: list wrong predictions only.")
    distances = numpy.abs(expected.scores - 0.5)
    farthest = numpy.sort(distances[~expected.correct])[::-1][:LIST_LENGTH]
    if len(mistakes) != len(farthest):
        raise TaskError(
            f"mistakes.csv has {len(mistakes)} reviews; the task asks for {len(farthest)}."
        )
    rows = [row_of[review] for review, _, _ in mistakes]
    if len(set(rows)) < len(rows):
        raise TaskError("mistakes.csv lists a review twice.")
    if not numpy.allclose(numpy.sort(distances[rows])[::-1], farthest, rtol=0, atol=1e-6):
        raise TaskError(
            "These predictions are wrong, but not those that the model was most sure of: how far "
            "is a score of 0.98 from 0.5, and how far one of 0.45? Which of them comes first?"
        )
    if not numpy.allclose(distances[rows], farthest, rtol=0, atol=1e-6):
        raise TaskError("These are the right reviews in another order: the worst comes first.")
    return {"wrong": int((~expected.correct).sum())}


def _reported_mistakes(submission: Submission) -> list[tuple[str, float, float]]:
    """Return name, sentiment and score of each review in mistakes.csv. Raises TaskError."""
    return [
        (row["review"], *(_parsed(row[name], line) for name in ("sentiment", "score")))
        for line, row in read_rows(submission, "mistakes.csv", "review,sentiment,score")
    ]


def _parsed(text: str | None, line: int) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise TaskError(f"mistakes.csv, line {line}: {text!r:.40} is not a number.") from None
