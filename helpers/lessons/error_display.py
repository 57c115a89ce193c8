"""Show errors in a notebook in a few lines: the learner's code, the message, and what to do.

IPython shows the frames of all libraries, more than a hundred lines for an error of AWS. Here they
are hidden where a library raised the error; `%tb` shows them, and in Jupyter a fold above the error
does too. An error of the learner's own code keeps IPython's display, with the hint as a note (PEP
678) below it. The exception itself, and what programs that run notebooks see of it, stay the same.
"""

from __future__ import annotations

import html
import linecache
import os
import pathlib
import re
import sys
import sysconfig
import traceback
from types import TracebackType
from typing import Any, NamedTuple

from IPython.core.error import UsageError

from helpers.lessons.aws_lookups import clip

MESSAGE_LINES = 5
MESSAGE_LINE_CHARACTERS = 450
FRAMES_SHOWN = 4
# pydantic's advertisement, the SDK's second type of most arguments, xgboost's addresses.
_NOISE = re.compile(r" +For further information|.*PipelineVariable\]|Stack trace:| +\[bt\]")
_BOLD, _END = "\x1b[1m", "\x1b[0m"  # red has too little contrast on Jupyter's red
_HELPERS = str(pathlib.Path(__file__).parents[1])


class Frame(NamedTuple):
    """A frame of a traceback; `cell` is such as "Cell In[3]", or None outside of cells."""

    file: str
    line: int
    function: str
    cell: str | None


def load_ipython_extension(shell: Any) -> None:
    """Install the display at a kernel's start, by ``%load_ext`` or by its settings.

    After a restart in the middle of a lesson this is the only way, since no cell has imported
    `helpers` yet.
    """
    install(shell)


def install(shell: Any) -> None:
    """Show the errors of this IPython shell in this way from now on."""
    shell.set_custom_exc((Exception,), _show)
    plain_text = shell.display_formatter.formatters["text/plain"]
    plain_text.singleton_printers[id(...)] = _print_ellipsis


def _show(
    shell: Any, error_type: type, error: Exception, trace: Any, tb_offset: int | None = None
) -> None:
    """IPython calls this in place of its own display of an error."""
    try:
        lines = _short_form(shell, error, trace)
    except Exception:  # a fault here must not hide the error
        lines = None
    if lines is None:
        shell.showtraceback(
            (error_type, error, trace), tb_offset=tb_offset, running_compiled_code=True
        )
        return
    shell._get_exc_info((error_type, error, trace))  # for %tb
    shell.InteractiveTB.tb = trace  # for %debug
    shell._showtraceback(error_type, error, lines)


def _short_form(shell: Any, error: Exception, trace: TracebackType) -> list[str] | None:
    """Return the lines to show, or None if IPython should show the error; add the hint to it."""
    if isinstance(error, SyntaxError | UsageError) or hasattr(error, "_render_traceback_"):
        return None
    frames = _frames(shell, trace)
    own = [frame for frame in frames if _is_own(frame)]
    hidden = frames[frames.index(own[-1]) + 1 :] if own else []
    if (text := _hint(shell, error)) and f"\n{text}" not in getattr(error, "__notes__", []):
        error.add_note(f"\n{text}")
    if not hidden:
        return None
    color = str(shell.colors).lower() != "nocolor"
    lines = [line for frame in _ends(own) for line in _frame_lines(frame, color)]
    lines += ["", *_message_lines(error, color)]
    lines += [line for note in getattr(error, "__notes__", []) for line in note.split("\n")]
    if packages := _packages(hidden):
        if "JPY_SESSION_NAME" in os.environ:  # a person looks, not a program that runs notebooks
            _publish_fold(shell, error)
        lines.append(f"(Hidden: the code of {packages}. To see it, run %tb in a cell.)")
    return lines


def _hint(shell: Any, error: Exception) -> str | None:
    try:
        from helpers.lessons import error_hints  # not before an error, to start kernels fast

        history = shell.history_manager.input_hist_raw
        return error_hints.hint(error, history, shell.execution_count, shell.user_ns)
    except Exception:  # without a hint the error is still short
        return None


