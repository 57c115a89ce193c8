"""Persistence of moto's other services (IAM, STS, CloudWatch, Budgets, ...), safe against a kill.

After a request that changes something, and before its response is sent, the whole state of that
service is saved to one file under `<home>/services`. S3 and CloudWatch Logs have stores of their
own. moto's SageMaker is never served. Attributes of a backend that can't be pickled are not saved,
and named on stderr: in moto 5.2 those are the tags of SSM and the functions of Lambda.
"""

import io
import pickle
import sys
import threading
import urllib.parse
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from moto import backends
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from helpers.local.state.record_files import DamagedRecordError, read_record, write_record
from helpers.local.wire.error_response import wsgi_error_response
from helpers.local.wire.errors import AwsError

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
LOCK, RLOCK = type(threading.Lock()), type(threading.RLock())
PERSISTED_ELSEWHERE = {"s3", "s3control", "logs", "moto_api", "instance_metadata", "sagemaker"}
CROSS_SERVICE = {"cloudformation", "resourcegroupstaggingapi"}
READ_PREFIXES = (
    "BatchGet", "Check", "Describe", "Estimate", "Filter", "Get", "Head", "List", "Lookup",
    "Preview", "Query", "Scan", "Search", "Select", "Simulate", "Test", "Validate",
)  # fmt: skip
"""How the names of operations start that change nothing. Any other counts as a change."""


def persist(wsgi_app: WsgiApp, home: Path) -> "PersistentServices":
    """Load the saved state of moto's services, and wrap moto so that every change is saved.

    Call it before moto serves anything. A damaged file is named on stderr and set aside; its
    service starts empty. A change that can't be saved is rolled back and answered with 507.

    Parameters
    ----------
    wsgi_app
        moto's application.
    home
        The home folder; the state is in its folder `services`.
    """
    # moto lists its folders and matches hundreds of patterns for each request.
    find = DomainDispatcherApplication.get_backend_for_host
    DomainDispatcherApplication.get_backend_for_host = lru_cache(1024)(find)
    app = PersistentServices(wsgi_app, home / "services")
    app.load()
    return app


class PersistentServices:
    """A WSGI application around moto's that saves what a request has changed."""

    def __init__(self, app: WsgiApp, folder: Path):
        self._app = app
        self._folder = folder
        self._router = DomainDispatcherApplication(create_backend_app)  # routes as moto does
        self._change_lock = threading.RLock()  # a backend must not change while it is saved
        self._reported: set[tuple[str, str]] = set()  # attributes that can't be pickled

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not _changes(environ):
            return self._app(environ, start_response)
        service = self._service(environ)
        if service in PERSISTED_ELSEWHERE:
            return self._app(environ, start_response)
        started: list[Any] = []
        with self._change_lock:
            answer = self._app(environ, lambda *start: started.append(start))
            try:
                if int(started[-1][0].split()[0]) < 400:
                    self.save(service)
            except OSError as error:
                self._restore(service)
                print(f"{service}: {error!r}", file=sys.stderr, flush=True)
                return _storage_error(environ, start_response, error)
        start_response(*started[-1])
        return answer

    def save(self, service: str) -> None:
        """Save a service, or all that are in use if it changes others. Raises OSError."""
        for name in _in_use() if service in CROSS_SERVICE else [service]:
            self._save_one(name)

    def load(self) -> None:
        """Load the saved state into moto."""
        for path in sorted(self._folder.glob("*.record")):
            try:
                self._load_one(path.stem)
            except DamagedRecordError as error:
                aside = error.set_aside(self._folder / "set-aside")
                print(
                    f"The state of {path.stem} is damaged ({error.reason}). It was moved to"
                    f" {aside}; {path.stem} starts empty.",
                    file=sys.stderr,
                    flush=True,
                )

    def _service(self, environ: Environ) -> str:
        """Return moto's name of the service that a request goes to."""
        path = environ["PATH_INFO"]
        host = self._router.infer_service_region_host(environ, path) if path else None
        return (self._router.get_backend_for_host(host) if host else None) or "s3"

    def _path(self, service: str) -> Path:
        return self._folder / f"{service}.record"

    def _save_one(self, service: str) -> None:
        states = {}
        for account, region, backend in list(backends.get_backend(service).iter_backends()):
            state = dict(vars(backend))
            try:
                states[account, region] = _pickled(state)
            except Exception:  # pickle raises many types: it depends on the attributes
                states[account, region] = _pickled(self._picklable_state(service, state))
        write_record(self._path(service), f"moto:{service}", pickle.dumps(states))

    def _picklable_state(self, service: str, state: dict[str, Any]) -> dict[str, Any]:
        picklable = {}
        for name, value in state.items():
            try:
                _pickled(value)
                picklable[name] = value
            except Exception as error:
                if (service, name) not in self._reported:
                    self._reported.add((service, name))
                    print(f"{service}: {name} can't be saved: {error}", file=sys.stderr, flush=True)
        return picklable

    def _load_one(self, service: str) -> None:
        about, payload = read_record(self._path(service))
        try:
            for (account, region), state in pickle.loads(payload).items():
                backend = backends.get_backend(service)[account][region]
                vars(backend).update(_Unpickler(io.BytesIO(state)).load())
        except Exception as error:  # a pickle can raise anything, for example after moto changed
            path = self._path(service)
            raise DamagedRecordError(path, about, f"it can't be unpickled: {error!r}") from error

    def _restore(self, service: str) -> None:
        """Roll back a change that could not be saved."""
        for name in _in_use() if service in CROSS_SERVICE else [service]:
            for account in backends.get_backend(name).values():
                account.clear()
            if self._path(name).exists():
                self._load_one(name)


