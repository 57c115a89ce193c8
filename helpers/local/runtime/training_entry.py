"""What a training job runs on a host: the algorithm of its image, or the user's own script."""

from collections.abc import Mapping
from pathlib import Path

from helpers.local.containers import registry, script
from helpers.local.containers.contract import Entry, Image
from helpers.local.home import Home
from helpers.local.runtime import script_job
from helpers.local.state.database import Document


def training_entry(
    home: Home, job: Document, image: Image, host: str, opt_ml: Path, variables: Mapping[str, str]
) -> Entry:
    """Return what runs on one host of a training job.

    Parameters
    ----------
    home
        Of the server.
    job
        As DescribeTrainingJob would show it.
    image
        In which it runs.
    host, opt_ml
        The host's name, and its folder with configuration and data.
    variables
        Of the job's container.

    Raises
    ------
    WorkloadFailedError
        If the image of a script has been removed from this machine.
    """
    container = registry.container_of(image)
    if script.is_script(job):
        framework = container.framework(image)
        return script_job.entry(home, job, framework, host, opt_ml, variables)
    return container.train(opt_ml, image, variables)


def failure_reason(job: Document, image: Image, exit_code: int, text: str) -> str:
    """Return the FailureReason of a job; text: what its container left in output/failure."""
    if script.is_script(job):
        return script.failure_reason(exit_code, text)
    return registry.container_of(image).failure_reason(image, exit_code, text)
