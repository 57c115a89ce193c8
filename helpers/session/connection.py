"""helpers.connect(), the first line of each lesson. What follows it is plain AWS code."""

from __future__ import annotations

import os
import pathlib
import sys
from typing import TYPE_CHECKING, Any

from helpers.catalog import prices
from helpers.home import CHECKOUT
from helpers.session import backend as backends
from helpers.session import botocore_models, network_guard, sdk_imports, sdk_logging

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.local.process import Endpoint

SDK_MAJOR = "3"
COURSE_ENVIRONMENT = CHECKOUT / ".venv"  # made by `make setup`
NO_PROXY = ("127.0.0.1", "localhost", *network_guard.AWS_DOMAINS, *network_guard.METADATA_HOSTS)

# What would take botocore to another server than the Local SageMaker: other keys and a profile, the
# learner's own configuration, and settings that override AWS_ENDPOINT_URL.
_UNSET = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_CA_BUNDLE",
)
_SERVICE_ENDPOINT_PREFIX = "AWS_ENDPOINT_URL_"

_original_environment: dict[str, str | None] = {}


class ConnectError(RuntimeError):
    """Raised by `connect` if it fails; the message says what to do."""


def connect(backend: str | None = None) -> None:
    """Connect this kernel to SageMaker: to the Local SageMaker, or to AWS.

    Prints where the lesson runs and what that costs. Call it before the SDK is imported. It can be
    called again, and then restarts the Local SageMaker if that has stopped.

    For the Local SageMaker it starts or finds the server, and sets endpoint, region and keys in
    this process's environment. Nothing reaches AWS until the kernel is restarted or
    ``connect("aws")`` is called.

    Parameters
    ----------
    backend : {"local", "aws"}, optional
        By default AWS on a SageMaker notebook instance or if the environment variable
        SAGEMAKER_COURSE_BACKEND says so, else the Local SageMaker.

    Raises
    ------
    ValueError
        If `backend` or the environment variable is neither ``local`` nor ``aws``.
    ConnectError
        If the kernel lacks version 3 of the SDK, the Local SageMaker does not start, or region or
        credentials for AWS are missing.

    Examples
    --------
    >>> import helpers
    >>> helpers.connect()  # doctest: +SKIP
    Local SageMaker at http://127.0.0.1:4566 (us-east-1): nothing reaches AWS or costs anything.
    """
    choice = backends.choose(backend)
    check_kernel()
    late = "sagemaker.core" in sys.modules and not sdk_logging.is_configured()
    sdk_logging.configure_logging()
    sdk_imports.prepare_imports()
    if choice.backend == "aws":
        _connect_aws(choice.reason)
    else:
        _connect_local()
    botocore_models.share()
    if late:
        print(
            "Note: the SageMaker SDK was imported before helpers.connect(). New sessions and jobs "
            "use the right settings; objects that you created before keep their region. If "
            "something does not work: Kernel > Restart, then run from the top."
        )


def check_kernel() -> None:
    """Raise ConnectError if this kernel lacks the SDK that the lessons are written for."""
    import importlib.metadata  # here, since importing `helpers` should cost next to nothing

    try:
        version = importlib.metadata.version("sagemaker")
    except importlib.metadata.PackageNotFoundError:
        problem = "has no SageMaker SDK"
    else:
        if version.partition(".")[0] == SDK_MAJOR:
            return
        problem = f"has version {version} of the SageMaker SDK; the lessons use version {SDK_MAJOR}"
    if pathlib.Path(sys.prefix).resolve() == COURSE_ENVIRONMENT.resolve():
        raise ConnectError(
            f"This kernel ({sys.executable}) is the course's own, but {problem}. Run `make setup` "
            "in the course's folder, then restart the kernel: menu Kernel > Restart Kernel."
        )
    raise ConnectError(
        f"This kernel ({sys.executable}) {problem}. Choose the course's kernel: menu Kernel > "
        "Change Kernel. On your own machine `make lab`, run in the folder of the course, opens "
        "JupyterLab with it; the README says how to add it to a SageMaker notebook instance."
    )


