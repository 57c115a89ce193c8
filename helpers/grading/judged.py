"""Judge the last three tasks: the evaluation, the words that decide, the reviews that are wrong.

Everything is worked out anew, from the checker's own labels and from what the transform job wrote.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy

from helpers.grading import files, reference
from helpers.grading.evidence import Evidence
from helpers.grading.models import predict
from helpers.grading.prepared import vocabulary_of
from helpers.grading.tasks import Hint
from helpers.grading.training import booster
from helpers.grading.transform import Answers, answers

SHOWN = 20
"""Words and reviews that the last two tasks ask for."""

CLOSE = 0.0006
"""An accuracy may be rounded to three digits."""


def accuracy_of(found: Answers) -> float:
    """The share of reviews on the right side of 0.5."""
    return float(((found.scores > 0.5) == (found.labels == 1)).mean())


def judge_evaluation(evidence: Evidence) -> dict[str, Any]:
    """Evaluate: accuracy and confusion matrix of the transform job's answers, and good enough."""
    told, matrix = _told(evidence)
    found = answers(evidence)
    predicted = (found.scores > 0.5).astype(int)
    true = numpy.zeros((2, 2), int)
    numpy.add.at(true, (found.labels, predicted), 1)
    accuracy = accuracy_of(found)
    if not abs(told - accuracy) <= CLOSE:  # nan is near to nothing
        raise Hint(_why_another_accuracy(evidence, told, matrix, found))
    if (matrix != true).any():
        if (matrix == true.T).all():
            raise Hint("The confusion matrix lies on its side: is the true label the outer key?")
        raise Hint(
            "The accuracy is right, the confusion matrix is another one: count for each true label "
            "how often each label was predicted."
        )
    if accuracy < evidence.accuracy:
        raise Hint(
            f"The evaluation is right: {accuracy:.3f} of the reviews are labelled right. But with "
            f"these features {evidence.accuracy:.2f} is within easy reach. Look at the settings of "
            "the training job, and at its learning curve."
        )
    return {"accuracy": round(accuracy, 4), "confusion_matrix": true.tolist()}


def _told(evidence: Evidence) -> tuple[float, numpy.ndarray]:
    """Accuracy and confusion matrix as the learner reports them. Raises Hint."""
    report = evidence.read_json("evaluation.json")
    try:
        metrics = report["binary_classification_metrics"]
        accuracy = metrics["accuracy"]["value"]
        matrix = [[metrics["confusion_matrix"][t][p] for p in "01"] for t in "01"]
        if not all(isinstance(n, int | float) for row in [[accuracy], *matrix] for n in row):
            raise TypeError("a value is no number")
        return float(accuracy), numpy.array(matrix, float)
    except (LookupError, TypeError, OverflowError) as error:
        raise Hint(f"evaluation.json has not the form that the task shows: {error}.") from None


def _why_another_accuracy(
    evidence: Evidence, told: float, matrix: numpy.ndarray, found: Answers
) -> str:
    """What most likely went wrong, without saying the right number."""
    accuracy = accuracy_of(found)
    exact = float((found.scores == found.labels).mean())
    if abs(told - exact) <= CLOSE:
        return (
            "Hardly any answer equals a label exactly: the model's answers are probabilities, such "
            "as 0.93, and labels are 0 and 1. What turns one into the other?"
        )
    learnt = len(reference.half(evidence.corpus, "train").labels)
    counts_training = matrix.sum() == learnt != len(found.labels)
    if counts_training or any(
        abs(told - value) <= 0.003 for value in _accuracy_in_training(evidence)
    ):
        return (
            "That is the accuracy on reviews that the model has learnt from, where it is always "
            "better. Which reviews has it never seen?"
        )
    if abs(told - (1 - accuracy)) <= CLOSE:
        return "That is the share of reviews that are wrong, or 0 and 1 were mixed up."
    if matrix.sum() != len(found.labels):
        return (
            f"The confusion matrix counts {matrix.sum():,.0f} reviews; there are "
            f"{len(found.labels):,} test reviews."
        )
    return (
        "The answers of your transform job give another accuracy. Do answers and labels come in "
        "the same order, and is a score of more than 0.5 a 1?"
    )


def _accuracy_in_training(evidence: Evidence) -> list[float]:
    """The model's accuracy on the rows of train/, and on all training reviews."""
    vocabulary = vocabulary_of(evidence)
    train = files.read_folder(evidence, "train", len(vocabulary), labelled=True)
    everything = reference.rows(evidence.corpus, "train", vocabulary).features
    labels = reference.half(evidence.corpus, "train").labels
    model = booster(evidence)
    found = []
    for features, true in ((train.features, train.labels), (everything, labels)):
        scores = predict(model, features, train.format)
        found.append(float(((scores > 0.5) == (true == 1)).mean()))
    return found


