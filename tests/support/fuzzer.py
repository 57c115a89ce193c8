"""Malformed requests by the thousand, the same ones for the same seed."""

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.model import ListShape, MapShape, StructureShape

from helpers.local.resources.control_plane import served
from helpers.local.wire.service_model import operation_model, service_model
from support.signing import JSON, sign

TEXTS = [
    "", " ", "a", "\x00", "\ud800", "é", "😀", "a" * 3000, "../..", "%00", "${x}", "null", "{}",
    "s3://", "https://", "s3://b/" + "k" * 2000, "arn:aws:iam::111122223333:role/x", "<a>&", "'\"",
    "-1", "1e400", "NaN", "\r\nX-Evil: 1", "SELECT 1", "2026-11-28T00:00:00Z",
]  # fmt: skip
NUMBERS = [0, -1, 1, 2**31, 2**63, -(2**63) - 1, 2**200, 0.5, 1e308, -1e-308]
PATHS = [
    "/", "//", "/../..", "/%2e%2e/", "/endpoints//invocations", "/endpoints/x/invocations",
    "/_local/health", "/_local/x", "/moto-api/", "/a/b/c?x=1", "/?Action=X&Version=1", "/%ff%fe",
    "/bucket/key?versionId=1", "/" + "x" * 4000, "/bucket?uploads", "/?" + "a=1&" * 500, "/.aws",
]  # fmt: skip
METHODS = ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "TRACE", "BREW"]
SERVICES = [
    "sagemaker", "s3", "sts", "iam", "logs", "servicequotas", "monitoring", "pricing", "nothing",
    "health", "SAGEMAKER", "sagemaker-geospatial", "",
]  # fmt: skip
HEADERS = ["X-Amz-Target", "Content-Type", "X-Amz-Date", "Host", "Accept", "X-Amz-Content-SHA256"]


