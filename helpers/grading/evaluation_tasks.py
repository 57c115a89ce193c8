"""Judge the last three tasks: the evaluation, the words that decide, the reviews that are wrong.

Everything is worked out anew, from the checker's own labels and from what the transform job wrote.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy

from helpers.grading import reference, submitted_files
from helpers.grading.preparation_tasks import vocabulary_of
from helpers.grading.submission import Submission
from helpers.grading.submitted_model import predict
from helpers.grading.tasks import TaskError
from helpers.grading.training import trained_model
from helpers.grading.transform import Predictions, predictions

SHOWN = 20
"""Words and reviews that the last two tasks ask for."""

CLOSE = 0.0006
"""An accuracy may be rounded to three digits."""


def accuracy_of(found: Predictions) -> float:
    """The share of reviews on the right side of 0.5."""
    return float(((found.scores > 0.5) == (found.labels == 1)).mean())


def judge_evaluation(evidence: Submission) -> dict[str, Any]:
    """Evaluate: accuracy and confusion matrix of the transform job's answers, and good enough."""
    told, matrix = _reported_metrics(evidence)
    found = predictions(evidence)
    predicted = (found.scores > 0.5).astype(int)
    true = numpy.zeros((2, 2), int)
    numpy.add.at(true, (found.labels, predicted), 1)
    accuracy = accuracy_of(found)
    if not abs(told - accuracy) <= CLOSE:  # nan is near to nothing
        raise TaskError(_explain_accuracy(evidence, told, matrix, found))
    if (matrix != true).any():
        if (matrix == true.T).all():
            raise TaskError(
                "The confusion matrix lies on its side: is the true label the outer key?"
            )
        raise TaskError(
            "The accuracy is right, the confusion matrix is another one: count for each true label "
            "how often each label was predicted."
        )
    if accuracy < evidence.accuracy:
        raise TaskError(
            f"The evaluation is right: {accuracy:.3f} of the reviews are labelled right. But with "
            f"these features {evidence.accuracy:.2f} is within easy reach. Look at the settings of "
            "the training job, and at its learning curve."
        )
    return {"accuracy": round(accuracy, 4), "confusion_matrix": true.tolist()}


def _reported_metrics(evidence: Submission) -> tuple[float, numpy.ndarray]:
    """Accuracy and confusion matrix as the learner reports them. Raises TaskError."""
    report = evidence.read_json("evaluation.json")
    try:
        metrics = report["binary_classification_metrics"]
        accuracy = metrics["accuracy"]["value"]
        matrix = [[metrics["confusion_matrix"][t][p] for p in "01"] for t in "01"]
        if not all(isinstance(n, int | float) for row in [[accuracy], *matrix] for n in row):
            raise TypeError("a value is no number")
        return float(accuracy), numpy.array(matrix, float)
    except (LookupError, TypeError, OverflowError) as error:
        raise TaskError(f"evaluation.json has not the form that the task shows: {error}.") from None


def _explain_accuracy(
    evidence: Submission, told: float, matrix: numpy.ndarray, found: Predictions
) -> str:
    """What most likely went wrong, without saying the right number."""
    accuracy = accuracy_of(found)
    exact = float((found.scores == found.labels).mean())
    if abs(told - exact) <= CLOSE:
        return (
            "Hardly any answer equals a label exactly: the model's answers are probabilities, such "
            "as 0.93, and labels are 0 and 1. What turns one into the other?"
        )
    learnt = len(reference.load_split(evidence.corpus, "train").labels)
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


def _accuracy_in_training(evidence: Submission) -> list[float]:
    """The model's accuracy on the rows of train/, and on all training reviews."""
    vocabulary = vocabulary_of(evidence)
    train = submitted_files.read_folder(evidence, "train", len(vocabulary), labelled=True)
    everything = reference.split_features(evidence.corpus, "train", vocabulary).features
    labels = reference.load_split(evidence.corpus, "train").labels
    model = trained_model(evidence)
    found = []
    for features, true in ((train.features, train.labels), (everything, labels)):
        scores = predict(model, features, train.format)
        found.append(float(((scores > 0.5) == (true == 1)).mean()))
    return found


