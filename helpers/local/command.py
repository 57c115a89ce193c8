"""`python -m helpers local ...`: the Local SageMaker from a terminal."""

import argparse
import os
import shlex
import sys

from helpers.catalog.resource_types import RESOURCE_TYPES
from helpers.home import Home
from helpers.local import process
from helpers.local.services.quotas import command as quota

NOT_RUNNING = "The Local SageMaker is not running. Start it: python -m helpers local start"


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command `local` and its own commands to those of `python -m helpers`."""
    local = commands.add_parser("local", help="start, look at and stop the Local SageMaker")
    actions = local.add_subparsers(dest="action", required=True, metavar="ACTION")
    start = actions.add_parser("start", help="start it, or find the one that runs")
    start.add_argument("--port", type=int, help="the port to listen on (default: a free one)")
    start.set_defaults(run=_start)
    status = actions.add_parser("status", help="whether it runs, where, and its folder's size")
    status.set_defaults(run=_status)
    stop = actions.add_parser("stop", help="stop it; what it keeps stays on disk")
    stop.set_defaults(run=_stop)
    logs = actions.add_parser("logs", help="its own log, or the logs of a job or notebook")
    logs.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="of a training or transform job or notebook instance",
    )
    logs.set_defaults(run=_logs)
    env = actions.add_parser("env", help='for the AWS CLI: eval "$(python -m helpers local env)"')
    env.set_defaults(run=_env)
    quota.add_parser(actions)


def _start(arguments: argparse.Namespace) -> int:
    running = process.running_endpoint()
    endpoint = running or process.ensure_running(arguments.port)
    print(f"{'Found' if running else 'Started'} the Local SageMaker at {endpoint.url}")
    print(f"pid {endpoint.pid}, home folder {endpoint.home}")
    if arguments.port and not endpoint.url.endswith(f":{arguments.port}"):
        print(f"It runs already, so port {arguments.port} was not taken. Stop it first.")
        return 1
    return 0


def _status(arguments: argparse.Namespace) -> int:
    home, endpoint = Home.find(), process.running_endpoint()
    if endpoint:
        print(f"pid {endpoint.pid}")
        print(f"URL {endpoint.url}")
    elif holder := home.holder():
        print(f"Process {holder} serves the home folder, but does not answer: it starts, or hangs.")
        print("Look again in a moment; if it hangs, end it: python -m helpers local stop")
    else:
        print(NOT_RUNNING)
    print(f"home folder {home.path}: {_readable(home.size())}")
    return 0 if endpoint else 3


def _stop(arguments: argparse.Namespace) -> int:
    print("Stopped." if process.stop() else "It was not running.")
    return 0


def _logs(arguments: argparse.Namespace) -> int:
    try:
        return _print_server_log() if arguments.name is None else _print_logs(arguments.name)
    except BrokenPipeError:  # `... logs JOB | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _print_server_log() -> int:
    log = Home.find().server_log
    if not log.exists():
        print(f"There is no log yet: {log}", file=sys.stderr)
        return 1
    print(log.read_text(errors="replace"), end="", flush=True)
    return 0


def _print_logs(name: str) -> int:
    endpoint = process.running_endpoint()
    if endpoint is None:
        print(NOT_RUNNING, file=sys.stderr)
        return 3
    found = 0
    client = _client("logs", endpoint)
    for group in (item.log_group for item in RESOURCE_TYPES if item.log_group):
        try:
            streams = client.describe_log_streams(
                logGroupName=group, logStreamNamePrefix=f"{name}/"
            )["logStreams"]
        except client.exceptions.ResourceNotFoundException:
            continue
        for stream in streams:
            found += 1
            _print_stream(client, group, stream["logStreamName"])
    if not found:
        print(
            f"No job or notebook instance named {name!r} has logs here. Its name is exact; list "
            "jobs with `aws sagemaker list-training-jobs`.",
            file=sys.stderr,
        )
    sys.stdout.flush()
    return 0 if found else 1


def _print_stream(client, group: str, stream: str) -> None:
    print(f"--- {group} {stream}")
    token = None
    while True:
        more = {"nextToken": token} if token else {}
        page = client.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, **more
        )
        for event in page["events"]:
            print(event["message"])
        if page["nextForwardToken"] == token or not page["events"]:
            return
        token = page["nextForwardToken"]


def _env(arguments: argparse.Namespace) -> int:
    for name, value in process.ensure_running().environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _client(service: str, endpoint: process.Endpoint):
    import boto3

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
