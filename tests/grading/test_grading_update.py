"""The exercise on updating a model, with one thing wrong in what it serves.

What SageMaker answers about a learner who has done everything is changed in one place, as if the
learner had made that mistake, since each real endpoint takes seconds.
"""

import datetime
from collections.abc import Callable

import pytest
from support.answer_faults import Edit, Fault, assert_hint
from support.drift_learner import SECOND, SERVE, UPDATE, DriftLearner


def only_its_endpoint(it: DriftLearner) -> Edit:
    """Return an edit that lists no endpoint but its own: other learners serve models too."""

    def edit(operation: str, answer: dict) -> None:
        if operation == "list_endpoints":
            listed = answer["Endpoints"]
            listed[:] = [each for each in listed if each["EndpointName"] == it.endpoint]

    return edit


def before_the_update(it: DriftLearner) -> Edit:
    """Return an edit that shows the endpoint as it was after task 1."""
    only_its_own = only_its_endpoint(it)

    def edit(operation: str, answer: dict) -> None:
        only_its_own(operation, answer)
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
        'The variant is called AllTraffic; the task asks for "first"',
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
    before = before_the_update if fault.task == SERVE else only_its_endpoint
    assert_hint(updated, fault, before(updated))


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
