"""`python -m helpers notebook create | start | stop | delete | status | open`."""

from __future__ import annotations

import argparse
import subprocess
import webbrowser
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from helpers import cli
from helpers.account.clients import error_code, is_denied
from helpers.account.notebook import instances, stack
from helpers.account.target import Target, command_target
from helpers.home import CHECKOUT

NAME = "sagemaker-course"
HINTS = {
    "ResourceLimitExceeded": "Your quotas: python -m helpers quotas",
    "AlreadyExistsException": "To see it: python -m helpers notebook status",
}

Action = Callable[[Target, argparse.Namespace], int]


def add_arguments(notebook: argparse.ArgumentParser) -> None:
    actions = notebook.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, action: Action, summary: str, asks: bool = False) -> argparse.ArgumentParser:
        parser = actions.add_parser(name, help=summary, description=summary)
        parser.add_argument("--name", default=NAME, help=f"of the instance (default: {NAME})")
        if asks:
            cli.add_yes(parser)
        parser.set_defaults(run=lambda arguments: _run(action, arguments))
        return parser

    create = add("create", _create, "create it with its role (asks: it costs money on AWS)", True)
    create.add_argument("--type", default="ml.t3.medium", help="instance type (ml.t3.medium)")
    create.add_argument("--volume", type=int, default=20, metavar="GB", help="its volume (20)")
    create.add_argument(
        "--idle", type=int, default=60, metavar="MINUTES", help="stop it after, on AWS (60)"
    )
    create.add_argument(
        "--repository", metavar="URL", help="where git clones the course from (default: as here)"
    )
    add("start", _start, "start it again, and wait until it is in service", True)
    add("stop", _stop, "stop it; its files are kept, and on AWS its volume still costs")
    add("delete", _delete, "delete it with its volume, role and stack (asks)", True)
    add("status", _status, "all notebook instances: status, type, cost an hour, URL")
    open_parser = add("open", _open, "open it in the browser")
    open_parser.add_argument("--no-browser", action="store_true", help="only print its URL")


def _run(action: Action, arguments: argparse.Namespace) -> int:
    """Print the target, run the action, and explain its errors."""
    target = command_target(arguments, start=action is not _status)
    try:
        return action(target, arguments)
    except ClientError as error:
        return cli.print_error(explain_error(error))
    except BotoCoreError as error:
        return cli.print_error(error, cli.NO_ANSWER)


def explain_error(error: ClientError) -> str:
    """What a refusal of AWS means, and what to do."""
    refusal = f"{error.operation_name}: {error.response['Error']['Message']}"
    if is_denied(error):
        return (
            f"Permission denied for {refusal}\nAsk whoever manages the account for this "
            "permission, or use credentials that have it."
        )
    return f"{refusal}\n{HINTS.get(error_code(error), '')}".rstrip()


def _create(target: Target, arguments: argparse.Namespace) -> int:
    name, instance_type, volume_gb = arguments.name, arguments.type, arguments.volume
    if target.is_local:
        print("Created by SageMaker's API: CloudFormation and its scripts are for AWS only.")
        instances.create(target, name, instance_type, volume_gb)
        return _print_ready(name)
    repository = arguments.repository or _git_remote()
    if not stack.REPOSITORY.fullmatch(repository):
        source = repository or "this checkout, which has no remote 'origin'"
        raise instances.NotebookError(
            f"The instance can't clone the course from {source}. Name a URL: --repository "
            "https://..."
        )
    running, stored = instances.format_costs(instance_type, volume_gb, target.region)
    print(f"{instance_type} in service: {running}. {volume_gb} GB, until it is deleted: {stored}.")
    print(f"It stops by itself after {arguments.idle} idle minutes. The course: {repository}")
    if not cli.confirm(arguments, f"Create the notebook instance {name}? [y/N]"):
        return cli.PROBLEM
    print("CloudFormation creates it: about five minutes.")
    parameters = {
        "NotebookInstanceName": name,
        "InstanceType": instance_type,
        "VolumeSizeInGB": str(volume_gb),
        "IdleMinutes": str(arguments.idle),
        "CourseRepository": repository,
    }
    stack.create(target, name, parameters)
    print("Its kernel 'SageMaker course' is ready some minutes later: ~/SageMaker/course-setup.log")
    return _print_ready(name)


