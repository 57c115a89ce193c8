"""Mistakes in the training job and the endpoint of the PyTorch project, each with its hint."""

from support.answer_faults import Fault
from support.pytorch_learner import DEPLOY, TRAIN, TRAINING_IMAGE, PyTorchLearner


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


def whole_prefix(answer: dict, it: PyTorchLearner) -> None:
    source = answer["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3Uri"] = it.uri("")


def unread_metric(answer: dict, it: PyTorchLearner) -> None:
    answer["FinalMetricDataList"] = []


FAULTS = [
    Fault(
        TRAIN,
        "another image",
        "describe_training_job",
        specification("TrainingImage", "1.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"),
        "use train_uri",
    ),
    Fault(TRAIN, "no script", "describe_training_job", no_script, "training job runs no script"),
    Fault(
        TRAIN, "another script", "describe_training_job", another_script, "the script is train.py"
    ),
    Fault(
        TRAIN, "one channel", "describe_training_job", one_channel, 'has no channel "validation"'
    ),
    Fault(
        TRAIN,
        "a channel of everything",
        "describe_training_job",
        whole_prefix,
        "It should read all of s3://<bucket>/<prefix>/train/ and nothing else",
    ),
    Fault(
        TRAIN,
        "one epoch",
        "describe_training_job",
        lambda answer, it: answer["HyperParameters"].update(epochs="1"),
        "trains for 1 epoch: there is nothing to choose from",
    ),
    Fault(
        TRAIN,
        "the comparison's settings",
        "describe_training_job",
        lambda answer, it: answer["HyperParameters"].update({"pad-to": '"all"'}),
        "which is for the comparison below",
    ),
    Fault(
        TRAIN,
        "another instance type",
        "describe_training_job",
        lambda answer, it: answer["ResourceConfig"].update(InstanceType="ml.g4dn.xlarge"),
        "The instance type of the training job is ml.g4dn.xlarge",
    ),
    Fault(
        TRAIN,
        "a day",
        "describe_training_job",
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
        "describe_training_job",
        lambda answer, it: answer.update(TrainingJobStatus="Failed", FailureReason="No ids."),
        "The training job failed: No ids.",
    ),
    Fault(
        TRAIN,
        "no metric",
        "describe_training_job",
        specification("MetricDefinitions", []),
        'The job defines no metric. The task asks for one called "validation:accuracy"',
    ),
    Fault(
        TRAIN,
        "a metric that reads nothing",
        "describe_training_job",
        unread_metric,
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
        "describe_model",
        lambda answer, it: answer["PrimaryContainer"].update(
            ModelDataUrl=it.uri("comparison/other/output/model.tar.gz")
        ),
        "does not hold the artifacts of your newest training job",
    ),
    Fault(
        DEPLOY,
        "the image for training",
        "describe_model",
        container("Image", TRAINING_IMAGE),
        "has the image for training, pytorch-training:2.10-cpu-py313",
    ),
    Fault(
        DEPLOY,
        "another image",
        "describe_model",
        container("Image", "1.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"),
        "use inference_uri",
    ),
    Fault(
        DEPLOY,
        "no variables",
        "describe_model",
        container("Environment", {}),
        "has SAGEMAKER_PROGRAM=''. Which file has model_fn",
    ),
    Fault(
        DEPLOY,
        "another script",
        "describe_model",
        variable("SAGEMAKER_PROGRAM", "train.py"),
        "has SAGEMAKER_PROGRAM='train.py'. Which file has model_fn",
    ),
    Fault(
        DEPLOY,
        "another folder",
        "describe_model",
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
