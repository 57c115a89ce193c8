"""Validation by the service model: AWS's texts, and every operation of SageMaker."""

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
    "RoleArn": "arn:aws:iam::111122223333:role/AmazonSageMaker-ExecutionRole",
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
    """The errors that the answer lists, without the count before them; [] if there is none."""
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
    """The errors of a training job with some members changed."""
    return errors("CreateTrainingJob", TRAINING_JOB | changes)


def test_a_good_request_passes():
    """So does one for an operation that takes no input."""
    assert job_errors() == []
    assert errors("GetSagemakerServicecatalogPortfolioStatus", {}) == []


def test_enum():
    """The whole set is listed, in the model's order."""
    (error,) = job_errors(ResourceConfig=TRAINING_JOB["ResourceConfig"] | {"InstanceType": "local"})
    start = (
        "Value 'local' at 'resourceConfig.instanceType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ml."
    )
    assert error.startswith(start)
    assert "ml.m5.large, " in error
    assert error.endswith("]")


def test_two_errors_of_one_value():
    """Length comes before pattern, as CreateModel was seen to answer."""
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
    """Each structure in a list is `.N.member`."""
    tags = [{"Key": "a", "Value": "b"}, {"Key": "", "Value": "b"}]
    assert job_errors(Tags=tags) == [
        "Value '' at 'tags.2.member.key' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    ]


def test_plain_elements_of_a_list_are_reported_by_the_list():
    """All constraints of an element are named, whichever is broken."""
    vpc = {"Subnets": ["subnet-1", "b!"], "SecurityGroupIds": ["sg-1"]}
    assert job_errors(VpcConfig=vpc) == [
        "Value '[subnet-1, b!]' at 'vpcConfig.subnets' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 32, "
        "Member must have length greater than or equal to 0, "
        "Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]"
    ]


def test_maps_are_reported_whole():
    """A bad hyperparameter is reported by the map, keys and values apart; null is one more rule."""
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
    """Ranges speak of the value; the value stands in quotes all the same."""
    assert job_errors(StoppingCondition={"MaxRuntimeInSeconds": 0}) == [
        "Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    ]
    assert errors("ListModels", {"MaxResults": 10**400})[0].endswith("less than or equal to 100")


def test_structures_in_a_list_are_shown_as_java_shows_them():
    """Too many tags: the list is the value."""
    (error,) = job_errors(Tags=[{"Key": "a", "Value": "b"}] * 51)
    assert error.startswith("Value '[Tag(key=a, value=b), Tag(")
    assert error.endswith(
        " at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"
    )


def test_a_huge_value_is_cut():
    """The request is not sent back whole."""
    (error,) = job_errors(TrainingJobName="a" * 100_000)[:1]
    assert len(error) < 1300


def test_a_union_has_exactly_one_member():
    """None and two are refused; the text names the choices."""
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
    """A client secret doesn't come back in an error."""
    workforce = {"WorkforceName": "w", "OidcConfig": {"ClientSecret": "s" * 5000}}
    found = errors("CreateWorkforce", workforce)
    secret = [error for error in found if "clientSecret" in error]
    assert secret[0].startswith("Value at 'oidcConfig.clientSecret' failed to satisfy")


# Every operation: a request with all members, made from the model, passes; then each constraint in
# it is broken in turn.

SEEN: set[str] = set()
CHARACTERS = "a0A-/.: _1" + string.printable


def text_for(tree: re._parser.SubPattern, repeat: int) -> str:
    """A text for a parsed pattern; what may be repeated is repeated about `repeat` times."""
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
    """A text that satisfies all constraints of a string shape."""
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
    """A value of a shape that is valid; optional members too, unless they would never end."""
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
    """For each constraint of a value itself: a value that breaks it, and the text to expect."""
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
    """All members in a request: where they are kept, name, shape, whether required, AWS's path.

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
    """A good request passes, and each broken constraint is named where it is broken."""
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