def _start(target: Target, arguments: argparse.Namespace) -> int:
    name = arguments.name
    instance = instances.describe(target.session.client("sagemaker"), name)
    if not target.is_local and instance["NotebookInstanceStatus"] != "InService":
        instance_type, volume_gb = instance["InstanceType"], instance["VolumeSizeInGB"]
        running, _ = instances.format_costs(instance_type, volume_gb, target.region)
        print(f"{instance_type} in service: {running}.")
        if not cli.confirm(arguments, f"Start {name}? [y/N]"):
            return cli.PROBLEM
    instances.start(target, name)
    return _print_ready(name)


def _stop(target: Target, arguments: argparse.Namespace) -> int:
    instances.stop(target, arguments.name)
    print(f"{arguments.name} is stopped. Its files are kept.")
    if not target.is_local:
        print("Its volume costs until it is deleted: python -m helpers notebook delete")
    return cli.OK


def _delete(target: Target, arguments: argparse.Namespace) -> int:
    name, client = arguments.name, target.session.client("sagemaker")
    stack_id = None if target.is_local else stack.find(target, name)
    exists = stack_id or instances.describe_or_none(client, name)
    if not exists and not arguments.yes:
        raise instances.missing(name)
    if not target.is_local and not arguments.yes:
        print("Its volume and all files in ~/SageMaker are deleted too: save them with git first.")
    if not cli.confirm(arguments, f"Delete the notebook instance {name}? [y/N]"):
        return cli.PROBLEM
    if stack_id:
        stack.delete(target, stack_id)
        print(f"{name} is deleted, with its stack, its role and its lifecycle configuration.")
    elif exists:
        instances.delete(target, name)
        print(f"{name} is deleted." + (" Its files are kept." if target.is_local else ""))
    else:  # run again, for the logs of one that was deleted
        print(instances.missing(name))
    try:
        instances.delete_logs(target, name)
    except ClientError as error:
        print(f"Its log streams in {instances.LOG_GROUP} remain. {explain_error(error)}")
    return cli.OK


def _status(target: Target, arguments: argparse.Namespace) -> int:
    described = instances.describe_all(target)
    if not described:
        print("There is no notebook instance. Create one: python -m helpers notebook create")
    for instance in described:
        status, instance_type = instance["NotebookInstanceStatus"], instance["InstanceType"]
        volume_gb = instance.get("VolumeSizeInGB")
        running, stored = instances.format_costs(instance_type, volume_gb, target.region)
        costs = f"{'0 USD an hour' if status == 'Stopped' else running}, its volume {stored}"
        if target.is_local:
            costs = f"nothing here; on AWS {costs}"
        print(f"{instance['NotebookInstanceName']}: {status}, {instance_type}\n  costs {costs}")
        if status == "InService":
            url = instance["Url"]
            print(f"  {url if '://' in url else 'https://' + url}")
        if reason := instance.get("FailureReason"):
            print(f"  {reason}")
    return cli.OK


def _open(target: Target, arguments: argparse.Namespace) -> int:
    url = instances.presigned_url(target, arguments.name)
    if arguments.no_browser or not webbrowser.open(url):
        print("Open this in a browser; it contains a key to the instance, so do not share it:")
        print(url)
    return cli.OK


def _print_ready(name: str) -> int:
    option = "" if name == NAME else f" --name {name}"
    print(f"{name} is in service. Open it: python -m helpers notebook open{option}")
    return cli.OK


def _git_remote() -> str:
    """The URL that this checkout was cloned from; empty if it was not cloned."""
    command = ["git", "-C", str(CHECKOUT), "remote", "get-url", "origin"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""
