"""Models and endpoint configurations: their lists, and the page of one."""

from typing import Any

from helpers.local.console.content import Facts, Page, Section, Table
from helpers.local.console.view import View
from helpers.local.resources.models import model_containers
from helpers.local.state.database import Document

MODEL_COLUMNS = ("Name", "ARN", "Creation time")
MODEL_MEMBERS = ("ModelName", "ModelArn", "CreationTime")
CONFIG_COLUMNS = ("Name", "ARN", "Creation time")
CONFIG_MEMBERS = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")


def model_row(view: View, model: Document) -> tuple:
    """Return a row of the list of models."""
    return view.link("models", model["ModelName"]), model["ModelArn"], model["CreationTime"]


def config_row(view: View, config: Document) -> tuple:
    """Return a row of the list of endpoint configurations."""
    name = config["EndpointConfigName"]
    return view.link("endpointConfig", name), config["EndpointConfigArn"], config["CreationTime"]


def model_page(view: View, model: Document) -> Page:
    """Return the page of a model."""
    settings = Facts(
        "settings",
        "Model settings",
        [
            ("Name", model["ModelName"]),
            ("ARN", model["ModelArn"]),
            ("Creation time", model["CreationTime"]),
            ("IAM role ARN", model["ExecutionRoleArn"]),
            ("Network isolation", model["EnableNetworkIsolation"]),
        ],
    )
    containers = [
        section
        for number, container in enumerate(model_containers(model), 1)
        for section in _container(view, container, number)
    ]
    tags = Table("tags", "Tags", ("Key", "Value"), view.tags(model["ModelArn"]), "No tags.")
    return Page(model["ModelName"], [settings, *containers, tags])


def _container(view: View, container: dict[str, Any], number: int) -> list[Section]:
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    data = container.get("ModelDataUrl") or source.get("S3Uri")
    title = "Primary container" if number == 1 else f"Container {number}"
    facts = Facts(
        f"container-{number}",
        title,
        [
            ("Container image", container["Image"]),
            ("Mode", container["Mode"]),
            ("Model data location", view.s3(data)),
        ],
    )
    variables = sorted(container.get("Environment", {}).items())
    name = f"environment-{number}"
    return [facts, Table(name, "Environment variables", ("Key", "Value"), variables)]


def config_page(view: View, config: Document) -> Page:
    """Return the page of an endpoint configuration."""
    settings = Facts(
        "settings",
        "Endpoint configuration settings",
        [
            ("Name", config["EndpointConfigName"]),
            ("ARN", config["EndpointConfigArn"]),
            ("Creation time", config["CreationTime"]),
            ("Encryption key", config.get("KmsKeyId")),
            ("Type", "Asynchronous" if "AsyncInferenceConfig" in config else "Real-time"),
        ],
    )
    rows = [
        (
            view.link("models", variant["ModelName"]),
            variant["VariantName"],
            variant.get("InstanceType", "Serverless"),
            variant.get("InitialInstanceCount"),
            variant["InitialVariantWeight"],
        )
        for variant in config["ProductionVariants"]
    ]
    columns = (
        "Model name", "Variant name", "Instance type", "Initial instance count", "Initial weight"
    )  # fmt: skip
    sections: list[Section] = [settings, Table("variants", "Production variants", columns, rows)]
    if capture := config.get("DataCaptureConfig"):
        sections.append(capture_section(view, capture))
    tags = view.tags(config["EndpointConfigArn"])
    return Page(
        config["EndpointConfigName"],
        [*sections, Table("tags", "Tags", ("Key", "Value"), tags, "No tags.")],
    )


def capture_section(view: View, capture: dict[str, Any]) -> Facts:
    """Return the section of a DataCaptureConfig."""
    return Facts(
        "capture",
        "Data capture",
        [
            ("Enable data capture", capture.get("EnableCapture", False)),
            ("Sampling percentage", capture.get("InitialSamplingPercentage")),
            ("Data capture location", view.s3(capture["DestinationS3Uri"].rstrip("/") + "/")),
        ],
    )
