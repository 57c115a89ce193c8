"""Check the log of a client that calls an endpoint while it is updated."""

from __future__ import annotations

from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.grading.submitted_tables import number, read_table

HEADER = "seconds,variant,vocabulary,right,error"
MIN_CALLS = 250
"""In each of the three phases; the task asks for 300, and a call may be on its way."""

AGAIN = (
    "To begin again, update the endpoint back to the first configuration, empty `calls`, and set "
    'the client\'s vocabulary to "first".'
)

PHASES = {
    ("first", "first"): "before the update, by the first variant",
    ("second", "first"): "after the update, still with the first vocabulary",
    ("second", "second"): "with the second vocabulary, at the end",
}


def check_calls(submission: Submission) -> dict[str, float]:
    """Return the share of right answers in each phase. Raises TaskError if a call failed."""
    rows = read_table(submission, "calls.csv", HEADER)
    failed = [row["error"] for row in rows if row["error"]]
    if failed:
        raise TaskError(_explain_failures(failed, len(rows)))
    shares = {}
    for (variant, vocabulary), words in PHASES.items():
        phase = [r for r in rows if (r["variant"], r["vocabulary"]) == (variant, vocabulary)]
        if len(phase) < MIN_CALLS:
            raise TaskError(_explain_missing(rows, len(phase), words))
        right = [number(row, "right", "calls.csv") for row in phase]
        shares[f"{variant}, {vocabulary} vocabulary"] = round(sum(right) / len(right), 4)
    if any((r["variant"], r["vocabulary"]) == ("first", "second") for r in rows):
        raise TaskError(
            "The client used the second vocabulary while the first model still answered, which "
            f"reads such rows wrongly or refuses them: when may it switch? {AGAIN}"
        )
    return shares


def _explain_failures(failed: list[str], calls: int) -> str:
    error = " ".join(failed[0].split())
    hint = f"{len(failed):,} of {calls:,} calls failed. The first error: {error[:200]}"
    if "number of features in booster" in error:
        return (
            f"{hint} ... The model that answered doesn't know these columns: when may the client "
            f"use the second vocabulary? {AGAIN}"
        )
    if "not found" in failed[0]:
        return f"{hint} ... Was the endpoint deleted, or not there yet? Update it in place."
    return f"{hint} ... Update it in place. {AGAIN}"


def _explain_missing(rows: list[dict[str, str]], calls: int, phase: str) -> str:
    variants = {row["variant"] for row in rows}
    hint = f"calls.csv has {calls:,} calls {phase}; the task asks for 300."
    if "second" not in variants:
        return f"{hint} Did the client stop before the endpoint was in service again?"
    if "first" not in variants:
        return f"{hint} Did the client start only after the update? {AGAIN}"
    return f"{hint} Is the log complete, and did the client call in all phases?"