def judge_deciding_words(evidence: Evidence) -> dict[str, Any]:
    """Which words decide: the terms of the highest total gain, best first."""
    told = evidence.read_json("words.json")
    if not isinstance(told, list) or not all(isinstance(term, str) for term in told):
        raise Hint('words.json is to be a list of terms: ["this", "that"].')
    vocabulary = vocabulary_of(evidence)
    model = booster(evidence)
    gain = _by(model, "total_gain", vocabulary)
    right = list(gain)
    wanted = right[:SHOWN]
    if [gain.get(term) for term in told] == [gain[term] for term in wanted]:  # equal gains: either
        if len(set(told)) < len(told):
            raise Hint("words.json has a term twice.")
        return {"trees": model.num_boosted_rounds(), "columns split on": len(right)}
    strange = [term for term in told if term not in vocabulary]
    if strange:
        raise Hint(
            f"{strange[0][:40]!r} is no term of vocabulary.json. The model knows columns by their "
            "number: which term stands in that column?"
        )
    if told == right[::-1][:SHOWN] or told == wanted[::-1]:
        raise Hint("The order is the other way round: the greatest gain comes first.")
    if len(told) != len(wanted):
        raise Hint(f"words.json has {len(told)} terms; the task asks for {len(wanted)}.")
    if set(told) == set(wanted):
        raise Hint("These are the right terms, in another order than that of their gain.")
    for kind, said in (("gain", "gain a split"), ("weight", "number of splits")):
        if told == list(_by(model, kind, vocabulary))[:SHOWN]:
            raise Hint(f"These are the terms by their {said}; the task asks for the total gain.")
    raise Hint(
        "These aren't the terms that the model gains most by. Were the columns translated by the "
        "vocabulary that the model was trained with, and counted from 0?"
    )


def _by(model, kind: str, vocabulary: dict[str, int]) -> dict[str, float]:
    """The terms that the model splits on and their importance, the greatest first. Raises Hint."""
    import xgboost

    term_in = {column: term for term, column in vocabulary.items()}
    try:
        scores = model.get_score(importance_type=kind)
    except xgboost.core.XGBoostError:
        raise Hint(
            "The model has no trees, so it gains nothing by a split: which booster did the job use?"
        ) from None
    ordered = sorted(scores, key=scores.get, reverse=True)
    return {term_in.get(int(name.removeprefix("f")), name): scores[name] for name in ordered}


def judge_mistakes(evidence: Evidence) -> dict[str, Any]:
    """Which reviews are wrong: those whose score is farthest on the wrong side, worst first."""
    told = _rows_of(evidence)
    found = answers(evidence)
    score_of = dict(zip(found.names, found.scores, strict=True))
    label_of = dict(zip(found.names, found.labels, strict=True))
    for review, sentiment, score in told:
        if review not in score_of:
            raise Hint(f"{review[:40]!r} is no test review: a name is like pos/123_9.")
        if sentiment != label_of[review]:
            raise Hint(
                f"{review} has not the sentiment {sentiment:g}: the column is for the truth."
            )
        if not abs(score - score_of[review]) <= 1e-4:
            raise Hint(
                f"The transform job gave {review} another score. Were scores and reviews put "
                "together in the same order?"
            )
        if (score_of[review] > 0.5) == (label_of[review] == 1):
            raise Hint(f"{review} is predicted right: only wrong ones are asked for.")
    wrong = (found.scores > 0.5) != (found.labels == 1)
    far = numpy.sort(numpy.abs(found.scores[wrong] - 0.5))[::-1][:SHOWN]
    if len(told) != len(far):
        raise Hint(f"mistakes.csv has {len(told)} reviews; the task asks for {len(far)}.")
    given = numpy.array([abs(score_of[review] - 0.5) for review, _, _ in told])
    if len({review for review, _, _ in told}) < len(told):
        raise Hint("mistakes.csv has a review twice.")
    if numpy.allclose(numpy.sort(given)[::-1], far, rtol=0, atol=1e-6):
        if (numpy.abs(given - far) > 1e-6).any():
            raise Hint("These are the right reviews in another order: the worst comes first.")
        return {"wrong": int(wrong.sum())}
    raise Hint(
        "These are wrong reviews, but not those that the model was most sure of: how far is a "
        "score of 0.98 from 0.5, and how far one of 0.45? Which of them comes first?"
    )


def _rows_of(evidence: Evidence) -> list[tuple[str, float, float]]:
    """Name, sentiment and score of each review in mistakes.csv. Raises Hint."""
    text = evidence.read("mistakes.csv").decode("utf-8-sig", errors="replace")
    table = csv.DictReader(io.StringIO(text))
    try:
        header = ",".join(table.fieldnames or [])
        if header != "review,sentiment,score":
            raise Hint(f"mistakes.csv has the header {header[:60]!r}, not review,sentiment,score.")
        return [(row["review"], float(row["sentiment"]), float(row["score"])) for row in table]
    except (TypeError, ValueError, csv.Error) as error:
        raise Hint(f"mistakes.csv, line {table.line_num}: {error}.") from None
