"""Endpoints: the list, and the page of one with its variants, traffic and latency."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from helpers.catalog.resource_types import ENDPOINT_LOG_GROUPS
from helpers.local.console.charts import Series, chart
from helpers.local.console.content import Charts, Facts, Page, Section, Status, Table
from helpers.local.console.log_view import log_section
from helpers.local.console.models import capture_section
from helpers.local.console.view import View
from helpers.local.resources.endpoint_description import described
from helpers.local.runtime.hosting.counters import source_of
from helpers.local.state.database import Document
from helpers.local.state.logs.reading import find_streams
from helpers.local.state.metrics import MetricMinute

COLUMNS = ("Name", "ARN", "Creation time", "Status", "Last updated")
MEMBERS = ("EndpointName", "EndpointArn", "CreationTime", "EndpointStatus", "LastModifiedTime")
SHOWN_MINUTES = 180

Metrics = dict[str, list[MetricMinute]]


def row(view: View, endpoint: Document) -> tuple:
    """Return a row of the list, from the endpoint's MEMBERS."""
    return (
        view.link("endpoints", endpoint["EndpointName"]),
        endpoint["EndpointArn"],
        endpoint["CreationTime"],
        Status(endpoint["EndpointStatus"]),
        endpoint["LastModifiedTime"],
    )


def page(view: View, document: Document) -> Page:
    """Return the page of an endpoint."""
    endpoint = described(document)
    name = endpoint["EndpointName"]
    group = f"{ENDPOINT_LOG_GROUPS}/{name}"
    created = document["CreationTime"].timestamp()
    metrics = {
        spec["VariantName"]: _metrics(view, name, spec["VariantName"], created)
        for spec in document["Fleet"]
    }

    def version() -> tuple:
        streams = find_streams(view.context.logs, view.region, group)
        events = sum(len(stream.events) for stream in streams)
        # an invocation is counted a little later than its container has logged it
        store = view.context.metrics
        return view.database.changes(), events, store.counted_values if store else 0

    streams = find_streams(view.context.logs, view.region, group)
    sections: list[Section] = [
        _settings(view, endpoint),
        _variants(document, endpoint),
        _pending(endpoint.get("PendingDeploymentSummary")),
        *_monitor(metrics),
    ]
    if "DataCaptureConfig" in document:
        sections.append(capture_section(view, document["DataCaptureConfig"]))
    sections += [
        log_section("logs", streams, view.link("endpoints", name, "log", text="Whole log")),
        Table("tags", "Tags", ("Key", "Value"), view.tags(endpoint["EndpointArn"]), "No tags."),
    ]
    return Page(name, sections, status=endpoint["EndpointStatus"], version=version)


def _settings(view: View, endpoint: Document) -> Facts:
    facts: list[tuple[str, Any]] = [
        ("Name", endpoint["EndpointName"]),
        ("ARN", endpoint["EndpointArn"]),
        ("Type", "Asynchronous" if "AsyncInferenceConfig" in endpoint else "Real-time"),
        ("Status", Status(endpoint["EndpointStatus"])),
        ("Creation time", endpoint["CreationTime"]),
        ("Last updated", endpoint["LastModifiedTime"]),
        ("Endpoint configuration", view.link("endpointConfig", endpoint["EndpointConfigName"])),
        ("URL", f"/endpoints/{endpoint['EndpointName']}/invocations"),
    ]
    if "FailureReason" in endpoint:
        facts.insert(4, ("Failure reason", endpoint["FailureReason"]))
    return Facts("settings", "Endpoint settings", facts)


