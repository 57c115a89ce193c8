"""The exercise on tuning, with one thing wrong in the reports of both comparisons."""

from collections.abc import Callable

import pytest
from scipy.stats import binomtest, fisher_exact
from support.report_changes import Change, assert_hint, edit_of, put, put_in
from support.tuning_learner import COMPARE, STOP, TuningLearner


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


@pytest.mark.parametrize("change", COMPARE_CHANGES + STOP_CHANGES, ids=str)
def test_a_comparison_with_one_thing_wrong(tuned, change):
    """A report with one thing wrong gets the hint that names it."""
    write = {COMPARE: tuned.compare, STOP: tuned.saving}[change.task]
    write(edit=edit_of(change, tuned))
    assert_hint(tuned, change, write)
