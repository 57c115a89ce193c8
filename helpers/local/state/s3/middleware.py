"""The life of a request to S3: receive and verify its body, let moto answer, commit, send."""

import contextlib
import io
import sys
import urllib.parse
from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

from helpers.local.state.s3 import request_body
from helpers.local.state.s3.object_store import ObjectStore, StorageError, Transaction
from helpers.local.wire.error_response import wsgi_error_response
from helpers.local.wire.errors import AwsError

Environ = dict[str, Any]
SUBRESOURCES = {"acl", "legal-hold", "retention", "tagging", "torrent", "restore"}
READS = {"GET", "HEAD", "OPTIONS"}


class S3Middleware:
    """A WSGI application around moto's."""

    def __init__(self, app: Any, store: ObjectStore):
        self._app = app
        self._store = store

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        _say_what_a2wsgi_leaves_out(environ)
        if not is_s3(environ):
            return self._answer(environ, start_response)
        try:
            return self._answer(environ, start_response)
        except AwsError as error:
            return wsgi_error_response(start_response, error, "s3", environ["PATH_INFO"])
        except (StorageError, OSError) as error:
            print(f"S3: {environ['PATH_INFO']}: {error!r}", file=sys.stderr, flush=True)
            refusal = _storage_error(environ, error)
            return wsgi_error_response(start_response, refusal, "s3", environ["PATH_INFO"])

    def _answer(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        with self._store.transaction() as transaction:
            changes = is_s3(environ) and environ["REQUEST_METHOD"] not in READS
            if changes:
                self._receive(environ, transaction)
            with self._store.writing if changes else contextlib.nullcontext():
                started: list[Any] = []
                transaction.refused = True
                try:
                    answer = self._app(environ, lambda *given: started.append(given))
                    transaction.refused = int(started[-1][0].split()[0]) >= 400
                finally:
                    self._store.settle(transaction)
        start_response(*started[-1])
        return answer

    def _receive(self, environ: Environ, transaction: Transaction) -> None:
        """Put the body of an object into its file, any other body into memory; moto gets the rest.

        Raises:
            AwsError: the body isn't what the request promised.
            OSError: it can't be stored.
        """
        headers = _headers(environ)
        for_object = is_object(environ)
        length = environ.get("CONTENT_LENGTH")
        if for_object and not length and "x-amz-decoded-content-length" not in headers:
            # Where it ends can't be told from where the client died; S3 refuses it too.
            text = "A header you provided implies functionality that is not implemented"
            raise AwsError("NotImplemented", text, 501)
        if "uploadId=" in environ["QUERY_STRING"] and not for_object:
            # Here a checksum is that of the object to be completed, not of this request's body.
            headers = {name: headers[name] for name in headers if "-checksum-" not in name}
        digests = request_body.Digests(headers)
        trailers: dict[str, str] = {}
        pieces = _pieces(environ, headers, digests, trailers)
        body = b""
        if for_object:
            try:
                blob = self._store.blobs.write(pieces)
            except OSError:
                with contextlib.suppress(AwsError):
                    for _ in pieces:  # let the client finish, or it never reads the answer
                        pass
                raise
            transaction.fresh.add(blob.name)
            transaction.incoming = blob
        else:
            body = b"".join(pieces)
        transaction.checksums = digests.verify(trailers)
        _tell_moto(environ, body, transaction.checksums)


def is_s3(environ: Environ) -> bool:
    """Whether a request is S3's: signed for it, or unsigned and of no other service's shape."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if authorization:
        return "/s3/aws4_request" in authorization
    if "X-Amz-Credential" in environ.get("QUERY_STRING", ""):
        return "%2Fs3%2Faws4_request" in environ["QUERY_STRING"]
    if environ["REQUEST_METHOD"] == "POST":  # a browser's upload by a form
        return environ.get("CONTENT_TYPE", "").startswith("multipart/form-data")
    return "HTTP_X_AMZ_TARGET" not in environ


def is_object(environ: Environ) -> bool:
    """Whether the body is the bytes of an object or of a part of one."""
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    query = urllib.parse.parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return bool(
        environ["REQUEST_METHOD"] == "PUT"
        and key
        and bucket != "v20180820"  # S3 Control
        and not SUBRESOURCES.intersection(query)
        and "HTTP_X_AMZ_COPY_SOURCE" not in environ
    )


def _pieces(
    environ: Environ,
    headers: dict[str, str],
    digests: request_body.Digests,
    trailers: dict[str, str],
) -> Iterator[bytes]:
    """The body out of its framing, piece by piece; at the end the trailers are filled in."""
    length = None if environ.get("wsgi.input_terminated") else 0
    if sent := environ.get("CONTENT_LENGTH"):
        length = int(sent)
    raw = request_body.read_plain(environ["wsgi.input"], length)
    if not headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        for piece in raw:
            digests.update(piece)
            yield piece
        return
    decoded = 0
    for piece in request_body.decode_aws_chunked(raw, trailers):
        digests.update(piece)
        decoded += len(piece)
        yield piece
    if decoded != int(headers.get("x-amz-decoded-content-length", decoded)):
        raise AwsError("IncompleteBody", request_body.WRONG_LENGTH)


def _headers(environ: Environ) -> dict[str, str]:
    return {
        name.removeprefix("HTTP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _tell_moto(environ: Environ, body: bytes, checksums: dict[str, str]) -> None:
    """Rewrite the request as a plain one with its checksum in a header, as moto understands it."""
    for name in ("TRANSFER_ENCODING", "X_AMZ_TRAILER", "X_AMZ_DECODED_CONTENT_LENGTH"):
        environ.pop(f"HTTP_{name}", None)
    environ.pop("HTTP_X_AMZ_CONTENT_SHA256", None)  # moto would hand it back as metadata
    environ.pop("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM", None)
    encodings = environ.pop("HTTP_CONTENT_ENCODING", "").split(",")
    kept = ",".join(name for name in encodings if name.strip() not in ("", "aws-chunked"))
    if kept:
        environ["HTTP_CONTENT_ENCODING"] = kept
    for algorithm, value in checksums.items():
        environ["HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM"] = algorithm.upper()
        environ[f"HTTP_X_AMZ_CHECKSUM_{algorithm.upper()}"] = value
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _say_what_a2wsgi_leaves_out(environ: Environ) -> None:
    """The body's end, the path as it came (keys hold `%2F`, `?`), underscores in header names."""
    scope = environ.get("asgi.scope")
    if not scope:
        return
    environ["wsgi.input_terminated"] = "CONTENT_LENGTH" not in environ
    query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
    environ["RAW_URI"] = scope["raw_path"].decode("latin-1") + query
    names = [
        name.decode("latin-1")
        for name, _ in scope["headers"]
        if name.startswith(b"x-amz-meta-") and b"_" in name
    ]
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {
        f"HTTP_{name.upper().replace('-', '_')}": name for name in names
    }


def _storage_error(environ: Environ, error: Exception) -> AwsError:
    """Return the error of a disk: 507, since clients send the request of a 500 again and again."""
    if environ["REQUEST_METHOD"] in READS:
        return AwsError("InternalError", f"The Local SageMaker could not read this: {error}.", 507)
    return AwsError(
        "InternalError",
        f"The Local SageMaker could not store this: {error}. What was there before is unchanged."
        " Free some disk space (or make its home folder writable), then try again.",
        507,
    )
