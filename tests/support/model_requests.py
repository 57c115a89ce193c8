"""Requests made from botocore's service model: valid ones, and ones that break one constraint."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from botocore.model import ListShape, MapShape, Shape, StructureShape

from helpers.local.wire.java_regex import matches
from helpers.local.wire.service_model import operation_model

VALID_TEXTS = (
    "a",
    "s3://bucket/key",
    "arn:aws:iam::111122223333:role/nobody",
    "arn:aws:sagemaker:us-east-1:111122223333:model/nothing",
    "arn:aws:sagemaker:us-east-1:111122223333:training-plan/nothing",
    "arn:aws:sagemaker:us-east-1:111122223333:hub-content/hub/Model/name/1.0.0",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/hub/Model/name/1.0.0",
    "arn:aws:sagemaker:us-east-1:111122223333:evaluator/nothing",
    "https://example.com/code",
    "/metrics",
    "1.0",
    "12345678901",
    "fs-0123456789abcdef0",
    "ml.m5.large",
    "notebook-al2023-v1",
    "1",
    "8K",
    "arn:aws:lambda:us-east-1:111122223333:function:nothing",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/hub/DataSet/name/1.0.0",
    "arn:aws:sagemaker:us-east-1:111122223333:mlflow-tracking-server/nothing",
    "arn:aws:sagemaker:us-east-1:111122223333:model-package-group/nothing",
    "arn:aws:sagemaker:us-east-1:111122223333:model-package/nothing",
    "mig-1g.5gb",
    "text/csv",
    "arn:aws:sns:us-east-1:111122223333:nothing",
)
INVALID_TEXTS = ("!", "!!", " ", "a b", "\n", "é", "_", "-", "/")
WRONG_TYPES = {
    "string": [1, True, [], {}],
    "integer": ["1", 0.5, True, [], {}],
    "long": ["1", 0.5, True, [], {}],
    "float": ["x", True, [], {}],
    "double": ["x", True, [], {}],
    "boolean": ["true", 1, [], {}],
    "timestamp": [True, [], {}],
    "list": ["x", 1, {}],
    "map": ["x", 1, []],
    "structure": ["x", 1, []],
    "blob": [1, True, [], {}],
}
FREE = 5_000  # a size above this is not tried, to keep requests small


class ModelRequest(NamedTuple):
    """A request, and what AWS answers.

    `kind` names the constraint; `path` and `text` are those of the validation error.
    """

    kind: str
    operation: str
    params: dict[str, Any]
    path: str = ""
    text: str = ""


def valid_value(shape: Shape) -> Any:
    """Return a value that keeps all constraints, with required members only."""
    if isinstance(shape, StructureShape):
        names = shape.required_members or ([*shape.members][:1] if shape.is_tagged_union else [])
        return {name: valid_value(shape.members[name]) for name in names}
    if isinstance(shape, ListShape):
        return [valid_value(shape.member) for _ in range(max(shape.metadata.get("min", 0), 1))]
    if isinstance(shape, MapShape):
        return {valid_value(shape.key): valid_value(shape.value)}
    if shape.type_name == "string":
        return _text(shape)
    minimum = shape.metadata.get("min", 1)
    return False if shape.type_name == "boolean" else minimum


def _text(shape: Shape, size: int | None = None) -> str:
    """Return a valid text, of a size if one is given."""
    if choices := shape.metadata.get("enum"):
        return choices[0]
    smallest, pattern = shape.metadata.get("min", 0), shape.metadata.get("pattern")
    largest = shape.metadata.get("max", FREE)
    for text in VALID_TEXTS:
        wanted = max(len(text), smallest) if size is None else size
        longer = text + "a" * (wanted - len(text))
        if len(longer) == wanted <= largest and (not pattern or matches(pattern, longer)):
            return longer
    raise LookupError(f"no valid text for {shape}, pattern {pattern}, size {size}")


def members(shape: Shape, path: tuple = ()) -> Iterator[tuple[tuple, Shape]]:
    """Yield each member below a structure, with its path; 0 is a list's first element."""
    if isinstance(shape, ListShape):
        yield from members(shape.member, (*path, 0))
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield (*path, name), member
            yield from members(member, (*path, name))


def request_with(operation: str, path: tuple, value: Any) -> dict[str, Any]:
    """Return a valid request that has a value at a path, and the structures around it."""
    shape: Any = operation_model(operation).input_shape
    request = place = copy.deepcopy(valid_value(shape))
    for number, name in enumerate(path):
        is_last = number == len(path) - 1
        if isinstance(shape, ListShape):
            shape = shape.member
        else:
            if shape.is_tagged_union:
                place.clear()
            shape = shape.members[name]
            if name not in place:
                place[name] = valid_value(shape)
        if is_last:
            place[name] = value
        place = place[name]
    return request


