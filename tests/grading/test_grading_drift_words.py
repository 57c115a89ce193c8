"""The exercise on updating a model, with one thing wrong in the words that it finds."""

import json
from collections.abc import Callable

import pytest
from support.drift_learner import WORDS, DriftLearner
from support.report_changes import Change, assert_hint

from helpers.grading import drift_statistics, drift_words_task


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


@pytest.mark.parametrize("change", WORDS_CHANGES, ids=str)
def test_words_with_one_thing_wrong(updated, change):
    """A list of words with one thing wrong gets the hint that names it."""
    change.make(updated)
    assert_hint(updated, change, updated.words)


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
