"""The exercise on tuning, with one thing wrong in a transform job or in the second search.

What SageMaker answers about a learner who has done everything is changed in one place, as if the
learner had made that mistake, since each real search takes seconds.
"""

from collections.abc import Callable

import pytest
from support.answer_faults import Fault, assert_hint
from support.tuning_learner import STOP, TRANSFORM, TuningLearner

DESCRIBE_SEARCH = "describe_hyper_parameter_tuning_job"
LIST_JOBS = "list_training_jobs_for_hyper_parameter_tuning_job"


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
        lambda answer: answer["TrainingJobDefinition"]["StaticHyperParameters"].update(
            num_round="20"
        ),
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


@pytest.mark.parametrize("fault", TRANSFORM_FAULTS + STOP_FAULTS, ids=str)
def test_one_thing_wrong(tuned, fault):
    """A transform job or a second search with one thing wrong gets the hint that names it."""
    assert_hint(tuned, fault)
