"""What a request for a script job is refused for: the image, and members that scripts read."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from helpers.local.containers import registry
from helpers.local.containers.contract import Image
from helpers.local.containers.script import OPT_ML
from helpers.local.home import Home
from helpers.local.runtime import images
from helpers.local.wire.errors import ValidationException


def check(params: Mapping[str, Any], image: Image, home: Home) -> None:
    """Check what CreateTrainingJob asks for a script. Raises ValidationException."""
    _check_image(image, home)
    _check_input_modes(params)
    _check_metrics(params["AlgorithmSpecification"].get("MetricDefinitions", ()))
    local = params.get("CheckpointConfig", {}).get("LocalPath", OPT_ML)
    path = PurePosixPath(local)
    if not path.is_relative_to(OPT_ML) or ".." in path.parts:
        raise ValidationException(
            f"The Local SageMaker keeps checkpoints below {OPT_ML}, and checkpointConfig.localPath "
            f"is {local}. Leave it out: then it is {OPT_ML}/checkpoints."
        )


def _check_image(image: Image, home: Home) -> None:
    framework = registry.container_of(image).framework(image)
    if framework is None:
        raise ValidationException(
            f"The Local SageMaker does not run scripts in {image.uri}, only the algorithm that is "
            "built into it, and the request asks for a script of your own (sagemaker_program, "
            "ContainerEntrypoint or ContainerArguments). Scripts run in: "
            f"{', '.join(_script_images(image.region))}"
        )
    try:
        images.interpreter(home, framework)
    except images.ImageNotPulledError as error:
        raise ValidationException(str(error)) from error


def _check_input_modes(params: Mapping[str, Any]) -> None:
    """Refuse Pipe mode: here a script would find files where it expects named pipes."""
    default = params["AlgorithmSpecification"]["TrainingInputMode"]
    for channel in params.get("InputDataConfig", ()):
        if (channel.get("InputMode") or default) == "Pipe":
            raise ValidationException(
                "The Local SageMaker does not serve Pipe mode for scripts, and channel "
                f"{channel['ChannelName']} asks for it. Set TrainingInputMode to File."
            )


def _script_images(region: str) -> list[str]:
    known = (registry.resolve(uri, region) for uri in registry.known_images(region))
    return [image.uri for image in known if registry.container_of(image).framework(image)]


def _check_metrics(definitions: list[dict[str, str]]) -> None:
    """Refuse regexes that can't be searched."""
    for definition in definitions:
        try:
            groups = re.compile(definition["Regex"]).groups
        except re.error as error:
            raise ValidationException(_regex_error(definition, f"is invalid: {error}")) from error
        if groups == 0:
            raise ValidationException(
                _regex_error(definition, "needs a group in parentheses that matches the value")
            )


def _regex_error(definition: Mapping[str, str], problem: str) -> str:
    return f"The regex of metric {definition['Name']} {problem} ({definition['Regex']})"