def judge_deciding_words(evidence: Submission) -> dict[str, Any]:
    """Which words decide: the terms of the highest total gain, best first."""
    told = evidence.read_json("words.json")
    if not isinstance(told, list) or not all(isinstance(term, str) for term in told):
        raise TaskError('words.json is to be a list of terms: ["this", "that"].')
    vocabulary = vocabulary_of(evidence)
    model = trained_model(evidence)
    gain = _importance(model, "total_gain", vocabulary)
    right = list(gain)
    wanted = right[:SHOWN]
    if [gain.get(term) for term in told] == [gain[term] for term in wanted]:  # equal gains: either
        if len(set(told)) < len(told):
            raise TaskError("words.json has a term twice.")
        return {"trees": model.num_boosted_rounds(), "columns split on": len(right)}
    strange = [term for term in told if term not in vocabulary]
    if strange:
        raise TaskError(
            f"{strange[0][:40]!r} is no term of vocabulary.json. The model knows columns by their "
            "number: which term stands in that column?"
        )
    if told == right[::-1][:SHOWN] or told == wanted[::-1]:
        raise TaskError("The order is the other way round: the greatest gain comes first.")
    if len(told) != len(wanted):
        raise TaskError(f"words.json has {len(told)} terms; the task asks for {len(wanted)}.")
    if set(told) == set(wanted):
        raise TaskError("These are the right terms, in another order than that of their gain.")
    for kind, said in (("gain", "gain a split"), ("weight", "number of splits")):
        if told == list(_importance(model, kind, vocabulary))[:SHOWN]:
            raise TaskError(
                f"These are the terms by their {said}; the task asks for the total gain."
            )
    raise TaskError(
        "These aren't the terms that the model gains most by. Were the columns translated by the "
        "vocabulary that the model was trained with, and counted from 0?"
    )


def _importance(model, kind: str, vocabulary: dict[str, int]) -> dict[str, float]:
    """Return the terms that the model splits on, the most important first. Raises TaskError."""
    import xgboost

    term_in = {column: term for term, column in vocabulary.items()}
    try:
        scores = model.get_score(importance_type=kind)
    except xgboost.core.XGBoostError:
        raise TaskError(
            "The model has no trees, so it gains nothing by a split: which booster did the job use?"
        ) from None
    ordered = sorted(scores, key=scores.get, reverse=True)
    return {term_in.get(int(name.removeprefix("f")), name): scores[name] for name in ordered}


def judge_mistakes(evidence: Submission) -> dict[str, Any]:
    """Which reviews are wrong: those whose score is farthest on the wrong side, worst first."""
    told = _rows_of(evidence)
    found = predictions(evidence)
    score_of = dict(zip(found.names, found.scores, strict=True))
    label_of = dict(zip(found.names, found.labels, strict=True))
    for review, sentiment, score in told:
        if review not in score_of:
            raise TaskError(f"{review[:40]!r} is no test review: a name is like pos/123_9.")
        if sentiment != label_of[review]:
            raise TaskError(
                f"{review} has not the sentiment {sentiment:g}: the column is for the truth."
            )
        if not abs(score - score_of[review]) <= 1e-4:
            raise TaskError(
                f"The transform job gave {review} another score. Were scores and reviews put "
                "together in the same order?"
            )
        if (score_of[review] > 0.5) == (label_of[review] == 1):
            raise TaskError(f"{review} is predicted right: only wrong ones are asked for.")
    wrong = (found.scores > 0.5) != (found.labels == 1)
    far = numpy.sort(numpy.abs(found.scores[wrong] - 0.5))[::-1][:SHOWN]
    if len(told) != len(far):
        raise TaskError(f"mistakes.csv has {len(told)} reviews; the task asks for {len(far)}.")
    given = numpy.array([abs(score_of[review] - 0.5) for review, _, _ in told])
    if len({review for review, _, _ in told}) < len(told):
        raise TaskError("mistakes.csv has a review twice.")
    if numpy.allclose(numpy.sort(given)[::-1], far, rtol=0, atol=1e-6):
        if (numpy.abs(given - far) > 1e-6).any():
            raise TaskError("These are the right reviews in another order: the worst comes first.")
        return {"wrong": int(wrong.sum())}
    raise TaskError(
        "These are wrong reviews, but not those that the model was most sure of: how far is a "
        "score of 0.98 from 0.5, and how far one of 0.45? Which of them comes first?"
    )


def _rows_of(evidence: Submission) -> list[tuple[str, float, float]]:
    """Name, sentiment and score of each review in mistakes.csv. Raises TaskError."""
    text = evidence.read("mistakes.csv").decode("utf-8-sig", errors="replace")
    table = csv.DictReader(io.StringIO(text))
    try:
        header = ",".join(table.fieldnames or [])
        if header != "review,sentiment,score":
            raise TaskError(
                f"mistakes.csv has the header {header[:60]!r}, not review,sentiment,score."
            )
        return [(row["review"], float(row["sentiment"]), float(row["score"])) for row in table]
    except (TypeError, ValueError, csv.Error) as error:
        raise TaskError(f"mistakes.csv, line {table.line_num}: {error}.") from None
