"""Check the web app's function: how it reads a request, counts, asks the endpoint and explains."""

from __future__ import annotations

import base64
import json
import math
from collections import Counter
from typing import Any

from helpers.grading import submitted_function
from helpers.grading.errors import TaskError
from helpers.grading.preparation_tasks import vocabulary_of
from helpers.grading.submission import Submission
from helpers.grading.submitted_function import SubmittedFunction
from helpers.grading.web_app_model_tasks import max_counts_of, scores
from helpers.text import words
from helpers.web_app import request_event

MAX_CHARACTERS = 5000
TOLERANCE = 1e-5  # of a probability, which the endpoint writes with fewer digits than it computes
REVIEWS = (
    "A good film, and a GOOD cast. <br /><br />I loved it: never boring, and well acted.",
    "Terrible. I hated it! The plot is a mess, the jokes are bad, and I was bored and annoyed.",
    "The music is wonderful, truly; the ending fell flat, and the dialogue isn't great.",
)
REPEATED = ("terrible " * 30, "Good, " * 30)
BAD_BODIES: tuple[tuple[str, Any], ...] = (
    ("a body that is not JSON", "review=good"),
    ("a JSON list", "[]"),
    ("a JSON object without the member review", '{"text": "good"}'),
    ("an empty body", ""),
    ("bytes that are not text", b'{"review": "\xff"}'),
    ("a number as the review", '{"review": 7}'),
    ("null as the review", '{"review": null}'),
    ("an empty review", '{"review": ""}'),
    ("a review of spaces", '{"review": " \\n "}'),
)


def judge_request(submission: Submission) -> dict[str, Any]:
    """Read the request: return the review, and refuse anything else with a status and a message."""
    with submitted_function.running(submission) as function:
        for review in (REVIEWS[0], "  Ünïcode 好 \N{PILE OF POO}\n", "好" * MAX_CHARACTERS):
            _check_review(function, review, in_base64=False)
        _check_review(function, REVIEWS[0], in_base64=True)
        for what, body in BAD_BODIES:
            _check_refused(function, what, request_event(body), 400)
        too_long = request_event({"review": "x" * (MAX_CHARACTERS + 1)})
        what = f"a review of {MAX_CHARACTERS + 1:,} characters"
        _check_refused(function, what, too_long, 413)
        _check_silent(function)
    return {"requests": len(BAD_BODIES) + 5}


def _check_review(function: SubmittedFunction, review: str, in_base64: bool) -> None:
    event = request_event({"review": review})
    what = f"a review of {len(review):,} characters"
    if in_base64:
        encoded = base64.b64encode(event["body"].encode()).decode()
        event |= {"body": encoded, "isBase64Encoded": True}
        what += " whose body is encoded in base64 (isBase64Encoded is true)"
    try:
        answer = function.call("read_review", event)
    except TaskError as error:
        if in_base64:
            raise TaskError(f"For {what}: {error}") from None
        raise
    if "refused" in answer:
        status, message = answer["refused"]
        raise TaskError(f"read_review refuses {what}: {status}, {message[:200]!r}.")
    if answer["value"] != review:
        raise TaskError(
            f"For {what}, {review[:40]!r}, read_review returns {answer['value']!r:.60}. It should "
            "return the text as it was typed."
        )


def _check_refused(function: SubmittedFunction, what: str, event: dict, status: int) -> None:
    answer = function.call("read_review", event)
    if "refused" not in answer:
        raise TaskError(
            f"read_review accepts {what}, and returns {answer['value']!r:.60}. It should raise a "
            f"RequestError with status {status}."
        )
    got, message = answer["refused"]
    if got != status:
        raise TaskError(f"For {what} the status is {got}: the task asks for {status}.")
    if not message.strip():
        raise TaskError(f"For {what} the message is empty: what should people do?")


def judge_counts(submission: Submission) -> dict[str, Any]:
    """Count the words: those of the vocabulary, as for training, clipped."""
    vocabulary, highest = vocabulary_of(submission), max_counts_of(submission)
    with submitted_function.running(submission) as function:
        for review in (*REVIEWS, *REPEATED, "Très drôle: zzyzx."):
            typed = {t: n for t, n in Counter(words(review)).items() if t in vocabulary}
            expected = {t: min(n, highest[vocabulary[t]]) for t, n in typed.items()}
            expected = {term: count for term, count in expected.items() if count}
            answer = function.call("count_words", review).get("value")
            if answer != expected:
                raise TaskError(_explain_counts(review, answer, typed, expected))
        _check_silent(function)
    return {"reviews": len(REVIEWS) + len(REPEATED) + 1}


def _explain_counts(review: str, counts: Any, typed: dict, expected: dict) -> str:
    """Return the hint for counts that differ."""
    start = f"For {review[:60]!r}, count_words returns "
    if not isinstance(counts, dict):
        return f"{start}{counts!r:.60}: expected a dict from term to count."
    if counts == typed:
        term = next(term for term in typed if typed[term] != expected.get(term))
        return (
            f"{start}{typed[term]} for {term!r}, and no row of train/ has more than "
            f"{expected.get(term, 0)}: where does MAX_COUNTS come in?"
        )
    if set(counts) - set(expected):
        term = min(set(counts) - set(expected))
        return f"{start}a count for {term!r}, which is {_why_not(term, typed)}."
    if set(expected) - set(counts):
        term = min(set(expected) - set(counts))
        return (
            f"{start}no count for {term!r}. It is a term of the vocabulary: is the review split by "
            "`words`, as for training?"
        )
    term = next(term for term in expected if counts[term] != expected[term])
    return f"{start}{counts[term]!r:.20} for {term!r}; expected {expected[term]}."


