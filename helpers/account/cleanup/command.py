"""`python -m helpers cleanup`: shut down and delete everything that the course made."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.account.cleanup.plan import Plan
    from helpers.account.target import Target

ROUNDS = 3  # jobs that are stopped may still write objects and lines


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "cleanup",
        help="shut down and delete everything that the course made",
        epilog="Exit code: 0 if nothing is left to delete, 1 if something remains.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would be deleted")
    parser.add_argument("--yes", action="store_true", help="don't ask; on AWS with --account")
    parser.add_argument("--account", metavar="ID", help="the AWS account that you mean")
    parser.add_argument("--lesson", metavar="NAME", help="only what this lesson made")
    parser.add_argument("--buckets", action="store_true", help="delete emptied buckets too")
    parser.add_argument("--jobs", action="store_true", help="delete finished jobs where AWS can")
    parser.add_argument("--json", action="store_true", help="for scripts; says no word else")
    parser.add_argument("--region", help="another region than the one that is set up")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show, ask, delete, look again. 0: nothing is left to delete. 1: something remains."""
    from botocore.exceptions import BotoCoreError

    from helpers.account import target as places

    place = places.resolve_target(region=arguments.region)
    say = _silent if arguments.json else print
    say(place)
    if refusal := _precondition_error(place, arguments):
        print(refusal, file=sys.stderr)
        return 1
    try:
        return _clean(place, arguments, say)
    except (BotoCoreError, ValueError) as error:  # no answer; no title of a lesson
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nStopped half-way. What is gone is gone; run the same command again for the rest.",
            file=sys.stderr,
        )
        return 1


def _clean(place: Target, arguments: argparse.Namespace, say) -> int:
    from helpers.account.cleanup import plan as plans
    from helpers.account.cleanup import report

    choices = {
        "lesson": _prefix(arguments.lesson),
        "buckets": arguments.buckets,
        "jobs": arguments.jobs,
    }
    plan = plans.make_plan(place, **choices)
    if plan.delete:
        say(report.table(plan, place.region))
    else:
        say("There is nothing to delete.")
    for text in [
        *report.kept_lines(plan),
        *report.foreign_lines(plan),
        *report.unlisted_lines(plan),
    ]:
        say(text)
    outcomes, rest = [], plan
    if plan.delete and not arguments.dry_run and _confirm(place, plan, arguments):
        outcomes, rest = _delete_until_stable(place, plan, choices, say)
    if arguments.json:
        print(json.dumps(report.as_json(place, plan, outcomes, rest.delete), indent=2))
    if outcomes and not rest.delete:
        say("Looked again: nothing is left to delete.")
    elif outcomes:
        say(f"{len(rest.delete)} remain:")
        whys = {(o.found.kind, o.found.name): o.why for o in outcomes if o.why}
        for found in rest.delete:
            why = whys.get((found.kind, found.name)) or "it is there again, or came meanwhile"
            say(f"  {found.kind.name} {found.name}: {why}")
        say("Mend what is said there, and run the same command again.")
    costly = any(found.costs for found, why in rest.keep if why == plans.RUNS_HERE)
    return 1 if rest.delete or rest.blind or costly else 0


def _delete_until_stable(place: Target, plan: Plan, choices: dict, say):
    """Delete, look again, and delete once more what stopped jobs have written meanwhile."""
    from helpers.account.cleanup import plan as plans
    from helpers.account.cleanup import report
    from helpers.account.cleanup.delete import REMAINS, execute
    from helpers.account.inventory.resource_types import (
        ENDPOINT,
        LOG_GROUP,
        LOG_STREAM,
        NOTEBOOK_INSTANCE,
        OBJECTS,
        STACK,
    )

    if any(
        found.kind in (ENDPOINT, NOTEBOOK_INSTANCE, STACK) or found.running for found in plan.delete
    ):
        say("To stop and to go takes some of these a few minutes.")
    outcomes, todo, rest = [], plan.delete, plan
    for _ in range(ROUNDS):
        for outcome in execute(place, todo, jobs=choices["jobs"]):
            outcomes.append(outcome)
            say(report.format_result(outcome))
        rest = plans.make_plan(place, **choices)
        stuck = {(o.found.kind, o.found.name) for o in outcomes if o.result == REMAINS}
        todo = [
            found
            for found in rest.delete
            if found.kind in (LOG_STREAM, LOG_GROUP, OBJECTS)
            and (found.kind, found.name) not in stuck
        ]
        if not todo:
            break
    return outcomes, rest


def _precondition_error(place: Target, arguments: argparse.Namespace) -> str:
    """Why the command may not go on, before it looks at anything."""
    if arguments.account and arguments.account != place.account:
        return f"You named account {arguments.account}, but this is account {place.account}."
    asks = not arguments.dry_run
    if place.backend == "aws" and arguments.yes and asks and not arguments.account:
        return (
            "On AWS, --yes needs --account ID: the account that you mean, so that no other one is "
            "cleaned up by accident."
        )
    if arguments.json and asks and not arguments.yes:
        return "--json asks nothing: add --dry-run to look, or --yes to delete."
    return ""


def _confirm(place: Target, plan: Plan, arguments: argparse.Namespace) -> bool:
    from helpers.account.inventory.resource_types import NOTEBOOK_INSTANCE, STACK

    if arguments.yes:
        return True
    machines = [found for found in plan.delete if found.kind in (NOTEBOOK_INSTANCE, STACK)]
    if machines and place.backend == "aws":  # the Local SageMaker deletes no file
        print("With a notebook instance, the files on it are lost.")
    wanted = place.account if place.backend == "aws" else "yes"
    what = "the account's id" if place.backend == "aws" else "yes"
    try:
        answer = input(f"Delete these {len(plan.delete)}? Type {what} to go on: ")
    except EOFError:
        answer = ""
    if answer.strip() == wanted:
        return True
    print("Nothing was deleted.")
    return False


def _prefix(lesson: str | None) -> str:
    from helpers.s3 import lesson_prefix

    return lesson_prefix(lesson) if lesson else ""


def _silent(*_: object) -> None:
    pass
