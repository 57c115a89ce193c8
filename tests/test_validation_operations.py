"""For every operation a valid request passes, and each violated constraint is named.

A request with all members is made from the service model; then each constraint in it is broken in
turn.
"""

from collections.abc import Iterator

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from support.valid_values import good
from support.validation_errors import errors

from helpers.local.wire.java_regex import matches
from helpers.local.wire.service_model import operation_model, service_model

SEEN: set[str] = set()


def broken(shape: Shape, value) -> Iterator[tuple[object, str]]:
    """Return for each constraint of a value one that violates it, and the expected text."""
    rules = shape.metadata
    if shape.type_name in ("integer", "long", "float", "double"):
        if "min" in rules:
            yield rules["min"] - 1, f"value greater than or equal to {rules['min']}"
        if "max" in rules:
            yield rules["max"] + 1, f"value less than or equal to {rules['max']}"
    elif shape.type_name == "string":
        if "enum" in rules:
            yield "no such", "satisfy enum value set: ["
        if rules.get("min", 0) > 0:
            yield "", f"length greater than or equal to {rules['min']}"
        if "max" in rules:
            yield "a" * (rules["max"] + 1), f"length less than or equal to {rules['max']}"
        refused = [text for text in ("\u2028\n", "") if not matches(rules.get("pattern", ""), text)]
        if "pattern" in rules and refused:
            yield refused[0], f"satisfy regular expression pattern: {rules['pattern']}"
    elif isinstance(shape, ListShape):
        if rules.get("min", 0) > 0:
            yield [], f"length greater than or equal to {rules['min']}"
        if "max" in rules:
            yield value[:1] * (rules["max"] + 1), f"length less than or equal to {rules['max']}"
        for item, text in broken(shape.member, value[0]):
            yield [item, *value[1:]], text
    elif isinstance(shape, MapShape):
        for item, text in broken(shape.value, next(iter(value.values()))):
            yield dict.fromkeys(value, item), text
        for key, text in broken(shape.key, next(iter(value))):
            yield {key: next(iter(value.values()))}, text


def places(shape: Shape, value, path: str = "") -> Iterator[tuple[dict, str, Shape, bool, str]]:
    """Return all members of a request: parent, name, shape, whether required, AWS's path.

    Structures that another request had too are left out the second time.
    """
    if isinstance(shape, StructureShape):
        if shape.name in SEEN:
            return
        SEEN.add(shape.name)
        for name in value:
            member = shape.members[name]
            at = f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
            yield value, name, member, name in shape.required_members, at
            yield from places(member, value[name], at)
    elif isinstance(shape, ListShape):
        yield from places(shape.member, value[0], f"{path}.1.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from places(shape.value, item, f"{path}.{key}.member")


@pytest.mark.parametrize("operation", service_model().operation_names)
def test_every_constraint_of_every_operation(operation):
    """For every operation a valid request passes, and each violated constraint is named."""
    shape = operation_model(operation).input_shape
    if shape is None:
        return
    request = good(shape)
    assert errors(operation, request) == []
    for holder, name, member, required, path in list(places(shape, request)):
        kept = holder[name]
        cases = list(broken(member, kept)) + [(None, "not be null")] * required
        for value, text in cases:
            holder[name] = value
            found = errors(operation, request)
            assert any(f" at '{path}" in error and text in error for error in found), (path, text)
        holder[name] = kept
