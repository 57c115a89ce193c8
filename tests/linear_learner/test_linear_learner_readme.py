"""The page of Linear Learner says what its code does."""

import re
import runpy

import pytest

from helpers.local.containers.linear_learner import hyperparameters as hp

FAST = ["boston", "diabetes", "breast_cancer", "wine"]


@pytest.fixture(scope="module")
def page(checkout) -> str:
    return (checkout / "helpers/local/containers/linear_learner/README.md").read_text()


@pytest.fixture(scope="module")
def benchmark(checkout) -> dict:
    """Return the names in the benchmark of the loss."""
    return runpy.run_path(str(checkout / "benchmarks/linear_learner_loss.py"))


def values(row: hp.Hyperparameter) -> str:
    """Return what a hyperparameter may be, as the page says it."""
    number = f"{'integer' if row.whole else 'number'} in {row.range}"
    return ", ".join([*row.choices, *([number] if row.range else [])])


def test_every_hyperparameter_is_in_the_table(page):
    """The table has a row for each hyperparameter, with its default and its values."""
    table = re.findall(r"^\| (\w+) \| ([^|]*) \| ([^|]*) \| [^|]+ \|$", page, re.M)
    expected = [(row.name, row.default or "required", values(row)) for row in hp.TABLE]
    assert [row for row in table if row[0] != "hyperparameter"] == expected


def losses(page: str) -> dict[str, tuple[float, float, float]]:
    """Return exact loss, Linear Learner's loss and their ratio, by table."""
    rows = re.findall(
        r"^\| (\w+) \| [\d,]+ x [\d,]+ \| \w+ \| (\S+) \| (\S+) \| (\S+) \|$", page, re.M
    )
    return {name: tuple(map(float, numbers)) for name, *numbers in rows}


def test_the_table_of_losses_is_complete(page, benchmark):
    """Every table of the benchmark is on the page, at most 2 % above the exact solution."""
    found = losses(page)
    assert list(found) == list(benchmark["TABLES"])
    for exact, ours, ratio in found.values():
        assert ratio == pytest.approx(ours / exact, abs=2e-4)
        assert ratio <= 1.02


@pytest.mark.parametrize("name", FAST)
def test_the_loss_is_near_that_of_an_exact_solution(page, benchmark, name):
    """One of the models in parallel reaches the exact solution within 2 %, which the page shows."""
    kind, settings = benchmark["TABLES"][name]
    features, labels = benchmark["load"](name)
    ours, exact = benchmark["compare"](features, labels, kind, settings | {"num_models": "4"})
    assert exact == pytest.approx(losses(page)[name][0], rel=1e-3)
    assert 1 - 1e-3 <= ours / exact <= 1.02


@pytest.mark.full
@pytest.mark.parametrize("name", ["digits", "synthetic_reviews"])
def test_the_loss_on_larger_tables(page, benchmark, name):
    """So it is with the default number of models on larger tables."""
    kind, settings = benchmark["TABLES"][name]
    ours, exact = benchmark["compare"](*benchmark["load"](name), kind, settings)
    assert exact == pytest.approx(losses(page)[name][0], rel=1e-3)
    assert 1 - 1e-3 <= ours / exact <= 1.02