def _frames(shell: Any, trace: TracebackType) -> list[Frame]:
    """Return the frames of a traceback from the first cell on, outermost first."""
    frames = []
    for frame, line in traceback.walk_tb(trace):
        code = frame.f_code
        name = shell.compile.format_code_name(code.co_filename)
        cell = " ".join(name) if name else None
        if frames or cell:
            frames.append(Frame(code.co_filename, line, code.co_name, cell))
    return frames


def _is_own(frame: Frame) -> bool:
    """Tell whether the code is the learner's: a cell, or a module beside the notebook."""
    if frame.cell:
        return True
    libraries = (sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), _HELPERS)
    return frame.file.startswith(os.getcwd() + os.sep) and not frame.file.startswith(libraries)


def _ends(frames: list[Frame]) -> list[Frame]:
    """Return the outermost and the innermost frames: a recursion has thousands."""
    half = FRAMES_SHOWN // 2
    return frames if len(frames) <= FRAMES_SHOWN else frames[:half] + frames[-half:]


def _frame_lines(frame: Frame, color: bool) -> list[str]:
    source = linecache.getline(frame.file, frame.line).rstrip()
    place = f"{frame.cell or os.path.relpath(frame.file)}, line {frame.line}"
    if frame.function != "<module>":
        place += f", in {frame.function}"
    code = clip(f"----> {frame.line} {source}")  # of a cell magic it is the whole cell
    return [place, f"{_BOLD}{code}{_END}" if color else code]


def _message_lines(error: Exception, color: bool) -> list[str]:
    """Return the error's name and message, without the noise that some libraries add."""
    text = str(error)
    if type(error).__name__ == "ValidationError":  # pydantic's: a field, and below what is wrong
        text = re.sub(r"\n(\S+)\n  (?=\S)", r"\n\1: ", text)
    lines = [line for line in text.splitlines() if line.strip() and not _NOISE.match(line)]
    for number, line in enumerate(lines):
        if line.startswith("Traceback (most recent call last)"):  # a container's
            lines = [*lines[:number], lines[-1]]
            break
    if len(lines) > MESSAGE_LINES:
        lines = [*lines[: MESSAGE_LINES - 2], "...", lines[-1]]
    first, *others = [clip(line, MESSAGE_LINE_CHARACTERS) for line in lines] or [""]
    name = type(error).__name__
    return [f"{_BOLD}{name}{_END}: {first}" if color else f"{name}: {first}", *others]


def _packages(frames: list[Frame]) -> str:
    """Return the libraries whose code is hidden, '' if it is only the course's own."""
    site = sysconfig.get_paths()["purelib"] + os.sep
    names = {
        frame.file.removeprefix(site).split(os.sep)[0].removesuffix(".py"): None
        for frame in frames
        if frame.file.startswith(site)
    }
    if not names and all(frame.file.startswith(_HELPERS) for frame in frames):
        return ""
    return ", ".join(names) or "Python"


def _publish_fold(shell: Any, error: Exception) -> None:
    """Show the whole traceback folded; inside, JupyterLab's shortcuts are off, so Enter opens it.

    The error comes after it: programs expect that as a cell's last output.
    """
    text = "".join(traceback.format_exception(error))
    for frame in _frames(shell, error.__traceback__):
        if frame.cell:
            text = text.replace(f'File "{frame.file}"', frame.cell)
    fold = (
        '<details data-lm-suppress-shortcuts="true">'
        "<summary>The whole traceback (Enter or Space opens it)</summary>"
        f"<pre>{html.escape(text)}</pre></details>"
    )
    shell.display_pub.publish({"text/html": fold, "text/plain": "The whole traceback: %tb"})


def _print_ellipsis(value: Any, printer: Any, cycle: bool) -> None:
    """Print what an exercise's `...` means if it is the value of a cell."""
    unsolved = "This task is not solved yet: replace the `...` with your code."
    printer.text(unsolved if len(printer.stack) == 1 else repr(value))
