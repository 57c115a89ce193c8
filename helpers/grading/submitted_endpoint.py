"""The endpoint that a learner created, with its configuration and its model."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from helpers.grading import job_checks
from helpers.grading.errors import TaskError
from helpers.grading.submission import Submission
from helpers.s3 import model_data


class Serving(NamedTuple):
    """An endpoint as it is described, its configuration, and the model of its one variant."""

    endpoint: dict[str, Any]
    config: dict[str, Any]
    model: dict[str, Any]

    @property
    def variant(self) -> dict[str, Any]:
        """The first variant of the configuration."""
        return self.config["ProductionVariants"][0]

    @property
    def artifacts(self) -> str:
        """The URI of the artifacts that it serves."""
        return model_data(self.model.get("PrimaryContainer", {}))


@functools.lru_cache(maxsize=1)
def find(submission: Submission) -> Serving:
    """Return the newest endpoint that serves a model of this exercise. Raises TaskError.

    A model belongs to the exercise if its artifacts are below the prefix.
    """
    pages = submission.sagemaker.get_paginator("list_endpoints").paginate(
        CreationTimeAfter=submission.started_at, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for summary in page["Endpoints"]:
            serving = _describe(submission, summary["EndpointName"])
            if serving and serving.artifacts.startswith(submission.uri("")):
                return serving
    raise TaskError(
        f"No endpoint serves a model from below {submission.uri('')} yet that was created since "
        "the exercise started. (A call that SageMaker refused creates none; one that was deleted "
        "doesn't count.)"
    )


def _describe(submission: Submission, name: str) -> Serving | None:
    """Describe an endpoint, or return None if a part of it was deleted."""
    client = submission.sagemaker
    try:
        endpoint = client.describe_endpoint(EndpointName=name)
        config = client.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        model_name = config["ProductionVariants"][0].get("ModelName", "")
        return Serving(endpoint, config, client.describe_model(ModelName=model_name))
    except ClientError:
        return None


def check_in_service(serving: Serving) -> None:
    """Raise TaskError unless an endpoint is in service."""
    endpoint = serving.endpoint
    status, name = endpoint["EndpointStatus"], endpoint["EndpointName"]
    if status == "Failed":
        raise TaskError(f"The endpoint {name} is Failed: {job_checks.failure_reason(endpoint)}")
    if status != "InService":
        raise TaskError(f"The endpoint {name} is {status}: wait until it is InService.")


def check_image(serving: Serving, image: str, variable: str) -> None:
    """Raise TaskError unless a model has this repository:tag, which a variable has the URI of."""
    uri = serving.model.get("PrimaryContainer", {}).get("Image", "")
    if not uri.endswith(f"/{image}"):
        raise TaskError(
            f"The model {serving.model['ModelName']} has the image {uri}: use {variable}."
        )


def check_plan(submission: Submission, serving: Serving, variant_name: str) -> None:
    """Raise TaskError unless configuration, variant and tags are as the tasks ask."""
    config, variant = serving.config, serving.variant
    if len(config["ProductionVariants"]) > 1:
        raise TaskError(
            f"The configuration {config['EndpointConfigName']} has "
            f"{len(config['ProductionVariants'])} variants; the task asks for one."
        )
    if variant["VariantName"] != variant_name:
        raise TaskError(
            f'The variant is called {variant["VariantName"]}; the task asks for "{variant_name}".'
        )
    settings = {
        "instance type": (variant.get("InstanceType"), job_checks.INSTANCE_TYPE),
        "number of instances": (variant.get("InitialInstanceCount"), 1),
    }
    for name, (value, expected) in settings.items():
        if value != expected:
            raise TaskError(f"The {name} of the variant is {value}. For which does the task ask?")
    for arn, what in (
        (serving.model["ModelArn"], "model"),
        (config["EndpointConfigArn"], "endpoint configuration"),
        (serving.endpoint["EndpointArn"], "endpoint"),
    ):
        job_checks.check_tags(submission, arn, what)
