"""moto's other services (IAM, STS, CloudWatch, Budgets, ...) kept over a restart, a kill too.

After a request that changes something, and before its answer goes out, all of that service's state
is saved to one file under `<home>/services`. S3 and CloudWatch Logs are kept elsewhere. SageMaker's
fakes are never served. What can't be kept is said on stderr: attributes of a backend that can't be
pickled, which in moto 5.2 are the tags of SSM and the functions of Lambda.
"""

import io
import pickle
import sys
import threading
import urllib.parse
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moto import backends
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from helpers.local.state.record_files import DamagedRecord, read_record, write_record
from helpers.local.wire.error_response import wsgi_error_response
from helpers.local.wire.errors import AwsError

Environ = dict[str, Any]
LOCK, RLOCK = type(threading.Lock()), type(threading.RLock())
NOT_HERE = {"s3", "s3control", "logs", "moto_api", "instance_metadata", "sagemaker"}
CHANGE_OTHERS = {"cloudformation", "resourcegroupstaggingapi"}
READS = ("BatchGet", "Check", "Describe", "Estimate", "Filter", "Get", "Head", "List", "Lookup")
READS += ("Preview", "Query", "Scan", "Search", "Select", "Simulate", "Test", "Validate")
"""How the names of operations begin that change nothing. Any other is taken for a change."""


def persist(wsgi_app: Any, home: Path) -> Any:
    """moto's WSGI application with the state of its services in `<home>/services`, loaded here.

    Call it before moto serves anything. A damaged file is named on stderr and set aside; its
    service starts empty. If a change can't be saved it is taken back and answered with 507.
    """
    app = _PersistentServices(wsgi_app, home / "services")
    app.load()
    return app


class _PersistentServices:
    def __init__(self, app: Any, folder: Path):
        self._app = app
        self._folder = folder
        self._router = DomainDispatcherApplication(create_backend_app)  # moto's own way to route
        self._changing = threading.RLock()  # a backend must not change while it is saved
        self._left_out: set[tuple[str, str]] = set()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not _changes(environ):
            return self._app(environ, start_response)
        service = self._service(environ)
        if service in NOT_HERE:
            return self._app(environ, start_response)
        started: list[Any] = []
        with self._changing:
            answer = self._app(environ, lambda *given: started.append(given))
            try:
                if int(started[-1][0].split()[0]) < 400:
                    self.save(service)
            except OSError as error:
                self._restore(service)
                print(f"{service}: {error!r}", file=sys.stderr, flush=True)
                return _refuse(environ, start_response, error)
        start_response(*started[-1])
        return answer

    def save(self, service: str) -> None:
        """Save a service, and all that are in use if it changes others. Raises OSError."""
        for name in _in_use() if service in CHANGE_OTHERS else [service]:
            self._save_one(name)

    def load(self) -> None:
        """Load what was saved into moto."""
        for path in sorted(self._folder.glob("*.record")):
            try:
                self._load_one(path.stem)
            except DamagedRecord as damaged:
                aside = damaged.set_aside(self._folder / "set-aside")
                print(
                    f"The state of {path.stem} is damaged ({damaged.reason}). It was set aside as"
                    f" {aside}; {path.stem} starts empty.",
                    file=sys.stderr,
                    flush=True,
                )

    def _service(self, environ: Environ) -> str:
        """moto's name of the service that a request goes to."""
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
            except Exception:  # some attribute; which exception it is depends on what it holds
                states[account, region] = _pickled(self._what_can_be_kept(service, state))
        write_record(self._path(service), f"moto:{service}", pickle.dumps(states))

    def _what_can_be_kept(self, service: str, state: dict[str, Any]) -> dict[str, Any]:
        kept = {}
        for name, value in state.items():
            try:
                _pickled(value)
                kept[name] = value
            except Exception as error:
                if (service, name) not in self._left_out:
                    self._left_out.add((service, name))
                    print(f"{service}: {name} can't be kept: {error}", file=sys.stderr, flush=True)
        return kept

    def _load_one(self, service: str) -> None:
        about, payload = read_record(self._path(service))
        try:
            for (account, region), state in pickle.loads(payload).items():
                backend = backends.get_backend(service)[account][region]
                vars(backend).update(_Unpickler(io.BytesIO(state)).load())
        except Exception as error:  # any exception can come out of a pickle, say after moto changed
            raise DamagedRecord(
                self._path(service), about, f"it can't be read: {error!r}"
            ) from error

    def _restore(self, service: str) -> None:
        """Take back what could not be saved."""
        for name in _in_use() if service in CHANGE_OTHERS else [service]:
            for account in backends.get_backend(name).values():
                account.clear()
            if self._path(name).exists():
                self._load_one(name)


def _in_use() -> list[str]:
    """moto's names of the services that have any state."""
    names = {_package(kept.backend) for kept in BackendDict._instances}
    return sorted(names - NOT_HERE)


def _package(backend: type) -> str:
    """`iam` of moto.iam.models.IAMBackend; S3's backend is a subclass of our own."""
    module = backend.__module__.split(".")
    return module[1] if module[0] == "moto" else "s3"


class _Pickler(pickle.Pickler):
    """A backend that another one refers to is written as its address: there is one of each."""

    def persistent_id(self, value: Any) -> tuple[str, ...] | None:
        if isinstance(value, BaseBackend):
            return (_package(type(value)), value.account_id, value.region_name)
        if isinstance(value, AccountSpecificBackend):
            return (_package(value.backend), value.account_id)
        if isinstance(value, BackendDict):
            return (_package(value.backend),)
        return None

    def reducer_override(self, value: Any) -> Any:
        if isinstance(
            value, LOCK | RLOCK
        ):  # in moto's SQS and ECR; nobody holds one over a restart
            return (threading.Lock if isinstance(value, LOCK) else threading.RLock, ())
        if isinstance(value, defaultdict) and type(value) is not defaultdict:  # SSM's parameters
            made = (_empty, (type(value), value.default_factory))
            return (*made, vars(value), None, iter(dict.items(value)))
        return NotImplemented


def _empty(kind: type, factory: Any) -> defaultdict:
    """A dict of a subclass whose __init__ asks for what only its first maker knows."""
    made = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    return made


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, address: tuple[str, ...]) -> Any:
        found: Any = backends.get_backend(address[0])
        for step in address[1:]:
            found = found[step]
        return found


def _pickled(value: Any) -> bytes:
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def _changes(environ: Environ) -> bool:
    """Whether a request may change a service, by its operation's name or else its HTTP method."""
    operation = _operation(environ)
    if operation:
        return not operation.startswith(READS)
    return environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS")


def _operation(environ: Environ) -> str:
    """The operation that awsJson, query and RPC v2 requests name; REST's name none."""
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


def _refuse(environ: Environ, start_response: Any, error: OSError) -> list[bytes]:
    refusal = AwsError(
        "InternalFailure",
        f"The Local SageMaker could not store this: {error}. What was there before is unchanged."
        " Free some disk space (or make its home folder writable), then try again.",
        507,
    )
    protocol = "json" if "HTTP_X_AMZ_TARGET" in environ else "query"
    return wsgi_error_response(start_response, refusal, protocol)
