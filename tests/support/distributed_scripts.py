"""Jobs whose script trains on one host or several, and the models that they must make."""

import functools
import json
import tempfile
from pathlib import Path

import xgboost

from support import instances, jobs
from support.script_jobs import Ended, ScriptJobs

PROGRAM = (Path(__file__).parents[1] / "script/distributed_program.py").read_text()
BOSTON = instances.boston()


def put(
    script_jobs: ScriptJobs, content_type: str = "text/csv", objects: list | None = None
) -> dict:
    """Upload rows, in four objects unless these are given; each host reads a part of them."""
    parts = instances.parts(BOSTON) if objects is None else objects
    files = {f"part-{n}": instances.FORMATS[content_type](part) for n, part in enumerate(parts)}
    uri = script_jobs.put(jobs.new_name("train"), files)
    return jobs.channel(uri, content_type=content_type, source=instances.SHARDED)


def on_hosts(request: dict, channel: dict, count: int) -> dict:
    """Return the request of a script job with this training channel and number of instances."""
    channels = [channel, *request["InputDataConfig"][1:]]
    resources = {**request["ResourceConfig"], "InstanceCount": count}
    return {**request, "InputDataConfig": channels, "ResourceConfig": resources}


def model_of(script_jobs: ScriptJobs, ended: Ended) -> bytes:
    """Return the model of a job that must have completed."""
    assert ended.status == "Completed", (ended.reason, ended.log)
    content = script_jobs.model_files(ended)["xgboost-model"]
    return bytes(instances.booster(content).save_raw("ubj"))


@functools.cache
def model_of_one_process() -> bytes:
    """Return the model that plain xgboost makes of all rows."""
    matrix = xgboost.DMatrix(BOSTON[:, 1:], label=BOSTON[:, 0], nthread=1)
    return bytes(xgboost.train(instances.PARAMS, matrix, instances.ROUNDS).save_raw("ubj"))


@functools.cache
def model_of_two_processes() -> bytes:
    """Return the model that xgboost's own collective makes of the rows of two hosts."""
    shards, params = instances.of_hosts(BOSTON, 2), json.dumps(instances.PARAMS)
    with tempfile.TemporaryDirectory() as folder:
        return bytes(instances.train_collectively(Path(folder), shards, params).save_raw("ubj"))
