"""Hyperparameter tuning jobs: create, describe, list, stop, delete, and their training jobs."""

from collections.abc import Mapping
from typing import Any

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB as TUNING_JOB
from helpers.catalog.resource_types import TRAINING_JOB
from helpers.local.resources import training_jobs, tuning_request
from helpers.local.resources.call import Call
from helpers.local.resources.pagination import list_page
from helpers.local.resources.tuning_document import CONFIG
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.training import Observer
from helpers.local.runtime.tuning import children
from helpers.local.runtime.tuning.definitions import definitions
from helpers.local.runtime.tuning.job import CreateTrainingJob, TuningJob
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.wire.errors import AwsError, ValidationException

SUMMARY = (
    "HyperParameterTuningJobName",
    "HyperParameterTuningJobArn",
    "HyperParameterTuningJobStatus",
    "CreationTime",
    "HyperParameterTuningEndTime",
    "LastModifiedTime",
    "TrainingJobStatusCounters",
    "ObjectiveStatusCounters",
)


def create_hyper_parameter_tuning_job(call: Call) -> dict:
    name = call.params[TUNING_JOB.name_member]
    document = tuning_request.checked_document(call)
    taken = AwsError(
        "ResourceInUse",
        f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different "
        "name.",
    )
    call.insert(TUNING_JOB, document, taken)
    call.runner.start(_workload(call.runner, call.region, document))
    return {TUNING_JOB.arn_member: document[TUNING_JOB.arn_member]}


def describe_hyper_parameter_tuning_job(call: Call) -> dict:
    job = _find(call)
    for definition in definitions(job):
        algorithm = definition["AlgorithmSpecification"]
        algorithm["MetricDefinitions"] = training_jobs.shown_metric_definitions(
            algorithm, call.region, definition["TuningObjective"]["MetricName"]
        )
    return job


def list_hyper_parameter_tuning_jobs(call: Call) -> dict:
    page, token = list_page(call, TUNING_JOB, (*SUMMARY, CONFIG), order="Ascending", sort_by="Name")
    for item in page:
        config = item.pop(CONFIG)
        item.update(Strategy=config["Strategy"], ResourceLimits=config["ResourceLimits"])
    return {"HyperParameterTuningJobSummaries": page, "NextToken": token}


def list_training_jobs_for_hyper_parameter_tuning_job(call: Call) -> dict:
    """List a tuning job's training jobs.

    Without SortBy and SortOrder the newest come first, as AWS was seen to answer; the service model
    says by name, ascending, which is so if one of the two is there.
    """
    job = _find(call)
    call.runner.note_undescribed(job[TUNING_JOB.arn_member])
    is_sorted = call.params.keys() & {"SortBy", "SortOrder"}
    page, token = list_page(
        call,
        TRAINING_JOB,
        children.READ_MEMBERS,
        order="Ascending" if is_sorted else "Descending",
        sort_by="Name" if is_sorted else "CreationTime",
        parent=(job[TUNING_JOB.arn_member], job["CreationTime"]),
    )
    by_name = {item.get("DefinitionName"): item for item in definitions(job)}
    summaries = [
        children.summary(child, by_name[child.get("TrainingJobDefinitionName")]) for child in page
    ]
    return {"TrainingJobSummaries": summaries, "NextToken": token}


def stop_hyper_parameter_tuning_job(call: Call) -> None:
    def change(document: Document) -> None:
        status = document[TUNING_JOB.status_member]
        if status not in TUNING_JOB.busy:
            raise ValidationException(
                f"The request was rejected because the tuning job is already in status {status}."
            )
        document.update({TUNING_JOB.status_member: "Stopping", "LastModifiedTime": now()})

    job = call.change(TUNING_JOB, change, _not_found(call))
    call.runner.stop(job[TUNING_JOB.arn_member])


def delete_hyper_parameter_tuning_job(call: Call) -> None:
    """Delete a tuning job that has ended; its training jobs stay."""
    job = _find(call)
    status = job[TUNING_JOB.status_member]
    if status in TUNING_JOB.busy:
        raise ValidationException(
            f"The request was rejected because the tuning job is in status {status}, and not in a "
            "terminal state. Stop it first."
        )
    call.runner.wait_until_ended(job[TUNING_JOB.arn_member])
    call.delete(TUNING_JOB, job)


def recover(runner: Runner) -> None:
    """Continue the tuning jobs that ran when the last server ended."""
    for document in runner.context.database.list_by_status(
        TUNING_JOB.arn_type, None, TUNING_JOB.busy
    ):
        region = document[TUNING_JOB.arn_member].split(":")[3]
        runner.start(_workload(runner, region, document))


def _workload(runner: Runner, region: str, document: Mapping[str, Any]) -> TuningJob:
    name, arn = document[TUNING_JOB.name_member], document[TUNING_JOB.arn_member]
    return TuningJob(runner, region, name, arn, _create_training_job(runner, region))


def _create_training_job(runner: Runner, region: str) -> CreateTrainingJob:
    def create(request: Document, members: Document, observer: Observer) -> None:
        training_jobs.create(Call(request, region, runner), members, observer)

    return create


def _find(call: Call) -> Document:
    return call.find(TUNING_JOB, _not_found(call))


def _not_found(call: Call) -> AwsError:
    name = call.params[TUNING_JOB.name_member]
    return AwsError(
        "ResourceNotFound",
        f"Amazon SageMaker can't find a tuning job called {name}. Type another name.",
    )
