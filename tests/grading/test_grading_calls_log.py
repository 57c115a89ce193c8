"""The exercise on updating a model, with one thing wrong in the log of the client's calls."""

from typing import NamedTuple

import pytest
from support.drift_learner import UPDATE


class Log(NamedTuple):
    wrong: str
    arguments: dict
    hint: str


TOO_MANY_COLUMNS = (
    "An error occurred (ModelError) when calling the InvokeEndpoint operation: Received client "
    'error (400) from primary with message "Unable to evaluate payload provided: [08:01:56] '
    "/workspace/src/learner.cc:1289: Check failed: learner_model_param_.num_feature >= "
    "p_fmat->Info().num_col_ (3632 vs. 4066) : Number of columns does not match number of features "
    'in booster.". See'
)
LOGS = [
    Log(
        "the second vocabulary too early",
        {"error": TOO_MANY_COLUMNS},
        "The model that answered doesn't know these columns: when may the client use the second "
        "vocabulary? To begin again, update the endpoint back to the first configuration",
    ),
    Log("deleted meanwhile", {"error": "Endpoint e not found"}, "Was the endpoint deleted"),
    Log("another failure", {"error": "(500) from primary"}, "Update it in place. To begin"),
    Log("stopped too early", {"phases": ["first first"]}, "Did the client stop before"),
    Log(
        "started too late",
        {"phases": ["second first", "second second"]},
        "Did the client start only after the update? To begin again, update the endpoint back",
    ),
    Log(
        "the vocabulary kept",
        {"phases": ["first first", "second first"]},
        "0 calls with the second vocabulary, at the end; the task asks for 300",
    ),
    Log(
        "both at once",
        {"phases": ["first first", "second second"]},
        "0 calls after the update, still with the first vocabulary",
    ),
    Log(
        "the vocabulary before the update",
        {"phases": ["first first", "first second", "second first", "second second"]},
        "while the first model still answered",
    ),
    Log("few calls", {"each": 100}, "has 100 calls before the update"),
]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.wrong)
def test_a_log_with_one_thing_wrong(updated, log):
    """A log in which a call failed or a phase is missing gets the hint that says so."""
    updated.calls(**log.arguments)
    try:
        result = updated.judge(UPDATE)
        assert not result.passed
        assert log.hint in result.hint
    finally:
        updated.calls()


def test_no_log(updated):
    """Without a log, the hint asks for it."""
    key = f"{updated.prefix}/calls.csv"
    updated.s3.delete_object(Bucket=updated.bucket, Key=key)
    try:
        assert "calls.csv yet" in updated.judge(UPDATE).hint
    finally:
        updated.calls()
