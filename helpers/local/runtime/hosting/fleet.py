"""A fleet: the containers of an endpoint's variants, started, watched, replaced and ended."""

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass

from helpers.catalog.resource_types import ENDPOINT_LOG_GROUPS
from helpers.local.containers.registry import ImageError
from helpers.local.runtime.hosting.health import Health
from helpers.local.runtime.hosting.multi_model import model_cache_of
from helpers.local.runtime.hosting.traffic import Instance, Variant
from helpers.local.runtime.hosting.variant_spec import VariantSpec
from helpers.local.runtime.images import ImageNotPulledError
from helpers.local.runtime.model_server import (
    ContainerNotReadyError,
    ModelContainer,
    ModelDataError,
)
from helpers.local.runtime.workloads import Workload
from helpers.local.state.logs.store import LogStreamWriter

DRAIN_SECONDS = 60  # the longest that an invocation may take
POLL_SECONDS = 0.01
GATHER_SECONDS = 0.05  # by which a line of a container's log may be late


class LaunchError(Exception):
    """A container of a fleet could not be started; the text is the endpoint's FailureReason."""


@dataclass
class Server:
    """A container of a fleet, and its part in the traffic."""

    instance_id: str
    container: ModelContainer
    instance: Instance
    health: Health

    def is_running(self) -> bool:
        return self.container.running()


