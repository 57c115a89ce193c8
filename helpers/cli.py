"""What the commands of `python -m helpers` share: options, questions, tables and exit codes."""

import argparse
import difflib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NoReturn, TextIO

OK = 0
PROBLEM = 1  # something is wrong, short or left over, or was not done
NO_ANSWER = 2  # the command was used wrongly, or AWS did not answer
NOT_RUNNING = 3  # the Local SageMaker does not run
INTERRUPTED = 130  # as a shell reports a program that SIGINT ended
PIPE_CLOSED = 141  # as a shell reports a program that SIGPIPE ended

EXIT_CODES = (
    "Exit code: 0 if all is fine, 1 if something is wrong, short or left, 2 if the command was "
    "used wrongly or AWS did not answer, 3 if the Local SageMaker is not running."
)
# How argparse says that an argument is none of those that it may be.
_WRONG_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.+)\)")


class CommandError(Exception):
    """A command can't continue: the message says why and what to do next, `code` how it exits."""

    code = PROBLEM


class Parser(argparse.ArgumentParser):
    """A parser that reports an unknown argument with the usage of the command that got it."""

    def parse_known_args(self, args=None, namespace=None):
        """Parse, and exit with this parser's usage if an argument is unknown."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return namespace, unknown

    def error(self, message: str) -> NoReturn:
        """Exit with usage and message, and the choice most similar to a wrong one."""
        if wrong := _WRONG_CHOICE.search(message):
            message += did_you_mean(wrong[1], re.findall(r"[\w.-]+", wrong[2]))
        super().error(message)


def did_you_mean(wanted: str, names: Iterable[str]) -> str:
    """Return a question that names the most similar of some names, or ''.

    >>> did_you_mean("cost", ["costs", "run"]), did_you_mean("x", ["costs", "run"])
    ('. Did you mean "costs"?', '')
    """
    similar = difflib.get_close_matches(wanted, list(names), 1)
    return f'. Did you mean "{similar[0]}"?' if similar else ""


@cache
def regions() -> list[str]:
    """Return the names of AWS's regions with SageMaker, from botocore's table."""
    import botocore.session  # here: --help should not wait for it

    # It reads no profile: AWS_PROFILE may name one that does not exist.
    session = botocore.session.Session({"profile": (None, [], None, None)})
    partitions = session.get_available_partitions()
    return [name for p in partitions for name in session.get_available_regions("sagemaker", p)]


def region(text: str) -> str:
    """Return an option's value if it is the name of a region."""
    if text not in regions():
        raise argparse.ArgumentTypeError(unknown_region(text))
    return text


def unknown_region(name: str) -> str:
    """Say that a region does not exist, and which ones do."""
    return f"unknown region {name!r}; expected one of: {', '.join(regions())}"


def add_region(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Add the option --region."""
    default_text = "%(default)s" if default else "the configured one"
    parser.add_argument(
        "--region", default=default, type=region, help=f"AWS region (default: {default_text})"
    )


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add the option --yes."""
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option --json."""
    parser.add_argument("--json", action="store_true", help="print only JSON, for scripts")


def add_include(parser: argparse.ArgumentParser, quotas: Iterable[str]) -> None:
    """Add the option --include, which names quotas that most lessons don't need."""
    parser.add_argument(
        "--include",
        action="append",
        choices=list(quotas),
        default=[],
        help="also check this optional quota (repeatable)",
    )


def output(arguments: argparse.Namespace) -> TextIO:
    """Where text for people goes: with --json standard output is for JSON alone."""
    return sys.stderr if getattr(arguments, "json", False) else sys.stdout


def print_json(content: Any) -> None:
    """Print an answer for scripts."""
    print(json.dumps(content, indent=2, default=str))


def print_error(message: object, code: int = PROBLEM) -> int:
    """Print an error message; return the exit code."""
    print(message, file=sys.stderr)
    return code


def confirm(
    arguments: argparse.Namespace, question: str, answers: Sequence[str] = ("y", "yes")
) -> bool:
    """Ask on the terminal unless --yes was given; return whether the answer is one of `answers`."""
    if arguments.yes:
        return True
    out = output(arguments)
    print(question, end=" ", file=out, flush=True)
    try:
        return input().strip().lower() in answers
    except EOFError:
        print("\nNo terminal to confirm in; use --yes.", file=out)
        return False


def table(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Lay out rows in columns, a line each.

    >>> table([("name", "has"), ("a longer name", "1")])
    ['name           has', 'a longer name  1']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [indent + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def count(number: int, noun: str) -> str:
    """Count things in English.

    >>> count(1, "job"), count(3, "job")
    ('1 job', '3 jobs')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of a noun; "S3 objects" is one."""
    return noun if noun.endswith("s") else f"{noun}s"
