"""`python -m helpers cleanup`: shut down and delete everything that the course created."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError

from helpers import cli
from helpers.account import inventory
from helpers.account.cleanup import delete as deletion
from helpers.account.cleanup import report
from helpers.account.cleanup.plan import RUNS_HERE, Plan, make_plan
from helpers.account.inventory import lessons
from helpers.account.inventory.resource_types import (
    ENDPOINT,
    LOG_GROUP,
    LOG_STREAM,
    NOTEBOOK_INSTANCE,
    OBJECTS,
    STACK,
)
from helpers.account.target import Target, command_target

ROUNDS = 3  # jobs that are stopped may still write objects and log lines


def add_arguments(cleanup: argparse.ArgumentParser) -> None:
    cleanup.add_argument(
        "--dry-run",
        action="store_true",
        help="only show what would be deleted; the exit code is 1 if there is anything",
    )
    cli.add_yes(cleanup)
    cleanup.add_argument("--account", metavar="ID", help="your AWS account; --yes needs it on AWS")
    cleanup.add_argument("--lesson", metavar="NAME", help="only what this lesson or notebook made")
    cleanup.add_argument("--buckets", action="store_true", help="also delete emptied buckets")
    cleanup.add_argument(
        "--delete-finished-jobs", action="store_true", help="also delete finished jobs, on AWS"
    )
    cli.add_json(cleanup)
    cli.add_region(cleanup)
    cleanup.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show what would be deleted, ask, delete, and check what is left."""
    target = command_target(arguments, start=not arguments.dry_run)
    if problem := _precondition_error(target, arguments):
        return cli.print_error(problem, cli.NO_ANSWER)
    try:
        return _clean(target, arguments)
    except BotoCoreError as error:
        return cli.print_error(error, cli.NO_ANSWER)
    except KeyboardInterrupt:
        return cli.print_error(
            "\nInterrupted. Already deleted resources stay deleted; run the command again for the "
            "rest."
        )


def _clean(target: Target, arguments: argparse.Namespace) -> int:
    def echo(line: str) -> None:
        print(line, file=cli.output(arguments))

    choices = {
        "lesson": "" if arguments.lesson is None else _lesson(target, arguments.lesson),
        "buckets": arguments.buckets,
        "finished_jobs": arguments.delete_finished_jobs,
    }
    plan = make_plan(target, **choices)
    table = report.plan_table(plan, target.region) if plan.delete else "There is nothing to delete."
    for line in [table, *report.other_lines(plan)]:
        echo(line)
    if arguments.dry_run and plan.delete:
        echo("Dry run: nothing was deleted; the exit code is 1, as there is something to delete.")
        echo(f"To delete it: {_command(arguments)}")
    results, rest = [], plan
    if plan.delete and not arguments.dry_run and _confirm(target, plan, arguments):
        results, rest = _delete_until_stable(target, plan, choices, echo)
    if arguments.json:
        cli.print_json(report.as_json(target, plan, results, rest.delete))
    if results:
        for line in report.remaining_lines(rest.delete, results):
            echo(line)
    costly = any(resource.costs for resource, reason in rest.keep if reason == RUNS_HERE)
    return cli.PROBLEM if rest.delete or rest.is_blind or costly else cli.OK


def _lesson(target: Target, name: str) -> str:
    """The prefix of a lesson; what exists is only listed if the checkout has no such lesson."""
    try:
        return lessons.find(name)
    except lessons.UnknownLessonError:
        created = inventory.discover(target, problems=[])
        return lessons.find(name, {resource.lesson for resource in created if resource.lesson})


def _command(arguments: argparse.Namespace) -> str:
    """The command that deletes what a dry run has shown."""
    words = ["python", "-m", "helpers", "cleanup"]
    words += ["--lesson", arguments.lesson] if arguments.lesson else []
    words += ["--buckets"] if arguments.buckets else []
    words += ["--delete-finished-jobs"] if arguments.delete_finished_jobs else []
    words += ["--region", arguments.region] if arguments.region else []
    return shlex.join(words)


def _delete_until_stable(
    target: Target, plan: Plan, choices: dict[str, Any], echo: Callable[[str], None]
) -> tuple[list[deletion.DeletionResult], Plan]:
    """Delete, and delete again what stopped jobs wrote meanwhile."""
    if any(r.running or r.type in (ENDPOINT, NOTEBOOK_INSTANCE, STACK) for r in plan.delete):
        echo("Stopping and deleting some of these takes a few minutes.")
    results, resources, rest = [], plan.delete, plan
    for _ in range(ROUNDS):
        for result in deletion.execute(target, resources, choices["finished_jobs"]):
            results.append(result)
            echo(report.format_result(result))
        rest = make_plan(target, **choices)
        stuck = {
            (result.resource.type, result.resource.name)
            for result in results
            if result.result == deletion.REMAINS
        }
        resources = [
            resource
            for resource in rest.delete
            if resource.type in (LOG_STREAM, LOG_GROUP, OBJECTS)
            and (resource.type, resource.name) not in stuck
        ]
        if not resources:
            break
    return results, rest


def _precondition_error(target: Target, arguments: argparse.Namespace) -> str:
    """Why the command must not continue, before it looks at anything."""
    if arguments.account and arguments.account != target.account:
        return f"You named account {arguments.account}, but this is account {target.account}."
    if arguments.dry_run:
        return ""
    if arguments.yes and not target.is_local and not arguments.account:
        return "On AWS, --yes needs --account ID, so that no other account is cleaned up."
    if arguments.json and not arguments.yes:
        return "--json does not ask: add --dry-run to look, or --yes to delete."
    return ""


def _confirm(target: Target, plan: Plan, arguments: argparse.Namespace) -> bool:
    machines = any(r.type in (NOTEBOOK_INSTANCE, STACK) for r in plan.delete)
    if machines and not target.is_local and not arguments.yes:  # local files are kept
        print("The files on a notebook instance are lost with it.")
    what, answer = ("yes", "yes") if target.is_local else ("the account ID", target.account)
    question = f"Delete {cli.count(len(plan.delete), 'resource')}? Type {what} to confirm:"
    if cli.confirm(arguments, question, [answer]):
        return True
    print("Nothing was deleted.")
    return False
