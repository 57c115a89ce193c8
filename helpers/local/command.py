"""`python -m helpers local ...`: the Local SageMaker from a terminal."""

import argparse
import contextlib
import shlex
from collections.abc import Callable
from typing import Any

from helpers import cli
from helpers.catalog.resource_types import ENDPOINT_LOG_GROUPS, RESOURCE_TYPES
from helpers.local import process
from helpers.local.home import Home
from helpers.local.runtime import image_command
from helpers.local.services.quotas import command as set_quota

NOT_RUNNING = "The Local SageMaker is not running. Start it: python -m helpers local start"


def add_arguments(local: argparse.ArgumentParser) -> None:
    """Add the commands of `local`."""
    actions = local.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, run: Callable, summary: str) -> argparse.ArgumentParser:
        parser = actions.add_parser(name, help=summary, description=summary)
        parser.set_defaults(run=run)
        return parser

    start = add("start", _start, "start it, or find the one that runs")
    start.add_argument("--port", type=int, help="the port to listen on (default: a free one)")
    add("status", _status, "whether it runs, where, and its folder's size")
    add("stop", _stop, "stop it; its data stays on disk")
    logs = add("logs", _logs, "its own log, or the logs of a job or notebook")
    name = "of a training or transform job or notebook instance"
    logs.add_argument("name", nargs="?", metavar="NAME", help=name)
    add("env", _env, 'for the AWS CLI: eval "$(python -m helpers local env)"')
    set_quota.add_arguments(add("set-quota", set_quota.run, set_quota.SUMMARY))
    image_command.add_commands(add)


def _start(arguments: argparse.Namespace) -> int:
    running = process.running_endpoint()
    endpoint = running or process.ensure_running(arguments.port)
    print(f"{'Found' if running else 'Started'} the Local SageMaker at {endpoint.url}")
    print(f"pid {endpoint.pid}, home folder {endpoint.home}")
    if arguments.port and not endpoint.url.endswith(f":{arguments.port}"):
        print(f"It already runs, so it does not listen on port {arguments.port}. Stop it first.")
        return cli.PROBLEM
    return cli.OK


def _status(arguments: argparse.Namespace) -> int:
    home, endpoint = Home.find(), process.running_endpoint()
    if endpoint:
        print(f"pid {endpoint.pid}")
        print(f"URL {endpoint.url}")
    elif holder := home.holder():
        print(f"Process {holder} owns the home folder: it is starting or not responding.")
        print("Try again in a moment. To end it: python -m helpers local stop")
    else:
        print(NOT_RUNNING)
    print(f"home folder {home.path}: {_readable(home.size())}")
    return cli.OK if endpoint else cli.NOT_RUNNING


def _stop(arguments: argparse.Namespace) -> int:
    print("Stopped." if process.stop() else "It was not running.")
    return cli.OK


def _logs(arguments: argparse.Namespace) -> int:
    return _print_server_log() if arguments.name is None else _print_logs(arguments.name)


def _print_server_log() -> int:
    log = Home.find().server_log
    if not log.exists():
        return cli.print_error(f"There is no log yet: {log}")
    print(log.read_text(errors="replace"), end="")
    return cli.OK


def _print_logs(name: str) -> int:
    endpoint = process.running_endpoint()
    if endpoint is None:
        return cli.print_error(NOT_RUNNING, cli.NOT_RUNNING)
    client = _client("logs", endpoint)
    places = [(item.log_group, f"{name}/") for item in RESOURCE_TYPES if item.log_group]
    places.append((f"{ENDPOINT_LOG_GROUPS}/{name}", ""))  # an endpoint has a group of its own
    streams = [(group, stream) for place in places for group, stream in _streams(client, *place)]
    for group, stream in streams:
        _print_stream(client, group, stream)
    if streams:
        return cli.OK
    return cli.print_error(
        f'No job, endpoint or notebook instance named "{name}" has logs here'
        f"{_similar(name, _names_with_logs(client)) or '.'} Give its exact name; list jobs with "
        "`aws sagemaker list-training-jobs`."
    )


def _names_with_logs(client: Any) -> list[str]:
    """Return the names of jobs, notebook instances and endpoints with logs, the newest first."""
    names = []
    for group in (item.log_group for item in RESOURCE_TYPES if item.log_group):
        with contextlib.suppress(client.exceptions.ResourceNotFoundException):
            newest = {"orderBy": "LastEventTime", "descending": True}
            answer = client.describe_log_streams(logGroupName=group, **newest)
            names += [stream["logStreamName"].split("/")[0] for stream in answer["logStreams"]]
    groups = client.describe_log_groups(logGroupNamePrefix=f"{ENDPOINT_LOG_GROUPS}/")["logGroups"]
    return names + [group["logGroupName"].rpartition("/")[2] for group in groups]


def _similar(name: str, names: list[str]) -> str:
    """Return a question that names the one that the name is a part of, or the most similar."""
    whole = next((each for each in names if name.lower() in each.lower()), None)
    return f'. Did you mean "{whole}"?' if whole else cli.did_you_mean(name, names)


def _streams(client: Any, group: str, prefix: str) -> list[tuple[str, str]]:
    """Return the log streams of a group whose names begin with a prefix, and the group."""
    selected = {"logStreamNamePrefix": prefix} if prefix else {}
    try:
        answer = client.describe_log_streams(logGroupName=group, **selected)
    except client.exceptions.ResourceNotFoundException:
        return []
    return [(group, stream["logStreamName"]) for stream in answer["logStreams"]]


def _print_stream(client: Any, group: str, stream: str) -> None:
    print(f"--- {group} {stream}")
    token = None
    while True:
        position = {"nextToken": token} if token else {}
        page = client.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, **position
        )
        for event in page["events"]:
            print(event["message"])
        if page["nextForwardToken"] == token or not page["events"]:
            return
        token = page["nextForwardToken"]


def _env(arguments: argparse.Namespace) -> int:
    for name, value in process.ensure_running().environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return cli.OK


def _client(service: str, endpoint: process.Endpoint) -> Any:
    import boto3  # only here, since `local start` should be fast

    return boto3.client(
        service,
        endpoint_url=endpoint.url,
        region_name=endpoint.region,
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
    )


def _readable(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
