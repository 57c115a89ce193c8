"""Check the models that the mini-project on drift serves: the first, the second, the update."""

from __future__ import annotations

from typing import Any

import numpy

from helpers.datasets.imdb.drift import FIRST_REWORDED_WEEK
from helpers.grading import job_checks, reference, submitted_endpoint, submitted_files
from helpers.grading.calls_log import check_calls
from helpers.grading.drift_tasks import FIRST, SECOND, right_answers, weeks_of
from helpers.grading.drift_words_task import tested_terms
from helpers.grading.errors import TaskError
from helpers.grading.preparation_tasks import MAX_TERMS, MISMATCH_SHARE, vocabulary_of
from helpers.grading.submission import Submission
from helpers.grading.submitted_endpoint import Serving
from helpers.grading.training import CHANNELS, IMAGE, artifacts_of, check_training


def judge_serving(submission: Submission) -> dict[str, Any]:
    """Serve the first model: in service, with tags; an endpoint that was updated since passes."""
    job = submission.newest_job("training", FIRST)
    serving = submitted_endpoint.find(submission)
    submitted_endpoint.check_in_service(serving)
    if not _serves_second(submission, serving):
        _check_served(submission, serving, job, "first")
    name = serving.endpoint["EndpointName"]
    expected = job["TrainingJobName"].replace("-first", "")
    job_checks.check_name("endpoint", name, expected, "endpoint_name")
    return {"endpoint": name}


def _serves_second(submission: Submission, serving: Serving) -> bool:
    try:
        job = submission.newest_job("training", SECOND)
    except TaskError:  # none yet
        return False
    return serving.artifacts == artifacts_of(job)


def _check_served(
    submission: Submission, serving: Serving, job: dict[str, Any], which: str
) -> None:
    """Raise TaskError unless an endpoint serves the model of a job, as the task asks."""
    model, config = serving.model["ModelName"], serving.config["EndpointConfigName"]
    if serving.artifacts != artifacts_of(job):
        raise TaskError(
            f"The endpoint's model, {model}, does not hold the artifacts of {which}_job: create a "
            "model from those."
        )
    submitted_endpoint.check_image(serving, IMAGE, "train_uri")
    submitted_endpoint.check_plan(submission, serving, which)
    for what, name in (("model", model), ("endpoint configuration", config)):
        job_checks.check_name(what, name, job["TrainingJobName"], f"{which}_name")


def judge_second_model(submission: Submission) -> dict[str, Any]:
    """Train the second model: old columns kept, new terms added, old and new reviews."""
    first, second = (vocabulary_of(submission, folder) for folder in (FIRST, SECOND))
    _check_vocabulary(submission, first, second)
    _check_rows(submission, second)
    details = check_training(submission, SECOND)
    late = weeks_of(submission) >= FIRST_REWORDED_WEEK
    first_right = right_answers(submission, "weekly", FIRST)
    before, during = first_right[~late].mean(), first_right[late].mean()
    after = right_answers(submission, "weekly", SECOND)[late].mean()
    if after < (before + during) / 2:
        raise TaskError(
            f"In the last weeks, the second model labels {after:.3f} of the reviews correctly, and "
            f"the first one {during:.3f}; before, it was {before:.3f}. More than half of the loss "
            "can be made up for: were the hyperparameters those of step 3?"
        )
    return details | {"accuracy": round(float(after), 4), "terms": len(second)}


def _check_vocabulary(
    submission: Submission, first: dict[str, int], second: dict[str, int]
) -> None:
    """Raise TaskError unless the second vocabulary extends the first one by the new words."""
    moved = sorted(term for term in first if second.get(term) != first[term])
    if moved:
        there = "has none" if moved[0] not in second else f"has column {second[moved[0]]:,}"
        raise TaskError(
            f"{len(moved):,} terms don't keep their column: {moved[0]!r} was in column "
            f"{first[moved[0]]:,}, and {there} now. Calls on their way during the update still "
            "have the old columns: where do new terms go?"
        )
    added = set(second) - set(first)
    if len(added) > MAX_TERMS:
        raise TaskError(f"{len(added):,} terms were added. The task allows {MAX_TERMS:,}.")
    reviews = reference.load_drifting(submission.corpus)
    unknown = added - reviews.most_frequent(("old", "new"), len(reviews.terms))
    if len(unknown) > MISMATCH_SHARE * max(len(added), 1):
        raise TaskError(
            f"{len(unknown):,} of the added terms are in no old or new review, such as "
            f"{min(unknown)!r:.40}. The weekly reviews are to judge the model: which reviews were "
            "counted to choose the terms?"
        )
    missing = sorted(tested_terms(submission.corpus)["wording"].significant - set(second))
    if missing:
        raise TaskError(
            f"Some of the words of task 4 have no column, such as {missing[0]!r}. Of which reviews "
            "were the new terms learned?"
        )


