"""The exercise on tuning: solved, and with one thing wrong in what the learner reports.

Each row of the tables is a task, what is wrong, the change that makes it so, and the words of the
hint that name the cause.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest
from scipy.stats import binomtest, fisher_exact
from support.tuning_learner import COMPARE, RESULT, STOP, TASKS, TuningLearner

from helpers.grading import submitted_files
from helpers.grading.exercises import IMDB_TUNING


class Change(NamedTuple):
    task: str
    wrong: str
    edit: Callable[[dict, TuningLearner], object]
    hint: str

    def __str__(self) -> str:
        return f"{self.task}: {self.wrong}"


def put(name: str, value) -> Callable[[dict, TuningLearner], object]:
    """Return an edit that sets a member of a report; value: or a function of the learner."""
    return lambda report, it: report.update({name: value(it) if callable(value) else value})


def put_in(part: str, name: str, value) -> Callable[[dict, TuningLearner], object]:
    """Return an edit that sets a member of a part; value: a function of part and learner."""
    return lambda report, it: report[part].update({name: value(report[part], it)})


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


def level(part: dict, it: TuningLearner, confidence: float):
    reviews = len(it.test_half.labels)
    return binomtest(part["right"], reviews).proportion_ci(confidence)


def p_value(alternative: str) -> Callable[[dict, TuningLearner], object]:
    def edit(report: dict, it: TuningLearner):
        total = report["only_tuned"] + report["only_untuned"]
        report["p_value"] = binomtest(report["only_tuned"], total, alternative=alternative).pvalue

    return edit


def swapped(first: str, second: str) -> Callable[[dict, TuningLearner], object]:
    return lambda report, it: report.update({first: report[second], second: report[first]})


def unpaired(report: dict, it: TuningLearner):
    reviews = len(it.test_half.labels)
    right = [report[which]["right"] for which in ("untuned", "tuned")]
    report["p_value"] = fisher_exact([[n, reviews - n] for n in right]).pvalue


def ninety(report: dict, it: TuningLearner):
    interval = level(report["tuned"], it, 0.9)
    report["tuned"].update(low=interval.low, high=interval.high)


def in_counts(report: dict, it: TuningLearner):
    reviews = len(it.test_half.labels)
    for end in ("low", "high"):
        report["tuned"][end] *= reviews


def all_right(report: dict, it: TuningLearner):
    for which in ("untuned", "tuned"):
        report[f"only_{which}"] = report[which]["right"]


COMPARE_CHANGES = [
    Change(COMPARE, "models swapped", swapped("untuned", "tuned"), "is what the tuned model gets"),
    Change(
        COMPARE,
        "wrong answers",
        put_in("tuned", "right", lambda part, it: len(it.test_half.labels) - part["right"]),
        "counts the wrong answers",
    ),
    Change(
        COMPARE,
        "a share",
        put_in("untuned", "right", lambda part, it: part["right"] / len(it.test_half.labels)),
        "is a share. The test needs counts",
    ),
    Change(
        COMPARE, "exact", put_in("tuned", "right", lambda part, it: 0), "equal the label exactly"
    ),
    Change(
        COMPARE,
        "off by one",
        put_in("tuned", "right", lambda part, it: part["right"] - 1),
        "Are scores and reviews in the same order",
    ),
    Change(COMPARE, "90 %", ninety, "That is the 90% interval of tuned"),
    Change(COMPARE, "in counts", in_counts, "is one of counts"),
    Change(
        COMPARE,
        "ends swapped",
        lambda report, it: report["tuned"].update(low=0.9, high=0.8),
        '"low" of tuned is above "high"',
    ),
    Change(
        COMPARE,
        "another interval",
        put_in("untuned", "low", lambda part, it: 0.1),
        "computed of its own right answers",
    ),
    Change(
        COMPARE,
        "one side swapped",
        swapped("only_untuned", "only_tuned"),
        '"only_tuned" are swapped',
    ),
    Change(COMPARE, "all right answers", all_right, "Leave out the reviews on which both"),
    Change(
        COMPARE, "another count", put("only_tuned", 1), "On how many reviews is one model right"
    ),
    Change(COMPARE, "one-sided", p_value("greater"), "The p-value is one-sided"),
    Change(COMPARE, "one-sided, less", p_value("less"), "The p-value is one-sided"),
    Change(COMPARE, "not paired", unpaired, "as if each had other reviews"),
    Change(
        COMPARE,
        "all reviews as tosses",
        lambda report, it: report.update(
            p_value=binomtest(report["tuned"]["right"], len(it.test_half.labels)).pvalue
        ),
        "Only the reviews on which the models disagree are tosses",
    ),
    Change(COMPARE, "another p-value", put("p_value", 0.5021), "`binomtest` gives another one"),
    Change(
        COMPARE,
        "the other conclusion",
        lambda report, it: report.update(better=not report["better"]),
        'but "better" is',
    ),
    Change(COMPARE, "a conclusion in quotes", put("better", "false"), "without quotes"),
    Change(COMPARE, "no test", lambda report, it: report.pop("p_value"), '"p_value" is missing'),
    Change(COMPARE, "no interval", lambda r, it: r["tuned"].pop("low"), 'needs "right", "low"'),
]


def without_stopped(report: dict, it: TuningLearner):
    jobs = zip(it.trees("second"), it.jobs["second"], strict=True)
    report["trees_auto"] = sum(n for n, job in jobs if job["TrainingJobStatus"] != "Stopped")


STOP_CHANGES = [
    Change(STOP, "without the stopped", without_stopped, "leaves out the stopped jobs"),
    Change(STOP, "the first one's", lambda r, it: r.update(trees_auto=r["trees"]), "first search"),
    Change(
        STOP,
        "the difference",
        lambda r, it: r.update(trees_auto=r["trees"] - r["trees_auto"]),
        "is the difference",
    ),
    Change(STOP, "of one job", put("trees", lambda it: max(it.trees("first"))), "add up the trees"),
    Change(STOP, "another number", put("trees", 77), "another number of trees together"),
    Change(STOP, "none stopped", put("stopped", 0), "have the status Stopped?"),
    Change(
        STOP,
        "the other answer",
        lambda r, it: r.update(best_stopped=not r["best_stopped"]),
        "what is its status?",
    ),
    Change(STOP, "in quotes", put("best_stopped", "false"), "without quotes"),
    Change(
        STOP,
        "another winner",
        lambda r, it: r.update(best="plain" if r["best"] == "equal" else "equal"),
        "Compare the best objective of all jobs of each search",
    ),
    Change(STOP, "no winner", lambda report, it: report.pop("best"), '"best" is missing'),
]


@pytest.mark.parametrize("task", TASKS)
def test_a_solution_passes(tuned, task):
    """A learner who does each task as asked passes each task."""
    assert tuned.judge(task).hint == ""


@pytest.mark.parametrize("task", TASKS)
def test_a_check_reads_nothing_twice(tuned, task, monkeypatch):
    """Checking a task requests each object, listing and description once."""
    requests = Counter()
    client_of, clients = tuned.session.client, []

    def recorded_client(service):
        client = client_of(service)
        client.meta.events.register(
            "provide-client-params.*.*",
            lambda params, model, **_: requests.update([f"{model.name} {params}"]),
            unique_id="recorder",
        )
        clients.append(client)
        return client

    monkeypatch.setattr(tuned.session, "client", recorded_client)
    monkeypatch.setattr(submitted_files, "_tables", {})
    try:
        assert tuned.judge(task).passed
    finally:
        for client in clients:
            client.meta.events.unregister("provide-client-params.*.*", unique_id="recorder")
    assert {request: n for request, n in requests.items() if n > 1} == {}


@pytest.mark.parametrize("change", RESULT_CHANGES + COMPARE_CHANGES + STOP_CHANGES, ids=str)
def test_a_report_with_one_thing_wrong(tuned, change):
    """A report with one thing wrong gets the hint that names it."""
    write = {RESULT: tuned.result, COMPARE: tuned.compare, STOP: tuned.saving}[change.task]

    def edit(report: dict) -> dict:
        change.edit(report, tuned)
        return report

    try:
        write(edit=edit)
        result = tuned.judge(change.task)
        assert not result.passed
        assert change.hint in result.hint
        assert not re.search(r"Error: |Traceback", result.hint)
    finally:
        write()


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
