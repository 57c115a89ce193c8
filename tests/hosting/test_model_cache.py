"""The models that a container of a multi-model endpoint has loaded, by memory."""

import asyncio
import errno
import json
from pathlib import Path

import pytest
from support import jobs

from helpers.local.containers import registry
from helpers.local.containers.xgboost import preload  # noqa: F401  (a quick import of xgboost)
from helpers.local.runtime import artifacts
from helpers.local.runtime.hosting.model_cache import ModelCache
from helpers.local.runtime.hosting.model_errors import ModelNotLoadedError
from helpers.local.runtime.hosting.multi_model import GIB, memory_bytes
from helpers.local.runtime.model_server import ModelContainer
from helpers.local.runtime.processes import ContainerProcess


@pytest.fixture
def container(forkserver, short_path):
    """Return a running container of a multi-model endpoint."""
    image = registry.resolve(jobs.image_uri(), "us-east-1")
    socket = short_path / "socket"
    entry = registry.container_of(image).serve_models(short_path, image, {}, socket)
    container = ModelContainer(ContainerProcess(entry, lambda line: None), socket)
    container.wait_until_ready()
    yield container
    container.stop()


@pytest.fixture
def cache_of(container, short_path):
    """Return a function that makes a cache of some models of 20,000 bytes, which are on the disk.

    Its first argument is the limit in bytes.
    """

    def make(limit_bytes: int, *targets: str) -> ModelCache:
        cache = ModelCache(
            container,
            "s3://no-bucket/models",
            short_path / "models",
            limit_bytes,
            True,
            lambda name, unit, value: None,
        )
        for target in targets:
            _save_model(cache.folder_of(target))
        return cache

    return make


def _save_model(folder: Path) -> None:
    import xgboost

    matrix = xgboost.DMatrix([[0.0], [1.0]], label=[0.0, 1.0], nthread=1)
    booster = xgboost.train({"nthread": 1}, matrix, 1)
    booster.set_attr(filling="x" * 20_000)
    folder.mkdir(parents=True)
    booster.save_model(folder / "xgboost-model.ubj")


def loaded(container: ModelContainer) -> list[str]:
    """Return the folders of the models that the container has."""
    _, answer = container.send("GET", "/models")
    return sorted(model["modelUrl"] for model in json.loads(answer)["models"])


def folders(cache: ModelCache, *targets: str) -> list[str]:
    return sorted(str(cache.folder_of(target)) for target in targets)


def use(cache: ModelCache, *targets: str) -> None:
    """Let the cache load models, one after the other."""
    for target in targets:
        cache.give_back(asyncio.run(cache.take(target)))


def test_the_longest_unused_model_makes_room(container, cache_of):
    """When the limit is reached, the model goes that was not used for the longest time."""
    cache = cache_of(50_000, "a", "b", "c")
    use(cache, "a", "b", "a", "c")
    assert loaded(container) == folders(cache, "a", "c")
    use(cache, "b")
    assert loaded(container) == folders(cache, "b", "c")


def test_a_model_in_use_stays(container, cache_of):
    """A model that answers now is not unloaded, even if the limit is exceeded."""
    cache = cache_of(30_000, "a", "b")
    model = asyncio.run(cache.take("a"))
    use(cache, "b")
    assert loaded(container) == folders(cache, "a", "b")
    cache.give_back(model)


def test_a_model_over_the_limit_is_loaded_alone(container, cache_of):
    """A model that is larger than the limit is served, and all others go."""
    cache = cache_of(10, "a", "b")
    use(cache, "a", "b")
    assert loaded(container) == folders(cache, "b")


def test_the_memory_of_an_instance_type():
    """It is that of the table of instance types, or this machine's if that is less."""
    assert memory_bytes("ml.t2.medium") <= 4 * GIB
    assert memory_bytes("ml.m5.24xlarge") <= memory_bytes("ml.unknown.type")


def test_a_full_disk_is_not_the_end_of_the_container(container, cache_of, monkeypatch):
    """A model that can't be written is status 507 with the reason; later it loads."""

    def fill(uri: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        raise OSError(errno.ENOSPC, "No space left on device")

    cache = cache_of(50_000)
    monkeypatch.setattr(artifacts, "unpack_model", fill)
    with pytest.raises(ModelNotLoadedError, match=r"No space left on device.*Free some") as refused:
        use(cache, "a")
    assert refused.value.status == 507
    monkeypatch.setattr(artifacts, "unpack_model", lambda uri, folder: _save_model(folder))
    use(cache, "a")
    assert loaded(container) == folders(cache, "a")