def _check_rows(submission: Submission, vocabulary: dict[str, int]) -> None:
    """Raise TaskError unless train/ and validation/ hold old and new reviews with their labels."""
    reviews = reference.load_drifting(submission.corpus)
    labels_of: dict[bytes, set[float]] = {}
    lengths = {}
    for split in ("old", "new"):
        hashes = reference.row_hashes(reference.select(reviews, split, vocabulary))
        lengths[split] = len(hashes)
        for key, label in zip(hashes, reviews.splits[split].labels, strict=True):
            labels_of.setdefault(key, set()).add(label)
    tables = [
        submitted_files.read_file(submission, f"{SECOND}{name}", len(vocabulary), labelled=True)
        for name in CHANNELS
    ]
    rows = [pair for table in tables for pair in zip(table.hashes, table.labels, strict=True)]
    unknown = sum(key not in labels_of for key, _ in rows)
    wrong = sum(key in labels_of and label not in labels_of[key] for key, label in rows)
    if unknown > MISMATCH_SHARE * len(rows):
        raise TaskError(
            f"{unknown:,} of {len(rows):,} rows below second/ are not the counts of an old or new "
            "review under second/vocabulary.json. Which reviews were counted, and with which "
            "vectorizer?"
        )
    if wrong > MISMATCH_SHARE * len(rows):
        raise TaskError(
            f"{wrong:,} of {len(rows):,} rows below second/ have the label of another review. "
            "Features and labels of old and new reviews must be in the same order: were they put "
            "together in the same way?"
        )
    _check_number_of_rows(len(rows), lengths)


def _check_number_of_rows(rows: int, lengths: dict[str, int]) -> None:
    total = sum(lengths.values())
    if abs(rows - total) <= MISMATCH_SHARE * total:
        return
    hint = f"train/ and validation/ below second/ have {rows:,} reviews; old and new are {total:,}."
    for split, length in lengths.items():
        if abs(rows - length) <= MISMATCH_SHARE * length:
            raise TaskError(f"{hint} Are the {split} ones alone in there?")
    raise TaskError(f"{hint} Which are missing, or there twice?")


def judge_update(submission: Submission) -> dict[str, Any]:
    """Update the endpoint: in place, to the second model, and no call has failed."""
    job = submission.newest_job("training", SECOND)
    serving = submitted_endpoint.find(submission)
    submitted_endpoint.check_in_service(serving)
    if serving.variant["VariantName"] == "first" and serving.artifacts != artifacts_of(job):
        raise TaskError(_explain_no_update(serving))
    _check_served(submission, serving, job, "second")
    if serving.endpoint["CreationTime"] > job["CreationTime"]:
        raise TaskError(
            "The endpoint was created after the second model was trained: it was deleted and "
            "created again, and for a while nobody got an answer. Which operation updates it in "
            "place?"
        )
    return check_calls(submission)


def _explain_no_update(serving: Serving) -> str:
    if "FailureReason" in serving.endpoint:
        reason = job_checks.failure_reason(serving.endpoint)
        return f"The update failed, so the endpoint still serves the first model: {reason}"
    return (
        "The endpoint still serves the first model. To which configuration was it updated? (The "
        "SDK's `update` sends the name in `endpoint.endpoint_config_name`.)"
    )


def final_accuracy(submission: Submission) -> float:
    """Return the second model's accuracy in the weeks of the drift, 0 to 1. Raises TaskError."""
    late = weeks_of(submission) >= FIRST_REWORDED_WEEK
    return float(numpy.mean(right_answers(submission, "weekly", SECOND)[late]))
