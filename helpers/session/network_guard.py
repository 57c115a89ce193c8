"""Two hooks that keep every request on this machine in local mode.

Setting AWS_ENDPOINT_URL is not enough. The SDK builds clients with explicit endpoints (STS), some
at import; clients made earlier keep theirs; and the SDK's telemetry goes by `requests`. So:

* where botocore signs a request (``RequestSigner.sign``, which every client, session, resource and
  presigned URL passes, whenever it was made), one for another server gets the address of the
  Local SageMaker and its credentials before it is signed, so that the signature is valid;
* where sockets are opened (urllib3 and http.client), hosts of AWS are refused.

Both rest on internals that ``tests/test_network_guard.py`` checks.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

NOT_CONNECTED = (
    "is AWS, and this kernel is not connected yet. Run the lesson's first cell, "
    "helpers.connect(), before any cell that talks to SageMaker."
)
LOCAL_MODE_MESSAGE = (
    "is AWS, but helpers.connect() chose the Local SageMaker, so nothing leaves this machine. To "
    "work on AWS, where what runs costs money, restart the kernel and call "
    'helpers.connect(backend="aws").'
)

AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".aws")
METADATA_HOSTS = (
    "169.254.169.254",  # EC2 instance metadata
    "fd00:ec2::254",
    "169.254.170.2",  # ECS container credentials
    "169.254.170.23",  # EKS pod identity
    "fd00:ec2::23",
)

# <bucket>.s3.<region>.amazonaws.com, .s3-<region>., .s3.dualstack.<region>., .s3-accelerate.
_VIRTUAL_HOST = re.compile(r"(?P<bucket>.+?)\.s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?")

_originals: list[tuple[Any, str, Any]] = []


class AwsAccessBlockedError(RuntimeError):
    """A connection to AWS was stopped. Not an OSError, which clients would try again."""


def install(url: str, access_key: str, secret_key: str) -> None:
    """Send every botocore request to the server at `url`, and refuse connections to AWS.

    Replaces what an earlier call installed. `remove` undoes it.
    """
    import botocore.credentials
    import botocore.httpsession
    import botocore.signers

    remove()
    keys = botocore.credentials.Credentials(access_key, secret_key, method="local-sagemaker")
    _refuse_aws(LOCAL_MODE_MESSAGE)
    _patch(botocore.signers.RequestSigner, "sign", functools.partial(wrap_sign, url, keys))
    # A client made earlier remembers the proxy that it would have used to reach AWS.
    _patch(botocore.httpsession.ProxyConfiguration, "proxy_url_for", _no_proxy_for_loopback)


def refuse_until_connected() -> None:
    """Refuse connections to AWS, so that a forgotten connect() costs nothing."""
    if not _originals:
        _refuse_aws(NOT_CONNECTED)


def remove() -> None:
    """Restore everything that was patched."""
    while _originals:
        owner, name, original = _originals.pop()
        setattr(owner, name, original)


def rewrite_url(url: str, endpoint: str) -> str:
    """Return `url` with the scheme and host of `endpoint`, and a bucket in its host as a path.

    >>> rewrite_url("https://my-bucket.s3.us-east-1.amazonaws.com/a.csv?acl", "http://127.0.0.1:80")
    'http://127.0.0.1:80/my-bucket/a.csv?acl'
    """
    original, target = urlsplit(url), urlsplit(endpoint)
    path = original.path or "/"
    if match := _VIRTUAL_HOST.fullmatch(original.hostname or ""):
        path = f"/{match['bucket']}{path}"
    return original._replace(scheme=target.scheme, netloc=target.netloc, path=path).geturl()


def is_aws(host: str) -> bool:
    """Tell whether a host belongs to AWS, or is a metadata service that gives out credentials."""
    host = host.strip("[]").rstrip(".").lower()
    return host in METADATA_HOSTS or f".{host}".endswith(AWS_DOMAINS)


def is_loopback(url: str) -> bool:
    """Tell whether a URL points to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def wrap_sign(endpoint: str, keys: Any, sign: Callable) -> Callable:
    """Wrap ``RequestSigner.sign(self, operation_name, request, ...)``."""

    @functools.wraps(sign)
    def wrapper(self: Any, operation_name: str, request: Any, *args: Any, **kwargs: Any) -> None:
        if not is_loopback(request.url):
            request.url = rewrite_url(request.url, endpoint)
            # Only for this request: the client itself keeps its keys, for a later connect("aws").
            signing = {**request.context.get("signing", {}), "request_credentials": keys}
            request.context = {**request.context, "signing": signing}
        return sign(self, operation_name, request, *args, **kwargs)

    return wrapper


def _no_proxy_for_loopback(proxy_url_for: Callable) -> Callable:
    """Wrap ``ProxyConfiguration.proxy_url_for(self, url)``."""

    @functools.wraps(proxy_url_for)
    def wrapper(self: Any, url: str) -> str | None:
        return None if is_loopback(url) else proxy_url_for(self, url)

    return wrapper


def _refuse_aws(reason: str) -> None:
    import urllib3.util.connection

    for owner in (urllib3.util.connection, socket):  # socket: http.client and what uses it
        _patch(owner, "create_connection", functools.partial(_wrap_create_connection, reason))


def _wrap_create_connection(reason: str, create_connection: Callable) -> Callable:
    """Wrap ``create_connection((host, port), ...)``."""

    @functools.wraps(create_connection)
    def wrapper(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        if is_aws(str(address[0])):
            raise AwsAccessBlockedError(f"{address[0]} {reason}")
        return create_connection(address, *args, **kwargs)

    return wrapper


def _patch(owner: Any, name: str, wrap: Callable[[Callable], Callable]) -> None:
    original = getattr(owner, name)
    _originals.append((owner, name, original))
    setattr(owner, name, wrap(original))
