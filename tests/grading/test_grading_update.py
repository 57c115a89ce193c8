"""The exercise on updating a model, with one thing wrong in what it serves.

What SageMaker answers about a learner who has done everything is changed in one place, as if the
learner had made that mistake, since each real endpoint takes seconds.
"""

import datetime
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from support.drift_learner import SECOND, SERVE, UPDATE, DriftLearner

Edit = Callable[[str, dict], None]


class Fault(NamedTuple):
    task: str
    wrong: str
    operation: str
    edit: Callable[[dict, DriftLearner], object]
    hint: str

    def __str__(self) -> str:
        return f"{self.task}: {self.wrong}"


def before_the_update(it: DriftLearner) -> Edit:
    """Return an edit that shows the endpoint as it was after task 1."""

    def edit(operation: str, answer: dict) -> None:
        if operation == "describe_endpoint":
            answer["EndpointConfigName"] = it.jobs["first"]["TrainingJobName"]

    return edit


def variant(name: str, value) -> Callable[[dict, DriftLearner], object]:
    return lambda answer, it: answer["ProductionVariants"][0].update({name: value})


def tags_of(what: str) -> Callable[[dict, DriftLearner], object]:
    """Return an edit that takes the tags away from a type of resource."""

    def edit(answer: dict, it: DriftLearner) -> None:
        if f":{what}/" in answer["Arguments"]["ResourceArn"]:
            answer["Tags"].clear()

    return edit


def container(name: str, value: str) -> Callable[[dict, DriftLearner], object]:
    return lambda answer, it: answer["PrimaryContainer"].update({name: value(it)})


