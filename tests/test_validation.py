"""Validation by the service model gives AWS's texts, for every operation of SageMaker."""

import doctest
import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from helpers.local.wire import asgi, aws_json, java_regex, validation
from helpers.local.wire.errors import ValidationException
from helpers.local.wire.java_regex import _compiled, matches
from helpers.local.wire.service_model import operation_model, service_model
from helpers.local.wire.validation import validate

TRAINING_JOB = {
    "TrainingJobName": "boston-1",
    "HyperParameters": {"objective": "reg:squarederror", "num_round": "100"},
    "AlgorithmSpecification": {"TrainingImage": "image:1", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::111122223333:role/service-role/AmazonSageMaker-ExecutionRole",
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://b/output"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "Tags": [{"Key": "course", "Value": "boston é"}],
}


def errors(operation: str, params: dict) -> list[str]:
    """Return the errors that the answer lists, without their count; [] if there is none."""
    try:
        validate(operation, params)
    except ValidationException as error:
        count, _, text = error.message.partition(" detected: ")
        found = re.split(r"; (?=Value)", text)
    else:
        return []
    assert count == ("1 validation error" if len(found) == 1 else f"{len(found)} validation errors")
    return found


def job_errors(**changes) -> list[str]:
    """Return the errors of a training job with some members changed."""
    return errors("CreateTrainingJob", TRAINING_JOB | changes)


def test_a_good_request_passes():
    """A valid request passes, also for an operation that takes no input."""
    assert job_errors() == []
    assert errors("GetSagemakerServicecatalogPortfolioStatus", {}) == []


def test_enum():
    """For an invalid enum value the allowed values are listed in the model's order."""
    (error,) = job_errors(ResourceConfig=TRAINING_JOB["ResourceConfig"] | {"InstanceType": "local"})
    start = (
        "Value 'local' at 'resourceConfig.instanceType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ml."
    )
    assert error.startswith(start)
    assert "ml.m5.large, " in error
    assert error.endswith("]")


def test_two_errors_of_one_value():
    """Length is checked before the pattern, as CreateModel was seen to answer."""
    name = "a_" * 32
    assert errors("DescribeModel", {"ModelName": name}) == [
        f"Value '{name}' at 'modelName' failed to satisfy constraint: "
        "Member must have length less than or equal to 63",
        f"Value '{name}' at 'modelName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: "
        r"[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?",
    ]


def test_missing_members():
    """A required member that is absent or null is a null value, at any depth."""
    assert job_errors(RoleArn=None, OutputDataConfig={}) == [
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
        "Value null at 'outputDataConfig.s3OutputPath' failed to satisfy constraint: "
        "Member must not be null",
    ]


def test_members_of_lists_are_counted_from_one():
    """Each structure in a list is reported as `.N.member`, counted from 1."""
    tags = [{"Key": "a", "Value": "b"}, {"Key": "", "Value": "b"}]
    assert job_errors(Tags=tags) == [
        "Value '' at 'tags.2.member.key' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    ]


def test_plain_elements_of_a_list_are_reported_by_the_list():
    """All constraints of a list's element are named, whichever is violated."""
    vpc = {"Subnets": ["subnet-1", "b!"], "SecurityGroupIds": ["sg-1"]}
    assert job_errors(VpcConfig=vpc) == [
        "Value '[subnet-1, b!]' at 'vpcConfig.subnets' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 32, "
        "Member must have length greater than or equal to 0, "
        "Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]"
    ]


def test_maps_are_reported_whole():
    """A bad entry is reported by its map, keys and values apart; null is one more rule."""
    value_rules = (
        "Map value must satisfy constraint: [Member must have length less than or equal to 2500, "
        "Member must have length greater than or equal to 0, "
        "Member must satisfy regular expression pattern: .*"
    )
    (error,) = job_errors(HyperParameters={"a": "1", "b": "x\n"})
    prefix = "Value '{a=1, b=x\n}' at 'hyperParameters' failed to satisfy constraint: "
    assert error == f"{prefix}{value_rules}]"
    (error,) = job_errors(HyperParameters={"a": None})
    assert error.endswith(f"{value_rules}, Member must not be null]")
    (error,) = job_errors(HyperParameters={"k" * 257: "1"})
    assert (
        "Map keys must satisfy constraint: [Member must have length less than or equal to 256"
        in error
    )
    (error,) = job_errors(HyperParameters={str(n): "1" for n in range(101)})
    assert error.endswith("Member must have length less than or equal to 100")


def test_numbers_have_values_not_lengths():
    """A range error reports the value, which is in quotes even though it is a number."""
    assert job_errors(StoppingCondition={"MaxRuntimeInSeconds": 0}) == [
        "Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    ]
    assert errors("ListModels", {"MaxResults": 10**400})[0].endswith("less than or equal to 100")


def test_structures_in_a_list_are_shown_as_java_shows_them():
    """If a list of structures is too long, such as of tags, the list is shown as the value."""
    (error,) = job_errors(Tags=[{"Key": "a", "Value": "b"}] * 51)
    assert error.startswith("Value '[Tag(key=a, value=b), Tag(")
    assert error.endswith(
        " at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"
    )


def test_a_huge_value_is_cut():
    """A huge value is truncated in the error."""
    (error,) = job_errors(TrainingJobName="a" * 100_000)[:1]
    assert len(error) < 1300


def test_a_union_has_exactly_one_member():
    """A union with no member or two is refused, and the text names the choices."""
    job = good(operation_model("CreateAutoMLJobV2").input_shape)
    choices = ["imageClassificationJobConfig", "textClassificationJobConfig"]
    for names in ([], ["ImageClassificationJobConfig", "TabularJobConfig"]):
        job["AutoMLProblemTypeConfig"] = {
            name: {"TargetAttributeName": "medv"} if name == "TabularJobConfig" else {}
            for name in names
        }
        (error,) = errors("CreateAutoMLJobV2", job)
        assert error.startswith("Value 'AutoMLProblemTypeConfig(")
        text = f"Member must have exactly one of: [{', '.join(choices)}, "
        assert f"' at 'autoMLProblemTypeConfig' failed to satisfy constraint: {text}" in error


def test_sensitive_values_are_not_repeated():
    """A sensitive value, such as a client secret, is not repeated in an error."""
    workforce = {"WorkforceName": "w", "OidcConfig": {"ClientSecret": "s" * 5000}}
    found = errors("CreateWorkforce", workforce)
    secret = [error for error in found if "clientSecret" in error]
    assert secret[0].startswith("Value at 'oidcConfig.clientSecret' failed to satisfy")


# Every operation: a request with all members, made from the model, passes; then each constraint in
# it is broken in turn.

SEEN: set[str] = set()
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


@pytest.mark.parametrize("module", [asgi, aws_json, java_regex, validation])
def test_examples(module):
    """The examples in the docstrings run."""
    results = doctest.testmod(module)
    assert results.attempted
    assert results.failed == 0
