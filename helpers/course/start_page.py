"""The page that JupyterLab opens: the lessons in order, how far the learner is, and links.

It is a Markdown file, which JupyterLab shows rendered and GitHub never sees: git ignores it. It is
written again whenever JupyterLab reads it (see contents.py), and by `python -m helpers lessons`.
"""

from __future__ import annotations

from helpers.course.history import HistoryError, read_history
from helpers.course.lesson import Lesson
from helpers.course.lesson_list import LESSONS
from helpers.course.progress import Progress, State, progress
from helpers.home import START_PAGE, atomic_write

_MARKS = {State.NOT_STARTED: "○", State.STARTED: "◐", State.DONE: "✓"}

_HOW_TO = """\
## How a lesson works

- **Open it** by its link in the table: it opens in a tab of its own, beside this page.
- **Run a cell** with Shift+Enter, from the top down. All at once: menu *Run > Run All Cells*.
- **Lost?** Menu *Kernel > Restart Kernel and Run up to Selected Cell* starts over up to where you
  are.
- **Come back here** at the end: this page then shows what you have done. It reads that from the
  jobs that ran, also from those of a lesson that a command has run."""

_MORE = """\
## More

- Menu *File > New > Terminal* opens a terminal in which the commands of the pages work, such as
  `python -m helpers costs` (what was spent) and `aws sagemaker list-training-jobs`.
- [Glossary](Tutorial/Glossary.md): each new word in a sentence or two.
- [README](README.md): what this course is, how to run it on AWS, and all commands."""


def refresh() -> None:
    """Write the page as things are now. Raises OSError if the folder can't be written."""
    try:
        write(progress(read_history()))
    except HistoryError as error:
        write(None, str(error))


def write(states: list[Progress] | None, problem: str = "") -> None:
    """Write the page if it changes; the arguments are those of `render`. Raises OSError."""
    content = render(states, problem).encode()
    if not START_PAGE.exists() or START_PAGE.read_bytes() != content:
        atomic_write(START_PAGE, content)


def render(states: list[Progress] | None, problem: str = "") -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    states : list of Progress or None
        How far each lesson is; None if that is unknown.
    problem : str
        Why it is unknown.
    """
    states = states or [None] * len(LESSONS)
    parts = [
        "# Start here",
        "Learn Amazon SageMaker by running it: on your own machine, step by step, free of charge.",
        _next(states),
        "## The lessons",
        "\n".join(
            [
                "| no. | lesson | you will | time | progress |",
                "|---|---|---|---|---|",
                *(_row(n, lesson, states[n]) for n, lesson in enumerate(LESSONS)),
            ]
        ),
    ]
    if problem:
        parts.append(f"Your progress is unknown, since it could not be read: {problem}")
    return "\n\n".join([*parts, _HOW_TO, _MORE]) + "\n"


def _next(states: list[Progress | None]) -> str:
    """Return the line that says where to click: the first lesson that is not done."""
    for lesson, state in zip(LESSONS, states, strict=True):
        if state is None or state.state != State.DONE:
            verb = "Continue with" if state and state.state == State.STARTED else "Begin with"
            if verb == "Begin with" and lesson is not LESSONS[0]:
                verb = "Next"
            return f"## → {verb}: {lesson.link} ({lesson.time})"
    return "## ✓ You have done all lessons"


def _row(number: int, lesson: Lesson, state: Progress | None) -> str:
    words = format_progress(state).replace(" ", "\N{NO-BREAK SPACE}")
    return f"| {number} | {lesson.link} | {lesson.objective} | {lesson.time} | {words} |"


def format_progress(state: Progress | None) -> str:
    """Return a lesson's state in words, such as "✓ done (28 Nov)".

    >>> format_progress(Progress(State.NOT_STARTED))
    '○ not started yet'
    """
    if state is None:
        return "unknown"
    date = f" ({state.when.astimezone():%-d %b})" if state.when else ""
    return f"{_MARKS[state.state]} {state.state}{date}"