SERVE_FAULTS = [
    Fault(
        SERVE,
        "no endpoint",
        "list_endpoints",
        lambda answer, it: answer["Endpoints"].clear(),
        "No endpoint serves a model from below s3://<bucket>/<prefix>/ yet",
    ),
    Fault(
        SERVE,
        "not waited",
        "describe_endpoint",
        lambda answer, it: answer.update(EndpointStatus="Creating"),
        "is Creating: wait until it is InService",
    ),
    Fault(
        SERVE,
        "failed",
        "describe_endpoint",
        lambda answer, it: answer.update(EndpointStatus="Failed", FailureReason="No ping."),
        "is Failed: No ping.",
    ),
    Fault(
        SERVE,
        "another model's artifacts",
        "describe_model",
        container("ModelDataUrl", lambda it: it.uri("output/other/output/model.tar.gz")),
        "does not hold the artifacts of first_job",
    ),
    Fault(
        SERVE,
        "another image",
        "describe_model",
        container("Image", lambda it: "1.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        "use train_uri",
    ),
    Fault(
        SERVE,
        "two variants",
        "describe_endpoint_config",
        lambda answer, it: answer["ProductionVariants"].append(answer["ProductionVariants"][0]),
        "has 2 variants; the task asks for one",
    ),
    Fault(
        SERVE,
        "another name of the variant",
        "describe_endpoint_config",
        variant("VariantName", "AllTraffic"),
        "The variant is called AllTraffic, and the cells below tell the models apart by that name: "
        'the task asks for "first"',
    ),
    Fault(
        SERVE,
        "another instance type",
        "describe_endpoint_config",
        variant("InstanceType", "ml.m5.xlarge"),
        "The instance type of the variant is ml.m5.xlarge",
    ),
    Fault(
        SERVE,
        "two instances",
        "describe_endpoint_config",
        variant("InitialInstanceCount", 2),
        "The number of instances of the variant is 2",
    ),
    *(
        Fault(
            SERVE, f"no tags: {what}", "list_tags", tags_of(arn), f'The {what} has no tag "course"'
        )
        for what, arn in (
            ("model", "model"),
            ("endpoint configuration", "endpoint-config"),
            ("endpoint", "endpoint"),
        )
    ),
    Fault(
        SERVE,
        "another name of the model",
        "describe_model",
        lambda answer, it: answer.update(ModelName="mine"),
        "The model is called mine, and the last cell removes first_name",
    ),
    Fault(
        SERVE,
        "another name of the configuration",
        "describe_endpoint_config",
        lambda answer, it: answer.update(EndpointConfigName="mine"),
        "The endpoint configuration is called mine, and the last cell removes first_name",
    ),
    Fault(
        SERVE,
        "another name of the endpoint",
        "describe_endpoint",
        lambda answer, it: answer.update(EndpointName="mine"),
        "The endpoint is called mine, and the last cell removes endpoint_name",
    ),
]


def to_first(answer: dict, it: DriftLearner) -> None:
    before_the_update(it)("describe_endpoint", answer)


def rolled_back(answer: dict, it: DriftLearner) -> None:
    to_first(answer, it)
    answer["FailureReason"] = "The model data archive is too large."


def created_again(answer: dict, it: DriftLearner) -> None:
    answer["CreationTime"] = it.jobs["second"]["TrainingEndTime"] + datetime.timedelta(seconds=9)


UPDATE_FAULTS = [
    Fault(
        UPDATE,
        "the same configuration",
        "describe_endpoint",
        to_first,
        "still serves the first model. To which configuration was it updated?",
    ),
    Fault(
        UPDATE,
        "rolled back",
        "describe_endpoint",
        rolled_back,
        "The update failed, so the endpoint still serves the first model: The model data archive",
    ),
    Fault(
        UPDATE,
        "not waited",
        "describe_endpoint",
        lambda answer, it: answer.update(EndpointStatus="Updating"),
        "is Updating: wait until it is InService",
    ),
    Fault(UPDATE, "deleted and created", "describe_endpoint", created_again, "it in place?"),
    Fault(
        UPDATE,
        "the first model again",
        "describe_model",
        container(
            "ModelDataUrl", lambda it: it.jobs["first"]["ModelArtifacts"]["S3ModelArtifacts"]
        ),
        "does not hold the artifacts of second_job",
    ),
    Fault(
        UPDATE,
        "the first variant's name",
        "describe_endpoint_config",
        variant("VariantName", "first"),
        'the task asks for "second"',
    ),
    Fault(
        UPDATE,
        "no tags",
        "list_tags",
        tags_of("endpoint-config"),
        'The endpoint configuration has no tag "course"',
    ),
]


def no_better(answer: dict, it: DriftLearner) -> None:
    """Let the second job have the first one's model."""
    answer["ModelArtifacts"]["S3ModelArtifacts"] = it.artifacts("first")


TRAINING_FAULTS = [
    Fault(SECOND, "a poor model", "describe_training_job", no_better, "half of the loss"),
    Fault(
        SECOND,
        "an objective without probabilities",
        "describe_training_job",
        lambda answer, it: answer["HyperParameters"].update(objective="reg:squarederror"),
        "objective is reg:squarederror",
    ),
    Fault(
        SECOND,
        "the first files",
        "describe_training_job",
        lambda answer, it: answer["InputDataConfig"][0]["DataSource"]["S3DataSource"].update(
            S3Uri=it.uri("first/train/")
        ),
        "It should read all of s3://<bucket>/<prefix>/second/train/",
    ),
    Fault(
        SECOND,
        "not completed",
        "describe_training_job",
        lambda answer, it: answer.update(TrainingJobStatus="Stopped"),
        "is Stopped, not Completed",
    ),
]


@pytest.mark.parametrize("fault", SERVE_FAULTS + UPDATE_FAULTS + TRAINING_FAULTS, ids=str)
def test_one_thing_wrong(updated, fault):
    """An endpoint or a job with one thing wrong gets the hint that names it."""

    def edit(operation: str, answer: dict) -> None:
        if fault.task == SERVE:
            before_the_update(updated)(operation, answer)
        if operation == fault.operation:
            fault.edit(answer, updated)

    result = updated.judge(fault.task, edit)
    assert not result.passed
    assert fault.hint in result.hint
    assert not re.search(r"Error: |Traceback", result.hint)


def test_the_first_state_passes(updated):
    """Without a fault, the endpoint as it was before its update passes the first task."""
    assert updated.judge(SERVE, before_the_update(updated)).hint == ""


def test_a_served_model_of_a_data_source(updated):
    """A served model whose artifacts are named by ModelDataSource is the same model."""

    def edit(operation: str, answer: dict) -> None:
        if operation == "describe_model":
            container = answer["PrimaryContainer"]
            source = {"S3Uri": container.pop("ModelDataUrl"), "S3DataType": "S3Object"}
            container["ModelDataSource"] = {"S3DataSource": source}

    assert updated.judge(UPDATE, edit).hint == ""


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
