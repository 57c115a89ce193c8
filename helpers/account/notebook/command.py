"""`python -m helpers notebook create | start | stop | delete | status | open`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import webbrowser
from typing import TYPE_CHECKING

from helpers.account.clients import is_denied
from helpers.home import CHECKOUT

if TYPE_CHECKING:
    from helpers.account.target import Target

NAME = "sagemaker-course"


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command `notebook` and its own commands."""
    notebook = commands.add_parser("notebook", help="the notebook instance of the course")
    actions = notebook.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, run, help: str, asks: bool = False) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=help)
        action.add_argument("--name", default=NAME, help=f"of the instance (default: {NAME})")
        if asks:
            action.add_argument("--yes", action="store_true", help="do not ask")
        action.set_defaults(run=lambda arguments: _run(run, arguments))
        return action

    create = add("create", _create, "create it with its role (asks: it costs money on AWS)", True)
    create.add_argument("--type", default="ml.t3.medium", help="instance type (ml.t3.medium)")
    create.add_argument("--volume", type=int, default=20, metavar="GB", help="its volume (20)")
    create.add_argument(
        "--idle", type=int, default=60, metavar="MINUTES", help="on AWS it stops after so long (60)"
    )
    create.add_argument(
        "--repository", metavar="URL", help="where git clones the course from (default: as here)"
    )
    add("start", _start, "start it again, and wait until it is in service", True)
    add("stop", _stop, "stop it; its files are kept, and on AWS its volume still costs")
    add("delete", _delete, "delete it with its volume, role and stack (asks)", True)
    add("status", _status, "all notebook instances: status, type, cost an hour, URL")
    opened = add("open", _open, "open it in the browser")
    opened.add_argument("--no-browser", action="store_true", help="print its URL only")


def _run(action, arguments: argparse.Namespace) -> int:
    """Print the place, do the action, and tell its errors in words."""
    from botocore.exceptions import BotoCoreError, ClientError

    from helpers.account.notebook.instances import NotebookError
    from helpers.account.target import resolve_target

    place = resolve_target()
    print(place)
    try:
        return action(place, arguments)
    except ClientError as error:
        print(explain_error(error), file=sys.stderr)
    except (NotebookError, BotoCoreError) as error:
        print(error, file=sys.stderr)
    return 1


