"""The later tasks of the PyTorch project: each mistake has a hint of its own."""

import pytest
from support.answer_faults import Fault, assert_hint
from support.pytorch_learner import (
    DEPLOY,
    EPOCH,
    EPOCHS,
    TEST,
    TRAIN,
    TRAINING_IMAGE,
    PyTorchLearner,
)


@pytest.fixture
def learner(networked):
    """Return a learner who has done all tasks; each test does some of them again."""
    return networked


def specification(name: str, value):
    """Return an edit of a member of the job's AlgorithmSpecification; None takes it away."""

    def edit(answer: dict, it: PyTorchLearner) -> None:
        if value is None:
            del answer["AlgorithmSpecification"][name]
        else:
            answer["AlgorithmSpecification"][name] = value

    return edit


def container(name: str, value):
    return lambda answer, it: answer["PrimaryContainer"].update({name: value})


def variable(name: str, value: str):
    return lambda answer, it: answer["PrimaryContainer"]["Environment"].update({name: value})


def no_script(answer: dict, it: PyTorchLearner) -> None:
    del answer["AlgorithmSpecification"]["ContainerEntrypoint"]


def another_script(answer: dict, it: PyTorchLearner) -> None:
    no_script(answer, it)
    answer["HyperParameters"]["sagemaker_program"] = '"model.py"'


def one_channel(answer: dict, it: PyTorchLearner) -> None:
    answer["InputDataConfig"] = answer["InputDataConfig"][:1]


DESCRIBE_JOB, DESCRIBE_MODEL = "describe_training_job", "describe_model"
FAULTS = [
    Fault(
        TRAIN,
        "another image",
        DESCRIBE_JOB,
        specification("TrainingImage", "1.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"),
        "use train_uri",
    ),
    Fault(TRAIN, "no script", DESCRIBE_JOB, no_script, "training job runs no script"),
    Fault(TRAIN, "another script", DESCRIBE_JOB, another_script, "the script is train.py"),
    Fault(TRAIN, "one channel", DESCRIBE_JOB, one_channel, 'has no channel "validation"'),
    Fault(
        TRAIN,
        "a channel of everything",
        DESCRIBE_JOB,
        lambda answer, it: answer["InputDataConfig"][0]["DataSource"]["S3DataSource"].update(
            S3Uri=it.uri("")
        ),
        "It should read all of s3://<bucket>/<prefix>/train/ and nothing else",
    ),
    Fault(
        TRAIN,
        "one epoch",
        DESCRIBE_JOB,
        lambda answer, it: answer["HyperParameters"].update(epochs="1"),
        "trains for 1 epoch: there is nothing to choose from",
    ),
    Fault(
        TRAIN,
        "the comparison's settings",
        DESCRIBE_JOB,
        lambda answer, it: answer["HyperParameters"].update({"pad-to": '"all"'}),
        "which is for the comparison below",
    ),
    Fault(
        TRAIN,
        "another instance type",
        DESCRIBE_JOB,
        lambda answer, it: answer["ResourceConfig"].update(InstanceType="ml.g4dn.xlarge"),
        "The instance type of the training job is ml.g4dn.xlarge",
    ),
    Fault(
        TRAIN,
        "a day",
        DESCRIBE_JOB,
        lambda answer, it: answer["StoppingCondition"].update(MaxRuntimeInSeconds=86400),
        "The longest run time in seconds of the training job is 86400",
    ),
    Fault(
        TRAIN,
        "no tags",
        "list_tags",
        lambda answer, it: answer["Tags"].clear(),
        'has no tag "course"',
    ),
    Fault(
        TRAIN,
        "failed",
        DESCRIBE_JOB,
        lambda answer, it: answer.update(TrainingJobStatus="Failed", FailureReason="No ids."),
        "The training job failed: No ids.",
    ),
    Fault(
        TRAIN,
        "no metric",
        DESCRIBE_JOB,
        specification("MetricDefinitions", []),
        'The job defines no metric. The task asks for one called "validation:accuracy"',
    ),
    Fault(
        TRAIN,
        "a metric that reads nothing",
        DESCRIBE_JOB,
        lambda answer, it: answer.update(FinalMetricDataList=[]),
        "of validation:accuracy is found nowhere in the log",
    ),
    Fault(
        DEPLOY,
        "no endpoint",
        "list_endpoints",
        lambda answer, it: answer["Endpoints"].clear(),
        "No endpoint serves a model from below s3://<bucket>/<prefix>/ yet",
    ),
    Fault(
        DEPLOY,
        "the comparison's artifacts",
        DESCRIBE_MODEL,
        lambda answer, it: answer["PrimaryContainer"].update(
            ModelDataUrl=it.uri("comparison/other/output/model.tar.gz")
        ),
        "does not hold the artifacts of your newest training job",
    ),
    Fault(
        DEPLOY,
        "the image for training",
        DESCRIBE_MODEL,
        container("Image", TRAINING_IMAGE),
        "has the image for training, pytorch-training:2.10-cpu-py313",
    ),
    Fault(
        DEPLOY,
        "another image",
        DESCRIBE_MODEL,
        container("Image", "1.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"),
        "use inference_uri",
    ),
    Fault(
        DEPLOY,
        "no variables",
        DESCRIBE_MODEL,
        container("Environment", {}),
        "has SAGEMAKER_PROGRAM=''. Which file has model_fn",
    ),
    Fault(
        DEPLOY,
        "another script",
        DESCRIBE_MODEL,
        variable("SAGEMAKER_PROGRAM", "train.py"),
        "has SAGEMAKER_PROGRAM='train.py'. Which file has model_fn",
    ),
    Fault(
        DEPLOY,
        "another folder",
        DESCRIBE_MODEL,
        variable("SAGEMAKER_SUBMIT_DIRECTORY", "/opt/ml/code"),
        "Where in the container is the folder code of model.tar.gz?",
    ),
    Fault(
        DEPLOY,
        "not waited",
        "describe_endpoint",
        lambda answer, it: answer.update(EndpointStatus="Creating"),
        "is Creating: wait until it is InService",
    ),
    Fault(
        DEPLOY,
        "another variant",
        "describe_endpoint_config",
        lambda answer, it: answer["ProductionVariants"][0].update(VariantName="first"),
        'the task asks for "AllTraffic"',
    ),
    Fault(
        DEPLOY,
        "another name of the endpoint",
        "describe_endpoint",
        lambda answer, it: answer.update(EndpointName="mine"),
        "The endpoint is called mine, and the last cell removes endpoint_name",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_mistake_has_its_hint(learner, fault):
    """Each mistake in the training job or the endpoint is named by a hint."""
    assert_hint(learner, fault)


def test_a_job_and_an_endpoint_as_asked_are_passed(learner):
    """A job with a script, two channels and a metric passes, as does its endpoint."""
    assert learner.judge(TRAIN).details == {"job": learner.endpoint, "epochs": 3}
    assert learner.judge(DEPLOY).details["endpoint"] == learner.endpoint


def test_an_endpoint_without_scores_has_a_hint(learner, monkeypatch):
    """An endpoint that answers words, or numbers that are not probabilities, is not passed."""
    monkeypatch.setattr(learner, "scorer", lambda text: "good")
    assert "answers something other than scores" in learner.hint(DEPLOY)
    monkeypatch.setattr(learner, "scorer", lambda text: 3.5)
    assert "expected a probability in each line" in learner.hint(DEPLOY)


def test_the_best_epoch_is_passed(learner):
    """The log's epochs as a table, with the one that validates best, pass."""
    learner.choose()
    assert learner.judge(EPOCH).details == {"epoch": 2, "accuracy": 0.9}


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"best": 3}, "the lowest loss on the reviews that it has learned from"),
        ({"best": 1}, "Another epoch labels more of the validation reviews correctly"),
        ({"best": "two"}, "best.json names epoch 'two'"),
        ({"rows": EPOCHS[:2]}, "epochs.csv has 2 rows; the log of your newest training job has 3"),
        ({"rows": [(1, 0.6, 0.7), (2, 0.4, 0.9), (3, 0.2, 0.7)]}, "which job's log was read?"),
        ({"rows": [(1, 0.6, "high"), *EPOCHS[1:]]}, "is not a number"),
        ({"header": ",epoch,train_loss,validation_accuracy"}, "has the header"),
    ],
)
def test_another_epoch_or_table_has_a_hint(learner, wrong, hint):
    """The last epoch, the lowest training loss, a part of the table and other values are named."""
    learner.choose(**wrong)
    assert hint in learner.hint(EPOCH)


