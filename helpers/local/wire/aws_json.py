"""awsJson 1.1, the protocol of SageMaker and Service Quotas: bytes to Python values and back.

Both directions follow the shapes of botocore's service model. The texts of
`SerializationException` are those of a live service with the same framework (Athena, September
2026). There, type errors come before all other validation, so they are raised here.
"""

import base64
import binascii
import json
import math
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from botocore.model import ListShape, MapShape, Shape, StructureShape

from helpers.local.wire.errors import AwsError
from helpers.local.wire.json_writer import dump, write
from helpers.local.wire.service_model import operation_model, service_model

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET_PREFIX = "SageMaker."
QUOTAS_PREFIX = "ServiceQuotasV20190624."
_PREFIXES = {
    "sagemaker": TARGET_PREFIX,
    "service-quotas": QUOTAS_PREFIX,
    "pricing": "AWSPriceListService.",
    "application-autoscaling": "AnyScaleFrontendService.",
    "ecr": "AmazonEC2ContainerRegistry_V20150921.",
}
_JAVA_TYPES = {
    "string": "a String",
    "blob": "a ByteBuffer",
    "integer": "an Integer",
    "long": "a Long",
    "float": "a Float",
    "double": "a Double",
    "boolean": "a Boolean",
    "timestamp": "milliseconds since epoch",
}
_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def parse(target: str, body: bytes, service: str = "sagemaker") -> tuple[str, dict[str, Any]]:
    """Return the operation that a request names, and its parameters as boto3 would give them.

    Members that are null or that the service model doesn't know are left out, as AWS does; a null
    inside a list or a map stays None. Timestamps become aware datetimes, blobs bytes.

    Parameters
    ----------
    target
        The header `X-Amz-Target`, such as `SageMaker.CreateTrainingJob`.
    body
        The JSON document, at least `{}`: AWS refuses an empty body.
    service
        By botocore's name.

    Raises
    ------
    AwsError
        UnknownOperationException; SerializationException for a body that isn't JSON, and for a
        value of the wrong type.

    Examples
    --------
    >>> parse("SageMaker.DescribeModel", b'{"ModelName": "boston", "Colour": null}')
    ('DescribeModel', {'ModelName': 'boston'})
    """
    prefix = _PREFIXES[service]
    if not target.startswith(prefix):
        raise AwsError(
            "UnknownOperationException",
            f"X-Amz-Target {target!r} does not start with {prefix!r}.",
        )
    operation = target.removeprefix(prefix)
    model = operation_model(operation, service)
    value = _load(body)
    if isinstance(value, list):
        _refuse("Start of list found where not expected")
    if not isinstance(value, dict):
        _refuse(f"The request body is not a JSON object: it starts with {body[:20]!r}.")
    return operation, {} if model.input_shape is None else _read(model.input_shape, value)


def serialize(operation: str, result: Mapping[str, Any], service: str = "sagemaker") -> bytes:
    """Return the body of a successful response.

    Members whose value is None are left out. Datetimes become epoch seconds to the millisecond. An
    operation without output has an empty body, as on AWS.

    Parameters
    ----------
    operation, service
        Whose output shape the result has.
    result
        The members of the response; datetimes are aware.

    Raises
    ------
    TypeError
        If the output shape has no such member, or a value is of the wrong type: an error in our
        program, never in the request.
    """
    shape = operation_model(operation, service).output_shape
    if shape is None:
        if result:
            raise TypeError(f"{operation} has no output, but the result has {sorted(result)}")
        return b""
    return dump(write(shape, result, operation))


def error_body(error: AwsError) -> bytes:
    """Return the body of an error response: `__type` and a message.

    The member is `Message` for errors of SageMaker's model (`ResourceNotFound`, ...), `message` for
    those of the framework (`ValidationException`, ...). Clients read both.
    """
    modelled = error.code in service_model().shape_names
    return dump({"__type": error.code, "Message" if modelled else "message": error.message})


def response_headers() -> dict[str, str]:
    """Return the headers of a response, with a new request id."""
    return {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": CONTENT_TYPE}


def _load(body: bytes) -> Any:
    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")

    try:
        return json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
    except RecursionError:
        _refuse("The request body is nested too deeply.")
    except ValueError as error:  # covers JSONDecodeError and UnicodeDecodeError
        _refuse(f"The request body is not valid JSON: {error}.")


def _refuse(message: str) -> NoReturn:
    raise AwsError("SerializationException", message)


def _read(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(shape, StructureShape):
        _expect(dict, value, "Expected null")
        return {
            name: _read(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, MapShape):
        _expect(dict, value, "Expected map or null")
        return {_read(shape.key, key): _read(shape.value, item) for key, item in value.items()}
    if isinstance(shape, ListShape):
        _expect(list, value, "Expected list or null")
        return [_read(shape.member, item) for item in value]
    _expect_scalar(value)
    return _read_scalar(shape.type_name, value)


def _expect(expected: type, value: Any, otherwise: str) -> None:
    if not isinstance(value, expected):
        _expect_scalar(value)
        _refuse(otherwise)


def _expect_scalar(value: Any) -> None:
    if isinstance(value, list):
        _refuse("Start of list found where not expected")
    if isinstance(value, dict):
        _refuse("Start of structure or map found where not expected.")


def _read_scalar(type_name: str, value: str | int | float | bool) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match type_name:
        case "string" if isinstance(value, str):
            if not value.isascii():
                _refuse_surrogates(value)
            return value
        case "boolean" if isinstance(value, bool):
            return value
        case "integer" | "long" if number and (isinstance(value, int) or value.is_integer()):
            return int(value)
        case "float" | "double" if number and abs(value) <= sys.float_info.max:
            return float(value)
        case "float" | "double" if value in _NON_FINITE:
            return _NON_FINITE[value]
        case "timestamp" if number:
            try:
                return datetime.fromtimestamp(value, UTC)
            except (ValueError, OverflowError, OSError):
                _refuse(f"The timestamp {value} is out of range (seconds since 1970-01-01 UTC).")
        case "blob" if isinstance(value, str):
            try:
                return base64.b64decode(value, validate=True)
            except binascii.Error as error:
                _refuse(f"A blob is not valid Base64: {error}.")
    token = {str: "STRING", bool: str(value).upper()}.get(type(value), "NUMBER")
    _refuse(f"{token}_VALUE can not be converted to {_JAVA_TYPES[type_name]}")


def _refuse_surrogates(text: str) -> None:
    """Refuse half of a character, which JSON can write ("\\ud800") and UTF-8 can't."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        _refuse(f"The request body has half of a surrogate pair in a string: {error.reason}.")
