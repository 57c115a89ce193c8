"""Check a request's parameters against the service model, and say what AWS says.

The wording is that of AWS's service framework, seen in public tracebacks. Which of several errors
AWS names first isn't documented; here they come in the order of the service model's members, and
for one value: maximum, minimum, enum, pattern (the order that CreateModel was seen to use).
"""

import operator
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from helpers.local.wire.errors import ValidationException
from helpers.local.wire.java_regex import matches
from helpers.local.wire.service_model import operation_model

Constraint = tuple[str, Callable[[Any], bool]]
"""The text of the error, and a predicate that a value must satisfy."""

_MAX_VALUE_CHARS = 1024  # of the request that an error repeats, characters; AWS has no such limit
_NOT_NULL = "Member must not be null"
_NUMBERS = frozenset({"integer", "long", "float", "double"})


def validate(operation: str, params: dict[str, Any], service: str = "sagemaker") -> None:
    """Refuse parameters that violate a constraint of the operation's input shape.

    Checked: required members, enum values, patterns, lengths, ranges, the sizes of lists and maps,
    their elements, keys and values, and that a union has exactly one member (AWS's text for the
    last is not known; ours names the choices).

    Parameters
    ----------
    operation
        Such as `CreateTrainingJob`.
    params
        As `aws_json.parse` returns them, so of the right types.
    service
        The service of the operation, by botocore's name.

    Raises
    ------
    ValidationException
        Lists every violation, each with the value and the path of the member.

    Examples
    --------
    >>> validate("DescribeModel", {})
    Traceback (most recent call last):
        ...
    helpers.local.wire.errors.ValidationException: ValidationException: 1 validation error \
detected: Value null at 'modelName' failed to satisfy constraint: Member must not be null
    """
    shape = operation_model(operation, service).input_shape
    if shape is None:
        return
    errors = list(_structure_errors(shape, params, ""))
    if errors:
        noun = "error" if len(errors) == 1 else "errors"
        raise ValidationException(f"{len(errors)} validation {noun} detected: {'; '.join(errors)}")


def _structure_errors(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    if shape.is_tagged_union and len(value) != 1:
        choices = ", ".join(map(_member_name, shape.members))
        yield _error(shape, value, path, f"Member must have exactly one of: [{choices}]")
    for name, member in shape.members.items():
        item = value.get(name)
        if item is not None:
            yield from _member_errors(member, item, _join(path, name))
        elif name in shape.required_members:
            yield _error(member, None, _join(path, name), _NOT_NULL)


def _member_errors(shape: Shape, value: Any, path: str) -> Iterator[str]:
    for text, holds in _constraints(shape):
        if not holds(value):
            yield _error(shape, value, path, text)
    yield from _inner_errors(shape, value, path)


def _inner_errors(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Yield the errors inside a list, a map or a structure; none for any other value."""
    if value is None:
        return
    if isinstance(shape, StructureShape):
        yield from _structure_errors(shape, value, path)
    elif isinstance(shape, ListShape):
        for text in _element_constraints("Member", shape.member, value):
            yield _error(shape, value, path, text)
        for number, item in enumerate(value, start=1):
            yield from _inner_errors(shape.member, item, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for text in _element_constraints("Map keys", shape.key, value):
            yield _error(shape, value, path, text)
        for text in _element_constraints("Map value", shape.value, value.values()):
            yield _error(shape, value, path, text)
        for key, item in value.items():
            yield from _inner_errors(shape.value, item, f"{path}.{key}.member")


def _element_constraints(subject: str, shape: Shape, elements: Collection[Any]) -> Iterator[str]:
    """Yield one text that names all constraints, as AWS does, if any element is refused."""
    constraints = _constraints(shape)
    has_null = any(element is None for element in elements)
    if has_null or not all(holds(element) for element in elements for _, holds in constraints):
        texts = [text for text, _ in constraints] + [_NOT_NULL] * has_null
        yield f"{subject} must satisfy constraint: [{', '.join(texts)}]"


@cache
def _constraints(shape: Shape) -> tuple[Constraint, ...]:
    """Return the constraints of a value itself; that it is required is the structure's."""
    is_number = shape.type_name in _NUMBERS
    size, measure = ("value", operator.pos) if is_number else ("length", len)
    constraints: list[Constraint] = []
    if (maximum := shape.metadata.get("max")) is not None:
        text = f"Member must have {size} less than or equal to {maximum}"
        constraints.append((text, lambda value: measure(value) <= maximum))
    if (minimum := shape.metadata.get("min")) is not None:
        text = f"Member must have {size} greater than or equal to {minimum}"
        constraints.append((text, lambda value: measure(value) >= minimum))
    if choices := shape.metadata.get("enum"):
        text = f"Member must satisfy enum value set: [{', '.join(choices)}]"
        constraints.append((text, frozenset(choices).__contains__))
    if pattern := shape.metadata.get("pattern"):
        text = f"Member must satisfy regular expression pattern: {pattern}"
        constraints.append((text, lambda value: matches(pattern, value)))
    return tuple(constraints)


def _error(shape: Shape, value: Any, path: str, constraint: str) -> str:
    if value is None:
        shown = " null"
    elif shape.metadata.get("sensitive"):
        shown = ""
    else:
        text = _java_text(shape, value)
        shown = f" '{text if len(text) <= _MAX_VALUE_CHARS else text[:_MAX_VALUE_CHARS] + '...'}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {constraint}"


def _java_text(shape: Shape, value: Any) -> str:
    """Format a value as Java prints it: `[a, b]`, `{key=value}`, `Tag(key=a)`, `true`."""
    if value is None:
        return "null"
    if isinstance(shape, ListShape):
        return f"[{', '.join(_java_text(shape.member, item) for item in value)}]"
    if isinstance(shape, MapShape):
        pairs = (f"{key}={_java_text(shape.value, item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(shape, StructureShape):
        pairs = (
            f"{_member_name(name)}={_java_text(member, value[name])}"
            for name, member in shape.members.items()
            if name in value
        )
        return f"{shape.name}({', '.join(pairs)})"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _join(path: str, name: str) -> str:
    return f"{path}.{_member_name(name)}" if path else _member_name(name)


def _member_name(name: str) -> str:
    return name[0].lower() + name[1:]
