"""The models of one container of a multi-model endpoint.

A model is downloaded and loaded when it is first asked for, and unloaded, the longest unused one
first, when another one needs the memory. What was downloaded stays on the disk as long as the
container. Source: developer guide, "Multi-model endpoints".
"""

import asyncio
import hashlib
import json
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpers.local.runtime import artifacts
from helpers.local.runtime.hosting.counters import MICROSECONDS
from helpers.local.runtime.hosting.model_errors import (
    ModelNotFoundError,
    ModelNotLoadedError,
    ModelNotReadyError,
)
from helpers.local.runtime.model_server import ModelContainer
from helpers.local.runtime.s3_uri import split

WAIT_SECONDS = 58  # for a model that is being loaded; an invocation has 60
# What a container answers that can't load a model. Source: developer guide, "Custom Containers
# Contract for Multi-Model Endpoints".
NO_RESOURCES = 507

Count = Callable[[str, str, float], None]
"""Is called with name, unit and value of a metric."""


@dataclass
class LoadedModel:
    """A model in the container's memory.

    Parameters
    ----------
    target
        What the client calls it.
    name
        What the container calls it.
    size_bytes
        Of its files, which stands for its memory.
    users
        The invocations that it has not answered yet.
    """

    target: str
    name: str
    size_bytes: int
    users: int = 0

    @property
    def path(self) -> str:
        """Where the container takes its invocations."""
        return f"/models/{self.name}/invoke"


class ModelCache:
    """The models that a container has loaded.

    Parameters
    ----------
    container
        A running multi-model container.
    prefix
        The S3 URI below which the models are.
    folder
        For what is downloaded; the container reads it.
    limit_bytes
        How large all loaded models may be together; a single one may be larger.
    keeps
        Whether a model stays loaded after an invocation: ModelCacheSetting.
    count
        Counts metrics.
    """

    def __init__(
        self,
        container: ModelContainer,
        prefix: str,
        folder: Path,
        limit_bytes: float,
        keeps: bool,
        count: Count,
    ):
        self._container, self._prefix, self._folder = container, prefix, folder
        self._limit_bytes, self._keeps, self._count = limit_bytes, keeps, count
        self._loaded: OrderedDict[str, LoadedModel] = OrderedDict()
        self._lock = threading.Lock()  # of the dictionary
        self._loading = threading.Lock()  # held while a model is loaded: one at a time

    async def take(self, target: str) -> LoadedModel:
        """Return a model, loaded; `give_back` must follow.

        Raises
        ------
        ModelNotFoundError, ModelNotReadyError, ModelNotLoadedError
        OSError
            If the container has ended.
        """
        model = self._take_loaded(target)
        self._count("ModelCacheHit", "None", int(model is not None))
        if model is not None:
            self._count("ModelLoadingWaitTime", MICROSECONDS, 0)
            return model
        started = time.perf_counter()
        task = asyncio.ensure_future(asyncio.to_thread(self._load, target))
        try:
            done, _ = await asyncio.wait({task}, timeout=WAIT_SECONDS)
        except asyncio.CancelledError:
            task.add_done_callback(self._give_back_late)
            raise
        if not done:
            task.add_done_callback(self._give_back_late)
            raise ModelNotReadyError(target)
        self._count("ModelLoadingWaitTime", MICROSECONDS, 1e6 * (time.perf_counter() - started))
        return task.result()

    def give_back(self, model: LoadedModel) -> None:
        """Count an invocation as answered."""
        with self._lock:
            model.users -= 1
            unload = not (self._keeps or model.users)
        if unload:
            threading.Thread(target=self._unload_unused, args=(model,), daemon=True).start()

    def folder_of(self, target: str) -> Path:
        """Return where the files of a model are once it is downloaded."""
        return self._folder / _name_of(target) / "model"

    def _give_back_late(self, task: asyncio.Task[LoadedModel]) -> None:
        if not task.cancelled() and task.exception() is None:
            self.give_back(task.result())

    def _take_loaded(self, target: str) -> LoadedModel | None:
        with self._lock:
            model = self._loaded.get(target)
            if model is not None:
                model.users += 1
                self._loaded.move_to_end(target)
            return model

    def _load(self, target: str) -> LoadedModel:
        """Load a model unless another call has done so meanwhile."""
        with self._loading:
            if model := self._take_loaded(target):
                return model
            name, folder = _name_of(target), self._download(target)
            files = (file for file in folder.rglob("*") if file.is_file())
            model = LoadedModel(target, name, sum(file.stat().st_size for file in files), users=1)
            self._make_room(model.size_bytes)
            started = time.perf_counter()
            request = json.dumps({"model_name": name, "url": str(folder)}).encode()
            status, answer = self._container.send("POST", "/models", request)
            if status >= 400:
                raise ModelNotLoadedError(status, answer.decode("utf-8", "replace"))
            self._count("ModelLoadingTime", MICROSECONDS, 1e6 * (time.perf_counter() - started))
            with self._lock:
                self._loaded[target] = model
            self._count_loaded()
            return model

    def _download(self, target: str) -> Path:
        """Return the folder of a model's files.

        Raises ModelNotFoundError, and ModelNotLoadedError if the disk is full.
        """
        folder = self.folder_of(target)
        if folder.exists():
            return folder
        started = time.perf_counter()
        uri = f"{self._prefix.rstrip('/')}/{target.lstrip('/')}"
        scratch = folder.with_name("unpacked")
        try:
            artifacts.unpack_model(uri, scratch)
        except FileNotFoundError:
            bucket, key = split(uri)
            raise ModelNotFoundError(
                f"Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that "
                "there is an object located at the URL and that the role passed to CreateModel has "
                "permissions to download the model."
            ) from None
        except ValueError as error:
            shutil.rmtree(scratch, ignore_errors=True)
            raise ModelNotFoundError(
                f'Failed to extract model data archive from URL "{uri}". Please ensure that the '
                "object located at the URL is a valid tar.gz archive."
            ) from error
        except OSError as error:
            shutil.rmtree(scratch, ignore_errors=True)
            text = f"{target} can't be written to the home folder: {error}. Free some disk space."
            raise ModelNotLoadedError(NO_RESOURCES, text) from error
        scratch.rename(folder)
        self._count("ModelDownloadingTime", MICROSECONDS, 1e6 * (time.perf_counter() - started))
        return folder

    def _make_room(self, size_bytes: int) -> None:
        """Unload models, the longest unused first, until another one fits."""
        with self._lock:
            models = list(self._loaded.values())
        excess = sum(model.size_bytes for model in models) + size_bytes - self._limit_bytes
        for model in models:
            if excess <= 0:
                return
            if self._unload(model):
                excess -= model.size_bytes

    def _unload_unused(self, model: LoadedModel) -> None:
        with self._loading:
            self._unload(model)

    def _unload(self, model: LoadedModel) -> bool:
        """Unload a model unless an invocation uses it. Returns whether it did."""
        with self._lock:
            if model.users or self._loaded.get(model.target) is not model:
                return False
            del self._loaded[model.target]
        started = time.perf_counter()
        try:
            self._container.send("DELETE", f"/models/{model.name}")
        except OSError:
            return True  # the container has ended, and its models with it
        self._count("ModelUnloadingTime", MICROSECONDS, 1e6 * (time.perf_counter() - started))
        self._count_loaded()
        return True

    def _count_loaded(self) -> None:
        self._count("LoadedModelCount", "None", len(self._loaded))


def _name_of(target: str) -> str:
    """Return what the container calls a model: any key can be a folder and part of a URL so."""
    return hashlib.sha256(target.encode()).hexdigest()[:24]
