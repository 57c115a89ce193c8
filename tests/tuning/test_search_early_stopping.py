"""Early stopping `Auto` follows the documented median rule."""

import pytest
from support.tuning_search import new_search

from helpers.local.runtime.tuning.search import Result


def train(search, curve) -> int:
    """Report a curve until the search stops the trial, tell its last value; return its epochs."""
    trial, _ = search.ask()
    for step, value in enumerate(curve, start=1):
        if search.report(trial, step, value):
            break
    search.tell(trial, value)
    return step


def auto_search(direction: str = "Minimize", **settings):
    return new_search(
        "Random", direction=direction, TrainingJobEarlyStoppingType="Auto", **settings
    )


def test_a_job_worse_than_the_median_of_running_averages_stops():
    """After two epochs the averages are 9, 7 and 5: a job stops above 7, and not at 7."""
    search = auto_search()
    for curve in ([10, 8, 6], [8, 6, 4], [6, 4, 2]):
        assert train(search, curve) == 3
    running = search.ask()[0]
    assert not search.report(running, 1, 8.0)
    assert not search.report(running, 2, 7.0)
    other = search.ask()[0]
    assert not search.report(other, 1, 8.0)
    assert search.report(other, 2, 7.01)


def test_worse_is_lower_for_maximize():
    """With Maximize, the job with the lower objective is the one that stops."""
    search = auto_search("Maximize")
    for curve in ([1, 2], [3, 4], [5, 6]):
        train(search, curve)
    running = search.ask()[0]
    assert not search.report(running, 1, 3.0)
    assert not search.report(running, 2, 3.5)
    assert search.report(search.ask()[0], 1, 2.9)


def test_few_jobs_stop_nothing():
    """Until three jobs have ended, no job is stopped."""
    search = auto_search()
    for _ in range(2):
        train(search, [1.0, 1.0])
    assert train(search, [100.0, 100.0]) == 2
    assert train(search, [100.0, 100.0]) == 1


def test_only_jobs_that_ran_as_long_count():
    """The median of an epoch is of the jobs that reported this epoch."""
    search = auto_search()
    for curve in ([1.0], [1.0], [1.0], [9.0, 9.0, 9.0]):
        train(search, curve)
    running = search.ask()[0]
    assert not search.report(running, 1, 1.0)
    assert not search.report(running, 2, 50.0)


def test_failed_and_running_jobs_do_not_count():
    """Neither a job that runs nor one that failed is compared with."""
    search = auto_search()
    for _ in range(3):
        trial, _ = search.ask()
        search.report(trial, 1, 1.0)
        search.tell(trial, None)
    for _ in range(3):
        trial, _ = search.ask()
        search.report(trial, 1, 1.0)
    assert train(search, [100.0, 100.0]) == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_objectives_that_are_not_finite(value):
    """An epoch without a finite objective is not compared with; infinity is the worst."""
    search = auto_search()
    for _ in range(3):
        train(search, [1.0, value])
    running = search.ask()[0]
    assert search.report(running, 1, value) is (value == float("inf"))
    assert not search.report(running, 2, 1000.0)


def test_jobs_from_before_a_restart_count():
    """After a restart of the server, jobs are compared with those that ended before it."""
    results = tuple(Result({}, 1.0, steps=(1.0, 1.0)) for _ in range(3))
    assert train(auto_search(results=results), [1.0, 1.1, 1.0]) == 2


def test_off_stops_nothing():
    """Without early stopping, a search never stops a job."""
    search = new_search("Random", TrainingJobEarlyStoppingType="Off")
    for value in (1.0, 1.0, 1.0, 1.0, 1e9):
        assert train(search, [value, value]) == 2