def _in_use() -> list[str]:
    """Return moto's names of the services that have any state."""
    names = {_package(instance.backend) for instance in BackendDict._instances}
    return sorted(names - PERSISTED_ELSEWHERE)


def _package(backend: type) -> str:
    """Return `iam` for moto.iam.models.IAMBackend; S3's backend is a subclass of our own."""
    module = backend.__module__.split(".")
    return module[1] if module[0] == "moto" else "s3"


class _Pickler(pickle.Pickler):
    """Writes a backend that another one refers to as its address: there is one of each."""

    def persistent_id(self, value: Any) -> tuple[str, ...] | None:
        if isinstance(value, BaseBackend):
            return (_package(type(value)), value.account_id, value.region_name)
        if isinstance(value, AccountSpecificBackend):
            return (_package(value.backend), value.account_id)
        if isinstance(value, BackendDict):
            return (_package(value.backend),)
        return None

    def reducer_override(self, value: Any) -> Any:
        # In moto's SQS and ECR; none is locked over a restart.
        if isinstance(value, LOCK | RLOCK):
            return (threading.Lock if isinstance(value, LOCK) else threading.RLock, ())
        if isinstance(value, defaultdict) and type(value) is not defaultdict:  # SSM's parameters
            create = (_empty_defaultdict, (type(value), value.default_factory))
            return (*create, vars(value), None, iter(dict.items(value)))
        return NotImplemented


def _empty_defaultdict(subclass: type, factory: Any) -> defaultdict:
    """Create a dict of a subclass without its __init__, whose arguments aren't known any more."""
    instance = subclass.__new__(subclass)
    defaultdict.__init__(instance, factory)
    return instance


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, address: tuple[str, ...]) -> Any:
        backend: Any = backends.get_backend(address[0])
        for key in address[1:]:
            backend = backend[key]
        return backend


def _pickled(value: Any) -> bytes:
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def _changes(environ: Environ) -> bool:
    """Tell whether a request may change a service, by its operation or else its HTTP method."""
    operation = _operation(environ)
    if operation:
        return not operation.startswith(READ_PREFIXES)
    return environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS")


def _operation(environ: Environ) -> str:
    """Return the operation that awsJson, query and RPC v2 requests name; "" for REST."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rpartition(".")[2]
    path = environ["PATH_INFO"].split("/")
    if len(path) == 5 and path[1] == "service" and path[3] == "operation":
        return path[4]
    form = environ.get("QUERY_STRING", "")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        form = f"{form}&{body.decode('latin-1')}"
    return urllib.parse.parse_qs(form).get("Action", [""])[0]


def _storage_error(environ: Environ, start_response: Any, error: OSError) -> list[bytes]:
    refusal = AwsError(
        "InternalFailure",
        f"The Local SageMaker could not store this: {error}. Nothing was changed."
        " Free some disk space (or make its home folder writable), then try again.",
        507,
    )
    protocol = "json" if "HTTP_X_AMZ_TARGET" in environ else "query"
    return wsgi_error_response(start_response, refusal, protocol)