def test_scores_of_all_test_reviews_are_passed(learner):
    """The endpoint's score of each test review passes, whatever the order of the rows."""
    learner.test(edit=lambda rows: rows[::-1])
    result = learner.judge(TEST)
    assert result.passed, result.hint
    assert 0 <= result.details["accuracy"] <= 1


@pytest.mark.parametrize(
    ("edit", "hint"),
    [
        (lambda rows: rows[:-7], "were all parts sent to the endpoint?"),
        (lambda rows: [*rows, rows[0]], "lists a review twice"),
        (lambda rows: [("review 1", 0.5), *rows[1:]], "'review 1' is not a test review"),
        (lambda rows: [(name, round(score)) for name, score in rows], "All scores are 0 or 1"),
        (lambda rows: [(name, 1000 * score) for name, score in rows], "not probabilities"),
        (
            lambda rows: [(name, rows[n - 1][1]) for n, (name, _) in enumerate(rows)],
            "combined in the same order?",
        ),
        (
            lambda rows: [(rows[0][0], 0.999), *rows[1:]],
            "another score than predictions.csv has",
        ),
        (lambda rows: [(name, "good") for name, _ in rows], "is not a number"),
    ],
)
def test_other_scores_have_a_hint(learner, edit, hint):
    """Missing and repeated reviews, labels, percentages and another order are each named."""
    learner.test(edit=edit)
    assert hint in learner.hint(TEST)


def test_a_model_that_has_learned_little_has_a_hint(learner):
    """Right scores of a poor model are not enough, and the hint says where to look."""
    learner.test()
    assert "Look at the accuracy by epoch" in learner.hint(TEST, accuracy=0.99)
