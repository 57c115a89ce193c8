"""The table of resource types, held against the service models that botocore brings along."""

import botocore.session
import pytest

from helpers.account.inventory import KINDS

MODELS = {
    name: botocore.session.get_session().get_service_model(name)
    for name in {kind.service for kind in KINDS}
}
PAGINATORS = {
    name: botocore.session.get_session().get_paginator_model(name)
    for name in {kind.service for kind in KINDS}
}
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def item_of(kind):
    return MODELS[kind.service].operation_model(kind.lists).output_shape.members[kind.items].member


@kinds
def test_listing(kind):
    """Each kind is listed page by page, and its items have the members that the row names."""
    PAGINATORS[kind.service].get_paginator(kind.lists)
    members = item_of(kind).members
    for member in (kind.id, kind.arn, kind.created, kind.status):
        assert not member or member in members, member


@kinds
def test_operations(kind):
    """Describe, stop and delete take the name as the row says, and need nothing else."""
    for operation in (kind.describes, kind.stops, kind.deletes):
        if operation and kind.service not in ("s3", "logs"):
            shape = MODELS[kind.service].operation_model(operation).input_shape
            given = kind.parameters("name", "111122223333")
            assert set(given) <= set(shape.members), operation
            assert set(shape.required_members) <= set(given), operation


@kinds
def test_statuses(kind):
    """Statuses are AWS's own; every one in which it costs is running, deletable, or neither."""
    named = kind.running | kind.stoppable | kind.deletable
    assert bool(named) <= bool(kind.status)
    assert kind.stoppable <= kind.running
    if kind.status and kind.service == "sagemaker":
        assert named <= set(item_of(kind).members[kind.status].enum)


def test_order_of_deletion():
    """An endpoint goes before its configuration, that before its model; jobs prove, and go last."""
    order = {kind.name: kind.order for kind in KINDS}
    assert len(set(order.values())) == len(KINDS)
    assert order["endpoint"] < order["endpoint configuration"] < order["model"]
    assert order["S3 objects"] < order["bucket"]
    assert order["S3 objects"] < order["model"]
    assert order["log stream"] < order["notebook instance"]
    last = max(order[kind.name] for kind in KINDS if not kind.record)
    assert all(kind.order > last for kind in KINDS if kind.record)
