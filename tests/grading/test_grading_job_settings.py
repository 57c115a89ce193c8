"""The right training and transform jobs with one thing wrong.

Each row of the table is a task, what is wrong, the change that makes it so, and the words of the
hint that name the cause.
"""

from collections.abc import Callable

import pytest
from support.changes import Change, assert_hint
from support.learner import IMAGE, TRAIN, TRANSFORM, Learner


def train(**settings) -> Callable[[Learner], object]:
    return lambda it: it.train(**settings)


def request(edit: Callable[[dict], object]) -> Callable[[Learner], object]:
    """Return a change of the request for a training job."""
    return lambda it: it.train(edit=edit)


def older_image(image: str) -> str:
    return image.replace("3.2-0", "1.7-1")


TRAIN_CHANGES = [
    Change(
        TRAIN,
        "another image",
        request(lambda r: r["AlgorithmSpecification"].update(TrainingImage=older_image(IMAGE))),
        "use train_uri",
    ),
    Change(TRAIN, "no content type", train(content_type=None), "which setting of a channel names"),
    Change(TRAIN, "text/csv", train(content_type="text/csv"), "its file is written as libsvm"),
    Change(TRAIN, "squared error", train(objective="reg:squarederror"), "The objective is reg:sq"),
    Change(
        TRAIN,
        "multi:softmax",
        train(objective="multi:softmax", num_class="2"),
        "for two classes that gives a probability",
    ),
    Change(TRAIN, "hinge", train(objective="binary:hinge"), "gives a probability"),
    Change(TRAIN, "no objective", train(objective=None), "No objective is set"),
    Change(
        TRAIN, "no early stopping", train(early_stopping_rounds=None), "how many rounds to wait"
    ),
    Change(
        TRAIN,
        "five rounds",
        train(early_stopping_rounds="5"),
        "number of rounds to wait of the training job is 5",
    ),
    Change(TRAIN, "no metric", train(eval_metric=None), "needs a metric"),
    Change(TRAIN, "metrics as a list", train(eval_metric='["error", "logloss"]'), "is one text"),
    Change(TRAIN, "a space", train(eval_metric="error, logloss"), "a comma and nothing else?"),
    Change(
        TRAIN,
        "metrics in another order",
        train(eval_metric="logloss,error"),
        "so error decides when to stop. Which metric",
    ),
    Change(TRAIN, "one metric", train(eval_metric="logloss"), 'the curve of "error"'),
    Change(TRAIN, "another metric last", train(eval_metric="error,auc"), "so auc decides"),
    Change(
        TRAIN,
        "no validation channel",
        train(channels={"train": "train"}),
        'needs a "validation" channel',
    ),
    Change(
        TRAIN,
        "no train channel",
        train(channels={"training": "train", "validation": "validation"}),
        'no channel "train"',
    ),
    Change(
        TRAIN,
        "train twice",
        train(channels={"train": "train", "validation": "train"}),
        'The channel "validation" reads',
    ),
    Change(
        TRAIN,
        "output elsewhere",
        request(
            lambda r: r["OutputDataConfig"].update(
                S3OutputPath=r["OutputDataConfig"]["S3OutputPath"].replace("/output", "/model")
            )
        ),
        "Is that below s3://<bucket>/<prefix>/output?",
    ),
    Change(
        TRAIN,
        "output outside the prefix",
        lambda it: it.train(
            edit=lambda r: r["OutputDataConfig"].update(S3OutputPath=f"s3://{it.bucket}/output")
        ),
        "writes to s3://<bucket>/output",
    ),
    Change(
        TRAIN,
        "another instance type",
        request(lambda r: r["ResourceConfig"].update(InstanceType="ml.m5.xlarge")),
        "is ml.m5.xlarge. For which does the task ask",
    ),
    Change(
        TRAIN,
        "two hours",
        request(lambda r: r["StoppingCondition"].update(MaxRuntimeInSeconds=7200)),
        "longest run time in seconds of the training job is 7200",
    ),
    Change(
        TRAIN,
        "no tags",
        request(lambda r: r.pop("Tags")),
        'The training job has no tag "course"',
    ),
    Change(
        TRAIN,
        "tags of another lesson",
        request(lambda r: r["Tags"][1].update(Value="boston")),
        'has no tag "lesson"',
    ),
    Change(TRAIN, "a value of the wrong type", train(max_depth="five"), "The training job failed"),
    Change(
        TRAIN,
        "a large disk",
        request(lambda r: r["ResourceConfig"].update(VolumeSizeInGB=30)),
        "disk size in GB",
        "Low",
    ),
    Change(
        TRAIN,
        "another mode",
        request(lambda r: r["AlgorithmSpecification"].update(TrainingInputMode="FastFile")),
        "The input mode of the training job is FastFile",
        "Low",
    ),
]


