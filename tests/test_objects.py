"""S3 by real clients stores what it acknowledges, and nothing of what it refuses."""

import hashlib
import io
import os
import socket
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError
from support.moto_server import Starter


@pytest.fixture(scope="module")
def starter():
    starter = Starter()
    yield starter
    starter.close()


@pytest.fixture(scope="module")
def server(starter, tmp_path_factory):
    server = starter.start(tmp_path_factory.mktemp("home"))
    server.client("s3").create_bucket(Bucket="bucket")
    yield server
    server.kill()


@pytest.fixture
def s3(server):
    return server.client("s3")


def test_upload_forgotten_at_a_restart_is_refused_by_name(s3):
    """An upload the server doesn't know answers NoSuchUpload, for a part and for completing it."""
    upload = {"Bucket": "bucket", "Key": "k", "UploadId": "unknown"}
    with pytest.raises(s3.exceptions.NoSuchUpload):
        s3.upload_part(**upload, PartNumber=1, Body=b"x")
    with pytest.raises(ClientError, match="NoSuchUpload"):
        s3.complete_multipart_upload(
            **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]}
        )


def test_aborted_upload_leaves_no_bytes(server, s3):
    """The parts of an aborted upload are gone at once."""
    before = set((server.home / "s3" / "bytes").glob("??/*"))
    upload = s3.create_multipart_upload(Bucket="bucket", Key="aborted")
    where = {"Bucket": "bucket", "Key": "aborted", "UploadId": upload["UploadId"]}
    s3.upload_part(**where, PartNumber=1, Body=b"first")
    s3.upload_part(**where, PartNumber=1, Body=b"again")
    s3.abort_multipart_upload(**where)
    assert set((server.home / "s3" / "bytes").glob("??/*")) == before


def test_slow_download_reads_the_old_bytes(s3):
    """A download that has begun gets the bytes it began with, even if they are replaced."""
    old, new = b"o" * (40 << 20), b"n" * 100
    s3.put_object(Bucket="bucket", Key="slow", Body=old)
    body = s3.get_object(Bucket="bucket", Key="slow")["Body"]
    assert body.read(1000) == old[:1000]
    s3.put_object(Bucket="bucket", Key="slow", Body=new)
    assert body.read() == old[1000:]
    assert s3.get_object(Bucket="bucket", Key="slow")["Body"].read() == new


def test_refused_put_leaves_nothing(server, s3):
    """A put that is answered with an error stores nothing and keeps the old object."""
    s3.put_object(Bucket="bucket", Key="refused", Body=b"old")
    files = set((server.home / "s3" / "bytes").glob("??/*"))
    with pytest.raises(ClientError, match="InvalidTag"):
        s3.put_object(Bucket="bucket", Key="refused", Body=b"new", Tagging="aws:x=y")
    assert s3.get_object(Bucket="bucket", Key="refused")["Body"].read() == b"old"
    assert set((server.home / "s3" / "bytes").glob("??/*")) == files


