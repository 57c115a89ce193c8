"""What the rest of the Local SageMaker knows of an algorithm: a `Container`, declared once.

A container is a folder beside this file. Its `__init__.py` declares `CONTAINER`, and imports
nothing heavy: the server reads it. What trains and serves runs in separate processes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class PythonFunction:
    """An entry that is a Python function, run in a process forked from one with warm imports.

    Parameters
    ----------
    path
        ``package.module:function``; what the function returns is the exit code.
    args
        What it is called with; everything in it can be pickled.
    """

    path: str
    args: tuple = ()


@dataclass(frozen=True)
class Command:
    """An entry that is a program with its own interpreter, environment and working folder."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path | None = None


Entry = PythonFunction | Command


@dataclass(frozen=True)
class Image:
    """A container image that runs here; `version` is what the container calls its tag."""

    uri: str
    account: str
    region: str
    repository: str
    tag: str
    version: str

    @property
    def resolved_uri(self) -> str:
        """Its URI with its digest in place of its tag."""
        return (
            f"{self.uri.removesuffix(f':{self.tag}')}@{image_digest(self.repository, self.version)}"
        )


def image_digest(repository: str, version: str) -> str:
    """Return what stands for an image's digest: that of its name, as no image is stored here.

    All tags of a version have the same. AWS's digests are others.

    >>> image_digest("sagemaker-scikit-learn", "1.2-1")[:15]
    'sha256:dd72619d'
    """
    return f"sha256:{sha256(f'{repository}:{version}'.encode()).hexdigest()}"


@dataclass(frozen=True)
class Repository:
    """An ECR repository in which AWS publishes images of a container.

    Parameters
    ----------
    name
        As in the image's URI, before the tag.
    accounts
        The account that holds it, by Region.
    version_of
        The version that a tag means, or None if no image with that tag runs here.
    shown_tags
        Tags to name when an image is refused, oldest first.
    """

    name: str
    accounts: Mapping[str, str]
    version_of: Callable[[str], str | None]
    shown_tags: tuple[str, ...]


@dataclass(frozen=True)
class Framework:
    """What an image has beside or instead of a built-in algorithm: a Python that runs scripts.

    Parameters
    ----------
    name
        What `python -m helpers local pull` takes, such as ``pytorch-2.10``; also its folder.
    python
        The version of Python that is preferred, such as ``3.11``.
    requirements
        The packages, each with its version and hashes.
    package
        The one that gives the framework its name, as the job's log names what really runs.
    default_program
        The script that serves a model whose environment names none, in the folder ``code`` of its
        artifacts; "" if such a model is not served by a script.
    toolkit_variables
        Names and values of what AWS's container sets before its toolkit starts a training script.
    on_aws
        What AWS's images have instead, such as ``torch 2.10.0``; "" if it is the same version.
    shared_modules
        Modules of `helpers.local.containers` that its `packages` import from
        ``sagemaker_local_containers``, such as ``toolkit.recordio``.
    common_packages
        Packages of ``script/packages`` that AWS's image has too, such as ``sagemaker_containers``.
    """

    name: str
    python: str
    requirements: Path
    package: str
    default_program: str = ""
    toolkit_variables: tuple[tuple[str, str], ...] = ()
    on_aws: str = ""
    shared_modules: tuple[str, ...] = ()
    common_packages: tuple[str, ...] = ()

    @property
    def packages(self) -> Path:
        """The folder with packages of AWS's image that no registry has; it may not exist."""
        return self.requirements.with_name("packages")

    @property
    def serving_handlers(self) -> Path:
        """The module that serves a script's model in the image, beside the requirements."""
        return self.requirements.with_name("serving_handlers.py")


@dataclass(frozen=True)
class TreeProgram:
    """A program that prints the first trees of a model as JSON, for the console.

    Parameters
    ----------
    file_name
        Of a model.
    module
        Run with ``python -m`` and the path of a copy of the model. It prints ``{"summary": text,
        "trees": [{"name": text, "root": node}]}``; a node has a ``text``, the ``branch`` by which
        its parent leads to it, and ``children`` unless it is a leaf.
    """

    file_name: str
    module: str


class RequestError(ValueError):
    """A container refuses a request: the text of the ValidationException."""


@dataclass(frozen=True)
class TunableHyperparameter:
    """A hyperparameter that a tuning job may search, with the range that AWS recommends.

    Parameters
    ----------
    name
        As in the request.
    type
        Of its range. A request may also give a continuous one a range of integers.
    low, high
        The recommended range of a number. A request may search a wider one.
    values
        The recommended values of a categorical one.
    scaling
        The recommended ScalingType of a number.
    """

    name: str
    type: Literal["Integer", "Continuous", "Categorical"]
    low: float = 0
    high: float = 0
    values: tuple[str, ...] = ()
    scaling: Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"] = "Auto"


@dataclass(frozen=True)
class Container:
    """One algorithm: where its images are, how it is started, and what is special about its jobs.

    Parameters
    ----------
    repositories
        Where AWS publishes it.
    train
        ``train(opt_ml, image, environment)`` returns the entry of a training job; `opt_ml` is the
        folder that stands for ``/opt/ml``.
    serve
        ``serve(opt_ml, image, environment, socket)`` returns the entry that answers ``/ping``,
        ``/execution-parameters`` and ``/invocations`` on that unix socket.
    metric_definitions
        The MetricDefinitions that DescribeTrainingJob shows of a job with this image.
    check_training
        Raises RequestError for a CreateTrainingJob request that this container can't run.
    failure_reason
        ``failure_reason(image, exit_code, text)`` returns the FailureReason of a training job;
        `text` is what it left in ``output/failure``.
    preload
        Modules that the process from which its functions are forked imports once.
    tunable_hyperparameters
        ``tunable_hyperparameters(image)`` returns those that a tuning job may search; none by
        default.
    objective_metrics
        ``objective_metrics(image)`` returns the names of those of its `metric_definitions` that a
        tuning job may optimize; none by default.
    serve_models
        As `serve`, of a container that loads and unloads models over HTTP: ``/models`` and
        ``/models/{name}/invoke``, as the developer guide asks of a multi-model container. None, the
        default, if it serves one model only.
    framework
        ``framework(image)`` returns what runs a script of the user's own in an image; None, the
        default, if nothing does.
    tree_program
        Shows its models, if they are trees.
    saves_checkpoints
        ``saves_checkpoints(image)`` tells whether the algorithm does; by default it does not.
    """

    repositories: tuple[Repository, ...]
    train: Callable[[Path, Image, Mapping[str, str]], Entry]
    serve: Callable[[Path, Image, Mapping[str, str], Path], Entry]
    metric_definitions: Callable[[Image], list[dict[str, str]]]
    check_training: Callable[[Mapping[str, Any]], None]
    failure_reason: Callable[[Image, int, str], str]
    preload: tuple[str, ...] = field(default=())
    tunable_hyperparameters: Callable[[Image], tuple[TunableHyperparameter, ...]] = lambda image: ()
    objective_metrics: Callable[[Image], tuple[str, ...]] = lambda image: ()
    serve_models: Callable[[Path, Image, Mapping[str, str], Path], Entry] | None = None
    framework: Callable[[Image], Framework | None] = lambda image: None
    tree_program: TreeProgram | None = None
    saves_checkpoints: Callable[[Image], bool] = lambda image: False
