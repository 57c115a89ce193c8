"""`python -m helpers`: the course's commands."""

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence

from helpers import cli
from helpers.local.home import LocalError

# Each command's module, imported only if the command is chosen, and its line in --help.
COMMANDS = {
    "lessons": ("helpers.course.command", "the lessons in order, and how far you are"),
    "run": ("helpers.lessons.run", "run a lesson on the Local SageMaker, in one go"),
    "check": ("helpers.grading.command", "run an exercise, and say which tasks are passed"),
    "local": ("helpers.local.command", "start, look at and stop the Local SageMaker"),
    "console": ("helpers.console", "open the web pages that show what the Local SageMaker has"),
    "notebook": ("helpers.account.notebook.command", "the notebook instance of the course"),
    "costs": ("helpers.account.costs.command", "what runs now, what was spent, and the budget"),
    "cleanup": (
        "helpers.account.cleanup.command",
        "shut down and delete everything that the course created",
    ),
    "quotas": (
        "helpers.account.quotas.command",
        "the quotas that the course needs, and requests for higher ones",
    ),
    "doctor": (
        "helpers.account.doctor.command",
        "check this machine and the account, and say how to fix what is wrong",
    ),
}


def parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """Make the parser, with the arguments of the chosen command only; None: of all."""
    parser = cli.Parser(prog="python -m helpers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=summary, epilog=cli.EXIT_CODES
        )
        if chosen in (None, name):
            importlib.import_module(module).add_arguments(command)
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; `words` are those after ``python -m helpers``."""
    try:
        try:
            return _run(sys.argv[1:] if words is None else words)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return cli.INTERRUPTED
    except BrokenPipeError:  # `... | head` has read enough; what is left to print goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return cli.PIPE_CLOSED


def _run(words: Sequence[str]) -> int:
    if not words:
        parser("").print_help()
        return cli.NO_ANSWER
    if not words[0].startswith("-") and words[0] not in COMMANDS:
        return cli.print_error(_unknown(words[0]), cli.NO_ANSWER)
    arguments = parser(words[0]).parse_args(words)
    try:
        return arguments.run(arguments)
    except (LocalError, cli.CommandError) as error:
        return cli.print_error(error, getattr(error, "code", cli.PROBLEM))


def _unknown(word: str) -> str:
    """Say that no command has this name, and which one may be meant: perhaps one of its actions."""
    commands = {name: name for name in COMMANDS}
    for name, command in _subcommands(parser()).items():
        for action in _subcommands(command):
            commands.setdefault(action, f"{name} {action}")
    similar = difflib.get_close_matches(word, commands, 1)
    question = f'. Did you mean "{commands[similar[0]]}"?' if similar else ""
    return (
        f'No command is called "{word}"{question}\n'
        f"The commands are {', '.join(COMMANDS)}. python -m helpers says what each does."
    )


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of a command's actions by their names; argparse doesn't give them."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


if __name__ == "__main__":
    sys.exit(main())
