"""`python -m helpers`: the course's commands."""

import argparse
import sys

from helpers import lesson_run
from helpers.cleanup import command as cleanup
from helpers.costs import command as costs
from helpers.doctor import command as doctor
from helpers.grading import command as grading
from helpers.local import commands
from helpers.local.home import LocalError
from helpers.notebook import command as notebook
from helpers.place import NoPlace
from helpers.quotas import command as quotas


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    made = argparse.ArgumentParser(prog="python -m helpers", description=__doc__)
    subparsers = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    lesson_run.add_parser(subparsers)
    grading.add_parser(subparsers)
    commands.add_parser(subparsers)
    notebook.add_parser(subparsers)
    costs.add_parser(subparsers)
    cleanup.add_parser(subparsers)
    quotas.add_parser(subparsers)
    doctor.add_parser(subparsers)
    return made


def main() -> int:
    arguments = parser().parse_args()
    try:
        return arguments.run(arguments)
    except (LocalError, NoPlace) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
