"""Valid values of the service model's shapes, up to whole requests."""

import re
import string
from datetime import UTC, datetime
from functools import cache

from botocore.model import ListShape, MapShape, Shape, StructureShape

from helpers.local.wire.java_regex import _compiled, matches
from helpers.local.wire.service_model import service_model

CHARACTERS = "a0A-/.: _1" + string.printable


def text_for(tree: re._parser.SubPattern, repeat: int) -> str:
    """Return a text for a parsed pattern, with repetitions of about `repeat` times."""
    text = ""
    for index, (kind, value) in enumerate(tree):
        name = str(kind)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            text += text_for(value[2], repeat) * max(value[0], min(int(value[1]), repeat))
        elif name == "SUBPATTERN":
            text += text_for(value[-1], repeat)
        elif name == "BRANCH":
            text += text_for(value[1][0], repeat)
        elif name == "LITERAL":
            text += chr(value)
        elif name in ("IN", "ANY", "NOT_LITERAL"):
            one = re._compiler.compile(tree[index : index + 1])
            text += next(character for character in CHARACTERS if one.fullmatch(character))
    return text


@cache
def good_text(shape_name: str) -> str:
    """Return a text that satisfies all constraints of a string shape."""
    rules = service_model().shape_for(shape_name).metadata
    if "enum" in rules:
        return rules["enum"][0]
    least, most = rules.get("min", 0), rules.get("max", 1 << 20)
    tree = re._parser.parse(_compiled(rules.get("pattern", ".*"), True).pattern)
    texts = (text_for(tree, repeat) for repeat in (1, 2, 3, 4, 10, 12, 16, 20, 36, 50, 64))
    return next(
        text
        for text in texts
        if least <= len(text) <= most and matches(rules.get("pattern", ".*"), text)
    )


def good(shape: Shape, above: tuple[str, ...] = ()):
    """Return a valid value of a shape, with optional members unless they would recurse."""
    if isinstance(shape, StructureShape):
        names = shape.required_members
        if shape.name not in above and len(above) < 4:
            names = list(shape.members)[:1] if shape.is_tagged_union else list(shape.members)
        elif shape.is_tagged_union:
            names = list(shape.members)[:1]
        return {name: good(shape.members[name], (*above, shape.name)) for name in names}
    if isinstance(shape, ListShape):
        return [good(shape.member, above)] * max(1, shape.metadata.get("min", 0))
    if isinstance(shape, MapShape):
        return {good(shape.key): good(shape.value, above)}
    kinds = {"boolean": True, "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}
    if shape.type_name == "string":
        return good_text(shape.name)
    return kinds.get(shape.type_name, max(1, shape.metadata.get("min", 1)))