@dataclass
class FuzzedRequest:
    """A request as it goes to the socket."""

    kind: str
    method: str = "POST"
    path: str = "/"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Fuzzer:
    """Makes malformed requests.

    Parameters
    ----------
    endpoint
        Whose keys sign most of them.
    seed
        Of the random choices.
    """

    def __init__(self, endpoint, seed: int):
        self._endpoint, self._random = endpoint, random.Random(seed)
        self._served = sorted(served())
        self._all = sorted(service_model().operation_names)
        self._kinds: list[Callable[[], FuzzedRequest]] = [
            *[self.wrong_values] * 4,
            *[self.broken_body] * 2,
            self.random_json,
            self.wrong_headers,
            self.wrong_signature,
            self.wrong_path,
            self.wrong_service,
        ]

    def next(self) -> FuzzedRequest:
        """Return the next request."""
        return self._random.choice(self._kinds)()

    def wrong_values(self) -> FuzzedRequest:
        """A request of the right shape, with one to three values replaced by others."""
        operation = self._random.choice(self._served)
        params = self._value(operation_model(operation).input_shape)
        for _ in range(self._random.randint(1, 3)):
            self._replace(params)
        return self._call("wrong values", operation, self._json(params))

    def random_json(self) -> FuzzedRequest:
        """Any JSON at all, for any operation of SageMaker."""
        body = self._json(self._anything(4))
        return self._call("random JSON", self._random.choice(self._all), body)

    def broken_body(self) -> FuzzedRequest:
        """No JSON, or JSON that is cut, nested too deeply, or not UTF-8."""
        operation = self._random.choice(self._served)
        whole = self._json(self._value(operation_model(operation).input_shape))
        body = self._random.choice(
            [
                b"",
                b"null",
                b"[]",
                b"\xef\xbb\xbf{}",
                b"[" * 100_000,
                b'{"a":' * 3000,
                b'{"a": NaN}',
                self._random.randbytes(50),
                whole[: self._random.randint(0, len(whole))],
                whole + whole,
                whole.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass"),
                base64.b64encode(whole),
            ]
        )
        return self._call("broken body", operation, body)

    def wrong_headers(self) -> FuzzedRequest:
        """A header that is signed, and wrong."""
        name = self._random.choice(HEADERS)
        text = "".join(char for char in self._random.choice(TEXTS) if char.isprintable())
        text = text.encode("latin-1", "replace").decode("latin-1").strip()
        headers = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": JSON}
        if self._random.random() < 0.5:
            headers[name] = text
            return self._signed("wrong header", "POST", "/", b"{}", headers)
        request = self._signed("wrong header", "POST", "/", b"{}", headers)
        request.headers[name] = text
        return request

    def wrong_signature(self) -> FuzzedRequest:
        """An Authorization header that is cut, garbled or missing."""
        request = self._call("wrong signature", "ListModels", b"{}")
        text = request.headers["Authorization"]
        position = self._random.randrange(len(text))
        changed = self._random.choice(
            [
                text[:position],
                text[:position] + "é" + text[position:],
                text.replace("/", ""),
                text.replace("=", " "),
                "Bearer " + text,
                "AWS AKIA:" + text[-40:],
                "",
            ]
        )
        request.headers["Authorization"] = changed
        return request

    def wrong_path(self) -> FuzzedRequest:
        """Any method on any path, signed for any service."""
        service = self._random.choice(SERVICES)
        method, path = self._random.choice(METHODS), self._random.choice(PATHS)
        body = self._random.choice([b"", b"<a/>", b"{}", b"x=1", b"<a>" * 50])
        return self._signed("wrong path", method, path, body, {}, service)

    def wrong_service(self) -> FuzzedRequest:
        """A request for a service, by the target of another one."""
        target = f"{self._random.choice(['SageMaker', 'Logs_20140328', 'X', ''])}.ListModels"
        headers = {"X-Amz-Target": target, "Content-Type": JSON}
        service = self._random.choice([*SERVICES, "dynamodb", "budgets"])
        return self._signed("wrong service", "POST", "/", b"{}", headers, service)

    def _call(self, kind: str, operation: str, body: bytes) -> FuzzedRequest:
        headers = {"X-Amz-Target": f"SageMaker.{operation}", "Content-Type": JSON}
        return self._signed(kind, "POST", "/", body, headers)

    def _signed(self, kind, method, path, body, headers, service="sagemaker") -> FuzzedRequest:
        headers = sign(self._endpoint, method, path, body, headers, service=service)
        return FuzzedRequest(kind, method, path, body, headers)

    def _value(self, shape):
        """Return a value of the right types; whether it keeps the constraints is chance."""
        if isinstance(shape, StructureShape):
            return {
                name: self._value(member)
                for name, member in shape.members.items()
                if name in shape.required_members or self._random.random() < 0.2
            }
        if isinstance(shape, ListShape):
            return [self._value(shape.member) for _ in range(self._random.randint(0, 2))]
        if isinstance(shape, MapShape):
            return {self._random.choice(TEXTS): self._value(shape.value)}
        match shape.type_name:
            case "string":
                choices = shape.metadata.get("enum") or ["a", "s3://a/b", *TEXTS[:6]]
                return self._random.choice(choices)
            case "boolean":
                return self._random.random() < 0.5
            case _:
                return self._random.choice(NUMBERS)

    def _replace(self, value) -> None:
        """Replace, remove or add one thing somewhere in a structure."""
        while isinstance(value, dict | list) and value:
            key = self._random.choice(list(value) if isinstance(value, dict) else range(len(value)))
            if isinstance(value[key], dict | list) and value[key] and self._random.random() < 0.7:
                value = value[key]
                continue
            if self._random.random() < 0.2:
                del value[key]
            else:
                value[key] = self._anything(2)
            return

    def _anything(self, depth: int):
        kind = self._random.randint(0, 7 if depth else 5)
        if kind <= 2:
            return self._random.choice(TEXTS)
        if kind == 3:
            return self._random.choice(NUMBERS)
        if kind == 4:
            return self._random.choice([None, True, False])
        if kind == 5:
            return self._random.choice([[], {}, [[]], [None], {"": None}])
        items = [self._anything(depth - 1) for _ in range(self._random.randint(0, 3))]
        return items if kind == 6 else {self._random.choice(TEXTS): item for item in items}

    def _json(self, value) -> bytes:
        return json.dumps(value).encode()
