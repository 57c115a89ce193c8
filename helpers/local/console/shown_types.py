"""The resources that have pages: a row each, in the order of AWS's console."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.catalog import resource_types as catalog
from helpers.local.console import (
    endpoints,
    models,
    notebook_instances,
    training_jobs,
    transform_jobs,
    tuning_jobs,
)
from helpers.local.console.content import Page
from helpers.local.console.urls import SLUGS
from helpers.local.console.view import View
from helpers.local.state.database import Document


@dataclass(frozen=True)
class ShownType:
    """How the console shows a resource type.

    Parameters
    ----------
    resource
        The type.
    group, title
        Its place in the navigation, in AWS's words.
    columns, members, row
        Of its list; see `listing.list_page`.
    page
        Makes the page of a resource.
    can_stop, can_delete
        Whether SageMaker has these operations.
    """

    resource: catalog.ResourceType
    group: str
    title: str
    columns: tuple[str, ...]
    members: tuple[str, ...]
    row: Callable[[View, Document], tuple]
    page: Callable[[View, Document], Page]
    can_stop: bool = False
    can_delete: bool = True

    @property
    def slug(self) -> str:
        return SLUGS[self.resource.arn_type]


SHOWN_TYPES = (
    ShownType(
        catalog.NOTEBOOK_INSTANCE,
        "Applications and IDEs",
        "Notebook instances",
        notebook_instances.COLUMNS,
        notebook_instances.MEMBERS,
        notebook_instances.row,
        notebook_instances.page,
        can_stop=True,
    ),
    ShownType(
        catalog.TRAINING_JOB,
        "Training",
        "Training jobs",
        training_jobs.COLUMNS,
        training_jobs.MEMBERS,
        training_jobs.row,
        training_jobs.page,
        can_stop=True,
    ),
    ShownType(
        catalog.HYPERPARAMETER_TUNING_JOB,
        "Training",
        "Hyperparameter tuning jobs",
        tuning_jobs.COLUMNS,
        tuning_jobs.MEMBERS,
        tuning_jobs.row,
        tuning_jobs.page,
        can_stop=True,
    ),
    ShownType(
        catalog.MODEL,
        "Inference",
        "Models",
        models.MODEL_COLUMNS,
        models.MODEL_MEMBERS,
        models.model_row,
        models.model_page,
    ),
    ShownType(
        catalog.ENDPOINT_CONFIG,
        "Inference",
        "Endpoint configurations",
        models.CONFIG_COLUMNS,
        models.CONFIG_MEMBERS,
        models.config_row,
        models.config_page,
    ),
    ShownType(
        catalog.ENDPOINT,
        "Inference",
        "Endpoints",
        endpoints.COLUMNS,
        endpoints.MEMBERS,
        endpoints.row,
        endpoints.page,
    ),
    ShownType(
        catalog.TRANSFORM_JOB,
        "Inference",
        "Batch transform jobs",
        transform_jobs.COLUMNS,
        transform_jobs.MEMBERS,
        transform_jobs.row,
        transform_jobs.page,
        can_stop=True,
        can_delete=False,
    ),
)
BY_SLUG = {shown_type.slug: shown_type for shown_type in SHOWN_TYPES}
