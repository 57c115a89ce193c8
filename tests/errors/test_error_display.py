"""Errors in a notebook: what is shown, what is hidden, what stays as IPython shows it, how fast."""

import re
import threading
import time

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from support.notebook_shell import MOST_LINES

from helpers.lessons import aws_lookups, error_display

SOON_SECONDS = 0.3  # when a hint must be there


def test_the_learners_own_functions_keep_their_frames(show):
    """Each frame in a cell is shown, with its function, and only the libraries' are hidden."""
    show("import json\ndef inner(text):\n    return json.loads(text)\n1 / 0")
    shown = show("def outer():\n    return inner('{')\nouter()")
    assert re.findall(r"^Cell In\[\d+\], line (\d)(.*)$", shown, re.MULTILINE) == [
        ("3", ""),
        ("2", ", in outer"),
        ("3", ", in inner"),
    ]
    assert "----> 3     return json.loads(text)" in shown
    assert "JSONDecodeError: Expecting property name" in shown
    assert "(Hidden: the code of Python." in shown


def test_a_deep_recursion_is_short(show):
    """Of many frames in cells the outermost and the innermost are shown."""
    shown = show("import json\ndef f(n):\n    return f(n - 1) if n else json.loads('')\nf(50)")
    assert len(shown.splitlines()) <= MOST_LINES


def test_errors_of_the_learners_own_code_stay_as_ipython_shows_them(show):
    """Without frames of libraries the lines around the error are shown, as usual."""
    shown = show("number = 0\n1 / number")
    assert "Traceback (most recent call last)" in shown
    assert "      1 number = 0" in shown


def test_errors_in_syntax_and_magics_stay_as_ipython_shows_them(shell, capsys):
    """A SyntaxError keeps its caret, and an unknown magic its one line."""
    shell.run_cell("x = (1,", store_history=True)
    assert re.search(r"\n +\^\nSyntaxError: ", capsys.readouterr().out)
    shell.run_cell("%nonesuch", store_history=True)
    shown = capsys.readouterr()
    assert shown.out + shown.err == "UsageError: Line magic function `%nonesuch` not found.\n"


def test_an_interrupt_stays_as_ipython_shows_it(shell, capsys):
    """KeyboardInterrupt is not shortened."""
    shell.run_cell("raise KeyboardInterrupt", store_history=True)
    assert "Traceback (most recent call last)" in capsys.readouterr().out


def test_an_expectation_is_short(show):
    """An expectation that is not met has the cell's line and its message, nothing else."""
    shown = show("import helpers\nhelpers.expect(False, revisit='1. Load the data')")
    assert len(shown.splitlines()) == 4
    assert shown.endswith("and run its cells again, from the top down.")


def test_tb_shows_what_is_hidden(shell, show, capsys):
    """%tb shows the frames of the libraries too, with the hint below."""
    show("sagemaker.describe_training_job(TrainingJobName='nobody')")
    shell.run_cell("%tb")
    shown = capsys.readouterr().out
    assert "botocore/client.py" in shown
    assert shown.count("Is the name right") == 1


def test_jupyter_shows_the_whole_traceback_folded(shell, show, monkeypatch):
    """In Jupyter the traceback is there in a fold, as text; elsewhere nothing is added."""
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(shell, "display_pub", publisher)
    show("sagemaker.describe_training_job(TrainingJobName='<b>')")
    assert not publisher.outputs
    monkeypatch.setenv("JPY_SESSION_NAME", "/lessons/a.ipynb")
    show("sagemaker.describe_training_job(TrainingJobName='<b>')")
    fold = publisher.outputs[0]["data"]["text/html"]
    assert fold.startswith("<details")
    assert "botocore/client.py" in fold
    assert "Cell In[" in fold
    assert "&lt;b&gt;" in fold
    assert "<b>" not in fold


def test_an_unsolved_task_is_called_that(shell, capsys):
    """A cell that ends in the `...` of an exercise says so; in a tuple it is Ellipsis."""
    shell.run_cell("...  # your code", store_history=True)
    assert "This task is not solved yet: replace the `...`" in capsys.readouterr().out
    shell.run_cell("(..., 1)", store_history=True)
    assert "(Ellipsis, 1)" in capsys.readouterr().out


SLOWEST = (
    "train('lesson/trian')",
    "s3.get_object(Bucket=bucket, Key='lesson/tset.csv')",
    "wait('transform', name)",
    "nothing_like_this",
)


@pytest.mark.parametrize("code", SLOWEST)
def test_a_hint_is_there_soon(code, shell, monkeypatch):
    """The error and its hint are shown within 0.3 s, also if logs or objects are looked up."""
    monkeypatch.setattr(aws_lookups, "LIMIT_SECONDS", 0.2)
    shell.run_cell(
        "name = transform()\ntry:\n    wait('transform', name)\nexcept Exception:\n    pass"
    )
    seconds = []

    def timed(*arguments, **settings):
        started = time.perf_counter()
        error_display._show(*arguments, **settings)
        seconds.append(time.perf_counter() - started)

    shell.set_custom_exc((Exception,), timed)
    try:
        for _ in range(100):  # a busy machine needs more than one
            shell.run_cell(code, store_history=True)
            if min(seconds) < SOON_SECONDS:
                break
    finally:
        error_display.install(shell)
    print(f"{code}: {[round(each, 3) for each in seconds]} s")
    assert min(seconds) < SOON_SECONDS


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("hangs", [True, False])
def test_a_look_up_neither_delays_nor_hides_the_error(hangs, show, monkeypatch):
    """If AWS does not answer, or refuses, the error comes in time, with what is known."""
    is_shown, waits = threading.Event(), []

    def fault(*_):
        if hangs:
            waits.append(is_shown.wait(60))
        raise OSError("no answer")

    monkeypatch.setattr(aws_lookups, "LIMIT_SECONDS", 0.1)
    monkeypatch.setattr(aws_lookups, "_client", fault)
    shown = show("train('lesson/trian')")
    assert waits == []
    is_shown.set()
    assert "No S3 objects found" in shown
    assert "\nCorrect the URI, or upload the data first." in shown


def test_a_fault_in_the_hints_does_not_hide_the_error(show, monkeypatch):
    """If the hints fail, the error is shown without; if the display fails, IPython shows it."""
    monkeypatch.setattr("helpers.lessons.error_hints.hint", lambda *_: 1 / 0)
    code = "sagemaker.describe_training_job(TrainingJobName='nobody')"
    text = show(code)
    assert "Requested resource not found." in text
    assert len(text.splitlines()) <= MOST_LINES
    monkeypatch.setattr(error_display, "_frames", lambda *_: 1 / 0)
    text = show(code)
    assert "Traceback (most recent call last)" in text
    assert "Requested resource not found." in text


def test_a_look_up_waits_for_an_answer_until_its_limit(shell, monkeypatch):
    """A request gets as long as the whole look-up: a busy machine may answer late."""
    monkeypatch.setattr(aws_lookups, "LIMIT_SECONDS", 7)
    config = aws_lookups._client("logs").meta.config
    assert (config.connect_timeout, config.read_timeout) == (7, 7)
