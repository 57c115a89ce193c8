"""The built-in XGBoost, as the rest of the Local SageMaker sees it."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from helpers.local.containers.contract import (
    Container,
    Framework,
    Image,
    PythonFunction,
    RequestError,
    TreeProgram,
)
from helpers.local.containers.xgboost import metric_definitions
from helpers.local.containers.xgboost.hyperparameters import tunable_hyperparameters
from helpers.local.containers.xgboost.versions import behavior, is_legacy, repositories

CHECKPOINTS = "/opt/ml/checkpoints"
# What the packages of the image need to read data, and to save checkpoints, as the algorithm does.
SHARED_TOOLKIT = (
    "channel_files",
    "errors",
    "headers",
    "masking",
    "number_bytes",
    "record_columns",
    "recordio",
    "recordio_protobuf",
)
SHARED_MODULES = (
    "content_types",
    "csv_check",
    "libsvm_check",
    "model_file",
    "text_validation",
    "training_data",
    "versions",
)


def _train(opt_ml: Path, image: Image, environment: Mapping[str, str]) -> PythonFunction:
    return PythonFunction(f"{__name__}.train:train", (opt_ml, image, dict(environment)))


def _serve(
    opt_ml: Path, image: Image, environment: Mapping[str, str], socket: Path
) -> PythonFunction:
    return PythonFunction(f"{__name__}.serve:serve", (opt_ml, image, environment, socket))


def _serve_models(
    opt_ml: Path, image: Image, environment: Mapping[str, str], socket: Path
) -> PythonFunction:
    return PythonFunction(f"{__name__}.multi_model:serve", (opt_ml, image, environment, socket))


def _check_training(request: Mapping[str, Any]) -> None:
    """Refuse checkpoints in a folder that this algorithm does not use."""
    local = request.get("CheckpointConfig", {}).get("LocalPath", CHECKPOINTS)
    path = PurePosixPath(local)
    if not path.is_relative_to(CHECKPOINTS) or ".." in path.parts:
        raise RequestError(
            f"The built-in XGBoost keeps its checkpoints in {CHECKPOINTS}, and "
            f"checkpointConfig.localPath is {local}. Leave it out."
        )


def _failure_reason(image: Image, exit_code: int, text: str) -> str:
    """Return a FailureReason: who is to blame, the text, and the exit code.

    0.72 calls the user's errors ClientError and leaves with 1; all else, and every error of the
    open container (it wraps even UserError, aws/amazon-sagemaker-examples issue 1740), is
    AlgorithmError.
    """
    blame = behavior(image).failure if exit_code == 1 else "AlgorithmError"
    return f"{blame}: {text}, exit code: {exit_code}"


FRAMEWORK = Framework(
    name="xgboost-3.2-0",
    python="3.11",
    requirements=Path(__file__).with_name("requirements.txt"),
    package="xgboost",
    common_packages=("sagemaker_containers",),
    shared_modules=(
        "contract",
        *(f"toolkit.{name}" for name in SHARED_TOOLKIT),
        *(f"xgboost.{name}" for name in SHARED_MODULES),
    ),
)

CONTAINER = Container(
    repositories=repositories(),
    train=_train,
    serve=_serve,
    metric_definitions=lambda image: metric_definitions.metric_definitions(),
    check_training=_check_training,
    failure_reason=_failure_reason,
    preload=(f"{__name__}.preload",),
    tunable_hyperparameters=lambda image: tunable_hyperparameters(image.version),
    objective_metrics=lambda image: metric_definitions.objective_metrics(),
    serve_models=_serve_models,
    framework=lambda image: FRAMEWORK if image.version == "3.2-0" else None,
    tree_program=TreeProgram("xgboost-model", f"{__name__}.model_trees"),
    saves_checkpoints=lambda image: not is_legacy(image),
)
