"""A whole exercise is graded: untouched, solved, and started again."""

import datetime

import pytest
from support.learner import TASKS, WORDS


def test_an_untouched_exercise_fails_every_task_with_its_hint(learner):
    """If nothing was done, every task fails with a hint that says what is missing and where."""
    made = learner()
    hints = [made.hint(task) for task in TASKS]
    assert "vocabulary.json yet" in hints[0]
    assert "vocabulary.json yet" in hints[1]
    assert "no training job yet" in hints[2]
    assert "no training job yet" in hints[3]
    assert "evaluation.json yet" in hints[4]
    assert "words.json yet" in hints[5]
    assert "mistakes.csv yet" in hints[6]


@pytest.mark.parametrize("task", TASKS)
def test_a_solution_passes(solved, task):
    """A learner who does each task as asked passes each task."""
    assert solved.judge(task).hint == ""


def test_what_was_left_before_the_beginning_does_not_count(solved):
    """What an earlier solution left passes no task once the exercise is started again."""
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    for task in TASKS:
        hint = solved.hint(task, since=later)
        assert "older than this run" in hint or "no training job yet" in hint, hint


def test_without_a_beginning_nothing_counts(learner):
    """No task counts if the cell with helpers.begin was not run, or everything was cleaned up."""
    made = learner()
    made.s3.delete_object(Bucket=made.bucket, Key=f"{made.prefix}/began.json")
    assert "has not been started" in made.hint(WORDS)
