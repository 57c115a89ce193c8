"""`python -m helpers`: the course's commands."""

import argparse
import sys

from helpers.account.cleanup import command as cleanup
from helpers.account.costs import command as costs
from helpers.account.doctor import command as doctor
from helpers.account.notebook import command as notebook
from helpers.account.quotas import command as quotas
from helpers.account.target import TargetError
from helpers.grading import command as grading
from helpers.home import LocalError
from helpers.lessons import run
from helpers.local import command


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    made = argparse.ArgumentParser(prog="python -m helpers", description=__doc__)
    subparsers = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run.add_parser(subparsers)
    grading.add_parser(subparsers)
    command.add_parser(subparsers)
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
    except (LocalError, TargetError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