def _variants(document: Document, endpoint: Document) -> Table:
    types = {spec["VariantName"]: spec.get("InstanceType") for spec in document["Fleet"]}
    shown = endpoint.get("ProductionVariants", ())
    total = sum(variant["CurrentWeight"] for variant in shown) or 1
    rows = [
        (
            variant["VariantName"],
            variant["CurrentWeight"],
            variant["DesiredWeight"],
            f"{variant['CurrentWeight'] / total:.0%}",
            types.get(variant["VariantName"]) or "Serverless",
            variant["CurrentInstanceCount"],
            variant.get("DesiredInstanceCount"),
        )
        for variant in shown
    ]
    columns = (
        "Variant name", "Current weight", "Desired weight", "Share of traffic", "Instance type",
        "Current instance count", "Desired instance count",
    )  # fmt: skip
    return Table("variants", "Endpoint runtime settings", columns, rows, "No variant serves yet.")


def _pending(pending: dict[str, Any] | None) -> Table:
    rows = [
        (
            variant["VariantName"],
            variant["CurrentWeight"],
            variant["CurrentInstanceCount"],
            [status["Status"] for status in variant.get("VariantStatus", ())],
        )
        for variant in (pending or {}).get("ProductionVariants", ())
    ]
    note = f"Endpoint configuration {pending['EndpointConfigName']}" if pending else ""
    columns, empty = ("Variant name", "Weight", "Instance count", "Status"), "No update is running."
    return Table("pending", "Pending deployment", columns, rows, empty, note)


def _metrics(view: View, endpoint: str, variant: str, created: float) -> Metrics:
    """Return the minutes of each metric of a variant since the endpoint was created."""
    store = view.context.metrics
    metrics: Metrics = {}
    for minute in store.of_source(source_of(view.region, endpoint, variant)) if store else ():
        if minute.seen + 60 > created:
            metrics.setdefault(minute.name, []).append(minute)
    return metrics


def _monitor(metrics: dict[str, Metrics]) -> list[Section]:
    rows = []
    for variant, of_variant in metrics.items():
        latency = of_variant.get("ModelLatency", [])
        calls = sum(minute.count for minute in latency)
        mean = sum(minute.total for minute in latency) / calls / 1e3 if calls else None
        longest = max(minute.most for minute in latency) / 1e3 if calls else None
        errors = [_sum(of_variant, f"Invocation{code}Errors") for code in ("4XX", "5XX")]
        rows.append((variant, int(_sum(of_variant, "Invocations")), *errors, mean, longest))
    columns = (
        "Variant name", "Invocations", "Invocation4XXErrors", "Invocation5XXErrors",
        "ModelLatency, average (ms)", "ModelLatency, maximum (ms)",
    )  # fmt: skip
    charts = [
        _by_minute("Invocations per minute", metrics, "Invocations", lambda m: m.total),
        _by_minute(
            "ModelLatency (ms), average", metrics, "ModelLatency", lambda m: m.total / m.count / 1e3
        ),
        _by_minute(
            "OverheadLatency (ms), average",
            metrics,
            "OverheadLatency",
            lambda m: m.total / m.count / 1e3,
        ),
    ]
    drawn = [each for each in charts if each]
    return [
        Charts("monitor", "Monitor", drawn, "No invocation yet."),
        Table("traffic", "Traffic and latency since creation", columns, rows),
    ]


def _sum(metrics: Metrics, name: str) -> int:
    return int(sum(minute.total for minute in metrics.get(name, ())))


def _by_minute(
    title: str, metrics: dict[str, Metrics], name: str, value: Callable[[MetricMinute], float]
) -> Markup:
    """Return a chart of a metric by minute, a line a variant; the present minute is 0."""
    seen = [minute.seen for of_variant in metrics.values() for minute in of_variant.get(name, ())]
    latest = max(seen, default=0)
    series = [
        Series(
            variant,
            [
                ((minute.seen - latest) / 60, value(minute))
                for minute in of_variant.get(name, ())
                if latest - minute.seen <= 60 * SHOWN_MINUTES
            ],
        )
        for variant, of_variant in metrics.items()
    ]
    return chart(title, [each for each in series if each.points], "minutes", x_range=(-5, 0))
