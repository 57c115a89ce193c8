"""The exercise on tuning, with one thing wrong in a job.

What SageMaker answers about a learner who has done everything is changed in one place, as if the
learner had made that mistake, since each real search takes seconds.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from support.tuning_learner import SEARCH, STOP, TRANSFORM, UNTUNED, TuningLearner, ends

DESCRIBE_SEARCH = "describe_hyper_parameter_tuning_job"
LIST_JOBS = "list_training_jobs_for_hyper_parameter_tuning_job"


class Fault(NamedTuple):
    task: str
    wrong: str
    operation: str
    edit: Callable[[dict, TuningLearner], object]
    hint: str

    def __str__(self) -> str:
        return f"{self.task}: {self.wrong}"


def search_fault(wrong: str, edit: Callable[[dict], object], hint: str) -> Fault:
    """Return a fault in the description of the first search."""

    def edit_first(answer: dict, it: TuningLearner):
        if answer["HyperParameterTuningJobName"] == it.first["HyperParameterTuningJobName"]:
            edit(answer)

    return Fault(SEARCH, wrong, DESCRIBE_SEARCH, edit_first, hint)


def config_fault(wrong: str, hint: str, **changes) -> Fault:
    """Return a fault in the configuration of the first search."""
    return search_fault(
        wrong, lambda answer: answer["HyperParameterTuningJobConfig"].update(changes), hint
    )


def objective_fault(metric: str, direction: str, hint: str) -> Fault:
    objective = {"Type": direction, "MetricName": metric}
    return config_fault(f"{direction} {metric}", hint, HyperParameterTuningJobObjective=objective)


def limits_fault(wrong: str, jobs: int, parallel: int, hint: str) -> Fault:
    """Return a fault in the budget, which is set after the learner's own edit of it."""
    limits = {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": parallel}
    return config_fault(wrong, hint, ResourceLimits=limits)


def ranges_fault(wrong: str, hint: str, *changed: dict, integer=()) -> Fault:
    """Return a fault in the ranges; changed: take the place of those of the same name."""

    def edit(answer: dict):
        ranges = answer["HyperParameterTuningJobConfig"]["ParameterRanges"]
        for each in [*changed, *integer]:
            for ranges_of_a_type in ranges.values():
                ranges_of_a_type[:] = [r for r in ranges_of_a_type if r["Name"] != each["Name"]]
        ranges["ContinuousParameterRanges"] += changed
        ranges["IntegerParameterRanges"] += integer

    return search_fault(wrong, edit, hint)


def without(name: str) -> Callable[[dict], object]:
    def edit(answer: dict):
        for each in answer["HyperParameterTuningJobConfig"]["ParameterRanges"].values():
            each[:] = [one for one in each if one["Name"] != name]

    return edit


def definition(edit: Callable[[dict], object]) -> Callable[[dict], object]:
    return lambda answer: edit(answer["TrainingJobDefinition"])


def validation_reads(folder: str) -> Callable[[dict, TuningLearner], object]:
    def edit(answer: dict, it: TuningLearner):
        channel = answer["TrainingJobDefinition"]["InputDataConfig"][1]
        channel["DataSource"]["S3DataSource"]["S3Uri"] = it.uri(f"{folder}/")

    return edit


def fail_one(answer: dict, it: TuningLearner):
    answer["TrainingJobSummaries"][0].update(TrainingJobStatus="Failed", FailureReason="No rows.")


LOG = "Logarithmic"
SEARCH_FAULTS = [
    objective_fault("validation:logloss", "Maximize", "so the worst model is taken for the best"),
    objective_fault("validation:auc", "Minimize", "Is a good model's auc large or small?"),
    objective_fault("train:logloss", "Minimize", "The model that memorises best would win"),
    objective_fault("validation:error", "Minimize", "It jumps. Which two metrics"),
    objective_fault("validation:rmse", "Minimize", "Which two metrics does the task name?"),
    config_fault("Bayesian", "Which one tries the same combinations again", Strategy="Bayesian"),
    config_fault("another seed", "The random seed is 2; the task asks for 1", RandomSeed=2),
    search_fault(
        "no seed",
        lambda answer: answer["HyperParameterTuningJobConfig"].pop("RandomSeed"),
        "The random seed is not set",
    ),
    limits_fault("over the budget", 20, 2, "It may start 20 training jobs, and you pay"),
    limits_fault("one job", 1, 2, "The SDK's default is 1"),
    limits_fault("one at a time", 8, 1, "It runs 1 at once; the task asks for two"),
    limits_fault("all at once", 8, 8, "It runs 8 at once"),
    ranges_fault("narrow eta", "too narrow to find", ends("eta", 0.15, 0.3, LOG)),
    ranges_fault("eta elsewhere", "leaves out 0.2, the value", ends("eta", 0.3, 0.9, LOG)),
    ranges_fault("linear eta", "The scaling of eta is Linear", ends("eta", 0.05, 0.5)),
    ranges_fault("ends swapped", "are its ends swapped?", ends("eta", 0.5, 0.05, LOG)),
    ranges_fault(
        "eta and depth swapped", "the range of another hyperparameter", ends("eta", 3, 8, LOG)
    ),
    ranges_fault("deep", "Deep trees take long", integer=[ends("max_depth", 3, 20)]),
    ranges_fault("depth narrow", "too narrow", integer=[ends("max_depth", 4, 6)]),
    ranges_fault("depth continuous", "Can a tree be 4.7 deep?", ends("max_depth", 3, 8)),
    ranges_fault("weight narrow", "too narrow", ends("min_child_weight", 5, 7)),
    ranges_fault("subsample narrow", "too narrow", ends("subsample", 0.75, 0.9)),
    ranges_fault("columns narrow", "too narrow", ends("colsample_bytree", 0.9, 1)),
    ranges_fault("gamma from 2", "0, or nearly", ends("gamma", 2, 6)),
    ranges_fault("rounds", "num_round is searched", integer=[ends("num_round", 10, 300)]),
    ranges_fault("not in the table", "lambda is searched", ends("lambda", 0.1, 10)),
    ranges_fault("too many", "and 3 others", ends("gamma", 0, 5), ends("colsample_bytree", 0.5, 1)),
    search_fault("no others", without("min_child_weight"), "eta, max_depth, and 0 others"),
    search_fault("no eta", without("eta"), "eta is not searched"),
    search_fault(
        "categories",
        lambda answer: answer["HyperParameterTuningJobConfig"]["ParameterRanges"].update(
            CategoricalParameterRanges=[{"Name": "eta", "Values": ["0.1", "0.2"]}]
        ),
        "eta is among the CategoricalParameterRanges",
    ),
    search_fault(
        "untuned values kept",
        definition(lambda each: each["StaticHyperParameters"].update(gamma="4")),
        "All its training jobs have gamma 4, from the untuned model",
    ),
    search_fault(
        "no content type",
        definition(lambda each: each["InputDataConfig"][0].pop("ContentType")),
        'channel "train" does not say in which format',
    ),
    search_fault(
        "no validation",
        definition(lambda each: each["InputDataConfig"].pop()),
        'needs a "validation" channel',
    ),
    search_fault(
        "no rounds to wait",
        definition(lambda each: each["StaticHyperParameters"].pop("early_stopping_rounds")),
        "how many rounds to wait?",
    ),
    search_fault(
        "another instance type",
        definition(lambda each: each["ResourceConfig"].update(InstanceType="ml.m5.xlarge")),
        "instance type of the training job is ml.m5.xlarge",
    ),
    search_fault(
        "two definitions",
        lambda answer: answer.update(
            TrainingJobDefinitions=[answer.pop("TrainingJobDefinition")] * 2
        ),
        "several definitions of training jobs",
    ),
    search_fault(
        "not waited",
        lambda answer: answer.update(HyperParameterTuningJobStatus="InProgress"),
        "still running: wait until it has finished",
    ),
    search_fault(
        "failed",
        lambda answer: answer.update(
            HyperParameterTuningJobStatus="Failed", FailureReason="All training jobs failed."
        ),
        "The tuning job failed: All training jobs failed.",
    ),
    Fault(
        SEARCH,
        "test reviews choose",
        DESCRIBE_SEARCH,
        validation_reads("test"),
        'The channel "validation" reads every object whose URI starts with s3://<bucket>/<prefix>/',
    ),
    Fault(SEARCH, "a job failed", LIST_JOBS, fail_one, "1 of its training jobs failed, such as"),
    Fault(
        SEARCH,
        "no tags",
        "list_tags",
        lambda answer, it: answer["Tags"].clear(),
        'The tuning job has no tag "course"',
    ),
    Fault(
        SEARCH,
        "stopped early at once",
        DESCRIBE_SEARCH,
        lambda answer, it: answer["HyperParameterTuningJobConfig"].update(
            TrainingJobEarlyStoppingType="Auto"
        ),
        "It stops jobs early. That is for the last task",
    ),
]

UNTUNED_FAULTS = [
    Fault(
        UNTUNED,
        "another value",
        "describe_training_job",
        lambda answer, it: answer["HyperParameters"].update(gamma="0"),
        "gamma is 0; in `untuned` it is 4",
    ),
    Fault(
        UNTUNED,
        "fixed alone",
        "describe_training_job",
        lambda answer, it: answer["HyperParameters"].pop("max_depth"),
        "max_depth is not set; in `untuned` it is 5",
    ),
    Fault(
        UNTUNED,
        "no content type",
        "describe_training_job",
        lambda answer, it: answer["InputDataConfig"][1].pop("ContentType"),
        'channel "validation" does not say in which format',
    ),
]


def transform_fault(which: str, wrong: str, edit: Callable, hint: str) -> Fault:
    """Return a fault in the transform job of one of both models."""

    def edit_one(answer: dict, it: TuningLearner):
        if answer["TransformOutput"]["S3OutputPath"].endswith(f"/{which}"):
            edit(answer, it)

    return Fault(TRANSFORM, f"{which}, {wrong}", "describe_transform_job", edit_one, hint)


def model(which: str) -> Callable[[dict, TuningLearner], object]:
    """Return an edit by which a transform job has used the model of a training job."""

    def edit(answer: dict, it: TuningLearner):
        job = {"untuned": it.job, "tuned": it.best}[which]
        answer["ModelName"] = job["TrainingJobName"]

    return edit


TRANSFORM_FAULTS = [
    transform_fault("tuned", "the untuned model", model("untuned"), "is the untuned one"),
    transform_fault("untuned", "the tuned model", model("tuned"), "is the tuned one"),
    transform_fault(
        "tuned",
        "one folder for both",
        lambda answer, it: answer["TransformOutput"].update(S3OutputPath=it.uri("predictions")),
        "no transform job yet that reads or writes below s3://<bucket>/<prefix>/predictions/tuned",
    ),
    transform_fault(
        "tuned",
        "no content type",
        lambda answer, it: answer["TransformInput"].pop("ContentType"),
        "does not say in which format its rows are",
    ),
    transform_fault(
        "untuned",
        "not split",
        lambda answer, it: answer["TransformInput"].update(SplitType="None"),
        "does not say where a row ends",
    ),
    transform_fault(
        "tuned",
        "validation reviews",
        lambda answer, it: answer["TransformInput"]["DataSource"]["S3DataSource"].update(
            S3Uri=it.uri("validation/")
        ),
        "Which reviews has the model never seen",
    ),
    transform_fault(
        "untuned",
        "another strategy",
        lambda answer, it: answer.update(BatchStrategy="SingleRecord"),
        "The batch strategy of the transform job is SingleRecord",
    ),
    Fault(
        TRANSFORM,
        "another image of the model",
        "describe_model",
        lambda answer, it: answer["PrimaryContainer"].update(Image="sagemaker-xgboost:1.7-1"),
        "use train_uri",
    ),
    Fault(
        TRANSFORM,
        "another name of the model",
        "describe_model",
        lambda answer, it: answer.update(ModelName="mine"),
        "The model is called mine, and the last cell removes untuned_name",
    ),
    Fault(
        TRANSFORM,
        "no tags",
        "list_tags",
        lambda answer, it: answer["Tags"].clear(),
        'The model has no tag "course"',
    ),
]


def second_fault(wrong: str, edit: Callable[[dict], object], hint: str) -> Fault:
    """Return a fault in the description of the second search."""

    def edit_second(answer: dict, it: TuningLearner):
        if answer["HyperParameterTuningJobName"] == it.second["HyperParameterTuningJobName"]:
            edit(answer)

    return Fault(STOP, wrong, DESCRIBE_SEARCH, edit_second, hint)


def second_config(**changes) -> Callable[[dict], object]:
    return lambda answer: answer["HyperParameterTuningJobConfig"].update(changes)


def other_values(answer: dict, it: TuningLearner):
    name = it.second["HyperParameterTuningJobName"]
    for job in answer["TrainingJobSummaries"]:
        if job["TrainingJobName"].startswith(name):
            job["TunedHyperParameters"]["eta"] = "0.123"


STOP_FAULTS = [
    second_fault(
        "never stopped",
        second_config(TrainingJobEarlyStoppingType="Off"),
        "lets all training jobs run to their end",
    ),
    second_fault("another seed", second_config(RandomSeed=7), "The random seed of the second"),
    second_fault("another strategy", second_config(Strategy="Hyperband"), "The strategy of the"),
    second_fault(
        "more jobs",
        second_config(ResourceLimits={"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2}),
        "The number of jobs of the second search differ",
    ),
    second_fault(
        "other ranges",
        lambda answer: answer["HyperParameterTuningJobConfig"]["ParameterRanges"][
            "ContinuousParameterRanges"
        ].pop(),
        "The ranges of the second search differ",
    ),
    second_fault(
        "fewer trees",
        definition(lambda each: each["StaticHyperParameters"].update(num_round="20")),
        "The hyperparameters that both searches fix are not the same",
    ),
    second_fault(
        "not waited",
        lambda answer: answer.update(HyperParameterTuningJobStatus="InProgress"),
        "still running",
    ),
    Fault(STOP, "other values", LIST_JOBS, other_values, "has not tried the combination that won"),
    Fault(
        STOP,
        "no second search",
        "list_hyper_parameter_tuning_jobs",
        lambda answer, it: answer["HyperParameterTuningJobSummaries"].pop(0),
        "The second search has not been started yet",
    ),
]


@pytest.mark.parametrize(
    "fault", UNTUNED_FAULTS + SEARCH_FAULTS + TRANSFORM_FAULTS + STOP_FAULTS, ids=str
)
def test_one_thing_wrong(tuned, fault):
    """A job with one thing wrong gets the hint that names it."""

    def edit(operation: str, answer: dict) -> None:
        if operation == fault.operation:
            fault.edit(answer, tuned)

    result = tuned.judge(fault.task, edit)
    assert not result.passed
    assert fault.hint in result.hint
    assert not re.search(r"Error: |Traceback", result.hint)


def test_a_hint_names_the_judged_job(tuned):
    """A hint about a search begins with its name, also if a second search is newer."""

    def edit(operation: str, answer: dict) -> None:
        if operation == DESCRIBE_SEARCH:
            answer["HyperParameterTuningJobConfig"]["Strategy"] = "Grid"

    name = tuned.first["HyperParameterTuningJobName"]
    assert tuned.judge(SEARCH, edit).hint.startswith(f"Your newest tuning job, {name} of ")
