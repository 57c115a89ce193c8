"""Which container answers an invocation: variants by their weights, instances at random.

The service's thread changes the fleet, the event loop sends the invocations. `Traffic.take` and
`Traffic.use` share a lock, so that an instance that was taken out gets no further invocation.
"""

import contextlib
import random
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helpers.local.runtime.hosting.connection import (
    Connection,
    ConnectionLostError,
    ContainerResponse,
    OnPart,
)
from helpers.local.runtime.hosting.model_cache import ModelCache

INVOCATIONS = "/invocations"


class NoVariantError(Exception):
    """No variant takes the invocation; the text says why."""


class NoInstanceError(Exception):
    """The variant has no instance that answers now."""


class ThrottledError(Exception):
    """A serverless endpoint has as many invocations at once as it may have."""


class Instance:
    """The socket of a container that serves, and the connections to it.

    Attributes
    ----------
    socket_path : Path
        Where it listens.
    outstanding : int
        The invocations that it has not answered yet.
    is_alive : bool
        Whether it can take further ones.
    is_responsive : bool
        Whether it answered /ping when it was last asked.
    last_answer : float
        When it last answered, or got an invocation while it had none; as of time.monotonic.
    models : ModelCache or None
        Of a multi-model endpoint, what it has loaded.
    """

    def __init__(self, socket_path: Path, models: ModelCache | None = None):
        self.socket_path, self.models = socket_path, models
        self._idle: list[Connection] = []
        self.outstanding = 0
        self.is_alive = self.is_responsive = True
        self.last_answer = time.monotonic()

    async def invoke(
        self,
        headers: dict[str, str],
        body: bytes,
        on_part: OnPart | None = None,
        path: str = INVOCATIONS,
    ) -> ContainerResponse:
        """Send an invocation on a connection that is kept, or on a new one.

        Parameters
        ----------
        headers, body
            Of the request.
        on_part
            Takes the parts of the answer's body as they arrive.
        path
            Where the container takes it.

        Raises
        ------
        ConnectionLostError
            If the container ended the connection while it answered.
        OSError
            If nobody listens on its socket.
        """
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                try:
                    return await self._post(connection, headers, body, on_part, path)
                except ConnectionLostError as error:
                    if error.answered:
                        raise
                    break  # it was being closed as idle, perhaps: once more on a new one
        connection = await Connection.open(self.socket_path)
        return await self._post(connection, headers, body, on_part, path)

    async def _post(
        self,
        connection: Connection,
        headers: dict[str, str],
        body: bytes,
        on_part: OnPart | None,
        path: str,
    ) -> ContainerResponse:
        def take_part(status: int, answered: Mapping[str, str], part: bytes) -> None:
            self.last_answer = time.monotonic()
            on_part(status, answered, part)

        try:
            response = await connection.post(path, headers, body, on_part and take_part)
        except BaseException:  # also if the time is over: its answer would be the next one's
            connection.close()
            raise
        self.last_answer = time.monotonic()
        if connection.is_open:
            self._idle.append(connection)
        return response


@dataclass(frozen=True)
class Variant:
    """A production variant as it is served now."""

    name: str
    weight: float
    instances: tuple[Instance, ...]
    least_outstanding: bool = False
    is_empty: bool = False  # it was scaled to no instances


@dataclass
class Traffic:
    """The variants of an endpoint; empty until the first fleet is healthy.

    While it is updated there are two fleets with variants of the same names; `green_share` of the
    invocations go to the new one.

    Attributes
    ----------
    max_concurrency
        How many invocations a serverless endpoint takes at once.
    invocations
        How many there are now, those that wait for an instance included.
    last_invocation
        When the latest one ended, on the clock of time.monotonic.
    """

    variants: tuple[Variant, ...] = ()
    green: tuple[Variant, ...] = ()
    green_share: float = 0
    max_concurrency: int | None = None
    invocations: int = 0
    last_invocation: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def use(
        self,
        variants: tuple[Variant, ...],
        green: tuple[Variant, ...] = (),
        green_share: float = 0,
    ) -> None:
        """Send all further invocations to these variants, and a share of them to the green ones."""
        with self._lock:
            self.variants, self.green, self.green_share = variants, green, green_share

    @contextlib.contextmanager
    def invocation(self) -> Iterator[None]:
        """Count an invocation from its start to its end. Raises ThrottledError."""
        with self._lock:
            if self.max_concurrency is not None and self.invocations >= self.max_concurrency:
                raise ThrottledError
            self.invocations += 1
        try:
            yield
        finally:
            with self._lock:
                self.invocations -= 1
                self.last_invocation = time.monotonic()

    def take(self, target: str | None) -> tuple[Variant, Instance]:
        """Choose who answers, and count the invocation as outstanding; `give_back` ends it.

        Parameters
        ----------
        target
            The name of a variant, which counts whatever its weight; None to choose by weight.

        Raises
        ------
        NoVariantError, NoInstanceError
        """
        with self._lock:
            variant = self._variant(target)
            if variant.is_empty:
                raise NoVariantError(f"Variant {variant.name} has no instances.")
            alive = [instance for instance in variant.instances if instance.is_alive]
            if not alive:
                raise NoInstanceError(variant.name)
            if len(alive) > 1:
                alive = [instance for instance in alive if instance.is_responsive] or alive
            if variant.least_outstanding:
                instance = min(alive, key=lambda instance: instance.outstanding)
            else:
                instance = alive[0] if len(alive) == 1 else random.choice(alive)
            if not instance.outstanding and instance.is_responsive:
                instance.last_answer = time.monotonic()
            instance.outstanding += 1
            return variant, instance

    def give_back(self, instance: Instance) -> None:
        """Count an invocation as answered."""
        with self._lock:
            instance.outstanding -= 1

    def _variant(self, target: str | None) -> Variant:
        variants = self.variants
        if self.green and random.random() < self.green_share:
            variants = self.green
        if not variants:
            raise NoInstanceError("the first fleet is not healthy yet")
        if target is not None:
            for variant in variants:
                if variant.name == target:
                    return variant
            names = ", ".join(variant.name for variant in variants)
            raise NoVariantError(f"No variant is called {target}; the variants are: {names}.")
        weights = [variant.weight for variant in variants]
        if not any(weights):
            raise NoVariantError("All variants have weight 0.")
        return variants[0] if len(variants) == 1 else random.choices(variants, weights)[0]