def explain_error(error) -> str:
    """What a refusal of AWS means, and what to do."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if is_denied(error):
        return (
            f"Permission denied for {error.operation_name}: {message}\nAsk whoever manages the "
            "account for this action, or use credentials that have it."
        )
    if code == "ResourceLimitExceeded":
        return f"{message}\nYour quotas: Service Quotas > Amazon SageMaker in the console."
    if code == "AlreadyExistsException":
        return f"{message}. Look at it: python -m helpers notebook status"
    return f"{error.operation_name}: {message}"


def _create(place: Target, arguments: argparse.Namespace) -> int:
    from helpers.account.notebook import instances, stack

    name, kind, volume = arguments.name, arguments.type, arguments.volume
    if place.backend == "local":
        print("Created by SageMaker's API: CloudFormation and its scripts are for AWS only.")
        instances.create(place, name, kind, volume)
        return _print_ready(name)
    repository = arguments.repository or _git_remote()
    if not stack.REPOSITORY.fullmatch(repository):
        raise instances.NotebookError(
            f"{repository or 'This checkout has no origin, so it'} is no URL that the instance can "
            "clone the course from. Name one: --repository https://..."
        )
    running, stored = instances.cost(kind, volume, place.region)
    print(f"{kind} in service: {running}. {volume} GB, until it is deleted: {stored}.")
    print(f"It stops by itself after {arguments.idle} idle minutes. The course: {repository}")
    if not _agreed(arguments, f"Create the notebook instance {name}?"):
        return 1
    print("CloudFormation creates it: about five minutes.")
    parameters = {
        "NotebookInstanceName": name,
        "InstanceType": kind,
        "VolumeSizeInGB": str(volume),
        "IdleMinutes": str(arguments.idle),
        "CourseRepository": repository,
    }
    stack.create(place, name, parameters)
    print("Its kernel 'SageMaker course' comes some minutes later: ~/SageMaker/course-setup.log")
    return _print_ready(name)


def _start(place: Target, arguments: argparse.Namespace) -> int:
    from helpers.account.notebook import instances

    name = arguments.name
    found = instances.describe(place.session.client("sagemaker"), name)
    if place.backend == "aws" and found["NotebookInstanceStatus"] != "InService":
        kind, volume = found["InstanceType"], found["VolumeSizeInGB"]
        print(f"{kind} in service: {instances.cost(kind, volume, place.region)[0]}.")
        if not _agreed(arguments, f"Start {name}?"):
            return 1
    instances.start(place, name)
    return _print_ready(name)


def _stop(place: Target, arguments: argparse.Namespace) -> int:
    from helpers.account.notebook import instances

    instances.stop(place, arguments.name)
    print(f"{arguments.name} is stopped. Its files are kept.")
    if place.backend == "aws":
        print("Its volume costs until it is deleted: python -m helpers notebook delete")
    return 0


def _delete(place: Target, arguments: argparse.Namespace) -> int:
    from botocore.exceptions import ClientError

    from helpers.account.notebook import instances, stack

    name = arguments.name
    if place.backend == "aws":
        print("With it goes its volume, and all files in ~/SageMaker: save them by git first.")
    if not _agreed(arguments, f"Delete the notebook instance {name}?"):
        return 1
    if place.backend == "aws" and stack.delete(place, name):
        print(f"{name} is deleted, with its stack, its role and its lifecycle configuration.")
    else:
        instances.delete(place, name)
        print(f"{name} is deleted." + (" No file was." if place.backend == "local" else ""))
    try:
        instances.delete_logs(place, name)
    except ClientError as error:
        print(f"Its log streams in {instances.LOG_GROUP} stay. {explain_error(error)}")
    return 0


def _status(place: Target, arguments: argparse.Namespace) -> int:
    from helpers.account.notebook import instances

    found = instances.describe_all(place)
    if not found:
        print("There is no notebook instance. Create one: python -m helpers notebook create")
    for each in found:
        status, kind = each["NotebookInstanceStatus"], each["InstanceType"]
        running, stored = instances.cost(kind, each.get("VolumeSizeInGB"), place.region)
        costs = f"{'0 USD an hour' if status == 'Stopped' else running}, its volume {stored}"
        if place.backend == "local":
            costs = f"nothing here; on AWS {costs}"
        print(f"{each['NotebookInstanceName']}: {status}, {kind}")
        print(f"  costs {costs}")
        if status == "InService":
            print(f"  {each['Url'] if '://' in each['Url'] else 'https://' + each['Url']}")
        if reason := each.get("FailureReason"):
            print(f"  {reason}")
    return 0


def _open(place: Target, arguments: argparse.Namespace) -> int:
    from helpers.account.notebook import instances

    url = instances.presigned_url(place, arguments.name)
    if arguments.no_browser or not webbrowser.open(url):
        print("Open this in a browser; it holds a key to the instance, so don't pass it on:")
        print(url)
    return 0


def _agreed(arguments: argparse.Namespace, question: str) -> bool:
    """Ask; without a terminal nobody can answer, and the answer is no."""
    if arguments.yes:
        return True
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        print("\nNobody is there to answer. In a script say --yes.")
        return False
    return answer.strip().lower() in ("y", "yes")


def _print_ready(name: str) -> int:
    named = "" if name == NAME else f" --name {name}"
    print(f"{name} is in service. Open it: python -m helpers notebook open{named}")
    return 0


def _git_remote() -> str:
    """Where this checkout came from, as git has it; empty if it came otherwise."""
    command = ["git", "-C", str(CHECKOUT), "remote", "get-url", "origin"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""
