"""What a container of a multi-model endpoint loads its models with."""

import os
from functools import partial

from helpers.catalog.instance_types import all_types
from helpers.local.runtime.hosting.counters import count_model_loading
from helpers.local.runtime.hosting.model_cache import ModelCache
from helpers.local.runtime.hosting.variant_spec import VariantSpec
from helpers.local.runtime.model_server import MULTI_MODEL, ModelContainer
from helpers.local.runtime.workloads import Workload

GIB = 1 << 30
MODELS_SHARE = 0.5  # of the memory may the files of all loaded models fill; AWS names no number


def model_cache_of(
    workload: Workload, spec: VariantSpec, container: ModelContainer, instance_id: str
) -> ModelCache | None:
    """Return the cache of a new container, None if it serves one model.

    Parameters
    ----------
    workload
        The endpoint.
    spec
        Its variant.
    container, instance_id
        The container, and the name of its folder.
    """
    described = spec["Container"]
    if described.get("Mode") != MULTI_MODEL:
        return None
    caching = described.get("MultiModelConfig", {}).get("ModelCacheSetting", "Enabled")
    return ModelCache(
        container,
        described["ModelDataUrl"],
        workload.folder / instance_id / "opt_ml" / "models",
        memory_bytes(spec["InstanceType"]) * MODELS_SHARE,
        caching == "Enabled",
        partial(count_model_loading, workload, spec["VariantName"]),
    )


def memory_bytes(instance_type: str) -> float:
    """Return the memory of an instance type, or of this machine if that has less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for row in all_types():
        if row.instance_type == instance_type and row.memory_gib:
            return min(machine, float(row.memory_gib) * GIB)
    return machine