def shown(path: tuple) -> str:
    """Return a path as AWS shows it."""
    parts = ["1.member" if name == 0 else name[0].lower() + name[1:] for name in path]
    return ".".join(parts)


def broken_requests(operation: str) -> Iterator[ModelRequest]:
    """Yield, for each constraint of each member, a request that breaks it and no other."""
    root = operation_model(operation).input_shape
    yield from _missing(operation, root, ())
    for path, shape in members(root):
        for kind, value, text in _broken_values(shape):
            request = request_with(operation, path, value)
            yield ModelRequest(kind, operation, request, shown(path), text)
        if isinstance(shape, StructureShape):
            yield from _missing(operation, shape, path)
        elif isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
            yield from _missing(operation, shape.member, (*path, 0))


def _missing(operation: str, shape: StructureShape, path: tuple) -> Iterator[ModelRequest]:
    for name in shape.required_members:
        request = request_with(operation, (*path, name), None)
        text = "Member must not be null"
        yield ModelRequest("required", operation, request, shown((*path, name)), text)


def _broken_values(shape: Shape) -> Iterator[tuple[str, Any, str]]:
    """Yield (kind, value, text of the error) for the constraints of one member."""
    if isinstance(shape, ListShape):
        yield from _broken_sizes(shape, lambda size: [valid_value(shape.member)] * size)
        for kind, value, text in _broken_values(shape.member):
            if not isinstance(shape.member, StructureShape | ListShape):
                yield f"element: {kind}", [value], _inside("Member", text)
    elif isinstance(shape, MapShape):
        yield from _broken_sizes(
            shape, lambda size: {f"k{n}": valid_value(shape.value) for n in range(size)}
        )
        key, value = valid_value(shape.key), valid_value(shape.value)
        for kind, broken, text in _broken_values(shape.key):
            yield f"map key: {kind}", {broken: value}, _inside("Map keys", text)
        for kind, broken, text in _broken_values(shape.value):
            yield f"map value: {kind}", {key: broken}, _inside("Map value", text)
    elif shape.type_name == "string":
        yield from _broken_texts(shape)
    elif shape.type_name in ("integer", "long", "float", "double"):
        for limit, step, words in (("max", 1, "less"), ("min", -1, "greater")):
            if (bound := shape.metadata.get(limit)) is not None:
                text = f"Member must have value {words} than or equal to {bound}"
                yield f"{limit} value", bound + step, text


def _inside(subject: str, text: str) -> str:
    """Return the start of the error of an element; it names all constraints of the element."""
    return f"{subject} must satisfy constraint: ["


def _broken_sizes(shape: Shape, make) -> Iterator[tuple[str, Any, str]]:
    largest, smallest = shape.metadata.get("max"), shape.metadata.get("min", 0)
    if largest is not None and largest <= FREE:
        text = f"Member must have length less than or equal to {largest}"
        yield "max length", make(largest + 1), text
    if smallest > 0:
        text = f"Member must have length greater than or equal to {smallest}"
        yield "min length", make(smallest - 1), text


def _broken_texts(shape: Shape) -> Iterator[tuple[str, str, str]]:
    if choices := shape.metadata.get("enum"):
        yield "enum", "none-of-them", f"Member must satisfy enum value set: [{choices[0]}"
        return
    yield from _broken_sizes(shape, lambda size: "a" * size)
    pattern, smallest = shape.metadata.get("pattern"), shape.metadata.get("min", 0)
    if pattern:
        texts = (text * max(smallest, 1) for text in INVALID_TEXTS)
        broken = next((text for text in texts if not matches(pattern, text)), None)
        if broken is not None:
            yield "pattern", broken, f"Member must satisfy regular expression pattern: {pattern}"


def requests_at_the_limits(operation: str) -> Iterator[ModelRequest]:
    """Yield valid requests: each member once, and each at its largest and smallest size."""
    for path, shape in members(operation_model(operation).input_shape):
        values = [valid_value(shape)]
        for limit in ("min", "max"):
            if (size := shape.metadata.get(limit)) is None or size > FREE:
                continue
            if isinstance(shape, ListShape):
                values.append([valid_value(shape.member)] * size)
            elif isinstance(shape, MapShape):
                values.append({f"k{number}": valid_value(shape.value) for number in range(size)})
            elif shape.type_name == "string":
                try:
                    values.append(_text(shape, size))
                except LookupError:
                    continue  # for example a fixed form, or a pattern that excludes that size
            else:
                values.append(size)
        for value in values:
            yield ModelRequest("valid", operation, request_with(operation, path, value))


def requests_of_wrong_type(operation: str) -> Iterator[ModelRequest]:
    """Yield requests in which one member has another JSON type than the model's."""
    for path, shape in members(operation_model(operation).input_shape):
        for value in WRONG_TYPES[shape.type_name]:
            yield ModelRequest("type", operation, request_with(operation, path, value), shown(path))
