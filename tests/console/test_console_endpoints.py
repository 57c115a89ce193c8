"""Endpoints, notebook instances, quotas and costs in the console."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from support import jobs
from support.console import REGION, facts, rows
from support.endpoints import configure, variant, wait_in_service
from support.polling import eventually
from support.quota_values import own_quotas, set_value

from helpers.account.costs.collect import collect
from helpers.account.costs.pricing import total_spent
from helpers.account.target import resolve_target
from helpers.catalog import quotas
from helpers.catalog.resource_types import ENDPOINT
from helpers.catalog.usage import Usage
from helpers.local.console import endpoints
from helpers.local.console.costs import region_uses
from helpers.local.console.view import View
from helpers.local.runtime.hosting.counters import count_invocation, source_of
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database
from helpers.local.state.metrics import MetricStore


@pytest.fixture(scope="module")
def endpoint(sagemaker, client, model):
    """Return the name of an endpoint that has answered eight invocations.

    Of its two variants, one has an instance type without a known price.
    """
    name = jobs.new_name("endpoint")
    configure(
        sagemaker,
        name,
        variant(model, "first", InitialVariantWeight=3),
        variant(
            model,
            "second",
            InitialVariantWeight=1,
            InstanceType="ml.m5.large",
            InitialInstanceCount=2,
        ),
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    runtime = client("sagemaker-runtime")
    for number in range(8):
        runtime.invoke_endpoint(
            EndpointName=name,
            ContentType="text/csv",
            Body=b"1,2",
            TargetVariant="first" if number < 5 else "second",
        )
    yield name
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.delete_endpoint_config(EndpointConfigName=name)


def test_an_endpoint_shows_variants_traffic_and_latency(visitor, endpoint):
    """Its page has each variant's weight and share, its invocations and its latency."""
    html = visitor.get(f"/endpoints/{endpoint}").text
    assert facts(html)["Status"] == "InService"
    variants = {row[0]: row[1:] for row in rows(html, "variants")}
    assert variants["first"][:3] == ["3", "3", "75%"]
    assert variants["second"][:3] == ["1", "1", "25%"]
    traffic = {row[0]: row[1:] for row in rows(html, "traffic")}
    assert traffic["first"][0] == "5"
    assert traffic["second"][0] == "3"
    assert all(0 < float(row[3]) <= float(row[4]) < 60_000 for row in traffic.values())
    titles = re.findall(r"<figcaption>([^<]+)</figcaption>", html)
    assert titles[0] == "Invocations per minute"
    eventually(lambda: "POST /invocations" in visitor.get(f"/endpoints/{endpoint}").text)


def test_an_endpoint_is_followed(visitor, client, endpoint):
    """An invocation appears on the page of its endpoint by itself."""
    with visitor.watch(f"/endpoints/{endpoint}") as stream:
        stream.message()
        client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Body=b"1,2"
        )
        seen = {}
        while "traffic" not in seen:
            seen = stream.message()["sections"]
        assert "monitor" in seen


def test_an_invocation_without_a_line_in_the_log_is_a_change(tmp_path):
    """The page of an endpoint is out of date as soon as an invocation is counted."""
    store = MetricStore(tmp_path / "metrics.sqlite")
    context = SimpleNamespace(
        database=Database(tmp_path / "resources.sqlite"),
        logs=SimpleNamespace(ensure_loaded=lambda: None),
        metrics=store,
    )
    at = datetime(2026, 1, 1, tzinfo=UTC)
    document = {
        "EndpointName": "e",
        "EndpointArn": "arn:e",
        "EndpointConfigName": "c",
        "EndpointStatus": "Failed",
        "CreationTime": at,
        "LastModifiedTime": at,
        "Fleet": [{"VariantName": "v", "InstanceType": "ml.m5.large"}],
    }
    page = endpoints.page(View(REGION, SimpleNamespace(context=context), {}), document)
    before = page.version()
    assert page.version() == before
    count_invocation(store, source_of(REGION, "e", "v"), 1, 200, 0.02, 0.01)
    assert page.version() != before
    store.close()
    context.database.close()


def test_an_endpoint_configuration_links_its_models(visitor, endpoint, model):
    """The page of an endpoint configuration has its variants, which link to their models."""
    html = visitor.get(f"/endpointConfig/{endpoint}").text
    assert [row[:2] for row in rows(html, "variants")] == [[model, "first"], [model, "second"]]
    assert f'/models/{model}">{model}</a>' in html