class Fleet:
    """The containers of the variants of an endpoint.

    Parameters
    ----------
    workload
        The endpoint, whose processes they are.
    specs
        The variants.
    """

    def __init__(self, workload: Workload, specs: Iterable[VariantSpec]):
        self._workload = workload
        self._specs = {spec["VariantName"]: spec for spec in specs}
        self._servers: dict[str, list[Server]] = {name: [] for name in self._specs}
        self._wanted = {name: spec["InstanceCount"] for name, spec in self._specs.items()}

    def want(self, counts: dict[str, int]) -> None:
        """Set how many containers each variant should have; `restore` and `surplus` get there."""
        self._wanted.update(counts)

    def restore(self) -> None:
        """Start the containers that are missing, at first all; wait until they answer /ping.

        Raises
        ------
        LaunchError
            If one of them can't be started; then none of the new ones is left.
        WorkloadStoppedError
            If the endpoint is deleted meanwhile, or the server shuts down.
        """
        counts = self.counts()
        missing = {name: wanted - counts[name] for name, wanted in self._wanted.items()}
        new: list[tuple[str, Server]] = []
        try:
            for name, count in missing.items():
                for _ in range(count):
                    new.append((name, self._start(self._specs[name])))
            for name, server in new:
                self._wait_until_ready(name, server)
        except LaunchError:
            self._end(server for _, server in new)
            raise
        for name, server in new:
            self._servers[name].append(server)

    def surplus(self) -> list[Server]:
        """Take the containers out that are more than wanted; `retire` ends them."""
        removed = []
        for name, servers in self._servers.items():
            while len(servers) > self._wanted[name]:
                removed.append(servers.pop())
        return removed

    def retire(self, servers: Iterable[Server] | None = None) -> None:
        """End containers that get no further invocations, when they have answered those they have.

        Parameters
        ----------
        servers
            By default all of the fleet.
        """
        if servers is None:
            servers = [server for group in self._servers.values() for server in group]
        servers = list(servers)
        end = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < end and any(server.instance.outstanding for server in servers):
            time.sleep(POLL_SECONDS)
        self._end(servers)

    def check_health(self) -> None:
        """Ping the containers whose answer is overdue; end those that hang."""
        for servers in self._servers.values():
            for server in servers:
                server.health.check()

    def ended(self) -> bool:
        """Tell whether a container has ended by itself; it gets no further invocations."""
        ended = False
        for servers in self._servers.values():
            for server in servers:
                if not server.is_running():
                    server.instance.is_alive = False
                    ended = True
        return ended

    def drop_ended(self) -> None:
        """Forget the containers that have ended."""
        for name, servers in self._servers.items():
            alive = [server for server in servers if server.is_running()]
            if len(alive) < len(servers):
                self._end(server for server in servers if server not in alive)
                self._servers[name] = alive

    def is_complete(self) -> bool:
        """Tell whether each variant has as many containers as it should, and none has ended."""
        counts = self.counts()
        return not self.ended() and all(counts[n] >= wanted for n, wanted in self._wanted.items())

    def variants(self, weights: dict[str, float]) -> tuple[Variant, ...]:
        """Return the variants as the traffic sees them; `weights` by their names."""
        return tuple(
            Variant(
                name,
                weights[name],
                tuple(server.instance for server in self._servers[name] if server.is_running()),
                spec["RoutingStrategy"] == "LEAST_OUTSTANDING_REQUESTS",
                is_empty=self._wanted[name] == 0 and "Serverless" not in spec,
            )
            for name, spec in self._specs.items()
        )

    def counts(self) -> dict[str, int]:
        """Return how many containers each variant has."""
        return {name: len(servers) for name, servers in self._servers.items()}

    def _start(self, spec: VariantSpec) -> Server:
        instance_id = f"i-{secrets.token_hex(9)[:17]}"
        workload = self._workload
        try:
            log = workload.context.logs.stream(
                workload.region,
                f"{ENDPOINT_LOG_GROUPS}/{workload.name}",
                f"{spec['VariantName']}/{instance_id}",
            )
            container = ModelContainer.start(
                workload,
                spec["Container"],
                {},
                lambda lines: _write(log, lines),
                instance_id,
                GATHER_SECONDS,
                spec.get("InstanceType", ""),
            )
        except ModelDataError as error:
            raise LaunchError(_model_data_reason(spec, error)) from error
        except (ImageError, ImageNotPulledError, OSError) as error:
            # OSError: a full disk, or a container that was killed while it started
            raise LaunchError(str(error)) from error
        models = model_cache_of(workload, spec, container, instance_id)
        instance = Instance(container.socket_path, models)
        return Server(instance_id, container, instance, Health(container, instance))

    def _wait_until_ready(self, name: str, server: Server) -> None:
        try:
            server.container.wait_until_ready(self._specs[name]["StartSeconds"])
        except ContainerNotReadyError as error:
            self._workload.checkpoint()  # if it was stopped, that ended the container
            raise LaunchError(
                f"The primary container for production variant {name} did not pass the ping health "
                "check. Please check CloudWatch logs for this endpoint."
            ) from error

    def _end(self, servers: Iterable[Server]) -> None:
        for server in servers:
            server.container.stop()
            server.container.socket_path.unlink(missing_ok=True)
            shutil.rmtree(self._workload.folder / server.instance_id, ignore_errors=True)


def _write(log: LogStreamWriter, lines: list[str]) -> None:
    """Write lines of a container's log, or lose them on a full disk: the endpoint keeps serving."""
    with contextlib.suppress(OSError):
        log.write(*lines)


def _model_data_reason(spec: VariantSpec, error: ModelDataError) -> str:
    """Return AWS's text. Source: aws-solutions-library-samples/
    fraud-detection-using-machine-learning issue 9 (gone), deep-learning-containers PR 569 (zip).
    """
    container = spec["Container"]
    url = container.get("ModelDataUrl")
    if url is None:
        url = container["ModelDataSource"]["S3DataSource"]["S3Uri"]
    if isinstance(error.__cause__, FileNotFoundError):
        return (
            f'Failed to download model data for container "container_1" from URL: "{url}". Please '
            "ensure that there is an object located at the URL and that the role passed to "
            "CreateModel has permissions to download the object."
        )
    return (
        f'Failed to extract model data archive from URL "{url}". Please ensure that the object '
        "located at the URL is a valid tar.gz archive."
    )
