"""What a learner sees in a notebook: hints, without any of the course's own code."""

import datetime
import types

import boto3
import nbformat
import pytest

import helpers
from helpers.grading import command, notebook_api, unsolved
from helpers.grading.errors import UnknownTaskError
from helpers.s3 import lesson_prefix

LESSON = "IMDB Sentiment Analysis - XGBoost (Batch Transform) - Low Level"


def shown(error: Exception) -> str:
    """Return an error as a notebook shows it."""
    return "\n".join(error._render_traceback_())


@pytest.fixture
def session(local, client, monkeypatch):
    """Return the session that begin() uses, in whose bucket nothing has begun."""
    made = boto3.Session(region_name=local.region)
    made.client = client
    made.key = f"{lesson_prefix(LESSON)}/began.json"
    made.bucket = f"sagemaker-{local.region}-{client('sts').get_caller_identity()['Account']}"
    monkeypatch.setattr(notebook_api, "_session", lambda *connection: made)
    monkeypatch.setattr(notebook_api, "_lesson", None)
    client("s3").create_bucket(Bucket=made.bucket)
    client("s3").delete_object(Bucket=made.bucket, Key=made.key)
    yield made
    client("s3").delete_object(Bucket=made.bucket, Key=made.key)


def started_at(session) -> datetime.datetime:
    head = session.client("s3").head_object(Bucket=session.bucket, Key=session.key)
    return head["LastModified"]


def test_a_new_kernel_continues_the_run(session, capsys):
    """The second begin() within a day, as after a restart, keeps the start and says when it was."""
    notebook_api.begin(LESSON)
    assert "The exercise begins" in capsys.readouterr().out
    start, etag = (
        started_at(session),
        session.client("s3").list_objects_v2(Bucket=session.bucket, Prefix=session.key)["Contents"][
            0
        ],
    )
    notebook_api.begin(LESSON)
    printed = capsys.readouterr().out
    assert f"The exercise continues: what was made since {start:%H:%M} UTC counts." in printed
    assert "helpers.begin(lesson, restart=True) starts over." in printed
    assert started_at(session) == start
    assert etag["LastModified"] == start


@pytest.mark.parametrize("reason", ["restart", "a day later", "run by the check command"])
def test_a_run_that_starts_over(session, capsys, monkeypatch, reason):
    """begin() starts over if asked to, after a day, and in the run of `helpers check`."""
    notebook_api.begin(LESSON)
    if reason == "a day later":
        monkeypatch.setattr(notebook_api, "MAX_RUN_AGE", datetime.timedelta(0))
    if reason == "run by the check command":
        monkeypatch.setenv(notebook_api.RESTART_VARIABLE, "yes")
    capsys.readouterr()
    notebook_api.begin(LESSON, restart=reason == "restart")
    assert capsys.readouterr().out == "The exercise begins: what is made from now on counts.\n"


def history(monkeypatch, *cells: str) -> None:
    """Let the kernel have run these cells."""
    shell = types.SimpleNamespace(user_ns={"In": ["", *cells]})
    monkeypatch.setattr(unsolved, "_shell", lambda: shell)


STUB = "# TODO: train.\n...  # your code"
SOLVED = "# TODO: train.\ntrain()"
CHECK, OTHER_CHECK = 'helpers.check("Train")', 'helpers.check("Transform")'


@pytest.mark.parametrize(
    ("cells", "todo"),
    [
        ([STUB, CHECK], "# TODO: train."),
        (["# TODO: choose.\nx = 1", STUB, CHECK, CHECK], "# TODO: train."),
        (["# TODO: train.\njob = ...", CHECK], "# TODO: train."),
        ([STUB, CHECK, SOLVED, CHECK], None),
        ([SOLVED, CHECK, STUB, CHECK], "# TODO: train."),
        ([STUB, OTHER_CHECK, CHECK], None),
        ([SOLVED, CHECK], None),
        (["# TODO: train.\nprint('...')", CHECK], None),
        (["# TODO: train.\nx = (", CHECK], None),
        ([], None),
    ],
)
def test_a_cell_that_still_holds_its_stub(monkeypatch, cells, todo):
    """The last run of a TODO's cell counts, since the check of another task."""
    history(monkeypatch, *cells)
    assert unsolved.unsolved_todo("Train") == todo


