"""`python -m helpers check`: run an exercise, and check what it left behind."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from helpers import cli
from helpers.home import home_folder
from helpers.lessons.notebooks import find_notebook, read_notebook
from helpers.local import process
from helpers.session import backend, sdk_imports

if TYPE_CHECKING:  # for annotations; the command's --help should cost next to nothing
    import nbformat

    from helpers.datasets import imdb
    from helpers.grading.report import Report
    from helpers.grading.tasks import Exercise

CELL_TIMEOUT_SECONDS = 1800  # so that a cell that never ends does not hold up a whole class


def add_arguments(check: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    check.add_argument("notebook", help="the exercise, or a copy of it under any name")
    check.add_argument(
        "--no-run", action="store_true", help="check its last run (on AWS the only way)"
    )
    cli.add_json(check)
    check.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    sdk_imports.prepare_imports()
    from helpers.grading import exercises, report

    path = find_notebook(arguments.notebook)
    notebook = read_notebook(path)
    try:
        lesson = lesson_of(notebook, path)
        exercise = exercises.exercise_of(lesson)
        on_aws = backend.choose().backend == "aws" or _connects_to_aws(notebook)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if on_aws and not arguments.no_run:
        print(
            "On AWS the notebook is not run for a check, since that costs money. Run it yourself, "
            "then check that run: add --no-run",
            file=sys.stderr,
        )
        return 2
    was_running = process.running_endpoint() is not None
    try:
        # What the run prints is progress; stdout is for the results only.
        with contextlib.redirect_stdout(sys.stderr):
            outcome = _check(path, lesson, exercise, run=not arguments.no_run)
    finally:
        if not was_running:
            process.stop()
    print(report.as_json(outcome) if arguments.json else report.as_table(outcome))
    return 0 if outcome.passed else 1


def lesson_of(notebook: nbformat.NotebookNode, path: Path) -> str:
    """Return the lesson's title in the cell of parameters. Raises ValueError if there is none."""
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            match = re.search(r"^lesson = [\"'](.+)[\"']", cell.source, re.MULTILINE)
            if match:
                return match[1]
    raise ValueError(
        f"{path} has no cell of parameters with the lesson's title: is it an exercise?"
    )


def _connects_to_aws(notebook: nbformat.NotebookNode) -> bool:
    """Tell whether the notebook itself asks for AWS, whatever was chosen outside."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return bool(re.search(r"\bconnect\([^)#]*[\"']aws[\"']", code))


def _check(path: Path, lesson: str, exercise: Exercise, run: bool) -> Report:
    """Run the notebook if asked to, and check each task."""
    from helpers.account.target import resolve_target
    from helpers.grading.notebook_api import RESTART_VARIABLE
    from helpers.grading.report import Report
    from helpers.grading.submission import Submission
    from helpers.grading.tasks import Task, judge

    since, stopped_at, executed = None, None, None
    if run:
        since = datetime.datetime.now(datetime.UTC)
        os.environ[RESTART_VARIABLE] = "yes"  # for its kernel: no earlier run is continued
        try:
            stopped_at, executed = _run_notebook(path)
        finally:
            del os.environ[RESTART_VARIABLE]
    target = resolve_target("local" if run else None)
    corpus = _last_used_reviews()
    reviews = corpus.kind if corpus else "no"
    required = exercise.accuracy.get(reviews, 0.0)
    submission = Submission(target.session, lesson, corpus, required, since)
    results = [judge(task, submission) for task in exercise.tasks]
    accuracy = judge(Task("", lambda s: {"accuracy": exercise.recompute(s)}), submission)
    return Report(
        notebook=str(path),
        lesson=lesson,
        backend=target.backend,
        place=str(target),
        reviews=reviews,
        ran=run,
        stopped_at=stopped_at,
        executed=executed,
        results=results,
        accuracy=round(accuracy.details["accuracy"], 4) if accuracy.passed else None,
    )


def _last_used_reviews() -> imdb.Corpus | None:
    """Return the reviews that the exercise has loaded, or None, and say why."""
    from helpers.datasets import imdb

    try:
        return imdb.last_used()
    except (imdb.DatasetError, OSError) as error:
        print(f"There are no reviews to compare with. {error}", file=sys.stderr)
        return None


def _run_notebook(path: Path) -> tuple[str | None, str]:
    """Run a notebook in a fresh kernel; return what stopped it, and the path of the copy."""
    from helpers.lessons.run import LessonStoppedError, run_lesson

    folder = home_folder() / "runs" / time.strftime("%Y-%m-%dT%H-%M-%S")
    executed = folder / path.name
    stopped_at = None
    try:
        run_lesson(path, executed, folder / "figures", CELL_TIMEOUT_SECONDS)
    except LessonStoppedError as error:
        stopped_at = f"{error.cell}: {error.error_name or error.reason}"
    return stopped_at, os.path.relpath(executed)
