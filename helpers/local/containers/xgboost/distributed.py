"""Training on several hosts, by xgboost's own collective.

The rules are those of AWS's open container (`distributed.py` there): all hosts say whether they
have data, those without it leave, and the first of the others runs the tracker, logs the metrics
and saves the model. There, the hosts find each other on fixed ports; here they are processes of one
machine and use a folder that they share, so that jobs can run side by side.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from xgboost import collective
from xgboost.tracker import RabitTracker

from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.toolkit.job_config import Cluster
from helpers.local.containers.toolkit.masking import log

POLL_SECONDS = 0.01
# For one operation of the collective. A host that fails ends its connections at once, and the job
# ends the others: this only has to be longer than any host keeps the others waiting.
TIMEOUT_SECONDS = 5 * 86_400
DIVIDE_DATA = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html"
    "#Instance-XGBoost-distributed-training-divide-data"
)

# A tracker that is freed waits for its workers, so that a failing host could not report its error.
_trackers: list[RabitTracker] = []


def log_missing_data(cluster: Cluster, empty_channels: list[str]) -> None:
    """Log which channels have no data on this host, with the texts of AWS's container."""
    host = cluster.current
    if "train" in empty_channels:
        log.warning(
            "Host %s does not have training data. Will broadcast to cluster and this host %s will "
            "not be used in distributed training. Please divide the training data across "
            "instances properly. See %s. ",
            *(host, host, DIVIDE_DATA),
        )
    if "validation" in empty_channels:
        log.warning(
            "Host %s does not have validation data in the validation channel. Will broadcast to "
            "cluster and this host %s will not be used in distributed training. Please divide the "
            "validation data across instances properly. See %s. ",
            *(host, host, DIVIDE_DATA),
        )


def exchange_hosts_with_data(cluster: Cluster, has_data: bool) -> list[str]:
    """Tell the other hosts whether this one has data; return those that have, in their order.

    Raises UserError if none has. On AWS such a job completes, without a model.
    """
    _tell(cluster, f"{cluster.current}.json", has_data)
    hosts = [host for host in cluster.hosts if _wait_for(cluster, f"{host}.json")]
    if not hosts:
        raise UserError(
            "No hosts received training data. What to do: make sure that at least one instance "
            "has both training and validation data."
        )
    if not has_data:
        log.warning("Host %s not being used for distributed training.", cluster.current)
    return hosts


@contextmanager
def joined(cluster: Cluster, hosts: list[str]) -> Iterator[None]:
    """Join the collective of those hosts, of which the first one runs the tracker.

    If the block fails, the host stays in the collective until its process ends: leaving it waits
    for the others, and they would report the loss of this host before it has reported its error.
    """
    tracker = None
    if cluster.current == hosts[0]:
        tracker = RabitTracker(
            n_workers=len(hosts), host_ip=cluster.addresses[hosts[0]], sortby="task"
        )
        _trackers.append(tracker)
        tracker.start()
        _tell(cluster, "tracker.json", tracker.worker_args())
    arguments = _wait_for(cluster, "tracker.json")
    task = str(hosts.index(cluster.current))  # the tracker makes it the rank
    collective.init(**arguments, dmlc_task_id=task, dmlc_timeout=TIMEOUT_SECONDS)
    log.info("Connected to RabitTracker.")
    yield
    collective.finalize()
    if tracker:
        tracker.wait_for()


def _tell(cluster: Cluster, name: str, content: object) -> None:
    path = cluster.shared / name
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content))
    os.replace(unfinished, path)


def _wait_for(cluster: Cluster, name: str) -> Any:
    """Wait until a host has told this, and return it. If that host fails, this process is ended."""
    path = cluster.shared / name
    while not path.exists():
        time.sleep(POLL_SECONDS)
    return json.loads(path.read_text())
