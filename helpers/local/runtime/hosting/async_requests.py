"""InvokeEndpointAsync: check a request, keep it, and acknowledge it."""

import base64
import json
import time
import uuid

from helpers.local.runtime.hosting import invocation_errors as errors
from helpers.local.runtime.hosting.async_invocation import AsyncInvocation, new_locations
from helpers.local.runtime.hosting.async_queue import AsyncQueue
from helpers.local.runtime.hosting.invocation_errors import InvocationError, Response
from helpers.local.runtime.s3_uri import split

PREFIX = "x-amzn-sagemaker-"
MAX_BODY_BYTES = 128_000  # the service model
DEFAULT_TTL_SECONDS, DEFAULT_TIMEOUT_SECONDS = 6 * 3600, 15 * 60  # the service model
MAX_TTL_SECONDS, MAX_TIMEOUT_SECONDS = 21_600, 3600  # the service model
NOT_SERVED = {
    f"{PREFIX}s3outputpathextension": "S3OutputPathExtension",
    f"{PREFIX}filename": "Filename",
}


def acknowledge(name: str, waiting: AsyncQueue, headers: dict[str, str], body: bytes) -> Response:
    """Put a request into an endpoint's queue, and return the response, 202.

    Raises
    ------
    InvocationError
        If its input or a number can't be right.
    """
    for header, member in NOT_SERVED.items():
        if header in headers:
            raise errors.not_served(member, "InvokeEndpointAsync")
    location = headers.get(f"{PREFIX}inputlocation", "")
    _check_input(location, body)
    inference_id = headers.get(f"{PREFIX}inference-id") or str(uuid.uuid4())
    output, failure = new_locations(waiting.config)
    waiting.put(
        AsyncInvocation(
            id=str(uuid.uuid4()),
            inference_id=inference_id,
            endpoint=name,
            endpoint_created=waiting.created,
            received=time.time(),
            ttl_seconds=_seconds(
                headers, "requestttlseconds", DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS
            ),
            timeout_seconds=_seconds(
                headers, "invocationtimeoutseconds", DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS
            ),
            output_location=output,
            failure_location=failure,
            input_location=location,
            body="" if location else base64.b64encode(body).decode(),
            content_type=headers.get(f"{PREFIX}content-type", ""),
            accept=headers.get(f"{PREFIX}accept", ""),
        )
    )
    answer = {"Content-Type": "application/json", "X-Amzn-SageMaker-OutputLocation": output}
    if failure:
        answer["X-Amzn-SageMaker-FailureLocation"] = failure
    return Response(202, answer, json.dumps({"InferenceId": inference_id}).encode())


def _check_input(location: str, body: bytes) -> None:
    """The rules are AWS's, the wordings ours."""
    if bool(location) == bool(body):
        raise InvocationError("ValidationError", "Give either an InputLocation or a Body.")
    if len(body) > MAX_BODY_BYTES:
        raise InvocationError(
            "ValidationError",
            f"Body has {len(body):,} bytes, more than {MAX_BODY_BYTES:,}: put it on S3, and give "
            "its InputLocation.",
        )
    if location:
        try:
            key = split(location)[1]
        except ValueError:
            key = ""
        if not key:
            raise InvocationError(
                "ValidationError", f"InputLocation is {location}, expected s3://bucket/key."
            )


def _seconds(headers: dict[str, str], name: str, default: int, most: int) -> int:
    text = headers.get(f"{PREFIX}{name}")
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise InvocationError(
            "ValidationError", f"{name} is {text}, expected 1 to {most:,} seconds."
        )
    return int(text)