def test_an_unsolved_cell_says_so():
    """In IPython, a cell that ends in `...` shows that it is not solved yet."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unsolved, "_shell", lambda: shell)
            unsolved.name_ellipsis()
        shown, _ = shell.display_formatter.format(...)
    finally:
        shell.history_manager.end_session()
    assert shown["text/plain"] == "... (not solved yet: replace the `...` with your code)"


def test_a_hint_is_broken_between_words():
    """No URI or name in a hint is cut, and a line of code stays a line of its own."""
    uri = "s3://<bucket>/<prefix>/" + "-".join(["name"] * 15)
    error = notebook_api._not_passed("Train", f"{'long ' * 30}at {uri} yet. Delete it:\ncode()")
    lines = shown(error).splitlines()
    assert lines[0].startswith("\N{BALLOT X} Train: not yet. ")
    assert any(uri in line for line in lines)
    assert lines[-1] == "code()"
    assert all(len(line) <= notebook_api.WIDTH_CHARS for line in lines if uri not in line)


def test_a_check_before_the_beginning(monkeypatch):
    """A check before the first cells says which cells to run, and shows no traceback."""
    monkeypatch.setattr(notebook_api, "_lesson", None)
    with pytest.raises(notebook_api.ExerciseNotStartedError, match="run the cells above") as caught:
        notebook_api.check("Train")
    assert "Traceback" not in shown(caught.value)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), 'helpers.check needs the name of a task: helpers.check("Count the words").'),
        (("Trian",), 'No task is called "Trian". Did you mean "Train"?'),
        (("Q",), 'No task is called "Q".'),
    ],
)
def test_a_check_of_no_task_lists_the_tasks(monkeypatch, arguments, problem):
    """A check without a task, or of one that there isn't, lists the tasks without a traceback."""
    monkeypatch.setattr(notebook_api, "_lesson", LESSON)
    with pytest.raises(UnknownTaskError) as refused:
        notebook_api.check(*arguments)
    text = " ".join(shown(refused.value).split())
    assert text.startswith(f'{problem} The tasks are "Count the words", "Split and upload", ')
    assert "Traceback" not in text


@pytest.mark.parametrize(("name", "meant"), [("chek", "check"), ("conect", "connect")])
def test_a_misspelt_function_is_answered_with_the_right_one(name, meant):
    """A name that the package doesn't have is answered with a similar one."""
    text = rf"^module 'helpers' has no attribute '{name}'\. Did you mean helpers\.{meant}\?$"
    with pytest.raises(AttributeError, match=text):
        getattr(helpers, name)
    with pytest.raises(AttributeError, match=r"'something_else'$"):
        helpers.something_else  # noqa: B018


def test_a_check_without_reviews(monkeypatch, tmp_path):
    """A check whose reviews are missing gives a hint."""
    monkeypatch.setattr(notebook_api, "_lesson", LESSON)
    monkeypatch.setenv("SAGEMAKER_COURSE_DATA", str(tmp_path / "gone"))
    with pytest.raises(notebook_api.TaskNotPassedError, match="There are no reviews") as caught:
        notebook_api.check("Evaluate")
    assert "Traceback" not in shown(caught.value)


def test_a_cell_that_never_ends(monkeypatch, tmp_path, local):
    """A cell that never ends is stopped, and what ran before it is graded."""
    monkeypatch.setattr(command, "CELL_TIMEOUT_SECONDS", 1)
    for name in ("SAGEMAKER_COURSE_BACKEND", "SAGEMAKER_COURSE_FIGURES"):
        monkeypatch.setenv(name, "")  # the run sets them
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import time; time.sleep(600)")],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    nbformat.write(notebook, tmp_path / "endless.ipynb")
    stopped, executed = command._run_notebook(tmp_path / "endless.ipynb")
    assert stopped == "In [1]: the cell took longer than 1 second"
    assert nbformat.read(executed, as_version=4).cells
