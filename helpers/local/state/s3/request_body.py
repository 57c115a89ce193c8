"""The body of an S3 request: decoded, and verified against the length and digests it declares.

moto stores what it is given and repeats the checksum that it is sent; S3 verifies. Error codes and
texts are those of the S3 API reference, "Error responses", and of responses in public issues.
"""

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from helpers.local.wire.errors import AwsError

CHUNK_BYTES = 2 << 20  # more than the pieces that the server receives, so that none is cut
HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{1,16}")
MAX_LINE_BYTES = 16 << 10  # chunk headers and trailers are much shorter

ENDED_EARLY = "The request body terminated unexpectedly"
WRONG_LENGTH = "You did not provide the number of bytes specified by the Content-Length HTTP header"
BAD_TRAILER = (
    "The request contained trailing data that was not well-formed or did not conform to our"
    " published schema."
)


class Stream(Protocol):
    """What a body is read from: `read1(n)` returns up to n bytes, and none at the end only."""

    def read1(self, size: int, /) -> bytes: ...


def read_plain(stream: Stream, length: int | None) -> Iterator[bytes]:
    """Yield a body of `length` bytes (None: up to its end) in chunks.

    Raises
    ------
    AwsError
        IncompleteBody, if the client disconnected before it had sent all of it.
    """
    remaining = length
    while remaining is None or remaining:
        chunk = stream.read1(CHUNK_BYTES if remaining is None else min(CHUNK_BYTES, remaining))
        if not chunk:
            break
        if remaining is not None:
            remaining -= len(chunk)
        yield chunk
    if remaining:
        raise AwsError("IncompleteBody", WRONG_LENGTH)


def decode_aws_chunked(chunks: Iterator[bytes], trailers: dict[str, str]) -> Iterator[bytes]:
    """Yield the payload of an `aws-chunked` body.

    The framing is that of "Signature calculations: transferring payload in multiple chunks" in the
    S3 API reference: `<size in hex>[;chunk-signature=...]`, the bytes, at the end a chunk of size
    0 and the trailers. Text in the payload that looks like a trailer is payload. Chunk signatures
    are not verified.

    Parameters
    ----------
    chunks
        The body as it comes, in pieces of any size.
    trailers
        Filled in at the end: lower-case name to value.

    Raises
    ------
    AwsError
        IncompleteBody if it ends too early; MalformedTrailerError.
    """
    reader = _BufferedReader(chunks)
    while size := _chunk_size(reader.line()):
        yield from reader.exactly(size)
        if reader.line():
            raise AwsError("IncompleteBody", ENDED_EARLY)
    while line := reader.line(end_allowed=True):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise AwsError("MalformedTrailerError", BAD_TRAILER)
        trailers[name.strip().lower()] = value.strip()


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0]
    if not HEXADECIMAL.fullmatch(digits):  # int() would accept a sign, and more
        raise AwsError("IncompleteBody", ENDED_EARLY)
    return int(digits, 16)


class _BufferedReader:
    """Reads lines and counted bytes from chunks of any size."""

    def __init__(self, chunks: Iterator[bytes]):
        self._chunks = chunks
        self._buffer = b""

    def line(self, end_allowed: bool = False) -> bytes:
        while b"\n" not in self._buffer:
            chunk = next(self._chunks, b"") if len(self._buffer) < MAX_LINE_BYTES else b""
            if not chunk:
                if end_allowed and not self._buffer:
                    return b""
                raise AwsError("IncompleteBody", ENDED_EARLY)
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def exactly(self, size: int) -> Iterator[bytes]:
        while size:
            self._buffer = self._buffer or next(self._chunks, b"")
            if not self._buffer:
                raise AwsError("IncompleteBody", ENDED_EARLY)
            chunk, self._buffer = self._buffer[:size], self._buffer[size:]
            size -= len(chunk)
            yield chunk


class _Crc32:
    """CRC-32 with hashlib's interface."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


CHECKSUMS: dict[str, Callable[[], Any]] = {
    "crc32": _Crc32,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}
"""The checksums that can be computed here. CRC32C and CRC64NVME would need another library: what
the client sent of them is stored and returned, so that the client can verify its download."""

ALGORITHMS = (*CHECKSUMS, "crc32c", "crc64nvme")


def checksum(algorithm: str, chunks: Iterable[bytes]) -> str | None:
    """Return S3's checksum of bytes in base64, None for an algorithm that isn't in CHECKSUMS."""
    if algorithm.lower() not in CHECKSUMS:
        return None
    digest = CHECKSUMS[algorithm.lower()]()
    for chunk in chunks:
        digest.update(chunk)
    return base64.b64encode(digest.digest()).decode()


class Digests:
    """All digests that a request declares of its body, computed while the body is read.

    Parameters
    ----------
    headers
        By lower-case name. A checksum is declared by its own header, or by `x-amz-trailer`.
    """

    def __init__(self, headers: dict[str, str]):
        trailers = [name.strip() for name in headers.get("x-amz-trailer", "").lower().split(",")]
        names = {algorithm: f"x-amz-checksum-{algorithm}" for algorithm in ALGORITHMS}
        self._declared = {
            algorithm: name
            for algorithm, name in names.items()
            if name in headers or name in trailers
        }
        self._headers = headers
        self._running = {name: CHECKSUMS[name]() for name in self._declared if name in CHECKSUMS}
        if "content-md5" in headers:
            self._running["content-md5"] = hashlib.md5(usedforsecurity=False)
        self._payload = headers.get("x-amz-content-sha256", "")
        if len(self._payload) == 64:
            self._running["payload"] = hashlib.sha256()

    def update(self, chunk: bytes) -> None:
        """Continue with the next bytes of the body."""
        for digest in self._running.values():
            digest.update(chunk)

    def verify(self, trailers: dict[str, str]) -> dict[str, str]:
        """Compare the digests; return the object's checksums, algorithm (lower case) to base64.

        Raises
        ------
        AwsError
            BadDigest, XAmzContentSHA256Mismatch; InvalidDigest, InvalidRequest for a value that
            can't be a digest.
        """
        self._verify_body()
        values = {}
        for algorithm, header in self._declared.items():
            value = trailers.get(header) or self._headers.get(header)
            if value is None:
                raise AwsError("MalformedTrailerError", BAD_TRAILER)
            invalid = f"Value for {header} header is invalid."
            sent = _from_base64(value, AwsError("InvalidRequest", invalid))
            if algorithm in self._running and self._running[algorithm].digest() != sent:
                raise AwsError(
                    "BadDigest",
                    f"The {algorithm.upper()} you specified did not match the calculated checksum.",
                )
            values[algorithm] = value
        return values

    def _verify_body(self) -> None:
        if md5 := self._running.get("content-md5"):
            invalid = AwsError("InvalidDigest", "The Content-MD5 you specified is not valid.")
            if _from_base64(self._headers["content-md5"], invalid) != md5.digest():
                text = "The Content-MD5 you specified did not match what we received."
                raise AwsError("BadDigest", text)
        payload = self._running.get("payload")
        if payload and payload.hexdigest() != self._payload.lower():
            raise AwsError(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            )


def _from_base64(value: str, invalid: AwsError) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:  # also of binascii
        raise invalid from None
