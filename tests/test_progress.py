"""Progress is read from what was run: by the home folder's files, or by an account's listings."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from support import course, jobs
from support.lessons import LESSONS as NOTEBOOKS
from support.lessons import SOLUTIONS, code_cells, exercise_of, read, tags
from support.targets import place_in

from helpers.account.target import Target
from helpers.course import lesson_list, start_page
from helpers.course.history import START_MARKER, read_account, read_home, report_keys
from helpers.course.lesson_list import LESSONS
from helpers.course.progress import History, Progress, Run, State, progress, progress_of
from helpers.grading import submission
from helpers.home import CHECKOUT
from helpers.local import process
from helpers.local.home import Home

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SETTING_UP, HIGH, LOW, *_, EXERCISE, _ = LESSONS


def test_the_start_marker_is_the_one_that_exercises_write():
    """The key that shows that an exercise was started is the one that helpers.begin writes."""
    assert START_MARKER == submission.START_MARKER


def runs(lesson, *types, succeeded=True):
    return [Run(type, lesson.prefix, succeeded, NOW) for type in types]


def states(history: History) -> list[State]:
    return [item.state for item in progress(history)]


def test_the_list_has_each_notebook_under_its_own_title():
    """The list has exactly the notebooks on disk, in README's words, by the title of each."""
    on_disk = {p for p in NOTEBOOKS if p not in SOLUTIONS} | {exercise_of(p) for p in SOLUTIONS}
    assert {CHECKOUT / lesson.path for lesson in LESSONS} == on_disk
    assert {CHECKOUT / lesson.solution for lesson in LESSONS if lesson.solution} == set(SOLUTIONS)
    for lesson in LESSONS:
        notebook = read(CHECKOUT / lesson.path)
        (parameters,) = [cell for cell in code_cells(notebook) if "parameters" in tags(cell)]
        assert f'lesson = "{lesson.title}"\n' in parameters.source + "\n"
        if not lesson.solution:  # an exercise's own time is that of the learner
            assert f"| time | {lesson.time} " in notebook.cells[0].source


def test_readme_has_the_table_of_the_list():
    """README's table is the one that the list makes."""
    assert f"\n\n{lesson_list.readme_table()}\n\n" in (CHECKOUT / "README.md").read_text()


def test_nothing_run_is_not_started():
    """Without any run no lesson is started; an untagged job is nobody's."""
    assert set(states(History([]))) == {State.NOT_STARTED}
    assert set(states(History([Run("training job", "", True, NOW)]))) == {State.NOT_STARTED}


def test_a_lesson_is_done_when_both_jobs_succeeded():
    """One job, or a failed second one, is a start; two jobs that succeeded are the lesson."""
    trained = runs(HIGH, "training job")
    assert progress_of(HIGH, History(trained)) == Progress(State.STARTED, NOW)
    failed = History(trained + runs(HIGH, "transform job", succeeded=False))
    assert progress_of(HIGH, failed).state == State.STARTED
    done = History(trained + runs(HIGH, "transform job"))
    assert progress_of(HIGH, done) == Progress(State.DONE, NOW)
    assert progress_of(LOW, done).state == State.NOT_STARTED


def test_an_exercise_needs_its_reports_until_it_is_cleaned_up():
    """An exercise is done with its reports on S3 or, once all is removed, by its jobs alone."""
    both = runs(EXERCISE, "training job", "transform job")
    keys = [key for key in report_keys() if key.startswith(f"{EXERCISE.prefix}/")]
    assert progress_of(EXERCISE, History([], keys[:1])).state == State.STARTED
    assert progress_of(EXERCISE, History(both, keys[:-1])).state == State.STARTED
    assert progress_of(EXERCISE, History(both, keys)).state == State.DONE
    assert progress_of(EXERCISE, History(both)).state == State.DONE


