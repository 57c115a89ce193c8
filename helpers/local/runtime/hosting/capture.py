"""Data capture: a share of the invocations, written to S3 as JSON lines.

Sources: developer guide, "Capture data" (keys, encodings); a captured line that AWS wrote is in
https://github.com/aws/sagemaker-python-sdk/issues/2629.
"""

import base64
import json
import random
import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.local.runtime import artifacts
from helpers.local.runtime.s3_uri import join_uri

EVENT_VERSION = "0"
MAX_LINES = 10_000  # kept of an hour and variant while they can't be written
SIDES = {"Input": ("endpointInput", "INPUT"), "Output": ("endpointOutput", "OUTPUT")}


class DataCapture:
    """What an endpoint captures.

    Parameters
    ----------
    config
        The DataCaptureConfig of the endpoint's configuration.
    region, endpoint_name
        Of the endpoint.
    folder
        Where files are written before they are moved to S3.
    """

    def __init__(self, config: Mapping[str, Any], region: str, endpoint_name: str, folder: Path):
        self._share = config["InitialSamplingPercentage"] / 100
        self._uri = join_uri(config["DestinationS3Uri"], endpoint_name)
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        self._sides = [side for side in SIDES if modes & {side, "InputAndOutput"}]
        types = config.get("CaptureContentTypeHeader", {})
        self._encodings = {
            **dict.fromkeys(types.get("CsvContentTypes", ()), "CSV"),
            **dict.fromkeys(types.get("JsonContentTypes", ()), "JSON"),
        }
        self._region, self._folder = region, folder
        self._lines: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    def record(
        self,
        variant: str,
        sent: tuple[str, bytes],
        answered: tuple[str, bytes],
        inference_id: str | None,
    ) -> None:
        """Capture an invocation, or not, by chance.

        Parameters
        ----------
        variant
            Which answered.
        sent, answered
            Content type and body.
        inference_id
            What the client gave.
        """
        if random.random() >= self._share:
            return
        time, data = datetime.now(UTC), {}
        for side, content in zip(SIDES, (sent, answered), strict=True):
            if side in self._sides:
                member, mode = SIDES[side]
                data[member] = self._captured(mode, *content)
        event = {"eventId": str(uuid.uuid4())}
        if inference_id is not None:
            event["inferenceId"] = inference_id
        event["inferenceTime"] = f"{time:%Y-%m-%dT%H:%M:%SZ}"
        line = {"captureData": data, "eventMetadata": event, "eventVersion": EVENT_VERSION}
        with self._lock:
            lines = self._lines[variant, f"{time:%Y/%m/%d/%H}"]
            if len(lines) < MAX_LINES:
                lines.append(json.dumps(line) + "\n")

    def flush(self) -> None:
        """Write what was captured since the last time to S3, a file a variant and hour.

        Raises
        ------
        artifacts.UploadError
            If it can't be written; it is kept for the next time.
        """
        with self._lock:
            captured, self._lines = self._lines, defaultdict(list)
        for (variant, hour), lines in list(captured.items()):
            name = f"{datetime.now(UTC):%M-%S}-{datetime.now(UTC).microsecond // 1000:03d}"
            file = self._folder / f"{uuid.uuid4()}.jsonl"
            try:
                file.write_text("".join(lines), encoding="utf-8")
                uri = join_uri(self._uri, variant, hour, f"{name}-{file.name}")
                artifacts.upload(file, uri, self._region)
            except (artifacts.UploadError, OSError):
                file.unlink(missing_ok=True)
                with self._lock:
                    for key, kept in captured.items():
                        self._lines[key][:0] = kept
                raise
            del captured[variant, hour]

    def _captured(self, mode: str, content_type: str, body: bytes) -> dict[str, str]:
        encoding = self._encodings.get(content_type.partition(";")[0].strip(), "BASE64")
        text = (
            base64.b64encode(body).decode()
            if encoding == "BASE64"
            else body.decode("utf-8", "replace")
        )
        return {
            "observedContentType": content_type,
            "mode": mode,
            "data": text,
            "encoding": encoding,
        }


def shown(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the DataCaptureConfig that DescribeEndpoint shows of a configuration's."""
    is_enabled = config.get("EnableCapture", False)
    answer = {
        "EnableCapture": is_enabled,
        "CaptureStatus": "Started" if is_enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
    }
    if "KmsKeyId" in config:
        answer["KmsKeyId"] = config["KmsKeyId"]
    return answer
