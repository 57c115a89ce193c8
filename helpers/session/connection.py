"""helpers.connect(): the one line at the top of each lesson. What follows it is plain AWS code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from helpers.catalog import prices
from helpers.session import backend as backends
from helpers.session import botocore_models, network_guard, sdk_imports, sdk_logging

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.local.process import Endpoint

SDK_MAJOR = "3"
NO_PROXY = ("127.0.0.1", "localhost", *network_guard.AWS_DOMAINS, *network_guard.METADATA_HOSTS)

# What would lead botocore elsewhere than to the Local SageMaker: other keys and a profile, the
# learner's own configuration, and settings that outrank AWS_ENDPOINT_URL.
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
_ENDPOINT_OF_A_SERVICE = "AWS_ENDPOINT_URL_"

_before: dict[str, str | None] = {}


class ConnectError(RuntimeError):
    """connect() could not do its work; the message says what to do."""


def connect(backend: str | None = None) -> None:
    """Connect this kernel to SageMaker: to the Local SageMaker, or to AWS.

    `backend` is ``local`` or ``aws``; without it `session/backend.py` chooses: AWS on a SageMaker
    notebook instance or if SAGEMAKER_COURSE_BACKEND says so, else the Local SageMaker. Prints where
    the lesson runs and what that costs. Call it before the SDK is imported; calling it again is
    fine, and starts the Local SageMaker again if it has died.

    Local: the server is started or found; endpoint, region and keys are set in this process's
    environment; and nothing reaches AWS until the kernel is restarted or ``connect("aws")`` called.

    Raises ValueError for another backend, and ConnectError if the kernel lacks the SDK v3, the
    Local SageMaker does not start, or AWS knows neither region nor credentials.
    """
    choice = backends.choose(backend)
    check_kernel()
    late = "sagemaker.core" in sys.modules and not sdk_logging.is_configured()
    sdk_logging.configure_logging()
    sdk_imports.preload_jsonschema()
    if choice.backend == "aws":
        _connect_aws(choice.reason)
    else:
        _connect_local()
    botocore_models.share()
    if late:
        print(
            "Note: the SageMaker SDK was imported before helpers.connect(). New sessions and jobs "
            "are right from here on; objects that you made before it keep their region. If "
            "anything looks odd: Kernel > Restart, then run from the top."
        )


def check_kernel() -> None:
    """Raise ConnectError if this kernel has not the SDK that the lessons are written for."""
    import importlib.metadata  # here, since importing `helpers` should cost next to nothing

    try:
        found = importlib.metadata.version("sagemaker")
    except importlib.metadata.PackageNotFoundError:
        problem = "has no SageMaker SDK"
    else:
        if found.partition(".")[0] == SDK_MAJOR:
            return
        problem = f"has version {found} of the SageMaker SDK; the lessons use version {SDK_MAJOR}"
    raise ConnectError(
        f"This kernel ({sys.executable}) {problem}. Choose the course's kernel: menu Kernel > "
        "Change Kernel. On your own machine `make lab`, run in the folder of the course, opens "
        "JupyterLab with it; the README says how to add it to a SageMaker notebook instance."
    )


def local_environment(endpoint: Endpoint, environ: dict[str, str]) -> dict[str, str | None]:
    """Return what to set (a text) and to unset (None) in `environ` to reach the Local SageMaker."""
    changes: dict[str, str | None] = dict.fromkeys(_UNSET)
    changes |= {name: None for name in environ if name.startswith(_ENDPOINT_OF_A_SERVICE)}
    changes |= endpoint.environment()
    changes["AWS_REGION"] = endpoint.region
    changes |= dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    # A proxy must not see what is meant for this machine, nor carry to AWS what is refused here.
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
        raise ConnectError(f"The Local SageMaker does not run: {error}") from None
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
            f"AWS was chosen ({reason}), but no region is. Set one before you start Jupyter, for "
            "example: export AWS_DEFAULT_REGION=us-east-1"
        )
    try:
        print(describe_aws(session.client("sts"), session.region_name, reason))
    except (BotoCoreError, ClientError) as error:
        raise ConnectError(
            f"AWS was chosen ({reason}), but it does not tell who you are: {error}. Check your "
            "credentials with `aws sts get-caller-identity`, or leave AWS out: "
            'helpers.connect(backend="local").'
        ) from None


def describe_aws(sts: Any, region: str, reason: str) -> str:
    """Ask STS who calls; return account, region, role and prices in words."""
    identity = sts.get_caller_identity()
    kind, _, name = identity["Arn"].split(":", 5)[5].partition("/")
    if kind == "assumed-role":
        who = f"role {name.partition('/')[0]}"
    else:
        who = f"{kind} {name}".strip() + ", which is no role: pass jobs the ARN of one"
    return f"AWS ({reason}): account {identity['Account']}, region {region}, {who}.\n" + (
        prices.summary()
    )


def _change_environment(changes: dict[str, str | None]) -> None:
    for name, value in changes.items():
        _before.setdefault(name, os.environ.get(name))
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _restore_environment() -> None:
    while _before:
        name, value = _before.popitem()
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
