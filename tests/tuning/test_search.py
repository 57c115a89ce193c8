"""A search proposes parameters in AWS's form, inside their ranges, each combination once."""

import itertools
import statistics
import subprocess
import sys

import pytest
from support.tuning_search import BOOSTER, DEPTH, ETA, RANGES, error, new_search, run

from helpers.local.runtime.tuning.search import Result

STRATEGIES = ("Random", "Bayesian", "Hyperband")
HYPERBAND = {"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}}

each_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


@each_strategy
def test_parameters_have_the_form_of_aws(strategy):
    """Floats are Python's repr, integers have no point, categories are as in the request."""
    for parameters in run(new_search(strategy, **HYPERBAND), 20):
        assert list(parameters) == ["booster", "eta", "depth"]
        assert repr(float(parameters["eta"])) == parameters["eta"]
        assert 0.01 <= float(parameters["eta"]) <= 0.4
        assert parameters["depth"] in {"1", "2", "3", "4", "5", "6"}
        assert parameters["booster"] in {"gbtree", '"dart"'}


@each_strategy
def test_trials_are_numbered_from_0(strategy):
    """The trials of a search are numbered in the order in which they are asked for."""
    search = new_search(strategy, **HYPERBAND)
    assert [search.ask()[0] for _ in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_no_combination_repeats(strategy):
    """All combinations of a small space are tried before one is repeated."""
    space = {"IntegerParameterRanges": [DEPTH], "CategoricalParameterRanges": [BOOSTER]}
    search = new_search(strategy, space)
    asked = run(search, 12, lambda parameters: float(parameters["depth"]))
    assert len({tuple(parameters.items()) for parameters in asked}) == 12
    assert search.ask() is not None


def test_grid_tries_each_combination_once():
    """Grid proposes every combination of categories once, and then nothing."""
    values = {"a": ["1", "2", "3"], "b": ["x", '"y"']}
    ranges = [{"Name": name, "Values": texts} for name, texts in values.items()]
    search = new_search("Grid", {"CategoricalParameterRanges": ranges})
    asked = run(search, 6, lambda parameters: 1.0)
    assert [tuple(row.values()) for row in asked] == list(itertools.product(*values.values()))
    assert search.ask() is None


def test_grid_leaves_out_what_was_tried():
    """After a restart, Grid proposes only the combinations that are left."""
    ranges = {"CategoricalParameterRanges": [BOOSTER]}
    search = new_search("Grid", ranges, results=(Result({"booster": "gbtree"}, 1.0),))
    assert search.ask() == (0, {"booster": '"dart"'})
    assert search.ask() is None


@each_strategy
def test_a_seed_repeats_the_search(strategy):
    """The same RandomSeed gives the same parameters, another one others, none others each time."""
    first, again = (run(new_search(strategy, seed=0, **HYPERBAND), 15) for _ in range(2))
    assert first == again
    assert first != run(new_search(strategy, seed=1, **HYPERBAND), 15)
    unseeded = [run(new_search(strategy, seed=None, **HYPERBAND), 2) for _ in range(2)]
    assert unseeded[0] != unseeded[1]


def run_in_parallel(strategy: str, order, trials: int = 18) -> list[dict[str, str]]:
    """Return the parameters of trials of which three run at a time.

    `order` chooses which of the running ones ends next, by its position.
    """
    search = new_search(strategy, parallel=3, **HYPERBAND)
    asked, running = [], []
    for position in itertools.islice(itertools.cycle(order), trials):
        while len(running) < 3 and search.is_ready():
            running.append(search.ask())
            asked.append(running[-1][1])
        trial, parameters = running.pop(min(position, len(running) - 1))
        search.tell(trial, error(parameters))
    return asked


@each_strategy
@pytest.mark.parametrize("order", [(0, 1), (2, 0, 0), (2,), (1, 2)])
def test_a_seed_repeats_the_search_with_jobs_in_parallel(strategy, order):
    """Of three jobs in parallel, any may end first, also a last one before all others."""
    here, there = run_in_parallel(strategy, order), run_in_parallel(strategy, (0,))
    shared = min(len(here), len(there))
    assert shared > 14
    assert here[:shared] == there[:shared]


def test_bayesian_waits_for_a_job_that_many_have_overtaken():
    """With a seed it needs all results but the latest; without one it uses what is there."""
    for seed, is_ready in ((1, False), (None, True)):
        search = new_search("Bayesian", seed=seed, parallel=2)
        search.ask()
        for _ in range(2):  # the first job is overtaken by two others
            trial, parameters = search.ask()
            search.tell(trial, error(parameters))
        assert search.is_ready() is is_ready
        search.tell(0, 1.0)
        assert search.is_ready()


@pytest.mark.parametrize(
    ("parallel", "trials", "first"),
    [(1, 20, 5), (2, 20, 7), (3, 20, 9), (4, 20, 9), (10, 20, 14), (10, 100, 23), (3, None, 9)],
)
def test_results_are_used_after_a_delay(parallel, trials, first):
    """With a seed, Bayesian leaves out the latest results, but not those of half of all trials.

    Until it uses the first five results, it proposes what Random does.
    """
    limits = {"parallel": parallel, "trials": trials}
    bayesian, random = (
        run(new_search(strategy, **limits), 25) for strategy in ("Bayesian", "Random")
    )
    equal = [here == there for here, there in zip(bayesian, random, strict=True)]
    assert equal.index(False) == first


@pytest.mark.parametrize("order", [(2,), (1, 2)])
def test_random_repeats_even_if_a_job_is_overtaken_by_all_others(order):
    """Random does not look at results at all."""
    assert run_in_parallel("Random", order) == run_in_parallel("Random", (0,))


def test_bayesian_learns_in_both_directions():
    """Bayesian's later trials are better than its first ones, for Minimize and for Maximize."""
    for direction, sign in (("Minimize", 1), ("Maximize", -1)):
        search = new_search("Bayesian", direction=direction)
        asked = run(search, 40, lambda parameters, sign=sign: sign * error(parameters))
        values = [error(parameters) for parameters in asked]
        assert statistics.mean(values[10:]) < 0.8 * statistics.mean(values[:10])


def test_bayesian_avoids_what_failed():
    """Failed trials count as the worst, so that Bayesian turns away from where trials fail."""

    def objective(parameters):
        return None if parameters["booster"] == "gbtree" else float(parameters["eta"])

    failed = {"Bayesian": 0, "Random": 0}
    for strategy in failed:
        for seed in range(4):
            asked = run(new_search(strategy, seed=seed), 40, objective)
            failed[strategy] += sum(row["booster"] == "gbtree" for row in asked[20:])
    assert failed["Bayesian"] < 0.75 * failed["Random"]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_search_goes_on_without_an_objective(value):
    """Failed trials, and objectives that are not finite, don't end a search."""
    assert len(run(new_search("Bayesian"), 12, lambda parameters: value)) == 12


PARENT = tuple(
    Result({"eta": str(eta), "depth": str(depth), "booster": "gbtree", "gamma": "1"}, value)
    for eta, depth, value in [
        *((0.1 + number / 1000, 4, 0.1 + number / 100) for number in range(10)),
        *((0.3 + number / 1000, 1 + number % 3, 3.0) for number in range(20)),
    ]
)


def test_identical_data_continues_the_parent():
    """Bayesian uses a parent's results from its first trial on."""
    asked = run(new_search("Bayesian", results=PARENT), 6)
    assert sum(row["depth"] in "345" and float(row["eta"]) < 0.25 for row in asked) >= 5


def test_transferred_results_are_tried_first():
    """With other data, the parent's best points are tried first, the best of them before all."""
    parent = tuple(
        Result(result.parameters, result.value, transferred=True) for result in reversed(PARENT)
    )
    asked = run(new_search("Bayesian", results=parent), 6)
    etas = [float(row["eta"]) for row in asked]
    assert etas[:5] == pytest.approx([0.1, 0.101, 0.102, 0.103, 0.104])
    assert etas[5] not in {float(result.parameters["eta"]) for result in parent}


@pytest.mark.parametrize(
    "parameters",
    [
        {"eta": "0.5", "depth": "4", "booster": "gbtree"},
        {"eta": "0.1", "depth": "7", "booster": "gbtree"},
        {"eta": "0.1", "depth": "4.5", "booster": "gbtree"},
        {"eta": "0.1", "depth": "4", "booster": "dart"},
        {"eta": "auto", "depth": "4", "booster": "gbtree"},
        {"eta": "0.1", "depth": "4"},
    ],
)
def test_results_outside_the_ranges_are_left_out(parameters):
    """A parent's results with values outside the ranges, or without a name, change nothing."""
    results = tuple(Result(parameters, float(number)) for number in range(8))
    with_parent = run(new_search("Bayesian", results=results), 8)
    # The number of results is a part of the seed, so compare with as many that are unusable too.
    unusable = tuple(Result({}, None) for _ in results)
    assert with_parent == run(new_search("Bayesian", results=unusable), 8)


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_search_does_not_start_over_after_a_restart(strategy):
    """With the results so far, a search with a seed proposes new combinations."""
    before = run(new_search(strategy), 8)
    results = tuple(Result(parameters, error(parameters)) for parameters in before)
    after = run(new_search(strategy, results=results), 8)
    assert not [row for row in after if row in before]


def test_the_search_is_imported_without_optuna():
    """The module that the server imports at its start imports neither Optuna nor NumPy."""
    program = (
        "import sys\n"
        "from helpers.local.runtime.tuning import autotune, convergence, hyperband, search\n"
        "print(sorted({'optuna', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_a_search_logs_and_warns_nothing():
    """Optuna's log and warnings don't appear in the server's log."""
    program = (
        "from support.tuning_search import new_search, run\n"
        "config = {'StrategyConfig': {'HyperbandStrategyConfig': {'MaxResource': 9}}}\n"
        "for strategy in ('Random', 'Bayesian', 'Hyperband'):\n"
        "    run(new_search(strategy, **config), 12)\n"
    )
    command = [sys.executable, "-W", "always", "-c", program]
    done = subprocess.run(command, cwd="tests", capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_order_of_parameters_is_the_requests():
    """Within a kind of range, parameters come in the order of the request."""
    other = {**ETA, "Name": "alpha"}
    ranges = {**RANGES, "ContinuousParameterRanges": [ETA, other]}
    _, parameters = new_search("Random", ranges).ask()
    assert list(parameters) == ["booster", "eta", "alpha", "depth"]