def _why_not(term: str, typed: dict) -> str:
    if term in typed:
        return "in no row of train/, so that its count becomes 0, and it should be left out"
    return "not a term of the vocabulary (its keys are terms, its values columns)"


def judge_scores(submission: Submission) -> dict[str, Any]:
    """Ask the endpoint: a probability for each row, in one call."""
    rows = [*_rows(submission), {}]
    expected = scores(submission, rows)
    with submitted_function.running(submission) as function:
        got = function.call("score", rows).get("value")
        if not isinstance(got, list) or not all(isinstance(each, float) for each in got):
            raise TaskError(f"score returns {got!r:.60}: expected a list of numbers (float).")
        if len(got) != len(rows):
            raise TaskError(
                f"score returns {len(got)} numbers for {len(rows)} rows, the last of which has no "
                "counts. Is each row a line of its own, also that one?"
            )
        for row, each, right in zip(rows, got, expected, strict=True):
            if not math.isclose(each, right, abs_tol=TOLERANCE):
                raise TaskError(
                    f"For the row {_shown(row)}, score returns {each:.4f}, and the model's own "
                    f"score is {right:.4f}. Is each count in the column of its term?"
                )
        _check_silent(function)
    return {"rows": len(rows)}


def judge_explanation(submission: Submission) -> dict[str, Any]:
    """Explain the score: the effect of each word, in one call; and the whole function."""
    with submitted_function.running(submission) as function:
        for row in _rows(submission):
            _check_effects(submission, function, row)
        _check_answer(function, REVIEWS[0])
        _check_silent(function)
    return {"reviews": len(REVIEWS)}


def _check_effects(submission: Submission, function: SubmittedFunction, row: dict) -> None:
    answer = function.call("explain", row)
    value, calls = answer.get("value"), answer.get("calls", [])
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict)):
        raise TaskError(f"explain returns {value!r:.60}: expected the probability and a dict.")
    if len(calls) > 1:
        raise TaskError(
            f"explain asks the endpoint {len(calls)} times for {_shown(row)}: one call can take "
            "all rows, and costs the time of one."
        )
    own = [{other: n for other, n in row.items() if other != term} for term in row]
    full, *without = scores(submission, [row, *own])
    effects = {term: full - each for term, each in zip(row, without, strict=True)}
    if not math.isclose(value[0], full, abs_tol=TOLERANCE):
        raise TaskError(
            f"For {_shown(row)} explain returns the probability {value[0]:.4f}; it is {full:.4f}."
        )
    if set(value[1]) != set(effects):
        raise TaskError(f"explain returns effects of {len(value[1])} terms; {len(row)} are there.")
    for term in sorted(effects, key=lambda term: -abs(effects[term])):
        _check_effect(term, value[1][term], effects[term], full)


def _check_effect(term: str, got: float, effect: float, full: float) -> None:
    def equals(value: float) -> bool:
        return math.isclose(got, value, abs_tol=2 * TOLERANCE)

    if equals(effect):
        return
    if equals(-effect):
        raise TaskError(
            f"The effect of {term!r} has the wrong sign: above 0 should mean that the word counts "
            "for positive. Which of both probabilities do you subtract?"
        )
    if equals(full - effect):
        raise TaskError(
            f"The effect of {term!r} is the probability without it, {got:.4f}: how does that "
            "differ from the one with it?"
        )
    raise TaskError(
        f"The effect of {term!r} is {got:.4f}; expected {effect:.4f}. Is the whole count left out, "
        "and nothing else?"
    )


def _check_answer(function: SubmittedFunction, review: str) -> None:
    """Raise TaskError unless the whole function answers a request."""
    answer = function.call("handler", request_event({"review": review}), None)["value"]
    content = json.loads(answer["body"])
    if answer["statusCode"] != 200 or content["sentiment"] not in ("positive", "negative"):
        raise TaskError(f"handler answers {answer['statusCode']}, {answer['body'][:200]}.")


def _check_silent(function: SubmittedFunction) -> None:
    """Raise TaskError if the function has printed a part of a review."""
    if any(text in function.log for text in ("good", "Terrible", "terribl", "wonderful")):
        raise TaskError(
            "It prints what people type, and Lambda keeps what a function prints in CloudWatch "
            "Logs. The page promises that nothing is stored: which print can go?"
        )


def _rows(submission: Submission) -> list[dict[str, int]]:
    """Return the counts of the reviews that tasks are checked by."""
    vocabulary = vocabulary_of(submission)
    counts = [Counter(words(review)) for review in REVIEWS]
    return [{t: n for t, n in each.items() if t in vocabulary} for each in counts]


def _shown(row: dict[str, int]) -> str:
    text = json.dumps(row)
    return text if len(text) <= 60 else f"{text[:60]}..."
