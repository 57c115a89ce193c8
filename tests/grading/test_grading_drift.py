"""The exercise on updating a model: solved, and with one thing wrong in what it measures.

Each row of the tables is a task, what is wrong, the change that makes it so, and the words of the
hint that name the cause.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from support.drift_learner import (
    DRIFT,
    SERVE,
    TASKS,
    WEEKS,
    WORDS,
    DriftLearner,
)

from helpers.grading import drift_statistics, drift_words_task, submitted_files
from helpers.grading.exercises import IMDB_UPDATING
from helpers.grading.submission import Submission
from helpers.grading.tasks import judge
from helpers.text import words


class Change(NamedTuple):
    task: str
    wrong: str
    make: Callable[[DriftLearner], object]
    hint: str

    def __str__(self) -> str:
        return f"{self.task}: {self.wrong}"


@pytest.mark.parametrize("task", TASKS)
def test_a_solution_passes(updated, task):
    """A learner who does each task as asked passes each task, the first one before the update."""
    assert updated.judge(task).hint == ""
    assert updated.served.hint == ""


@pytest.mark.parametrize("task", TASKS)
def test_a_check_reads_nothing_twice(updated, task, monkeypatch):
    """Checking a task requests each object, listing and description once."""
    requests = Counter()
    client_of = updated.session.client

    def recorded_client(service):
        client = client_of(service)
        client.meta.events.register(
            "provide-client-params.*.*",
            lambda params, model, **_: requests.update([f"{model.name} {params}"]),
            unique_id="recorder",
        )
        clients.append(client)
        return client

    clients = []
    monkeypatch.setattr(updated.session, "client", recorded_client)
    monkeypatch.setattr(submitted_files, "_tables", {})
    try:
        assert updated.judge(task).passed
    finally:
        for client in clients:
            client.meta.events.unregister("provide-client-params.*.*", unique_id="recorder")
    assert {request: n for request, n in requests.items() if n > 1} == {}


def test_an_untouched_exercise_fails_every_task_with_its_hint(updated):
    """If nothing was done but what is given, every task says what is missing."""
    submission = Submission(updated.session, "Nobody - Low Level", updated.corpus)
    updated.s3.put_object(Bucket=updated.bucket, Key=f"{submission.prefix}/began.json", Body=b"{}")
    hints = [judge(task, submission).hint for task in IMDB_UPDATING.tasks]
    for hint, missing in zip(
        hints,
        (
            "no training job yet",
            "weeks.csv yet",
            "drift.json yet",
            "words.json yet",
            "first/vocabulary.json yet",
            "no training job yet",
        ),
        strict=True,
    ):
        assert missing in hint


def scores_of_other_words(it: DriftLearner):
    bag = CountVectorizer(analyzer=words, max_features=len(it.vocabularies["first"]))
    features = bag.fit_transform(it.weekly["text"])
    features.resize(features.shape[0], len(it.vocabularies["first"]))
    it.weeks(scores=it.scores(features=features))


def counted(right: Callable) -> Callable[[DriftLearner], object]:
    """Return a change that takes other answers for right ones."""
    return lambda it: it.weeks(lambda labels, scores: int(right(labels, scores).sum()))


WEEKS_CHANGES = [
    Change(
        WEEKS,
        "shares",
        lambda it: it.weeks(lambda labels, scores: ((scores > 0.5) == labels).mean()),
        "is a share",
    ),
    Change(WEEKS, "no threshold", counted(lambda y, s: s == y), "turns one"),
    Change(WEEKS, "wrong ones", counted(lambda y, s: (s > 0.5) != y), "swapped?"),
    Change(WEEKS, "words learned again", scores_of_other_words, "`fit_transform` learns others"),
    Change(
        WEEKS,
        "scores in reverse order",
        lambda it: it.weeks(scores=it.scores()[::-1]),
        "in the same order?",
    ),
    Change(
        WEEKS,
        "after the update",
        lambda it: it.weeks(scores=it.scores("second")),
        "answers of the second model",
    ),
    Change(WEEKS, "six weeks", lambda it: it.weeks(edit=lambda rows: rows[:7]), "are ten weeks"),
    Change(
        WEEKS,
        "a week twice",
        lambda it: it.weeks(edit=lambda rows: [*rows, rows[-1]]),
        "in 11 rows. There are ten weeks",
    ),
    Change(
        WEEKS,
        "half of a week",
        lambda it: it.weeks(edit=lambda rows: [rows[0], [1, 75, 60], *rows[2:]]),
        "week 1 has 75 reviews; weekly_reviews has 150",
    ),
    Change(
        WEEKS,
        "an index",
        lambda it: it.put("weeks.csv", ",week,reviews,right\n0,1,150,120\n"),
        "has the header ',week,reviews,right'",
    ),
    Change(
        WEEKS,
        "a word",
        lambda it: it.weeks(edit=lambda rows: [rows[0], [1, 150, "most"], *rows[2:]]),
        "'most' in right is not a number",
    ),
]


def p_values_by(alternative: str = "greater", reference=None) -> Callable[[DriftLearner], object]:
    """Return a change that uses another alternative, or other weeks to compare with."""
    more = {"reference": reference} if reference else {}
    return lambda it: it.drift(drift_statistics.weekly_p_values(it.counts(), alternative, **more))


def edited(key: str, value) -> Callable[[DriftLearner], object]:
    return lambda it: it.drift(edit=lambda report: report | {key: value})


DRIFT_CHANGES = [
    Change(DRIFT, "two-sided", p_values_by("two-sided"), "are two-sided"),
    Change(DRIFT, "rows swapped", p_values_by("less"), "near 1 for the worst weeks"),
    Change(
        DRIFT,
        "the week before",
        p_values_by(reference=lambda w: [w - 1]),
        "week before it alone",
    ),
    Change(
        DRIFT,
        "all before",
        p_values_by(reference=lambda w: range(1, w)),
        "all weeks before it",
    ),
    Change(
        DRIFT,
        "all others",
        p_values_by(reference=lambda w: {*range(1, 11)} - {w}),
        "with all others",
    ),
    Change(
        DRIFT,
        "all weeks",
        p_values_by(reference=lambda w: range(1, 11)),
        "itself included",
    ),
    Change(
        DRIFT,
        "chi-squared",
        lambda it: it.drift(drift_statistics.weekly_chi_squared(it.counts(), True)),
        "the task asks for Fisher's",
    ),
    Change(
        DRIFT,
        "corrected twice",
        lambda it: it.drift(
            {w: min(1, 6 * p) for w, p in drift_statistics.weekly_p_values(it.counts()).items()}
        ),
        "six times those of the test",
    ),
    Change(
        DRIFT,
        "of shares",
        lambda it: it.drift(dict.fromkeys(range(5, 11), 0.4)),
        "counts, and not shares",
    ),
    Change(DRIFT, "ten weeks", edited("p_values", dict.fromkeys(range(1, 11), 1)), "5 to 10"),
    Change(
        DRIFT, "odds ratios", edited("p_values", dict.fromkeys(range(5, 11), 2.5)), "`.pvalue` is"
    ),
    Change(DRIFT, "a list of p-values", edited("p_values", [0.5] * 6), "should be an object"),
    Change(DRIFT, "not divided", edited("limit", 0.01), "by what does Bonferroni divide?"),
    Change(DRIFT, "by ten", edited("limit", 0.001), "divided by the number of tests"),
    Change(DRIFT, "none has drifted", edited("drifted", []), "below the limit?"),
    Change(DRIFT, "first week only", edited("drifted", [7]), "below the limit?"),
    Change(DRIFT, "no limit", lambda it: it.put("drift.json", '{"p_values": {}}'), '"limit"'),
]


def of_words(
    name: str, choose: Callable[[drift_words_task.Tested], set[str]]
) -> Callable[[DriftLearner], object]:
    """Return a change of one list of words.json."""

    def make(it: DriftLearner):
        terms = sorted(choose(drift_words_task.tested_terms(it.corpus)[name]))
        it.words(edit=lambda report: report | {name: terms})

    return make


def together(it: DriftLearner):
    """Adjust the p-values of both questions together."""
    tests = drift_words_task.tested_terms(it.corpus)
    p_values = [p for test in tests.values() for p in test.p_values]
    adjusted = drift_statistics.adjusted(p_values)
    test = tests["wording"]
    it.words(
        edit=lambda report: (
            report | {"wording": sorted(test.below(0.01, adjusted[: len(test.terms)]))}
        )
    )


WORDS_CHANGES = [
    Change(
        WORDS,
        "not adjusted",
        of_words("wording", lambda t: t.below(0.01)),
        "chance: which function",
    ),
    Change(
        WORDS,
        "Bonferroni",
        of_words("wording", lambda t: t.below(0.01 / len(t.terms))),
        "Bonferroni's limit",
    ),
    Change(
        WORDS,
        "another limit",
        of_words("wording", lambda t: t.below(0.05, drift_statistics.adjusted(t.p_values))),
        "the limit is 0.01, and not 0.05",
    ),
    Change(
        WORDS,
        "lists swapped",
        lambda it: it.words(lambda r: {"wording": r["meaning"], "meaning": r["wording"]}),
        '"wording" has the terms of the other question',
    ),
    Change(WORDS, "one too many", of_words("meaning", lambda t: t.significant | {"act"}), "'act'"),
    Change(
        WORDS,
        "one missing",
        of_words("meaning", lambda t: t.significant - {"bad"}),
        "1 are missing",
    ),
    Change(
        WORDS,
        "words, not terms",
        lambda it: it.words(lambda r: r | {"wording": ["boring", *r["wording"]]}),
        "'boring', which is not a term",
    ),
    Change(
        WORDS,
        "a rare term",
        of_words("wording", lambda t: t.significant | {"farmer", "tuba"}),
        "too rare",
    ),
    Change(
        WORDS,
        "a term twice",
        lambda it: it.words(lambda r: r | {"meaning": r["meaning"] * 2}),
        "twice",
    ),
    Change(WORDS, "one list", lambda it: it.put("words.json", '["good"]'), '"wording" is missing'),
    Change(WORDS, "not JSON", lambda it: it.put("words.json", "good, bad"), "is not valid JSON"),
]


@pytest.mark.parametrize("change", WEEKS_CHANGES + DRIFT_CHANGES + WORDS_CHANGES, ids=str)
def test_a_measurement_with_one_thing_wrong(updated, change):
    """A report with one thing wrong gets the hint that names it."""
    try:
        change.make(updated)
        result = updated.judge(change.task)
        assert not result.passed
        assert change.hint in result.hint
        assert not re.search(r"Error: |Traceback", result.hint)
    finally:
        {WEEKS: updated.weeks, DRIFT: updated.drift, WORDS: updated.words}[change.task]()


def test_adjusted_together(updated):
    """If adjusting both questions together changes a list, the hint says so."""
    tests = drift_words_task.tested_terms(updated.corpus)
    together(updated)
    written = updated.s3.get_object(Bucket=updated.bucket, Key=f"{updated.prefix}/words.json")
    changed = set(json.loads(written["Body"].read())["wording"]) != tests["wording"].significant
    result = updated.judge(WORDS)
    updated.words()
    assert result.passed is not changed
    assert changed is ("adjusted together" in result.hint)


def test_the_serving_task_needs_no_reviews():
    """The checks of the endpoint work without the reviews, as after a restart of the kernel."""
    assert not IMDB_UPDATING.task(SERVE).needs_reviews