def test_bucket_name_by_s3s_rule(s3):
    """Names that S3 refuses are refused, whatever moto accepts."""
    for name in ("Upper-Case", "under_score", "ab", "two..dots", "10.0.0.1", "ends-in-"):
        with pytest.raises(ClientError, match="InvalidBucketName"):
            s3.create_bucket(Bucket=name)


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_wrong_checksum_is_refused(s3, algorithm):
    """A body that does not match its checksum is refused as BadDigest and not stored."""
    wrong = {"CRC32": "AAAAAA==", "SHA1": "A" * 27 + "=", "SHA256": "A" * 43 + "="}[algorithm]
    request = {"Bucket": "bucket", "Key": "checked", f"Checksum{algorithm}": wrong}
    with pytest.raises(
        ClientError, match=rf"BadDigest.*The {algorithm} you specified did not match"
    ):
        s3.put_object(**request, Body=b"payload")
    with pytest.raises(
        ClientError, match=r"BadDigest.*The Content-MD5 you specified did not match"
    ):
        s3.put_object(Bucket="bucket", Key="checked", Body=b"x", ContentMD5="A" * 22 + "==")
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="bucket", Key="checked")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksum_of_an_upload_comes_back(s3, algorithm):
    """Each algorithm's checksum is kept and verifies at the client, in one piece or in parts."""
    s3.put_object(Bucket="bucket", Key="sum", Body=b"payload", ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket="bucket", Key="sum", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"payload"
    assert got[f"Checksum{algorithm}"]
    where = {"Bucket": "bucket", "Key": "sums"}
    upload = s3.create_multipart_upload(**where, ChecksumAlgorithm=algorithm)
    where["UploadId"] = upload["UploadId"]
    part = s3.upload_part(**where, PartNumber=1, Body=b"part", ChecksumAlgorithm=algorithm)
    s3.complete_multipart_upload(
        **where, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )
    head = s3.head_object(Bucket="bucket", Key="sums", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"]
    assert s3.get_object(Bucket="bucket", Key="sums")["Body"].read() == b"part"


def _over_https(server):
    """Return a client that frames bodies as over https: aws-chunked, checksum in a trailer."""
    s3 = boto3.session.Session().client(
        "s3",
        endpoint_url="https://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
    )

    def to_server(request, **_):
        request.url = request.url.replace("https://127.0.0.1:1", f"http://127.0.0.1:{server.port}")

    s3.meta.events.register("before-send.s3", to_server)
    return s3


@pytest.mark.parametrize(
    "body",
    [b"", b"plain", b"x-amz-checksum-crc32:AAAA==\r\n0\r\n\r\n", os.urandom(3 << 20)],
    ids=["empty", "short", "looks like a trailer", "3 MB"],
)
def test_chunked_upload_with_a_trailer(server, body):
    """What https clients send arrives whole through uvicorn and a2wsgi, and verifies on reading."""
    s3 = _over_https(server)
    s3.put_object(Bucket="bucket", Key="trailer", Body=io.BytesIO(body))
    got = s3.get_object(Bucket="bucket", Key="trailer", ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    assert got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert "aws-chunked" not in got.get("ContentEncoding", "")


def _raw_put(server, headers: str, body: bytes) -> bytes:
    """Send a PUT byte by byte as it is, and return the answer."""
    head = f"PUT /bucket/raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        if not body.endswith(b"0\r\n\r\n"):
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


CHUNKED = (
    "Transfer-Encoding: chunked\r\nContent-Encoding: aws-chunked\r\n"
    "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n"
    "x-amz-trailer: x-amz-checksum-crc32\r\n"
    "x-amz-decoded-content-length: 5\r\n"
)


def _http_chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def test_raw_chunks_cut_anywhere(server, s3):
    """HTTP chunks may end in the middle of an aws-chunk."""
    framed = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    answer = _raw_put(server, CHUNKED, _http_chunks(framed[:4], framed[4:20], framed[20:]))
    assert answer.startswith(b"HTTP/1.1 200")
    assert s3.get_object(Bucket="bucket", Key="raw")["Body"].read() == b"hello"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (CHUNKED, _http_chunks(b"5\r\nhello\r\n"), b"IncompleteBody"),
        (CHUNKED, _http_chunks(b"4\r\nhell\r\n0\r\n\r\n"), b"IncompleteBody"),
        (CHUNKED, _http_chunks(b"5\r\nhello\r\n0\r\n\r\n"), b"MalformedTrailerError"),
        ("Transfer-Encoding: chunked\r\n", _http_chunks(b"hello"), b"NotImplemented"),
    ],
    ids=["cut off", "too short", "no trailer", "no length"],
)
def test_body_that_is_not_whole_is_refused(server, s3, headers, body, code):
    """A body that may be cut off is not stored, and S3 refuses a plain chunked body."""
    s3.delete_object(Bucket="bucket", Key="raw")
    assert code in _raw_put(server, headers, body)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="bucket", Key="raw")


def test_client_that_dies_while_sending_stores_nothing(server, s3):
    """A client that dies while it sends a body stores no object."""
    s3.put_object(Bucket="bucket", Key="raw", Body=b"old")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"PUT /bucket/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
    assert s3.get_object(Bucket="bucket", Key="raw")["Body"].read() == b"old"


def test_presigned_url_and_form_upload(s3):
    """Presigned GET and PUT and a browser's form work on the same objects."""
    where = {"Bucket": "bucket", "Key": "presigned"}
    put = s3.generate_presigned_url("put_object", Params=where)
    urllib.request.urlopen(urllib.request.Request(put, b"by url", method="PUT")).read()
    get = s3.generate_presigned_url("get_object", Params=where)
    assert urllib.request.urlopen(get).read() == b"by url"
    form = s3.generate_presigned_post("bucket", "by-form")
    lines = [
        f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form["fields"].items()
    ]
    file = '--X\r\nContent-Disposition: form-data; name="file"\r\n\r\nby form\r\n--X--\r\n'
    request = urllib.request.Request(form["url"], ("".join(lines) + file).encode())
    request.add_header("Content-Type", "multipart/form-data; boundary=X")
    assert urllib.request.urlopen(request).status == 204
    assert s3.get_object(Bucket="bucket", Key="by-form")["Body"].read() == b"by form"
