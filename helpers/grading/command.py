"""`python -m helpers check`: run an exercise, and judge what it left behind."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import re
import sys
import time
from pathlib import Path

from helpers.home import Home
from helpers.local import process
from helpers.session import backend, sdk_imports

CELL_SECONDS = 1800
"""How long a cell may take: a class is not to wait for one that never ends."""


def add_parser(commands: argparse._SubParsersAction) -> None:
    check = commands.add_parser("check", help="run an exercise, and say which tasks are passed")
    check.add_argument("notebook", help="the exercise, or a copy of it under any name")
    check.add_argument(
        "--no-run", action="store_true", help="judge its last run (on AWS the only way)"
    )
    check.add_argument("--json", action="store_true", help="print JSON alone, for a script")
    check.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    sdk_imports.preload_jsonschema()
    from helpers.grading import exercises, report

    path = Path(arguments.notebook)
    try:
        lesson = lesson_of(path)
        exercise = exercises.find(lesson)
        on_aws = backend.choose().backend == "aws" or _names_aws(path)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if on_aws and not arguments.no_run:
        print(
            "On AWS a check never runs the notebook, since that costs money. Run it yourself, then "
            "judge that run: add --no-run",
            file=sys.stderr,
        )
        return 2
    was_running = process.running_endpoint() is not None
    try:
        # What the run prints is progress; on stdout is the outcome alone.
        with contextlib.redirect_stdout(sys.stderr):
            found = _judge(path, lesson, exercise, run=not arguments.no_run)
    finally:
        if not was_running:
            process.stop()
    print(report.as_json(found) if arguments.json else report.as_table(found))
    return 0 if found.passed else 1


def lesson_of(path: Path) -> str:
    """The lesson's name in a notebook's cell of parameters.

    Raises OSError if there is no such file, and ValueError if it is no notebook of a lesson.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except OSError:
        raise OSError(f"There is no notebook {path}") from None
    except Exception as error:  # nbformat raises whatever its reader or its schema raises
        raise ValueError(f"{path} is no notebook: {error}") from None
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            named = re.search(r"^lesson = [\"'](.+)[\"']", cell.source, re.MULTILINE)
            if named:
                return named[1]
    raise ValueError(f"{path} has no cell of parameters with the lesson's name: is it an exercise?")


def _names_aws(path: Path) -> bool:
    """Whether the notebook asks for AWS by itself, whatever was chosen outside."""
    import nbformat

    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return bool(re.search(r"\bconnect\([^)#]*[\"']aws[\"']", code))


def _judge(path: Path, lesson: str, exercise, run: bool):
    """Run the notebook if asked to, and judge each task."""
    from helpers.account import target
    from helpers.grading import evaluation_tasks
    from helpers.grading.report import Report
    from helpers.grading.submission import Submission
    from helpers.grading.tasks import Task, judge
    from helpers.grading.transform import predictions

    since, stopped, executed = None, None, None
    if run:
        _read_before()
        since = datetime.datetime.now(datetime.UTC)
        stopped, executed = _run_notebook(path)
    where = target.resolve_target("local" if run else None)
    corpus, kind = _reviews()
    evidence = Submission(where.session, lesson, corpus, exercise.accuracy.get(kind, 0.0), since)
    verdicts = [judge(task, evidence) for task in exercise.tasks]
    score = judge(
        Task("", lambda e: {"accuracy": evaluation_tasks.accuracy_of(predictions(e))}), evidence
    )
    return Report(
        notebook=str(path),
        lesson=lesson,
        backend=where.backend,
        place=str(where),
        reviews=kind,
        ran=run,
        stopped_at=stopped,
        executed=executed,
        verdicts=verdicts,
        accuracy=round(score.details["accuracy"], 4) if score.passed else None,
    )


def _reviews():
    """The reviews that the exercise had, and of which kind they are; None if it loaded none."""
    from helpers.datasets import imdb

    try:
        corpus = imdb.last_used()
    except (imdb.DatasetError, OSError) as error:
        print(f"There are no reviews to judge by. {error}", file=sys.stderr)
        return None, "no"
    return corpus, corpus.kind


def _read_before() -> None:
    """Read the reviews, if they are there, before a notebook runs that could change their files."""
    from helpers.datasets import imdb
    from helpers.grading import reference

    with contextlib.suppress(imdb.DatasetError, OSError):
        corpus = imdb.last_used()
        for split in ("train", "test"):
            reference.load_split(corpus, split)


def _run_notebook(path: Path) -> tuple[str | None, str]:
    """Run it in a fresh kernel; return what stopped it, and where the executed copy is."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from helpers.lessons.run import run_lesson

    folder = Home.find().path / "runs" / time.strftime("%Y-%m-%dT%H-%M-%S")
    executed = folder / path.name
    try:
        run_lesson(path.resolve(), executed, folder / "figures", CELL_SECONDS)
    except PapermillExecutionError as error:
        return f"In [{error.exec_count}]: {error.ename}", os.path.relpath(executed)
    except CellTimeoutError:
        return f"a cell that ran for {CELL_SECONDS:,} seconds", os.path.relpath(executed)
    except DeadKernelError:
        return "a cell in which its kernel died, perhaps for lack of memory", os.path.relpath(
            executed
        )
    return None, os.path.relpath(executed)
