"""The page "What a GPU buys" says what measured seconds cost at the prices of the course."""

import importlib.util
import sys
from decimal import Decimal

import pytest
from support.lessons import CHECKOUT, PROJECTS

PAGE = PROJECTS / "What a GPU buys.md"


@pytest.fixture(scope="module")
def gpu_costs():
    """Return the script that writes the page's tables, as a module."""
    path = CHECKOUT / "scripts/gpu_costs.py"
    spec = importlib.util.spec_from_file_location("gpu_costs", path)
    module = sys.modules["gpu_costs"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def job_costs(script, name: str) -> tuple[Decimal, Decimal]:
    """Return what the cost table says of a work as a job: cents on the CPU, and on the GPU."""
    row = next(line for line in script.cost_table() if line.startswith(f"| {name}"))
    cells = [cell.strip() for cell in row.split("|")]
    return Decimal(cells[3]), Decimal(cells[5])


def test_the_page_has_the_tables_of_today(gpu_costs):
    """The page's tables are those that the script makes of measurements and price table."""
    text = PAGE.read_text()
    assert gpu_costs.with_tables(text) == text


def test_a_price_that_changes_changes_the_page(gpu_costs, monkeypatch):
    """With another price of an instance type, the tables of prices and of costs differ."""
    before = [*gpu_costs.price_table()], [*gpu_costs.cost_table()]
    price = gpu_costs.prices.lookup("ml.g4dn.xlarge", "training")
    table = gpu_costs.prices.price_table()
    monkeypatch.setitem(
        table, (price.item, price.component, price.region), price._replace(usd=Decimal("0.5"))
    )
    after = [*gpu_costs.price_table()], [*gpu_costs.cost_table()]
    assert before[0][3] != after[0][3]
    assert before[1][2] != after[1][2]


def test_a_page_without_a_marker_is_refused(gpu_costs):
    """A page in which the place of a table is missing is refused with the table's name."""
    text = PAGE.read_text().replace("<!-- table: prices -->", "")
    with pytest.raises(ValueError, match="markers of table prices once, got 0"):
        gpu_costs.with_tables(text)


@pytest.mark.parametrize("name", ["XGBoost on Boston", "XGBoost on the IMDB", "XGBoost on 1,500"])
def test_xgboost_costs_less_on_a_cpu(gpu_costs, name):
    """As the conclusion says, a job that trains XGBoost costs less on a CPU, for each table."""
    cpu, gpu = job_costs(gpu_costs, name)
    assert cpu < gpu


@pytest.mark.parametrize("batch", ["50,", "500,", "5,000,"])
def test_the_padded_lstm_costs_ten_to_twelve_times_as_much_on_cpus(gpu_costs, batch):
    """As the conclusion says, ten epochs of the padded LSTM cost 10 to 12 times the GPU's price."""
    cpu, gpu = job_costs(gpu_costs, f"LSTM, batches of {batch} 10 epochs")
    assert 10 <= cpu / gpu <= 12


def test_cutting_the_padding_costs_about_as_little_as_the_gpu(gpu_costs):
    """As the conclusion says, two cores without padding cost about what the GPU does with it."""
    row = next(line for line in gpu_costs.cost_table() if "padding cut" in line)
    cpu = Decimal(row.split("|")[3].strip())
    _, gpu = job_costs(gpu_costs, "LSTM, batches of 50, 10 epochs")
    assert Decimal("0.8") <= cpu / gpu <= Decimal("1.2")


def test_a_gpu_instance_is_more_than_three_times_as_dear(gpu_costs):
    """As the page says, the cheapest GPU type costs more than three times the CPU type."""
    ratio = gpu_costs.usd_an_hour(gpu_costs.CHEAPEST_GPU_TYPE) / gpu_costs.usd_an_hour(
        gpu_costs.CPU_TYPE
    )
    assert 3 < ratio < Decimal("3.5")
    assert min(gpu_costs.GPU_TYPES, key=gpu_costs.usd_an_hour) == gpu_costs.CHEAPEST_GPU_TYPE