@contextlib.contextmanager
def server(folder) -> Iterator[Target]:
    """Run a Local SageMaker in this folder, and let new clients use it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAGEMAKER_LOCAL_HOME", str(folder))
        endpoint = process.ensure_running()
        try:
            yield place_in(endpoint, "eu-west-1", patch)
        finally:
            process.stop()


@pytest.fixture(scope="module")
def worked_in(tmp_path_factory):
    """Return the home folder in which one lesson was run, the account's answer, and a key on S3.

    Its server has been stopped since.
    """
    home, key = Home(tmp_path_factory.mktemp("home")), report_keys()[0]
    with server(home.path) as place:
        course.run(place, LOW.title)
        course.training(place, HIGH.title)
        bucket = course.default_bucket(place)
        course.client(place, "s3").put_object(Bucket=bucket, Key=key, Body=b"{}")
        account = read_account(place)
        assert states(read_home(home)) == states(account)  # while the server runs
    return home, account, key


def test_runs_are_read_from_a_stopped_home(worked_in):
    """Jobs and objects of a lesson are found by its tag and keys, and nothing starts for it."""
    home, _, key = worked_in
    history = read_home(home)
    some = {HIGH: State.STARTED, LOW: State.DONE, EXERCISE: State.STARTED}
    assert states(history) == [some.get(lesson, State.NOT_STARTED) for lesson in LESSONS]
    assert history.keys == [key]
    assert home.holder() is None


def test_an_account_is_read_by_its_tags(worked_in):
    """The account's listings give the same answer as the home folder's files."""
    home, account, key = worked_in
    assert states(account) == states(read_home(home))
    assert account.keys == [key]


def test_a_notebook_instance_that_was_deleted_is_setting_up(tmp_path):
    """Setting Up is started with its instance, and done when that was deleted: its log remains."""
    with server(tmp_path) as place:
        sagemaker = course.client(place, "sagemaker")
        name = {"NotebookInstanceName": f"{SETTING_UP.prefix}-120000"}
        sagemaker.create_notebook_instance(
            **name, InstanceType="ml.t3.medium", RoleArn=jobs.ROLE, VolumeSizeInGB=5
        )
        sagemaker.get_waiter("notebook_instance_in_service").wait(**name)
        assert states(read_home(Home(tmp_path)))[0] == State.STARTED
        sagemaker.stop_notebook_instance(**name)
        sagemaker.get_waiter("notebook_instance_stopped").wait(**name)
        sagemaker.delete_notebook_instance(**name)
        sagemaker.get_waiter("notebook_instance_deleted").wait(**name)
        assert states(read_home(Home(tmp_path)))[0] == State.DONE


def command(home, **environ) -> subprocess.CompletedProcess:
    environ = {**os.environ, "SAGEMAKER_COURSE_BACKEND": "", **environ}
    return subprocess.run(
        [sys.executable, "-m", "helpers", "lessons"],
        env={**environ, "SAGEMAKER_LOCAL_HOME": str(home)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_makes_no_home_and_starts_nothing(tmp_path):
    """Where nothing was run, the command says so, and leaves no home folder behind."""
    done = command(tmp_path / "none")
    assert done.returncode == 0
    assert done.stdout.count("not started yet") == len(LESSONS)
    assert not (tmp_path / "none").exists()


def test_the_command_says_why_aws_can_not_be_read(tmp_path):
    """On AWS without a region, the command says what to set, with exit code 2."""
    clean = {"AWS_DEFAULT_REGION": "", "AWS_REGION": "", "AWS_CONFIG_FILE": os.devnull}
    done = command(tmp_path, SAGEMAKER_COURSE_BACKEND="aws", **clean)
    assert done.returncode == 2
    assert "export AWS_DEFAULT_REGION=" in done.stderr


def test_a_damaged_home_is_named(tmp_path):
    """A database that can't be read gives an error, not a page that says "not started"."""
    (tmp_path / "resources.sqlite").write_bytes(b"not a database, but long enough to be read")
    done = command(tmp_path)
    assert done.returncode == 2
    assert "could not be read: file is not a database" in done.stderr
    assert process.running_endpoint(Home(tmp_path)) is None


def test_the_page_leads_to_the_first_lesson_that_is_not_done():
    """The first heading names the next lesson; each lesson has a link and its state in words."""
    nothing = start_page.render(progress(History([])))
    assert f"## → Begin with: {SETTING_UP.link} (20 minutes)" in nothing
    for lesson in LESSONS:
        assert nothing.count(f"| {lesson.link} |") == 1
    done = [Progress(State.DONE, NOW)] * 2 + [Progress(State.NOT_STARTED)] * (len(LESSONS) - 2)
    text = start_page.render(done)
    assert f"## → Next: {LOW.link} (20 minutes)" in text
    assert text.count("✓\N{NO-BREAK SPACE}done\N{NO-BREAK SPACE}(28\N{NO-BREAK SPACE}Nov)") == 2
    assert f"Continue with: {HIGH.link}" in start_page.render(
        [done[0], Progress(State.STARTED, NOW), *done[2:]]
    )
    assert "You have done all lessons" in start_page.render(done[:1] * len(LESSONS))


def test_a_page_without_progress_says_why():
    """If progress can't be read the page says so, and still leads to the first lesson."""
    text = start_page.render(None, "no region is configured")
    assert "could not be read: no region is configured" in text
    assert f"Begin with: {SETTING_UP.link}" in text
    assert "not started" not in text
