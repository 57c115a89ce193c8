"""Hyperparameter tuning jobs: the list, and the page of one with its search."""

from typing import Any

from helpers.catalog.resource_types import HYPERPARAMETER_TUNING_JOB as TUNING_JOB
from helpers.local.console.cells import duration
from helpers.local.console.charts import Point, Series, chart
from helpers.local.console.content import Charts, Facts, Page, Status, Table
from helpers.local.console.view import View
from helpers.local.runtime.tuning.definitions import (
    RANGE_LISTS,
    definitions,
    is_number,
    tuned_names,
)
from helpers.local.runtime.tuning.results import training_jobs
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.state.documents import objective_value

COLUMNS = ("Name", "Status", "Training completed/total", "Creation time", "Duration")
MEMBERS = (
    "HyperParameterTuningJobName",
    "HyperParameterTuningJobStatus",
    "CreationTime",
    "HyperParameterTuningEndTime",
    "TrainingJobStatusCounters",
    "HyperParameterTuningJobConfig",
)
MOST_JOBS = 200  # in the table; the charts have all


def row(view: View, job: Document) -> tuple:
    """Return a row of the list, from the job's MEMBERS."""
    return (
        view.link("hyper-tuning-jobs", job[TUNING_JOB.name_member]),
        Status(job[TUNING_JOB.status_member]),
        _completed(job),
        job["CreationTime"],
        duration(job["CreationTime"], job.get("HyperParameterTuningEndTime", now())),
    )


def page(view: View, job: Document) -> Page:
    """Return the page of a tuning job."""
    children = training_jobs(view.context, job)
    status = job[TUNING_JOB.status_member]
    tags = view.tags(job[TUNING_JOB.arn_member])
    return Page(
        job[TUNING_JOB.name_member],
        [
            _summary(job),
            _best(view, job),
            _search(job, children),
            _jobs(view, job, children),
            _configuration(job),
            _ranges(job),
            Table("tags", "Tags", ("Key", "Value"), tags, "No tags."),
        ],
        status=status,
        version=view.database.changes if status in TUNING_JOB.busy else None,
    )


def _completed(job: Document) -> str:
    counters = job["TrainingJobStatusCounters"]
    most = job["HyperParameterTuningJobConfig"]["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    return f"{counters['Completed']}/{most or sum(counters.values())}"


def _summary(job: Document) -> Facts:
    counters = job["TrainingJobStatusCounters"]
    end = job.get("HyperParameterTuningEndTime", now())
    facts: list[tuple[str, Any]] = [
        ("Name", job[TUNING_JOB.name_member]),
        ("ARN", job[TUNING_JOB.arn_member]),
        ("Status", Status(job[TUNING_JOB.status_member])),
        ("Creation time", job["CreationTime"]),
        ("Last modified time", job["LastModifiedTime"]),
        ("Approx. total training duration", duration(job["CreationTime"], end)),
        ("Training jobs completed", counters["Completed"]),
        ("Training jobs in progress", counters["InProgress"]),
        ("Training jobs stopped", counters["Stopped"]),
        ("Training jobs failed", counters["RetryableError"] + counters["NonRetryableError"]),
    ]
    if "FailureReason" in job:
        facts.insert(3, ("Failure reason", job["FailureReason"]))
    return Facts("settings", "Hyperparameter tuning job summary", facts)


def _best(view: View, job: Document) -> Table:
    best = job.get("BestTrainingJob")
    rows: list[tuple] = []
    if best:
        objective = best["FinalHyperParameterTuningJobObjectiveMetric"]
        rows = [
            ("Name", view.link("jobs", best["TrainingJobName"])),
            ("Status", Status(best["TrainingJobStatus"])),
            (f"Objective metric {objective['MetricName']}", objective["Value"]),
            *best["TunedHyperParameters"].items(),
        ]
    columns, empty = ("Name", "Value"), "No training job has reported the objective yet."
    return Table("best", "Best training job", columns, rows, empty)


def _objective(job: Document) -> dict[str, str]:
    return definitions(job)[0]["TuningObjective"]


def _search(job: Document, children: list[Document]) -> Charts:
    """Draw the objective of each job with the best so far, and against each hyperparameter."""
    objective = _objective(job)
    better = min if objective["Type"] == "Minimize" else max
    values = [
        (n, value) for n, c in enumerate(children, 1) if (value := objective_value(c)) is not None
    ]
    best: list[Point] = []
    for number, value in values:
        best.append((number, better(value, best[-1][1]) if best else value))
    metric = objective["MetricName"]
    charts = [
        chart(
            f"{metric} of each training job, and the best so far",
            [Series("training job", values, is_line=False), Series("best so far", best)],
            "training job",
            metric,
        )
    ]
    names = dict.fromkeys(name for each in definitions(job) for name in tuned_names(each))
    for name in names:
        points = [
            (float(text), value)
            for child in children
            if (value := objective_value(child)) is not None
            and is_number(text := child["HyperParameters"].get(name, ""))
        ]
        series = [Series("training job", points, is_line=False)]
        charts.append(chart(f"{metric} by {name}", series, name, metric))
    drawn = [each for each in charts if each]
    return Charts("search", "Search", drawn, "No training job has reported the objective yet.")


def _jobs(view: View, job: Document, children: list[Document]) -> Table:
    names = list(dict.fromkeys(name for each in definitions(job) for name in tuned_names(each)))
    newest = children[::-1][:MOST_JOBS]
    rows = [
        (
            view.link("jobs", child["TrainingJobName"]),
            Status(child["TrainingJobStatus"]),
            objective_value(child),
            *(child["HyperParameters"].get(name) for name in names),
        )
        for child in newest
    ]
    cut = f"The newest {MOST_JOBS} of {len(children):,}." if len(children) > MOST_JOBS else ""
    columns = ("Name", "Status", "Objective metric value", *names)
    return Table("jobs", "Training jobs", columns, rows, "No training job yet.", cut)


def _configuration(job: Document) -> Facts:
    config, objective = job["HyperParameterTuningJobConfig"], _objective(job)
    limits = config["ResourceLimits"]
    return Facts(
        "configuration",
        "Tuning job configuration",
        [
            ("Strategy", config["Strategy"]),
            ("Objective metric", objective["MetricName"]),
            ("Objective type", objective["Type"]),
            ("Early stopping", config["TrainingJobEarlyStoppingType"]),
            ("Maximum total number of training jobs", limits.get("MaxNumberOfTrainingJobs")),
            ("Maximum concurrent training jobs", limits["MaxParallelTrainingJobs"]),
            ("Warm start type", job.get("WarmStartConfig", {}).get("WarmStartType")),
        ],
    )


def _ranges(job: Document) -> Table:
    rows = []
    for definition in definitions(job):
        for list_name in RANGE_LISTS:
            for item in definition.get("HyperParameterRanges", {}).get(list_name, ()):
                values = item.get("Values") or f"{item['MinValue']} to {item['MaxValue']}"
                shown_type = list_name.removesuffix("ParameterRanges")
                rows.append((item["Name"], shown_type, values, item.get("ScalingType")))
    columns = ("Name", "Type", "Range", "Scaling type")
    return Table("ranges", "Hyperparameter ranges", columns, rows, "No ranges.")
