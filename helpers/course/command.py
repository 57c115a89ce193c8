"""`python -m helpers lessons`: the lessons in order, and how far the learner is."""

from __future__ import annotations

import argparse
import contextlib

from helpers import cli
from helpers.course.history import HistoryError, read_history
from helpers.course.lesson_list import LESSONS
from helpers.course.progress import progress
from helpers.course.start_page import format_progress, write
from helpers.home import START_PAGE


def add_arguments(lessons: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    cli.add_json(lessons)
    lessons.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        states = progress(read_history())
    except HistoryError as error:
        return cli.print_error(f"Your progress could not be read: {error}", cli.NO_ANSWER)
    with contextlib.suppress(OSError):  # a read-only checkout has no start page
        write(states)
    if arguments.json:
        cli.print_json(
            [
                {"title": lesson.title, "path": lesson.path, "progress": state.state}
                for lesson, state in zip(LESSONS, states, strict=True)
            ]
        )
        return cli.OK
    rows = [("no.", "lesson", "time", "progress")]
    for number, (lesson, state) in enumerate(zip(LESSONS, states, strict=True)):
        rows.append((str(number), lesson.label, lesson.time, format_progress(state)))
    print("\n".join(cli.table(rows)))
    print(f"The same with links, in JupyterLab: {START_PAGE.name}")
    return cli.OK
