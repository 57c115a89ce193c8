"""What a training job runs on a host: the algorithm of its image, or the user's own script."""

from helpers.local.containers import registry, script
from helpers.local.containers.contract import Entry, Image
from helpers.local.home import Home
from helpers.local.runtime import script_job
from helpers.local.runtime.opt_ml import environment, read_failure
from helpers.local.runtime.script_job import Host
from helpers.local.state.database import Document


def training_entry(home: Home, job: Document, image: Image, host: Host) -> Entry:
    """Return the entry of one host. Raises WorkloadFailedError."""
    if script.is_script(job):
        return script_job.entry(home, job, image, host)
    return registry.container_of(image).train(host.opt_ml, image, environment(job))


def failure_reason(job: Document, image: Image, host: Host, exit_code: int) -> str:
    """Return the FailureReason of a job whose process on a host has failed."""
    text = read_failure(host.opt_ml)
    if script.is_script(job):
        return script.failure_reason(exit_code, text)
    return registry.container_of(image).failure_reason(image, exit_code, text)
