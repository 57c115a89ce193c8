"""Messages of an event stream, the form of InvokeEndpointWithResponseStream's answer.

Form: https://smithy.io/2.0/aws/amazon-eventstream.html; botocore.eventstream reads it.
"""

import json
import struct
from binascii import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7  # the type of a header's value


def event(event_type: str, payload: bytes) -> bytes:
    """Return an event whose payload is bytes."""
    headers = {
        ":message-type": "event",
        ":event-type": event_type,
        ":content-type": "application/octet-stream",
    }
    return _message(headers, payload)


def exception(code: str, message: str) -> bytes:
    """Return the exception that ends a stream."""
    headers = {
        ":message-type": "exception",
        ":exception-type": code,
        ":content-type": "application/json",
    }
    return _message(headers, json.dumps({"Message": message, "ErrorCode": code}).encode())


def _message(headers: dict[str, str], payload: bytes) -> bytes:
    packed = b"".join(
        struct.pack(f"!B{len(name)}sBH", len(name), name.encode(), _STRING, len(value.encode()))
        + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(packed) + len(payload), len(packed))
    head = prelude + struct.pack("!I", crc32(prelude)) + packed + payload
    return head + struct.pack("!I", crc32(head))
