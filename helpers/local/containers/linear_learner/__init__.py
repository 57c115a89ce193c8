"""The built-in Linear Learner, as the rest of the Local SageMaker sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.local.containers.contract import Container, Image, PythonFunction, RequestError
from helpers.local.containers.linear_learner import errors, images, metric_definitions, tuning


def _train(opt_ml: Path, image: Image, environment: Mapping[str, str]) -> PythonFunction:
    return PythonFunction(f"{__name__}.train:train", (opt_ml, image))


def _serve(
    opt_ml: Path, image: Image, environment: Mapping[str, str], socket: Path
) -> PythonFunction:
    return PythonFunction(f"{__name__}.serve:serve", (opt_ml, environment, socket))


def _check_training(request: Mapping[str, Any]) -> None:
    """Refuse several instances."""
    if request["ResourceConfig"]["InstanceCount"] > 1:
        raise RequestError(
            "The Local SageMaker trains the Linear Learner on one instance, and "
            f"resourceConfig.instanceCount is {request['ResourceConfig']['InstanceCount']}. Set it "
            "to 1, or train on AWS."
        )


def _failure_reason(image: Image, exit_code: int, text: str) -> str:
    """Return a FailureReason: the log says Customer Error, FailureReason says ClientError.

    Source: both forms in one job of aws/amazon-sagemaker-examples issue 698.
    """
    blame = "ClientError" if exit_code == errors.EXIT_CUSTOMER_ERROR else "AlgorithmError"
    text = text.removeprefix(errors.CUSTOMER_ERROR).removeprefix(errors.ALGORITHM_ERROR)
    return f"{blame}: {text}, exit code: {exit_code}"


CONTAINER = Container(
    repositories=images.repositories(),
    train=_train,
    serve=_serve,
    metric_definitions=lambda image: metric_definitions.metric_definitions(),
    check_training=_check_training,
    failure_reason=_failure_reason,
    preload=(f"{__name__}.preload",),
    tunable_hyperparameters=lambda image: tuning.TUNABLE_HYPERPARAMETERS,
    objective_metrics=lambda image: metric_definitions.objective_metrics(),
)
