"""The exercise on tuning: solved, and with one thing wrong in what the learner reports.

Each row of the tables is a task, what is wrong, the change that makes it so, and the words of the
hint that name the cause.
"""

import json
from collections.abc import Callable

import pytest
from support.report_changes import Change, assert_hint, edit_of, put, put_in
from support.tuning_learner import RESULT, TASKS, TuningLearner

from helpers.grading.exercises import IMDB_TUNING


def ranked(it: TuningLearner) -> list[dict]:
    """Return the training jobs of the first search, the best first."""
    return sorted(
        it.jobs["first"], key=lambda j: j["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    )


def by_objective(position: int) -> Callable[[TuningLearner], str]:
    return lambda it: ranked(it)[position]["TrainingJobName"]


RESULT_CHANGES = [
    Change(RESULT, "the worst job", put("job", by_objective(-1)), "all others are better"),
    Change(RESULT, "a middle one", put("job", by_objective(3)), "is not the best job"),
    Change(
        RESULT,
        "of the second search",
        put("job", lambda it: it.jobs["second"][0]["TrainingJobName"]),
        "is a training job of another search",
    ),
    Change(
        RESULT,
        "the search itself",
        put("job", lambda it: it.first["HyperParameterTuningJobName"]),
        "is the search itself",
    ),
    Change(
        RESULT,
        "the untuned job",
        put("job", lambda it: it.job["TrainingJobName"]),
        "is not a training job of this search",
    ),
    Change(
        RESULT,
        "another metric",
        put(
            "objective",
            lambda it: next(
                m["Value"] for m in it.best["FinalMetricDataList"] if m["MetricName"] == "train:auc"
            ),
        ),
        "which is the train:auc of that job",
    ),
    Change(
        RESULT,
        "the wrong sign",
        lambda report, it: report.update(objective=-report["objective"]),
        "the wrong sign",
    ),
    Change(RESULT, "text", put("objective", "0.4"), "not a number"),
    Change(RESULT, "another value", put("objective", 0.987), "The best job has another one"),
    Change(
        RESULT,
        "values as text",
        put_in("values", "eta", lambda v, it: f"{v['eta']}"),
        "is the text",
    ),
    Change(
        RESULT,
        "values of another job",
        put_in("values", "eta", lambda v, it: v["eta"] * 1.1),
        "The best job has another value",
    ),
    Change(
        RESULT,
        "a value left out",
        lambda report, it: report["values"].pop("min_child_weight"),
        '"values" lacks min_child_weight',
    ),
    Change(
        RESULT,
        "a value too many",
        put_in("values", "num_round", lambda v, it: 300),
        '"values" has num_round, which was not searched',
    ),
    Change(RESULT, "a list of values", put("values", [0.2, 5]), "from name to number"),
    Change(RESULT, "no values", lambda report, it: report.pop("values"), '"values" is missing'),
]


@pytest.mark.parametrize("task", TASKS)
def test_a_solution_passes(tuned, task):
    """A learner who does each task as asked passes each task."""
    assert tuned.judge(task).hint == ""


@pytest.mark.parametrize("change", RESULT_CHANGES, ids=str)
def test_a_result_with_one_thing_wrong(tuned, change):
    """A report of the search's result with one thing wrong gets the hint that names it."""
    tuned.result(edit=edit_of(change, tuned))
    assert_hint(tuned, change, tuned.result)


def test_early_stopping_stops_some_jobs(tuned):
    """The learner's second search has stopped jobs, so that the tests on them check something."""
    assert any(job["TrainingJobStatus"] == "Stopped" for job in tuned.jobs["second"])
    assert sum(tuned.trees("second")) < sum(tuned.trees("first"))


def test_an_untouched_exercise_gets_hints(session, corpus, role, tmp_path):
    """If nothing was done, each task says what is missing."""
    made = TuningLearner(session, corpus, tmp_path, role, "High")
    hints = [made.judge(task).hint for task in TASKS]
    assert "vocabulary.json yet" in hints[0]
    assert "no training job yet" in hints[1]
    assert "no tuning job yet" in hints[2]
    assert "no tuning job yet" in hints[3]
    assert "no transform job yet" in hints[4]
    assert "comparison.json yet" in hints[5]
    assert "no tuning job yet" in hints[6]


def test_a_rounded_report_passes(tuned):
    """An objective and values rounded to four digits are right."""

    def rounded(report: dict) -> dict:
        report["objective"] = float(f"{report['objective']:.4g}")
        report["values"] = {name: float(f"{v:.4g}") for name, v in report["values"].items()}
        return json.loads(json.dumps(report))

    try:
        tuned.result(edit=rounded)
        assert tuned.judge(RESULT).hint == ""
    finally:
        tuned.result()


def test_the_result_needs_no_reviews():
    """What was read from the search is checked without the reviews."""
    assert not IMDB_TUNING.task(RESULT).needs_reviews
