"""The search strategies of tuning jobs against each other, on functions and on real trainings.

    .venv/bin/python benchmarks/tuning_strategies.py            (half an hour on two cores)
    .venv/bin/python benchmarks/tuning_strategies.py --quick    (a few trials: does it run?)

bayesian   Bayesian against Random with the same number of trials, one after another: the best
           objective after 50 trials for 20 seeds, and Wilcoxon's signed-rank test, one-sided, of
           the pairs. Functions: Branin, Hartmann 6, Rosenbrock with four variables. Data: Boston
           Housing and two of scikit-learn's, real xgboost trainings of 100 rounds, the objective
           taken on a third of the rows, split by the seed. Target: better in the median.
hyperband  Hyperband against Random on the IMDB reviews: the boosting rounds until Hyperband reaches
           the objective of Random's best of 20 jobs. Target: at most half of Random's rounds, in
           the median. Both draw other parameters, so neither profits from the other's luck.
time       ask and tell in a search of 500 trials: CPU time of the last hundred and of the first.

The settings were chosen with seeds 0 to 19; the table uses 100 to 119. Real reviews are used if
SAGEMAKER_COURSE_DATA names them, else synthetic ones. The output says which.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import multiprocessing
import os
import statistics
import time
from collections.abc import Mapping

from scipy.stats import wilcoxon
from tuning_objectives import PROBLEMS, TREES, curve, reviews

from helpers.local.runtime.tuning.search import Search, make_search

TRIALS = 50
JOBS = 20  # of Random on the reviews; twice as many rounds are Hyperband's limit
RESOURCE = (3, 81)  # Hyperband's MinResource and MaxResource, in boosting rounds
FIRST_SEED = 100
PACKAGES = ("optuna", "numpy", "scipy", "scikit-learn", "xgboost-cpu")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few trials and seeds")
    parser.add_argument("--only", choices=("bayesian", "hyperband", "time"), help="one part")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    os.environ.setdefault("SAGEMAKER_COURSE_DATA", "synthetic")
    seeds = range(FIRST_SEED, FIRST_SEED + (3 if arguments.quick else arguments.seeds))
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES))
    with multiprocessing.get_context("forkserver").Pool(arguments.workers) as pool:
        if arguments.only in (None, "bayesian"):
            compare_bayesian(pool, seeds, 8 if arguments.quick else TRIALS)
        if arguments.only in (None, "hyperband"):
            compare_hyperband(pool, seeds, 4 if arguments.quick else JOBS)
    if arguments.only in (None, "time"):
        measure_time(60 if arguments.quick else 500)
    return 0


# Bayesian against Random


def compare_bayesian(pool, seeds: range, trials: int) -> None:
    print(
        f"\nbest objective after {trials} trials, median of {len(seeds)} seeds (less is better)\n"
    )
    print(
        "| objective | Random | Bayesian | Bayesian better | p |\n| --- | --- | --- | --- | --- |"
    )
    for name in PROBLEMS:
        both = []
        for strategy in ("Random", "Bayesian"):
            tasks = [(name, strategy, seed, trials) for seed in seeds]
            both.append(pool.starmap(best_of, tasks, chunksize=1))
        random, bayesian = both
        wins = sum(here < there for here, there in zip(bayesian, random, strict=True))
        chance = wilcoxon(bayesian, random, alternative="less", zero_method="zsplit").pvalue
        medians = f"{statistics.median(random):.4g} | {statistics.median(bayesian):.4g}"
        print(f"| {name} | {medians} | {wins} of {len(seeds)} | {chance:.2g} |", flush=True)


def best_of(name: str, strategy: str, seed: int, trials: int) -> float:
    """Return the best objective of a search, one trial after another."""
    ranges, objective_of = PROBLEMS[name]
    objective = objective_of(seed)
    search = new_search(strategy, ranges, seed)
    values = []
    for _ in range(trials):
        trial, parameters = search.ask()
        values.append(objective(parameters))
        search.tell(trial, values[-1])
    return min(values)


def new_search(strategy: str, ranges: Mapping, seed: int, **settings) -> Search:
    limits = {"MaxNumberOfTrainingJobs": TRIALS, "MaxParallelTrainingJobs": 1}
    config = {"Strategy": strategy, "RandomSeed": seed, "ResourceLimits": limits, **settings}
    definition = {"HyperParameterRanges": ranges, "TuningObjective": {"Type": "Minimize"}}
    return make_search(config, definition)


# Hyperband against Random


def compare_hyperband(pool, seeds: range, jobs: int) -> None:
    kind = reviews()[0]
    print(f"\n{kind} reviews: rounds until the best logloss of Random's {jobs} jobs is reached")
    rows = pool.starmap(hyperband_ratio, [(seed, jobs) for seed in seeds], chunksize=1)
    print("\n| seed | logloss | Random's rounds | Hyperband's rounds | jobs |")
    print("| --- | --- | --- | --- | --- |")
    for seed, (objective, random, hyperband, count) in zip(seeds, rows, strict=True):
        print(f"| {seed} | {objective:.4f} | {random} | {hyperband or 'not reached'} | {count} |")
    # A search that did not reach it counts as infinitely many rounds.
    ratios = [hyperband / random if hyperband else math.inf for _, random, hyperband, _ in rows]
    print(f"  ratio {statistics.median(ratios):.3f} in the median (target: at most 0.5)")


def hyperband_ratio(seed: int, jobs: int) -> tuple[float, int, int | None, int]:
    """Return Random's best objective and rounds, and Hyperband's rounds and jobs to reach it."""
    _, train, held = reviews()
    low, high = RESOURCE
    settings = {"objective": "binary:logistic", "eval_metric": "logloss"}
    search = new_search("Random", TREES, seed)
    best = math.inf
    for _ in range(jobs):
        _, parameters = search.ask()
        best = min(best, list(curve(train, held, {**parameters, **settings}, high))[-1])
    resources = {"HyperbandStrategyConfig": {"MinResource": low, "MaxResource": high}}
    search = new_search("Hyperband", TREES, seed + 10_000, StrategyConfig=resources)
    rounds = count = 0
    while rounds < 2 * jobs * high:
        trial, parameters = search.ask()
        count += 1
        for step, value in enumerate(curve(train, held, {**parameters, **settings}, high), 1):
            rounds += 1
            if search.report(trial, step, value):
                break
        search.tell(trial, value)
        if value <= best:
            return best, jobs * high, rounds, count
    return best, jobs * high, None, count


# Time


def measure_time(trials: int) -> None:
    """Print the time of ask and tell, which grows with the number of results (CPU seconds)."""
    ranges, objective_of = PROBLEMS["Hartmann 6"]
    objective = objective_of(0)
    for strategy in ("Random", "Bayesian"):
        search = new_search(strategy, ranges, FIRST_SEED)
        spent = []
        for _ in range(trials):
            begin = time.process_time()
            trial, parameters = search.ask()
            search.tell(trial, objective(parameters))
            spent.append(time.process_time() - begin)
        part = trials // 5
        first, last = (1000 * statistics.mean(some) for some in (spent[:part], spent[-part:]))
        print(
            f"\n{strategy}, {trials} trials: first {part} {first:.1f} ms, last {part} {last:.1f} ms"
        )


if __name__ == "__main__":
    raise SystemExit(main())
