"""Settings of a test process that cost nothing of what is tested, and save half of its time.

A worker holds two thousand tests and every library that they use. Measured on the tests of
cleanup, doctor, guard and inventory: 44.9 s of CPU without these settings, 18.3 s with them.
"""

import functools
import gc
import os

from botocore.client import ClientCreator
from botocore.loaders import Loader
from botocore.model import ServiceModel

from helpers.session import sdk_imports

# Threads of OpenMP that wait spin by default, and take the core that the other worker could use.
# It is read when xgboost is loaded, here and in the servers and kernels that tests start.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# Before nbformat, which imports jsonschema.
sdk_imports.prepare_imports()
gc.set_threshold(50_000, 20, 100)


def share_service_models() -> None:
    """Let all botocore sessions of a process share what they read from service models.

    Those are megabytes of JSON, and a client has a method for each operation: SageMaker's has
    over 400. Nothing that is shared depends on a session, except its name in lazy docstrings.
    """
    _share_files()
    _share_client_methods()


def _share_files() -> None:
    """Parse each file once."""
    shared: dict = {}
    init = Loader.__init__

    @functools.wraps(init)
    def init_with_shared_cache(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self._cache = shared

    Loader.__init__ = init_with_shared_cache


def _share_client_methods() -> None:
    """Interpret each parsed model once, and make a service's client methods once."""
    models: dict[int, ServiceModel] = {}
    load, create = ClientCreator._load_service_model, ClientCreator._create_methods
    all_methods: dict[ServiceModel, dict] = {}

    @functools.wraps(load)
    def load_shared(self, *args, **kwargs):
        loaded = load(self, *args, **kwargs)
        # The model refers to the JSON, so that its id stays its own.
        return models.setdefault(id(loaded._service_description), loaded)

    @functools.wraps(create)
    def create_shared(self, service_model):
        if service_model not in all_methods:
            all_methods[service_model] = create(self, service_model)
        return dict(all_methods[service_model])  # event handlers of a session add methods

    ClientCreator._load_service_model = load_shared
    ClientCreator._create_methods = create_shared


def spare_the_garbage_collector() -> None:
    """Exclude imported objects from garbage collection."""
    gc.collect()
    gc.freeze()
