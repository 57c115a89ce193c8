"""What a training job's container is told: the files of ``input/config``, and the other hosts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Variables of a training job's containers, beside those of the request.
HOSTS_VARIABLE = "SAGEMAKER_LOCAL_HOSTS"  # such as "algo-1=127.4.2.1,algo-2=127.4.2.2"
SHARED_FOLDER_VARIABLE = "SAGEMAKER_LOCAL_SHARED_FOLDER"  # if there are several hosts


@dataclass(frozen=True)
class Cluster:
    """The hosts of a training job, as one of them sees them.

    Parameters
    ----------
    current
        The name of this host.
    addresses
        Name to address of all hosts, in their order.
    shared
        A folder by which they can tell each other something; None if there is one host.
    """

    current: str
    addresses: Mapping[str, str]
    shared: Path | None

    @property
    def hosts(self) -> list[str]:
        return list(self.addresses)


def read_config(opt_ml: Path, name: str) -> dict[str, Any]:
    """Return the content of a file of ``input/config``; empty if the job does not have it."""
    path = opt_ml / "input" / "config" / name
    return json.loads(path.read_text()) if path.is_file() else {}


def host_addresses(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses of a job's hosts by name, as a variable of its containers has them.

    >>> host_addresses({HOSTS_VARIABLE: "algo-1=127.0.0.1,algo-2=127.0.0.2"})
    {'algo-1': '127.0.0.1', 'algo-2': '127.0.0.2'}
    """
    return dict(pair.split("=") for pair in variables.get(HOSTS_VARIABLE, "").split(",") if pair)


def read_cluster(opt_ml: Path, environment: Mapping[str, str]) -> Cluster:
    """Return the hosts of a job by its ``resourceconfig.json`` and its variables."""
    resources = read_config(opt_ml, "resourceconfig.json")
    addresses = host_addresses(environment)
    hosts = resources.get("hosts", ["algo-1"])
    shared = environment.get(SHARED_FOLDER_VARIABLE)
    return Cluster(
        resources.get("current_host", hosts[0]),
        {host: addresses.get(host, "127.0.0.1") for host in hosts},
        Path(shared) if shared else None,
    )