def local_environment(endpoint: Endpoint, environ: dict[str, str]) -> dict[str, str | None]:
    """Return what to set (a string) and unset (None) in `environ` to use the Local SageMaker."""
    changes: dict[str, str | None] = dict.fromkeys(_UNSET)
    changes |= {name: None for name in environ if name.startswith(_SERVICE_ENDPOINT_PREFIX)}
    changes |= endpoint.environment()
    changes["AWS_REGION"] = endpoint.region
    changes |= dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    # A proxy must not see what is meant for this machine, nor pass on to AWS what is refused here.
    for name in ("NO_PROXY", "no_proxy"):
        others = [host for host in environ.get(name, "").split(",") if host not in ("", *NO_PROXY)]
        changes[name] = ",".join([*others, *NO_PROXY])
    return changes


def use_local(meanwhile: Iterable[str] = ()) -> Endpoint:
    """Start or find the Local SageMaker and point this process at it; print nothing.

    meanwhile: other work to do while it starts, see `ensure_running`.
    Raises ConnectError if it does not start.
    """
    from helpers.local.process import LocalError, ensure_running

    try:
        endpoint = ensure_running(meanwhile=meanwhile)
    except LocalError as error:
        raise ConnectError(f"The Local SageMaker is not running: {error}") from None
    _change_environment(local_environment(endpoint, dict(os.environ)))
    network_guard.install(endpoint.url, endpoint.access_key, endpoint.secret_key)
    _reset_default_sessions()
    return endpoint


def _connect_local() -> None:
    endpoint = use_local(meanwhile=sdk_imports.import_one_by_one())
    sdk_imports.freeze()
    print(
        f"Local SageMaker at {endpoint.url} ({endpoint.region}): "
        "nothing reaches AWS or costs anything."
    )


def _connect_aws(reason: str) -> None:
    network_guard.remove()
    _restore_environment()
    _reset_default_sessions()
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    session = boto3.Session()
    if not session.region_name:
        raise ConnectError(
            f"AWS was chosen ({reason}), but no region is set. Set one before you start Jupyter, "
            "for example: export AWS_DEFAULT_REGION=us-east-1"
        )
    try:
        print(describe_aws(session.client("sts"), session.region_name, reason))
    except (BotoCoreError, ClientError) as error:
        raise ConnectError(
            f"AWS was chosen ({reason}), but the caller identity could not be determined: {error}. "
            "Check your credentials with `aws sts get-caller-identity`, or work without AWS: "
            'helpers.connect(backend="local").'
        ) from None


def describe_aws(sts: Any, region: str, reason: str) -> str:
    """Ask STS for the caller identity; return a text with account, region, role and prices."""
    identity = sts.get_caller_identity()
    principal_type, _, name = identity["Arn"].split(":", 5)[5].partition("/")
    if principal_type == "assumed-role":
        principal = f"role {name.partition('/')[0]}"
    else:
        principal = f"{principal_type} {name}".strip()
        principal += ", which is not a role: pass the ARN of an execution role to jobs"
    return f"AWS ({reason}): account {identity['Account']}, region {region}, {principal}.\n" + (
        prices.summary()
    )


def _change_environment(changes: dict[str, str | None]) -> None:
    for name, value in changes.items():
        _original_environment.setdefault(name, os.environ.get(name))
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _restore_environment() -> None:
    while _original_environment:
        name, value = _original_environment.popitem()
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _reset_default_sessions() -> None:
    """Drop what boto3 and the SDK keep for the whole process, made with earlier keys and region."""
    if boto3 := sys.modules.get("boto3"):
        boto3.DEFAULT_SESSION = None
    if utils := sys.modules.get("sagemaker.core.utils.utils"):
        utils.SageMakerClient.reset()
        utils.SingletonMeta._instances.clear()  # holds the client that reads the jobs' logs
