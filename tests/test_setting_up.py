"""The lesson "Setting Up" has right figures, shows no secrets, and changes nothing on AWS."""

import csv
import re

import pytest
from nbclient import NotebookClient
from support.lessons import SETTING_UP, code_cells, prose, read, tags, text_of

from helpers.catalog import instance_types, prices
from helpers.catalog import quotas as catalogue
from helpers.lessons.kernels import KernelManager
from helpers.lessons.run import OUTPUT_SECONDS, START_SECONDS
from helpers.local import process
from helpers.local.home import Home
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database

TABLES = {
    "helpers.instance_types.hardware()": instance_types.hardware,
    'helpers.instance_types.prices_an_hour("us-east-1")': instance_types.prices_an_hour,
    "helpers.instance_types.default_quotas()": instance_types.default_quotas,
}


@pytest.fixture(scope="module")
def notebook():
    return read(SETTING_UP)


def cell_with(notebook, source: str):
    (found,) = [cell for cell in code_cells(notebook) if source in cell.source]
    return found


@pytest.mark.parametrize("source", TABLES)
def test_stored_tables_are_those_of_the_data_files(notebook, source):
    """The stored tables equal those that are made from today's files."""
    (output,) = cell_with(notebook, source).outputs
    assert output.data["text/html"] == TABLES[source]()._repr_html_()


def test_each_figure_of_the_stored_price_table_is_in_the_price_file(notebook):
    """Each figure in the notebook's own HTML is in the price table."""
    source = 'helpers.instance_types.prices_an_hour("us-east-1")'
    html = cell_with(notebook, source).outputs[0].data["text/html"]
    shown = re.findall(r"<td>([\d.]+)</td>", html)
    with prices.TABLE.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["region"] == "us-east-1"]
    assert len(shown) == len(instance_types.known_prices("us-east-1")) >= 10
    assert set(shown) <= {row["usd"] for row in rows}


def test_figures_in_the_prose_are_those_of_the_data_files(notebook):
    """The prices and quotas in the prose follow from the tables."""
    text = " ".join(prose(notebook).split())
    ratio = (
        prices.lookup("ml.g4dn.xlarge", "notebook").usd
        / prices.lookup("ml.t3.medium", "notebook").usd
    )
    assert "costs about fifteen times what the smallest does" in text
    assert round(ratio) == 15
    rows = [row.split(",") for row in catalogue.TABLE.read_text().splitlines()[1:]]
    assert {row[4] for row in rows if row[1].startswith("ml.")} == {"2024-02-10"}
    assert "defaults of 10 February 2024" in text
    assert "why it has 30 where the default is 0" in text
    training = catalogue.find("ml.m5.large for training job usage")
    assert (training.default, training.start, training.code) == (0, 30, "L-611FA074")
    assert training.code in cell_with(notebook, "QuotaCode").source
    assert catalogue.find("ml.t3.medium for notebook instance usage").default == 6


def test_nothing_secret_is_stored(notebook):
    """The notebook stores no token, no key, and only the Local SageMaker's account."""
    for cell in code_cells(notebook):
        stored = str([dict(output) for output in cell.outputs])
        assert not re.search(r"token=|AuthorizedUrl|AKIA|ASIA|[Ss]ecret", stored), cell.source
        picture_free = re.sub(r"'image/png': '[^']+'", "", stored)
        assert set(re.findall(r"(?<!\d)\d{12}(?!\d)", picture_free)) <= {"111122223333"}


def seen(local, client) -> dict:
    """Return all that the lesson could change in an account, on one server."""
    database = Database(local.home / "resources.sqlite")
    try:
        quotas = [*database.list_all(applied.VALUE), *database.list_all(applied.REQUEST)]
    finally:
        database.close()
    return {
        "quotas": quotas,
        "jobs": client("sagemaker").list_training_jobs()["TrainingJobSummaries"],
        "instances": client("sagemaker").list_notebook_instances()["NotebookInstances"],
        "buckets": client("s3").list_buckets()["Buckets"],
        "roles": client("iam").list_roles()["Roles"],
    }


def test_on_aws_it_only_looks(local, client, monkeypatch, tmp_path):
    """On AWS the lesson changes nothing, and its drill uses a separate Local SageMaker."""
    home = tmp_path / "home"
    for name, value in local.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SAGEMAKER_COURSE_BACKEND", "aws")
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(home))
    before = seen(local, client)
    notebook = read(SETTING_UP)
    try:
        NotebookClient(
            notebook,
            timeout=300,
            startup_timeout=START_SECONDS,
            iopub_timeout=OUTPUT_SECONDS,
            kernel_name="python3",
            kernel_manager_class=KernelManager,
            resources={"metadata": {"path": str(SETTING_UP.parent)}},
        ).execute()
    finally:
        process.stop(Home(home))
    first, drill, last = [
        text_of(cell) for cell in code_cells(notebook) if "helpers.connect(" in cell.source
    ]
    assert first.startswith("AWS (")
    assert drill.startswith("Local SageMaker at ")
    assert local.url not in drill
    assert last == first
    (result,) = [text_of(cell) for cell in code_cells(notebook) if "result" in tags(cell)]
    assert "InService, Stopped, deleted" in result
    assert seen(local, client) == before
