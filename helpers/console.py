"""Links to the console: web pages that show what SageMaker has, and what it does now.

Locally they are the Local SageMaker's own pages (helpers/local/console), on AWS those of AWS's
console, with the same names in the same order.
"""

from __future__ import annotations

import argparse
import html
import os
import sys
import webbrowser
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from helpers import cli
from helpers.local import process
from helpers.local.console.urls import SLUGS, arn_url, page_url, s3_url
from helpers.local.home import Home, default_region
from helpers.session import backend as backends

AWS = "https://{region}.console.aws.amazon.com"
# How the SageMaker SDK's objects name their ARN.
_ARN_ATTRIBUTES = (
    "training_job_arn",
    "hyper_parameter_tuning_job_arn",
    "transform_job_arn",
    "endpoint_arn",
    "endpoint_config_arn",
    "model_arn",
    "notebook_instance_arn",
)


class ConsoleLink(str):
    """The address of a page; a notebook shows it as a link that opens in a new tab."""

    def _repr_html_(self) -> str:
        address = html.escape(self)
        shown = html.escape(self.partition("?token=")[0].partition("&token=")[0])
        return f'<a href="{address}" target="_blank" rel="noopener">{shown}</a>'


def show() -> ConsoleLink:
    """Return the link to the console's first page; start the Local SageMaker if it is chosen.

    Returns
    -------
    ConsoleLink
        As the last value of a cell, it can be clicked. It lets the browser in: it is only yours.

    Raises
    ------
    LocalError
        If the Local SageMaker can't be started.
    """
    region = default_region()
    if _is_aws():
        return ConsoleLink(f"{AWS.format(region=region)}/sagemaker/home?region={region}#/landing")
    process.ensure_running()
    return _local_link(page_url(region))


def link(resource: Any) -> ConsoleLink:
    """Return the link to the page of a resource; it stays the same when the server restarts.

    Parameters
    ----------
    resource : str, Mapping or object of the SageMaker SDK
        An ARN, an S3 URI, an answer of boto3 with an ARN, such as that of `describe_training_job`,
        or a resource of `sagemaker.core`, such as `TrainingJob.get(...)`.

    Returns
    -------
    ConsoleLink
        As the last value of a cell, it can be clicked. Locally it lets the browser in.

    Raises
    ------
    TypeError, ValueError
        If there is no ARN or S3 URI in it, or that of something without a page.
    LocalError
        If the Local SageMaker can't be started.

    Examples
    --------
    >>> link("boston")
    Traceback (most recent call last):
    ValueError: 'boston' is neither an ARN of SageMaker nor an S3 URI. A name alone can be that ...
    """
    name = _arn_or_uri(resource)
    path = s3_url(default_region(), name) or arn_url(name)
    if path is None:
        by_name = "" if set(name) & set(":/") else " A name alone can be that of several resources."
        raise ValueError(
            f"{name!r} is neither an ARN of SageMaker nor an S3 URI.{by_name} Pass the answer of a "
            "describe call, such as describe_training_job(TrainingJobName=...), or an ARN of one "
            f"of these: {', '.join(SLUGS)}."
        )
    if _is_aws():
        return ConsoleLink(_aws_url(name))
    process.ensure_running()
    return _local_link(path)


def add_arguments(console: argparse.ArgumentParser) -> None:
    """Add the options of `python -m helpers console`."""
    console.add_argument("--no-browser", action="store_true", help="only print the link")
    console.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the link to the console, and open it if this machine has a browser."""
    address = show()
    print(f"The console: {address}")
    if not arguments.no_browser and _has_screen():
        webbrowser.open(address)
    return cli.OK


def _is_aws() -> bool:
    if os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://127.0.0.1"):
        return False  # this kernel is connected to the Local SageMaker
    return backends.choose().backend == "aws"


def _has_screen() -> bool:
    """Tell whether a browser's window could be seen; without it Linux may have one for text."""
    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _local_link(path: str) -> ConsoleLink:
    home = Home.find()
    separator = "&" if "?" in path else "?"
    address = f"http://127.0.0.1:{home.last_port()}{path}"
    return ConsoleLink(f"{address}{separator}token={home.console_token}")


def _arn_or_uri(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    if isinstance(resource, Mapping):
        values = [value for key, value in resource.items() if key.endswith("Arn")]
    else:
        values = [getattr(resource, name, None) for name in _ARN_ATTRIBUTES]
    arn = next((each for each in values if isinstance(each, str) and arn_url(each)), None)
    if arn is None:
        raise TypeError(
            f"expected an ARN, an S3 URI, or a resource with an ARN, got {type(resource).__name__}"
        )
    return arn


def _aws_url(name: str) -> str:
    """Return the page of AWS's console for an ARN or an S3 URI."""
    if name.startswith("s3://"):
        bucket, _, key = name.removeprefix("s3://").partition("/")
        page = "buckets" if not key or key.endswith("/") else "object"
        site = AWS.format(region=default_region())
        return f"{site}/s3/{page}/{bucket}?prefix={quote(key, safe='/')}"
    region, arn_type = name.split(":")[3], name.split(":", 5)[5].partition("/")[0]
    fragment = f"#/{SLUGS[arn_type]}/{quote(name.rpartition('/')[2], safe='')}"
    return f"{AWS.format(region=region)}/sagemaker/home?region={region}{fragment}"
