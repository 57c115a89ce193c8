"""The table of resource types agrees with botocore's service models."""

import botocore.session
import pytest

from helpers.account.inventory.resource_types import RESOURCE_TYPES

MODELS = {
    name: botocore.session.get_session().get_service_model(name)
    for name in {row.service for row in RESOURCE_TYPES}
}
PAGINATORS = {
    name: botocore.session.get_session().get_paginator_model(name)
    for name in {row.service for row in RESOURCE_TYPES}
}
LISTED = [row for row in RESOURCE_TYPES if row.list_operation]
each_type = pytest.mark.parametrize("resource_type", LISTED, ids=lambda row: row.name)


def item_of(resource_type):
    return (
        MODELS[resource_type.service]
        .operation_model(resource_type.list_operation)
        .output_shape.members[resource_type.items]
        .member
    )


@each_type
def test_listing(resource_type):
    """Each type is listed page by page, and its items have the members that the row names."""
    PAGINATORS[resource_type.service].get_paginator(resource_type.list_operation)
    members = item_of(resource_type).members
    for member in (
        resource_type.id,
        resource_type.arn,
        resource_type.created,
        resource_type.status,
    ):
        assert not member or member in members, member


@each_type
def test_operations(resource_type):
    """Describe, stop and delete take the row's name parameter, and require nothing else."""
    for operation in (
        resource_type.describe_operation,
        resource_type.stop_operation,
        resource_type.delete_operation,
    ):
        if operation:
            shape = MODELS[resource_type.service].operation_model(operation).input_shape
            parameters = resource_type.parameters("name", "111122223333")
            assert set(parameters) <= set(shape.members), operation
            assert set(shape.required_members) <= set(parameters), operation


def test_what_has_no_operations_has_code_of_its_own():
    """Only log streams and groups, objects and buckets have no list operation in their row."""
    others = {row.name for row in RESOURCE_TYPES} - {row.name for row in LISTED}
    assert others == {"log stream", "log group", "S3 objects", "bucket"}


@each_type
def test_statuses(resource_type):
    """Statuses are AWS's own; each that costs is running, deletable, or neither."""
    named = resource_type.running | resource_type.stoppable | resource_type.deletable
    assert bool(named) <= bool(resource_type.status)
    assert resource_type.stoppable <= resource_type.running
    if resource_type.status and resource_type.service == "sagemaker":
        assert named <= set(item_of(resource_type).members[resource_type.status].enum)


def test_order_of_deletion():
    """Endpoints are deleted before their configuration, that before its model, jobs last."""
    order = {resource_type.name: resource_type.delete_order for resource_type in RESOURCE_TYPES}
    assert len(set(order.values())) == len(RESOURCE_TYPES)
    assert order["endpoint"] < order["endpoint configuration"] < order["model"]
    assert order["S3 objects"] < order["bucket"]
    assert order["S3 objects"] < order["model"]
    assert order["log stream"] < order["notebook instance"]
    last = max(
        order[resource_type.name]
        for resource_type in RESOURCE_TYPES
        if not resource_type.kept_after_end
    )
    assert all(
        resource_type.delete_order > last
        for resource_type in RESOURCE_TYPES
        if resource_type.kept_after_end
    )
