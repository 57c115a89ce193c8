"""Mistakes in evaluating the model: its accuracy, its words, its worst predictions."""

import json

from support.learner import EVALUATE, MISTAKES


def test_the_right_number_without_a_job_passes_nothing(learner):
    """A learner who only writes down somebody else's accuracy fails, having no transform job."""
    made = learner()
    made.files()
    report = {"accuracy": {"value": 0.87}, "confusion_matrix": {t: {"0": 1, "1": 1} for t in "01"}}
    made.put("evaluation.json", json.dumps({"binary_classification_metrics": report}))
    assert "no training job yet" in made.hint(EVALUATE)


def test_a_right_evaluation_of_a_poor_model(solved):
    """A correct evaluation whose accuracy is too low gets a hint that more is within reach."""
    assert "is within easy reach" in solved.hint(EVALUATE, accuracy=0.99)


def test_an_accuracy_may_be_rounded(trained):
    """An accuracy that is rounded to three decimal places passes."""
    trained.transform()
    trained.evaluate(edit=lambda accuracy, matrix: (round(accuracy, 3), matrix))
    assert trained.judge(EVALUATE).hint == ""


def test_correct_predictions_are_not_mistakes(trained):
    """A correctly predicted review in the table of mistakes gets a hint."""
    trained.transform()
    scores, labels = trained.scores(), trained.test_half.labels
    right = next(n for n in range(len(labels)) if (scores[n] > 0.5) == (labels[n] == 1))
    row = (trained.test_half.names[right], int(labels[right]), float(scores[right]))
    trained.mistakes(lambda rows: [row, *rows])
    assert "is predicted correctly" in trained.hint(MISTAKES)
