"""Malformed requests to the data planes: endpoints of SageMaker's runtime, and S3."""

import random
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support.fuzzer import METHODS, TEXTS, FuzzedRequest
from support.signing import sign

CONTENT_TYPES = [
    "text/csv", "text/libsvm", "application/x-recordio-protobuf", "application/json", "text/csv; x",
    "text/csv;charset=utf-16", "application/octet-stream", "a", "",
]  # fmt: skip
RUNTIME_HEADERS = [
    "Accept", "X-Amzn-SageMaker-Custom-Attributes", "X-Amzn-SageMaker-Target-Model",
    "X-Amzn-SageMaker-Target-Variant", "X-Amzn-SageMaker-Target-Container-Hostname",
    "X-Amzn-SageMaker-Inference-Id", "X-Amzn-SageMaker-Enable-Explanations",
    "X-Amzn-SageMaker-InputLocation", "X-Amzn-SageMaker-RequestTTLSeconds",
    "X-Amzn-SageMaker-InvocationTimeoutSeconds", "X-Amzn-SageMaker-Session-Id", "Content-Encoding",
]  # fmt: skip
OPERATIONS = ["invocations", "invocations-response-stream", "async-invocations", "x", ""]
CELLS = ["1", "-1", "1e400", "nan", "inf", "", " ", "x", "\x00", "é", "1:2", "0:", "qid:1", "True"]
S3_QUERIES = [
    "acl", "cors", "delete", "encryption", "lifecycle", "location", "logging", "notification",
    "object-lock", "ownershipControls", "policy", "publicAccessBlock", "replication", "retention",
    "tagging", "uploads", "uploadId=x", "versioning", "versions", "website", "versionId=x",
    "partNumber=1&uploadId=x", "partNumber=x&uploadId=x", "list-type=2&max-keys=x", "max-keys=-1",
    "list-type=2&continuation-token=x", "list-type=2&encoding-type=url&prefix=%00", "attributes",
    "select&select-type=2", "restore", "legal-hold", "torrent", "accelerate", "requestPayment",
]  # fmt: skip
S3_HEADERS = [
    "Range", "If-Match", "If-None-Match", "If-Modified-Since", "Content-MD5", "x-amz-tagging",
    "x-amz-copy-source", "x-amz-copy-source-range", "x-amz-metadata-directive", "x-amz-acl",
    "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm", "x-amz-storage-class",
    "x-amz-server-side-encryption", "x-amz-decoded-content-length", "x-amz-if-match-size",
    "x-amz-object-lock-mode", "x-amz-meta-a", "Content-Encoding", "x-amz-website-redirect-location",
    "x-amz-expected-bucket-owner", "x-amz-object-attributes", "x-amz-trailer",
]  # fmt: skip
S3_TEXTS = [
    "bytes=0-", "bytes=5-1", "bytes=-0", "bytes=a-b", "bytes=0-1,3-4", "*", '"x"', "AAAAAA==",
    "a=b&a=b", "/bucket/nothing", "nothing", "/", "%00", "COPY", "REPLACE", "aws:kms", "STANDARD",
    "GOVERNANCE", "CRC32", "Thu, 01 Jan 1970 00:00:00 GMT",
]  # fmt: skip
S3_BODIES = [
    b"", b"x", b"{}", b"<", b"<a/>", b"<a><b></a>", b"\x00" * 20, b"<Delete/>", b"<Tagging/>",
    b"<Delete><Object/></Delete>", b"<Delete><Object><Key/></Object></Delete>",
    b"<Delete><Object><Key>a</Key><Size>x</Size></Object></Delete>",
    b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
    b"<VersioningConfiguration><Status>x</Status></VersioningConfiguration>",
    b"<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
    b"<CreateBucketConfiguration><LocationConstraint>x</LocationConstraint>"
    b"</CreateBucketConfiguration>",
    b"<LifecycleConfiguration><Rule/></LifecycleConfiguration>",
    b"<CORSConfiguration><CORSRule/></CORSConfiguration>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a>" * 2000, '{"Version": 1}'.encode("utf-16"),
    b"5;chunk-signature=x\r\nhello\r\n0;chunk-signature=x\r\n\r\n", b"zz\r\n", b"5\r\nhel",
]  # fmt: skip
S3_DIGESTS = [
    None, None, None, "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
]  # fmt: skip


class DataPlaneFuzzer:
    """Makes malformed requests to an endpoint in service, and to a bucket with an object `key`.

    Parameters
    ----------
    endpoint
        Of the server; its keys sign the requests.
    seed
        Of the random choices.
    name
        The name of the endpoint in service.
    bucket
        The name of the bucket.
    """

    def __init__(self, endpoint, seed: int, name: str, bucket: str):
        self._endpoint, self._random = endpoint, random.Random(seed)
        self._name, self._bucket = name, bucket

    def next(self) -> FuzzedRequest:
        """Return the next request."""
        return self._random.choice([self.invocation, self.s3])()

    def invocation(self) -> FuzzedRequest:
        """A call of the endpoint with rows, headers or a path that are wrong."""
        choose = self._random.choice
        name = (
            self._name
            if self._random.random() < 0.8
            else quote(choose(TEXTS), safe="", errors="replace")
        )
        operation = choose(OPERATIONS) if self._random.random() < 0.3 else "invocations"
        headers = {"Content-Type": choose(CONTENT_TYPES)}
        for _ in range(self._random.randint(0, 2)):
            headers[choose(RUNTIME_HEADERS)] = self._text(TEXTS)
        method = "POST" if self._random.random() < 0.9 else choose(METHODS)
        path = f"/endpoints/{name}/{operation}"
        headers = sign(self._endpoint, method, path, body := self._rows(), headers)
        return FuzzedRequest("invocation", method, path, body, headers)

    def s3(self) -> FuzzedRequest:
        """A request to S3 with a query, headers or a body that are wrong."""
        choose = self._random.choice
        path = choose(
            [f"/{self._bucket}", f"/{self._bucket}/key", f"/{self._bucket}/new", "/no/key", "/"]
        )
        query = choose(S3_QUERIES) if self._random.random() < 0.7 else ""
        url = f"{path}?{query}" if query else path
        method = choose(["GET", "PUT", "POST", "DELETE", "HEAD", choose(METHODS)])
        headers = {}
        for _ in range(self._random.randint(0, 2)):
            headers[choose(S3_HEADERS)] = self._text(TEXTS + S3_TEXTS)
        request = AWSRequest(method, self._endpoint.url + url, headers, choose(S3_BODIES))
        if digest := choose(S3_DIGESTS):
            request.headers["X-Amz-Content-SHA256"] = digest
            request.context["payload_signing_enabled"] = False
        keys = Credentials(self._endpoint.access_key, self._endpoint.secret_key)
        S3SigV4Auth(keys, "s3", self._endpoint.region).add_auth(request)
        return FuzzedRequest(f"S3 {method}", method, url, request.data, dict(request.headers))

    def _rows(self) -> bytes:
        if self._random.random() < 0.2:
            return self._random.randbytes(self._random.randint(0, 60))
        rows = (
            self._random.choice([",", " ", ";", ""]).join(
                self._random.choice(CELLS) for _ in range(self._random.randint(0, 4))
            )
            for _ in range(self._random.randint(0, 4))
        )
        return "\n".join(rows).encode()

    def _text(self, texts: list[str]) -> str:
        """Return a text that a header may have."""
        text = "".join(char for char in self._random.choice(texts) if char.isprintable())
        return text.encode("latin-1", "replace").decode("latin-1").strip()
