"""Bodies of S3 requests are decoded, and their declared lengths and checksums checked."""

import base64
import contextlib
import hashlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.state.s3.request_body import Digests, checksum, decode_aws_chunked, read_plain
from helpers.local.wire.errors import AwsError

LOOKS_LIKE_FRAMING = st.sampled_from([b"\r\n", b"0\r\n\r\n", b"x-amz-checksum-crc32:AAAA==\r\n"])
PAYLOAD = st.lists(st.binary(min_size=1, max_size=40) | LOOKS_LIKE_FRAMING)
TRAILERS = st.dictionaries(
    st.from_regex(r"x-amz-[a-z0-9]{1,9}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9+/]{1,9}={0,2}", fullmatch=True),
)


def framed(chunks: list[bytes], trailers: dict[str, str], signature: bytes = b"") -> bytes:
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), signature, chunk) for chunk in chunks)
    lines = "".join(f"{name}:{value}\r\n" for name, value in trailers.items()).encode()
    return body + b"0" + signature + b"\r\n" + lines + b"\r\n"


def pieces(body: bytes, size: int):
    return iter([body[at : at + size] for at in range(0, len(body), size)])


@given(
    PAYLOAD, TRAILERS, st.integers(1, 50), st.sampled_from([b"", b";chunk-signature=" + b"a" * 64])
)
def test_chunks_come_back_whatever_they_hold(chunks, trailers, size, signature):
    """Payload and trailers come back as they were framed, wherever the network splits them."""
    found = {}
    decoded = decode_aws_chunked(pieces(framed(chunks, trailers, signature), size), found)
    assert b"".join(decoded) == b"".join(chunks)
    assert found == trailers


@given(PAYLOAD, st.data())
def test_cut_off_chunks_are_refused(chunks, data):
    """A body without its last chunk is refused as incomplete."""
    body = framed(chunks, {})
    cut = body[: data.draw(st.integers(0, len(body) - len(b"0\r\n\r\n")))]
    with pytest.raises(AwsError, match="IncompleteBody"):
        list(decode_aws_chunked(pieces(cut, 7), {}))


@given(st.binary(max_size=200))
def test_garbage_ends_in_an_error_for_people(body):
    """Any bytes are either decoded or refused by an AWS error, without a hang."""
    with contextlib.suppress(AwsError):
        list(decode_aws_chunked(pieces(body, 9), {}))


@pytest.mark.parametrize("size", [b"-5", b"+5", b"5_0", b"0x5", b" 5", b"", b"g"])
def test_chunk_size_is_hexadecimal_only(size):
    """A chunk size that int() would accept but isn't plain hexadecimal is refused."""
    with pytest.raises(AwsError, match="IncompleteBody"):
        list(decode_aws_chunked(iter([size + b"\r\nhello\r\n0\r\n\r\n"]), {}))


def test_plain_body_stops_at_its_length():
    """Bytes after the declared length stay in the stream; too few are refused."""
    stream = io.BytesIO(b"hello, next request")
    assert b"".join(read_plain(stream, 5)) == b"hello"
    assert stream.read() == b", next request"
    with pytest.raises(AwsError, match="IncompleteBody"):
        list(read_plain(io.BytesIO(b"hell"), 5))
    assert b"".join(read_plain(io.BytesIO(b"to the end"), None)) == b"to the end"


def test_checksums_known_and_unknown():
    """CRC-32 is big-endian in base64; an unsupported checksum gives None, not a wrong value."""
    crc = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
    assert checksum("CRC32", [b"hel", b"lo"]) == crc
    assert checksum("crc64nvme", [b"hello"]) is None


def verify(body: bytes, headers: dict[str, str], trailers: dict[str, str] | None = None):
    digests = Digests(headers)
    digests.update(body)
    return digests.verify(trailers or {})


def test_promises_kept():
    """All correct declarations pass together, and unsupported ones are passed on unchanged."""
    sha = hashlib.sha256(b"body")
    headers = {
        "content-md5": base64.b64encode(hashlib.md5(b"body").digest()).decode(),
        "x-amz-content-sha256": sha.hexdigest(),
        "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=",
        "x-amz-checksum-type": "FULL_OBJECT",
        "x-amz-trailer": "x-amz-checksum-sha256",
    }
    value = base64.b64encode(sha.digest()).decode()
    found = verify(b"body", headers, {"x-amz-checksum-sha256": value})
    assert found == {"sha256": value, "crc64nvme": "AAAAAAAAAAA="}
    assert verify(b"body", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}) == {}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-md5": "A" * 22 + "=="}, "BadDigest"),
        ({"content-md5": "no base64"}, "InvalidDigest"),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
        ({"x-amz-checksum-crc32": "?"}, "InvalidRequest"),
        ({"x-amz-content-sha256": "0" * 64}, "XAmzContentSHA256Mismatch"),
        ({"x-amz-trailer": "x-amz-checksum-crc32"}, "MalformedTrailerError"),
    ],
)
def test_promises_broken(headers, code):
    """Each declaration that doesn't match is refused with S3's code."""
    with pytest.raises(AwsError, match=code):
        verify(b"body", headers)
