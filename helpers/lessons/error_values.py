"""What an error does not say itself, but the advice about it names in braces.

Each function in VALUES takes a Failure and returns a text, which may be empty.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from helpers.lessons.aws_lookups import (
    did_you_mean,
    first_failure,
    is_local,
    listed,
    objects_near,
)

# Those that the lessons speak of; the documentation of the algorithm lists all.
XGBOOST_HYPERPARAMETERS = (
    "objective", "eval_metric", "num_round", "early_stopping_rounds", "max_depth", "eta", "gamma",
    "min_child_weight", "subsample", "colsample_bytree", "alpha", "lambda", "seed", "booster",
    "tree_method", "scale_pos_weight", "base_score", "num_class", "learning_rate", "max_leaves",
)  # fmt: skip


class Failure(NamedTuple):
    """What is known of an error.

    Attributes
    ----------
    error : Exception
    frames : sequence of frames
        Those of its traceback, outermost first.
    operation : str
        The operation of an AWS service that failed, or ''.
    groups : dict
        The named groups of the rule that matched.
    """

    error: Exception
    frames: Sequence[FrameType]
    operation: str
    groups: dict[str, str]


def _new_name(failure: Failure) -> str:
    """Return how to get a name that is free: the taken one without its end, and the time."""
    if _owner(failure, "ModelTrainer"):  # its names end in seconds
        return "Wait a second and run the cell again: the SDK makes a new name."
    taken = failure.groups["name"] or failure.groups["other_name"]
    start = re.sub(r"[-\d]*\d{4,}[-\d]*$", "", taken).rstrip("-") or "my-job"
    if failure.operation == "CreateHyperParameterTuningJob":  # its names have at most 32 characters
        variable, start, form = "tuning", start[:18].rstrip("-"), "%y%m%d-%H%M%S"
    else:
        variable = "_".join(re.findall("[A-Z][a-z]+", failure.operation)[1:]).lower()
        start, form = start[:40].rstrip("-"), "%Y-%m-%d-%H-%M-%S"
    code = f'{variable}_name = "{start}-" + time.strftime("{form}")'
    return f"Choose another one, then run the cells from there on:\n    import time\n    {code}"


def _valid_name(failure: Failure) -> str:
    """Return the refused name in letters, digits and hyphens, and not too long."""
    longest = int(failure.groups.get("longest") or 63)
    name = re.sub(r"[^a-zA-Z0-9]+", "-", failure.groups["value"]).strip("-")
    return name[:longest].rstrip("-")


def _closest(failure: Failure) -> str:
    """Return the option that is most like the value, as a question."""
    options, value = re.findall(r"[\w.:-]+", failure.groups["options"]), failure.groups["value"]
    if f"ml.{value}" in options:  # an instance type of EC2
        return f"Did you mean ml.{value}?"
    return did_you_mean(value, options)


def _accepted(failure: Failure) -> str:
    """Return the argument of the SDK's class that is most like one that it does not have."""
    names = getattr(type(_owner(failure, failure.groups["owner"])), "model_fields", {})
    return did_you_mean(failure.groups["name"], list(names))


def _parameter(failure: Failure) -> str:
    """Return the parameter of a class or of an SDK's method that is most like an unknown one."""
    first, _, method = failure.groups["owner"].partition(".")
    resources = vars(sys.modules.get("sagemaker.core.resources", object))
    scopes = [*(frame.f_globals for frame in reversed(failure.frames)), resources]
    owner = next((scope[first] for scope in scopes if first in scope), None)
    function = getattr(owner, method or "__init__", None)
    names = [*inspect.signature(function).parameters][1:] if function else []
    return did_you_mean(failure.groups["name"], names)


def _training_failure(failure: Failure) -> str:
    """Return why the first of a tuning job's failed training jobs failed."""
    name = getattr(
        _owner(failure, "HyperParameterTuningJob"), "hyper_parameter_tuning_job_name", ""
    )
    return first_failure(name)


def _hyperparameter(failure: Failure) -> str:
    """Return the hyperparameter of the XGBoost container that is most like an unknown one."""
    value = failure.groups["value"]
    if value == "n_estimators":  # its name in xgboost's own interface for scikit-learn
        return "Did you mean num_round?"
    return did_you_mean(value, XGBOOST_HYPERPARAMETERS)


def _transform_uri(failure: Failure) -> str:
    """Return what to pass to transform() in place of a path, a list or a dictionary."""
    if not _owner(failure, "Transformer"):
        return ""
    return f"Pass one S3 URI as a string, not a {failure.groups['type']}."