def transform(**settings) -> Callable[[Learner], object]:
    return lambda it: it.transform(**settings)


def job(edit: Callable[[dict], object]) -> Callable[[Learner], object]:
    """Return a change of the request for a transform job."""
    return transform(edit=edit)


def model(edit: Callable[[dict], object]) -> Callable[[Learner], object]:
    """Return a change of the request for a model."""
    return transform(edit_model=edit)


TRANSFORM_CHANGES = [
    Change(TRANSFORM, "the training file", transform(where="train"), "has the model never seen"),
    Change(TRANSFORM, "no content type", transform(content_type=None), "in which format its rows"),
    Change(TRANSFORM, "JSON", transform(content_type="application/json"), "which content type did"),
    Change(TRANSFORM, "no split", transform(split="None"), "where a row ends"),
    Change(
        TRANSFORM,
        "no assembly",
        job(lambda r: r["TransformOutput"].pop("AssembleWith")),
        "Which setting assembles them",
    ),
    Change(
        TRANSFORM,
        "output elsewhere",
        job(
            lambda r: r["TransformOutput"].update(
                S3OutputPath=r["TransformOutput"]["S3OutputPath"].removesuffix("s")
            )
        ),
        "The cells below read s3://<bucket>/<prefix>/predictions: what is different?",
    ),
    Change(
        TRANSFORM,
        "another instance type",
        job(lambda r: r["TransformResources"].update(InstanceType="ml.m5.xlarge")),
        "is ml.m5.xlarge. For which does the task ask",
    ),
    Change(
        TRANSFORM,
        "no tags on the job",
        job(lambda r: r.pop("Tags")),
        'The transform job has no tag "course"',
    ),
    Change(
        TRANSFORM,
        "no artifacts",
        model(lambda r: r["PrimaryContainer"].pop("ModelDataUrl")),
        "does not hold the artifacts of your newest training job",
    ),
    Change(
        TRANSFORM,
        "no tags on the model",
        model(lambda r: r.pop("Tags")),
        'The model has no tag "course"',
    ),
    Change(
        TRANSFORM,
        "another image",
        model(lambda r: r["PrimaryContainer"].update(Image=older_image(IMAGE))),
        "use train_uri",
    ),
    Change(
        TRANSFORM,
        "another name",
        lambda it: it.transform(
            edit_model=lambda r: r.update(ModelName=f"m-{it.prefix}"),
            edit=lambda r: r.update(ModelName=f"m-{it.prefix}"),
        ),
        "the last cell removes model_name",
    ),
    Change(
        TRANSFORM,
        "one row in a request",
        job(lambda r: r.update(BatchStrategy="SingleRecord")),
        "The batch strategy of the transform job is SingleRecord",
        "Low",
    ),
]


@pytest.fixture(scope="module")
def at_level(learner):
    """Return, for each level, a learner who has trained and transformed."""
    made = {level: learner(level) for level in ("High", "Low")}
    for each in made.values():
        each.files()
        each.train()
        each.transform()
    return made


@pytest.mark.parametrize("change", TRAIN_CHANGES, ids=str)
def test_a_training_job_with_one_thing_wrong(at_level, change):
    """A training job with one thing wrong gets its hint, after the job's name; at its level."""
    it = at_level["High" if change.level == "High" else "Low"]
    change.make(it)
    hint = assert_hint(it, change)
    name = it.newest("training")
    assert hint.startswith(f"Your newest training job, {name} of ")


@pytest.mark.parametrize("change", TRANSFORM_CHANGES, ids=str)
def test_a_transform_job_with_one_thing_wrong(at_level, change):
    """A transform job with one thing wrong gets its hint, after the job's name; at its level."""
    it = at_level["High" if change.level == "High" else "Low"]
    if it.judge(TRAIN).hint:
        it.train()
    change.make(it)
    hint = assert_hint(it, change)
    name = it.newest("transform")
    assert hint.startswith(f"Your newest transform job, {name} of ")


@pytest.mark.parametrize(
    "change",
    [
        c
        for c in TRAIN_CHANGES + TRANSFORM_CHANGES
        if c.level == "Low" and c.wrong != "another mode"
    ],
    ids=str,
)
def test_what_only_low_level_asks_for(at_level, change):
    """A setting that the High Level leaves to the SDK is not judged there."""
    it = at_level["High"]
    change.make(it)
    assert it.judge(change.task).hint == ""
    it.train()
    it.transform()
