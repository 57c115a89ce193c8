"""What the commands share: questions, tables, exit codes, and a light parser."""

import argparse
import doctest
import os
import subprocess
import sys

import pytest

from helpers import cli
from helpers.__main__ import COMMANDS, main, parser

ANSWERS = argparse.Namespace(yes=False, json=False)


@pytest.mark.parametrize(("answer", "agreed"), [("y", True), (" YES ", True), ("", False)])
def test_only_a_yes_confirms(monkeypatch, capsys, answer, agreed):
    """The question is printed, and anything but a yes means no."""
    monkeypatch.setattr("builtins.input", lambda: answer)
    assert cli.confirm(ANSWERS, "Delete it? [y/N]") is agreed
    assert capsys.readouterr().out == "Delete it? [y/N] "


def test_without_a_terminal_nothing_is_confirmed(monkeypatch, capsys):
    """Without a terminal the answer is no, and the text says how a script confirms."""

    def no_terminal():
        raise EOFError

    monkeypatch.setattr("builtins.input", no_terminal)
    assert cli.confirm(ANSWERS, "Delete it?") is False
    assert capsys.readouterr().out.endswith("\nNo terminal to confirm in; use --yes.\n")
    assert cli.confirm(argparse.Namespace(yes=True, json=False), "Delete it?") is True
    assert capsys.readouterr().out == ""


def test_json_leaves_stdout_to_json(monkeypatch, capsys):
    """With --json a question goes to standard error."""
    monkeypatch.setattr("builtins.input", lambda: "yes")
    assert cli.confirm(argparse.Namespace(yes=False, json=True), "Sure?")
    assert capsys.readouterr() == ("", "Sure? ")


def test_an_error_of_a_command_is_its_exit_code(monkeypatch, capsys):
    """An error of a command goes to standard error, without a traceback, and sets the code."""

    class NoAnswerError(cli.CommandError):
        code = cli.NO_ANSWER

    def resolve(**_):
        raise NoAnswerError("AWS does not answer")

    monkeypatch.setattr("helpers.account.target.resolve_target", resolve)
    assert main(["quotas"]) == 2
    assert capsys.readouterr() == ("", "AWS does not answer\n")


@pytest.mark.parametrize("words", ["costs now", "cleanup --dryrun", "notebook stop foo"])
def test_an_unknown_argument_shows_the_usage_of_its_command(capsys, words):
    """An unknown argument is refused with the usage of the command that it was given to."""
    with pytest.raises(SystemExit) as refused:
        main(words.split())
    assert refused.value.code == 2
    command = " ".join(words.split()[:-1])
    assert capsys.readouterr().err.startswith(f"usage: python -m helpers {command} [-h]")


@pytest.mark.parametrize("command", ["costs", "cleanup", "quotas", "doctor", "local set-quota"])
def test_a_region_that_does_not_exist_is_refused(capsys, command):
    """An unknown region is refused with the list of regions and exit code 2."""
    with pytest.raises(SystemExit) as refused:
        main([*command.split(), "--region", "mars-1"])
    assert refused.value.code == 2
    err = capsys.readouterr().err
    assert "unknown region 'mars-1'; expected one of: af-south-1," in err
    assert f"usage: python -m helpers {command} " in err


def test_regions_are_known_whatever_profile_is_chosen(monkeypatch):
    """A profile that AWS_PROFILE names and no file has does not stop a command."""
    monkeypatch.setenv("AWS_PROFILE", "missing")
    cli.regions.cache_clear()
    assert "us-east-1" in cli.regions()


@pytest.mark.parametrize(
    ("words", "meant"),
    [("logs", "local logs"), ("cost", "costs"), ("strat", "local start"), ("instance", None)],
)
def test_an_unknown_command_is_answered_with_the_one_that_is_meant(capsys, words, meant):
    """A command that there isn't is answered with a similar one, or one that has such an action."""
    assert main(words.split()) == cli.NO_ANSWER
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    question = f'. Did you mean "{meant}"?' if meant else ""
    assert first == f'No command is called "{words}"{question}'
    assert second.startswith(f"The commands are {', '.join(COMMANDS)}. ")


@pytest.mark.parametrize(("words", "meant"), [("local log", "logs"), ("notebook strat", "start")])
def test_an_unknown_action_is_answered_with_a_similar_one(capsys, words, meant):
    """An action that a command doesn't have is answered with a similar one of its actions."""
    with pytest.raises(SystemExit) as refused:
        main(words.split())
    assert refused.value.code == cli.NO_ANSWER
    assert capsys.readouterr().err.endswith(f'. Did you mean "{meant}"?\n')


def test_without_a_command_they_are_listed(capsys):
    """`python -m helpers` alone lists the commands, with the exit code of a wrong usage."""
    assert main([]) == cli.NO_ANSWER
    out = capsys.readouterr().out
    assert all(f"\n    {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["costs --help", "local status"])
def test_a_reader_that_goes_causes_no_traceback(words, unbuffered):
    """If the reader of a pipe goes, as `head` does, nothing is printed about it."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "helpers", *words.split()],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr == b""
    if words == "local status" or not unbuffered:  # argparse ignores that it can't write its help
        assert done.returncode == cli.PIPE_CLOSED


def test_help_imports_no_command():
    """`python -m helpers --help` lists all commands and loads neither them nor boto3."""
    script = (
        "import sys; from helpers.__main__ import parser; print(parser('--help').format_help()); "
        "print(sorted({'boto3', 'botocore', 'numpy', 'pandas'} & set(sys.modules)), "
        "[name for name in sys.modules if name.startswith('helpers.account')])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[] []"
    for name, (_, summary) in COMMANDS.items():
        assert name in out.stdout
        assert " ".join(summary.split()) in " ".join(out.stdout.split())


def test_options_have_one_wording():
    """The same option has the same meaning and description in each command."""
    commands = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    for option in ("--yes", "--json", "--include"):
        helps = {
            action.help
            for command in commands.choices.values()
            for action in command._actions
            if option in action.option_strings
        }
        assert len(helps) == 1, option


def test_examples_of_the_docstrings():
    """The examples of the module's docstrings run as printed."""
    result = doctest.testmod(cli)
    assert result.attempted
    assert result.failed == 0