def _model_name(failure: Failure) -> str:
    """Return what to pass to the SDK's Transformer in place of a model."""
    if not _owner(failure, "Transformer"):
        return ""
    return "Pass the model's name, not the model itself: model_name=model_name."


def _waiter(failure: Failure) -> str:
    """Return the waiter of boto3's client that is most like one that does not exist."""
    names = [getattr(owner, "waiter_names", []) for owner in owners(failure.frames)]
    return did_you_mean(failure.groups["value"], next(filter(None, names), []))


def _absent(failure: Failure) -> str:
    """Return a sentence about what a waiter of boto3 waited for in vain."""
    message = failure.error.last_response["Error"]["Message"]
    if not re.search("not found|[Cc]ould not find", message):
        return message
    request = next(each.f_locals["kwargs"] for each in failure.frames if _waits(each))
    name = next(name for name in request if name.endswith("Name"))
    thing = " ".join(re.findall("[A-Z][a-z]+", name.removesuffix("Name"))).lower()
    return (
        f"There is no {thing} '{request[name]}' in this account and region. Is the name right, "
        "and has the cell that creates it been run?"
    )


def _objects(failure: Failure) -> str:
    """Return what there is on S3 near the object or prefix that was not found."""
    request = _request(failure)
    uri = failure.groups.get("uri") or f"s3://{request['Bucket']}/{request.get('Key', '')}"
    clients = [owner for owner in owners(failure.frames) if hasattr(owner, "meta")]
    return objects_near(uri, clients[0].meta.region_name if clients else None)


def _output(failure: Failure) -> str:
    """Return a question if the object that was not found is one that a transform job writes."""
    key = _request(failure).get("Key", "")
    return "Has the transform job ended?" if key.endswith(".out") else ""


def _grant(failure: Failure) -> str:
    """Return the command that raises a quota of the Local SageMaker."""
    if not is_local():
        return ""
    needed = int(failure.groups["used"]) + int(failure.groups["more"])
    command = f'python -m helpers local set-quota "{failure.groups["quota"]}" {needed}'
    return f" On the Local SageMaker you raise it:\n    {command}"


def _columns(failure: Failure) -> str:
    """Return the columns of the data frame that lacks one."""
    for owner in owners(failure.frames):
        if type(owner).__name__ == "DataFrame":
            names = [str(name) for name in owner.columns]
            wanted = str(failure.error.args[0])
            return f"The columns are: {listed(names)}. {did_you_mean(wanted, names)}"
    return ""


def _files(failure: Failure) -> str:
    """Return the files in the folder that lacks one."""
    path = Path(os.fsdecode(failure.error.filename)).absolute()
    if not path.parent.is_dir():
        return f"There is no folder {path.parent}."
    names = sorted(each.name for each in path.parent.iterdir() if each.name[0] != ".")
    if not names:
        return f"The folder {path.parent} is empty."
    return f"In {path.parent} there are: {listed(names)}. {did_you_mean(path.name, names)}"


def owners(frames: Iterable[FrameType]) -> list[Any]:
    """Return `self` of each frame, innermost first."""
    return [frame.f_locals["self"] for frame in reversed(frames) if "self" in frame.f_locals]


def _owner(failure: Failure, class_name: str) -> Any:
    """Return the innermost `self` of a class, by the class's name, or None."""
    candidates = owners(failure.frames)
    return next((each for each in candidates if type(each).__name__ == class_name), None)


def _waits(frame: FrameType) -> bool:
    """Tell whether a frame is botocore's, where it waits, with the arguments of the request."""
    return frame.f_globals["__name__"] == "botocore.waiter" and "kwargs" in frame.f_locals


def _request(failure: Failure) -> dict[str, Any]:
    """Return the parameters of the request that botocore was making; {} if it made none."""
    for frame in failure.frames:
        if frame.f_code.co_name == "_make_api_call" and "api_params" in frame.f_locals:
            return frame.f_locals["api_params"]
    return {}


VALUES = {
    "new_name": _new_name,
    "valid_name": _valid_name,
    "closest": _closest,
    "accepted": _accepted,
    "parameter": _parameter,
    "training_failure": _training_failure,
    "hyperparameter": _hyperparameter,
    "transform_uri": _transform_uri,
    "model_name": _model_name,
    "waiter": _waiter,
    "absent": _absent,
    "objects": _objects,
    "output": _output,
    "grant": _grant,
    "columns": _columns,
    "files": _files,
}
