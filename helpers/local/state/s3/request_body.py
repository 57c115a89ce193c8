"""The body of an S3 request: taken out of its framing and checked against what was promised.

moto stores what it is given and repeats the checksum that it is sent; S3 verifies. Error codes and
texts are those of the S3 API reference, "Error responses", and of answers seen in public issues.
"""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from helpers.local.wire.errors import AwsError

PIECE = 1 << 20
HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{1,16}")
LINE = 16 << 10  # no chunk header or trailer is anywhere near as long

ENDED_EARLY = "The request body terminated unexpectedly"
WRONG_LENGTH = "You did not provide the number of bytes specified by the Content-Length HTTP header"
BAD_TRAILER = (
    "The request contained trailing data that was not well-formed or did not conform to our"
    " published schema."
)


class Stream(Protocol):
    """What a body is read from: `read(n)` gives fewer than n bytes at the end only."""

    def read(self, size: int, /) -> bytes: ...


def read_plain(stream: Stream, length: int | None) -> Iterator[bytes]:
    """The pieces of a body of `length` bytes (None: up to its end).

    Raises:
        AwsError: IncompleteBody, the client went away before it had sent all of it.
    """
    left = length
    while left is None or left:
        piece = stream.read(PIECE if left is None else min(PIECE, left))
        if not piece:
            break
        if left is not None:
            left -= len(piece)
        yield piece
    if left:
        raise AwsError("IncompleteBody", WRONG_LENGTH)


def decode_aws_chunked(pieces: Iterator[bytes], trailers: dict[str, str]) -> Iterator[bytes]:
    """The payload of an `aws-chunked` body; at its end `trailers` is filled (lower-case names).

    The framing is that of "Signature calculations: transferring payload in multiple chunks" in the
    S3 API reference: `<size in hex>[;chunk-signature=...]`, the bytes, at the end a chunk of size
    0 and the trailers. Text in the payload that looks like a trailer is payload. Chunk signatures
    are not verified.

    Raises:
        AwsError: IncompleteBody, it ends too early; MalformedTrailerError.
    """
    reader = _Buffered(pieces)
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
    if not HEXADECIMAL.fullmatch(digits):  # int() would take a sign, too, and more
        raise AwsError("IncompleteBody", ENDED_EARLY)
    return int(digits, 16)


class _Buffered:
    """Lines and counted bytes out of pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]):
        self._pieces = pieces
        self._buffer = b""

    def line(self, end_allowed: bool = False) -> bytes:
        while b"\n" not in self._buffer:
            piece = next(self._pieces, b"") if len(self._buffer) < LINE else b""
            if not piece:
                if end_allowed and not self._buffer:
                    return b""
                raise AwsError("IncompleteBody", ENDED_EARLY)
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def exactly(self, size: int) -> Iterator[bytes]:
        while size:
            self._buffer = self._buffer or next(self._pieces, b"")
            if not self._buffer:
                raise AwsError("IncompleteBody", ENDED_EARLY)
            piece, self._buffer = self._buffer[:size], self._buffer[size:]
            size -= len(piece)
            yield piece


class _Crc32:
    """CRC-32 with the interface of hashlib."""

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
"""The checksums that can be computed here. CRC32C and CRC64NVME need a library of their own: what
the client sent of them is stored and handed back, so that the client verifies its download."""

ALGORITHMS = (*CHECKSUMS, "crc32c", "crc64nvme")


def checksum(algorithm: str, pieces: Iterable[bytes]) -> str | None:
    """S3's checksum of some bytes in base64, None for an algorithm that can't be computed here."""
    if algorithm.lower() not in CHECKSUMS:
        return None
    digest = CHECKSUMS[algorithm.lower()]()
    for piece in pieces:
        digest.update(piece)
    return base64.b64encode(digest.digest()).decode()


class Digests:
    """All digests that a request promises of its body, computed as the body passes."""

    def __init__(self, headers: dict[str, str]):
        """headers: lower-case names. Named there, or announced by `x-amz-trailer`, is promised."""
        trailers = [name.strip() for name in headers.get("x-amz-trailer", "").lower().split(",")]
        named = {algorithm: f"x-amz-checksum-{algorithm}" for algorithm in ALGORITHMS}
        self._promised = {
            algorithm: name
            for algorithm, name in named.items()
            if name in headers or name in trailers
        }
        self._headers = headers
        self._running = {name: CHECKSUMS[name]() for name in self._promised if name in CHECKSUMS}
        if "content-md5" in headers:
            self._running["content-md5"] = hashlib.md5(usedforsecurity=False)
        self._payload = headers.get("x-amz-content-sha256", "")
        if len(self._payload) == 64:
            self._running["payload"] = hashlib.sha256()

    def update(self, piece: bytes) -> None:
        for digest in self._running.values():
            digest.update(piece)

    def verify(self, trailers: dict[str, str]) -> dict[str, str]:
        """Compare; return the object's checksums, algorithm (lower case) to base64.

        Raises:
            AwsError: BadDigest, XAmzContentSHA256Mismatch; InvalidDigest, InvalidRequest for a
                value that is no digest at all.
        """
        self._verify_whole()
        values = {}
        for algorithm, header in self._promised.items():
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

    def _verify_whole(self) -> None:
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
    except binascii.Error:
        raise invalid from None
