"""Hyperband stops jobs at its rungs, never before MinResource, always at MaxResource."""

import pytest
from support.tuning_search import new_search

from helpers.local.runtime.tuning.hyperband import max_resource
from helpers.local.runtime.tuning.search import Result

DEFINITION = {"TuningObjective": {"Type": "Minimize"}, "HyperParameterRanges": {}}


def resources(**values: int) -> dict:
    return {"StrategyConfig": {"HyperbandStrategyConfig": values}}


def hyperband(low: int = 1, high: int = 27, **settings):
    return new_search("Hyperband", **resources(MinResource=low, MaxResource=high), **settings)


def epochs(search, objective: float, limit: int = 1000, slope: float = 0.0) -> int:
    """Return after how many epochs the search stops a trial."""
    trial, _ = search.ask()
    for step in range(1, limit + 1):
        if search.report(trial, step, objective + slope * step):
            break
    search.tell(trial, objective + slope * step)
    return step


def objectives(count: int) -> list[float]:
    """Return objectives in an order without a trend, the same each time."""
    return [(number * 37 % 101) / 101 for number in range(count)]


@pytest.mark.parametrize(("low", "high"), [(1, 27), (3, 81), (2, 20), (5, 5), (1, 1)])
def test_jobs_stop_at_rungs_only(low, high):
    """Jobs end at MinResource times a power of three, or at MaxResource, and at several rungs."""
    search = hyperband(low, high)
    ended = {epochs(search, value) for value in objectives(60)}
    rungs = {low * 3**power for power in range(5) if low * 3**power < high} | {high}
    assert ended <= rungs
    assert len(ended) == len(rungs)


def test_most_of_the_training_time_is_saved():
    """Sixty jobs take less than half of the epochs that they would take without Hyperband."""
    search = hyperband(1, 81)
    assert sum(epochs(search, value) for value in objectives(60)) < 60 * 81 / 2


@pytest.mark.parametrize(("direction", "sign"), [("Minimize", 1), ("Maximize", -1)])
def test_good_jobs_run_longer(direction, sign):
    """The best third of the jobs trains longer than the worst third."""
    search = hyperband(direction=direction)
    values = objectives(60)
    trained = {value: epochs(search, sign * value) for value in values}
    order = [trained[value] for value in sorted(values)]
    assert sum(order[:20]) > 1.5 * sum(order[-20:])


def test_a_job_that_ends_at_the_maximum_is_not_stopped():
    """If the static hyperparameters end each job at MaxResource, it may save its model in peace."""
    static = {"epochs": "9"}
    assert epochs(new_search("Hyperband", static=static), 0.5, limit=9) == 9
    search = new_search("Hyperband", static=static)
    trial, _ = search.ask()
    assert [search.report(trial, step, 0.5) for step in range(1, 10)] == [False] * 9


def test_the_same_jobs_are_stopped_for_the_same_seed():
    """Brackets depend on RandomSeed only, so the same objectives stop the same jobs."""
    searches = hyperband(), hyperband(), hyperband(seed=8)
    first, again, other = ([epochs(search, x) for x in objectives(30)] for search in searches)
    assert first == again
    assert first != other


def test_a_job_without_a_number_stops_at_its_first_rung():
    """An objective that is not a number ends the job at the first rung of its bracket."""
    search = hyperband(1, 27)
    assert {epochs(search, float("nan")) for _ in range(40)} == {1, 3, 9, 27}
    assert epochs(hyperband(1, 1), float("nan")) == 1


def test_jobs_from_before_a_restart_count():
    """After a restart, a job is compared with those that ended before it."""
    good = tuple(Result({}, 0.1, steps=(0.1,) * 9) for _ in range(30))
    search = hyperband(1, 9, results=good)
    assert sum(epochs(search, 0.9) for _ in range(9)) < 9 * 9 / 2


def test_failed_jobs_do_not_disturb():
    """A failed job, and one that reported nothing, end like others."""
    search = hyperband()
    for reports in (0, 2):
        trial, _ = search.ask()
        for step in range(1, reports + 1):
            search.report(trial, step, 0.5)
        search.tell(trial, None)
    assert epochs(search, 0.5) <= 27


@pytest.mark.parametrize("name", ["epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs"])
def test_the_maximum_is_inferred(name):
    """MaxResource comes from a static hyperparameter with the number of epochs."""
    assert max_resource({}, {**DEFINITION, "StaticHyperParameters": {name: "12"}}) == 12


def test_the_maximum_of_the_request_comes_first():
    """MaxResource of the request is used even if it could be inferred."""
    definition = {**DEFINITION, "StaticHyperParameters": {"epochs": "12"}}
    assert max_resource(resources(MaxResource=5), definition) == 5


@pytest.mark.parametrize("static", [{}, {"num_round": "100"}, {"epochs": "many"}])
def test_the_maximum_can_be_missing(static):
    """A number of rounds is not a number of epochs (AWS refuses such a request)."""
    assert max_resource({}, {**DEFINITION, "StaticHyperParameters": static}) is None
    with pytest.raises(ValueError, match="expected MaxResource"):
        new_search("Hyperband", static=static)
