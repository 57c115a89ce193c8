"""One invocation of an asynchronous endpoint, and where its end is written.

Sources: developer guide, "Asynchronous inference". Names of results and failures, and the form of a
notification, are those of outputs that AWS's users have published.
"""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from helpers.local.runtime import artifacts
from helpers.local.runtime.s3_uri import join_uri, split
from helpers.local.runtime.workloads import Workload
from helpers.local.services import notifications
from helpers.local.state.s3 import objects


class InvocationFailedError(Exception):
    """The invocation has no result; the text is the reason."""


@dataclass(frozen=True)
class AsyncInvocation:
    """A request, as the database keeps it.

    Parameters
    ----------
    id, inference_id
        Of the invocation; the client may have chosen the second.
    endpoint, endpoint_created
        The endpoint's name, and when it was created, in seconds since 1970: another endpoint of
        that name does not answer it.
    received
        Seconds since 1970.
    ttl_seconds, timeout_seconds
        How long it may wait, and how long a container may take.
    output_location, failure_location
        S3 URIs; the second is empty if the endpoint has no S3FailurePath.
    input_location, body
        The S3 URI of the input, or else the input itself as base64.
    content_type, accept
        As the client gave them.
    """

    id: str
    inference_id: str
    endpoint: str
    endpoint_created: float
    received: float
    ttl_seconds: int
    timeout_seconds: int
    output_location: str
    failure_location: str
    input_location: str = ""
    body: str = ""
    content_type: str = ""
    accept: str = ""

    def read_input(self) -> bytes:
        """Return what the container is asked. Raises InvocationFailedError."""
        if not self.input_location:
            return base64.b64decode(self.body)
        bucket, key = split(self.input_location)
        with objects.reading():
            file = objects.object_file(bucket, key) if objects.bucket_region(bucket) else None
            if file is None:
                raise InvocationFailedError(
                    f"ClientError: Could not find the input at {self.input_location}."
                )
            return file.read_bytes()


def new_locations(config: Mapping[str, Any]) -> tuple[str, str]:
    """Return where the result and a failure of a new invocation go, by an AsyncInferenceConfig."""
    output, name = config["OutputConfig"], str(uuid.uuid4())
    failure_path = output.get("S3FailurePath")
    failure = join_uri(failure_path, f"{name}-error.out") if failure_path else ""
    return join_uri(output["S3OutputPath"], f"{name}.out"), failure


def store(workload: Workload, location: str, content: bytes) -> None:
    """Write a result to S3. Raises InvocationFailedError."""
    file = workload.folder / f"{uuid.uuid4()}.out"
    file.write_bytes(content)
    try:
        artifacts.upload(file, location, workload.region)
    except artifacts.UploadError as error:
        raise InvocationFailedError(f"ClientError: {error}") from error


def notify(
    region: str,
    config: Mapping[str, Any],
    invocation: AsyncInvocation,
    status: str,
    **members: Any,
) -> None:
    """Publish the end of an invocation if the endpoint names a topic for it.

    Parameters
    ----------
    region, config, invocation
        Of the endpoint, its AsyncInferenceConfig, and what has ended.
    status
        Completed, Failed or Expired.
    **members
        Further members of the message.
    """
    topics = config["OutputConfig"].get("NotificationConfig", {})
    topic = topics.get("SuccessTopic" if status == "Completed" else "ErrorTopic")
    if topic is None:
        return
    message = {
        "awsRegion": region,
        "eventTime": _timestamp(datetime.now(UTC)),
        "receivedTime": _timestamp(datetime.fromtimestamp(invocation.received, UTC)),
        "invocationStatus": status,
        "requestParameters": {
            "accept": invocation.accept,
            "contentType": invocation.content_type,
            "endpointName": invocation.endpoint,
            "inputLocation": invocation.input_location,
        },
        "inferenceId": invocation.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
        **members,
    }
    notifications.publish(region, topic, message)


def _timestamp(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"