def test_a_notebook_instance_has_its_page(visitor, sagemaker):
    """The page of a stopped notebook instance has its settings, and no link to JupyterLab."""
    name = jobs.new_name("notebook")
    sagemaker.create_notebook_instance(
        NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=jobs.ROLE
    )
    config = {"Delay": 1, "MaxAttempts": 90}
    sagemaker.get_waiter("notebook_instance_in_service").wait(
        NotebookInstanceName=name, WaiterConfig=config
    )
    html = visitor.get(f"/notebook-instances/{name}").text
    address = sagemaker.describe_notebook_instance(NotebookInstanceName=name)["Url"]
    assert re.search(rf'href="http://{address.removeprefix("http://")}[^"]*">Open JupyterLab', html)
    assert facts(html)["Notebook instance type"] == "ml.t3.medium"
    sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    sagemaker.get_waiter("notebook_instance_stopped").wait(
        NotebookInstanceName=name, WaiterConfig=config
    )
    assert facts(visitor.get(f"/notebook-instances/{name}").text)["JupyterLab"] == "-"
    sagemaker.delete_notebook_instance(NotebookInstanceName=name)


def test_quotas_show_what_is_used(visitor, client, endpoint):
    """Each quota has its applied and its default value; an endpoint's instances are counted."""
    shown = {row[0]: row[1:] for row in rows(visitor.get("/quotas").text, "quotas")}
    pages = client("service-quotas").get_paginator("list_service_quotas").paginate(
        ServiceCode="sagemaker"
    )  # fmt: skip
    listed = {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}
    assert {name: float(row[0].replace(",", "")) for name, row in shown.items()} == listed
    units = {name: row[3] for name, row in shown.items()}
    assert units["Longest run time for a training job"] == "seconds"
    assert units["Size of EBS volume for a training job instance"] == "GB"
    assert set(units.values()) == {"instances", "training jobs", "seconds", "GB"}
    instance_type = variant("any model")["InstanceType"]
    assert int(shown[f"{instance_type} for endpoint usage"][2]) >= 1
    assert int(shown["ml.m5.large for endpoint usage"][2]) >= 2
    assert int(shown["Number of instances across active endpoints"][2]) >= 3


def test_large_quotas_have_all_their_digits(visitor, local):
    """Values and requested values of millions of seconds are written out."""
    name, value = "Longest run time for a training job", 2_419_200
    region = "eu-west-2"
    with own_quotas(local, region) as database:
        now = datetime.now(UTC)
        applied.add_request(database, region, quotas.find(name), value, "arn", now)
        html = visitor.get(f"/console/{region}/quotas").text
        assert rows(html, "requests")[0][:2] == [name, "2,419,200 seconds"]
        set_value(database, name, value, region)
        html = visitor.get(f"/console/{region}/quotas").text
        assert {row[0]: row[1] for row in rows(html, "quotas")}[name] == "2,419,200"


def test_costs_are_those_of_the_command(visitor, endpoint, trained):
    """The total is that of `python -m helpers costs`, but for what a second more costs."""

    def shown() -> tuple[str, Decimal]:
        cost = rows(visitor.get("/costs").text, "costs")[-1][4]
        return cost, Decimal(cost.removeprefix("at least ").removesuffix(" USD"))

    eventually(lambda: shown()[1] > 0)  # the endpoint costs more each second
    cost, usd = shown()
    expected = total_spent(collect(resolve_target("local", REGION)).items)
    assert abs(usd - expected.usd) < Decimal("0.01")
    assert cost.startswith("at least") is not expected.complete


def test_costs_of_an_endpoint_are_those_of_its_variants():
    """Instances that are about to serve count too, and a serverless variant has no instance."""
    fleet = [
        {"VariantName": "a", "InstanceType": "ml.m5.large", "InstanceCount": 2},
        {"VariantName": "b", "Serverless": {"MemorySizeInMB": 2048}, "InstanceCount": 0},
    ]
    at = datetime(2026, 1, 1, 1, tzinfo=UTC)
    endpoint = {
        "EndpointStatus": "Creating",
        "CreationTime": at - timedelta(minutes=1),
        "Fleet": fleet,
    }
    documents = {ENDPOINT.arn_type: [endpoint]}
    database = SimpleNamespace(list_all=lambda arn_type, region: documents.get(arn_type, []))
    uses = region_uses(SimpleNamespace(database=database, region="us-east-1"), at)
    assert list(uses) == [
        Usage("ml.m5.large", "hosting", 2, 60, running=True),
        Usage("serverless", "hosting", 1, 60, running=True),
    ]
