"""The life of a request to S3: receive and verify its body, let moto answer, commit, send."""

import contextlib
import io
import sys
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

from helpers.local.state.s3 import conditions, malformed, request_body
from helpers.local.state.s3.object_store import ObjectStore, StorageError, Transaction
from helpers.local.wire.error_response import wsgi_error_response
from helpers.local.wire.errors import AwsError

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
SUBRESOURCES = {"acl", "legal-hold", "retention", "tagging", "torrent", "restore"}
READ_METHODS = {"GET", "HEAD", "OPTIONS"}


class S3Middleware:
    """A WSGI application around moto's, which commits every change before the response.

    Parameters
    ----------
    app
        moto's application. Requests to other services than S3 are passed on as they are.
    store
        Where the objects are.
    """

    def __init__(self, app: WsgiApp, store: ObjectStore):
        self._app = app
        self._store = store

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        _restore_wsgi_fields(environ)
        if not is_s3(environ):
            return self._answer(environ, start_response)
        try:
            malformed.check_method(environ["REQUEST_METHOD"])
            return self._answer(environ, start_response)
        except AwsError as error:
            return wsgi_error_response(start_response, error, "s3", environ["PATH_INFO"])
        except (StorageError, OSError) as error:
            print(f"S3: {environ['PATH_INFO']}: {error!r}", file=sys.stderr, flush=True)
            refusal = _storage_error(environ, error)
            return wsgi_error_response(start_response, refusal, "s3", environ["PATH_INFO"])

    def _answer(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        with self._store.transaction() as transaction:
            is_change = is_s3(environ) and environ["REQUEST_METHOD"] not in READ_METHODS
            if is_change:
                self._receive(environ, transaction)
            with self._store.writing if is_change else contextlib.nullcontext():
                started: list[Any] = []
                transaction.refused = True
                try:
                    if is_change:
                        _check_conditions(environ)
                    answer = self._app(environ, lambda *start: started.append(start))
                    transaction.refused = int(started[-1][0].split()[0]) >= 400
                finally:
                    self._store.commit_or_rollback(transaction)
        if started[-1][0].startswith("500") and is_s3(environ):
            raise _refusal(environ)
        start_response(*started[-1])
        return answer

    def _receive(self, environ: Environ, transaction: Transaction) -> None:
        """Write the body of an object to its file, and leave any other body to moto.

        Raises
        ------
        AwsError
            If the body does not match the length or a digest of the request.
        OSError
            If it can't be stored.
        """
        headers = _headers(environ)
        for_object = is_object(environ)
        length = environ.get("CONTENT_LENGTH")
        if for_object and not length and "x-amz-decoded-content-length" not in headers:
            # Its end looks the same as a client that died; S3 refuses it too.
            text = "A header you provided implies functionality that is not implemented"
            raise AwsError("NotImplemented", text, 501)
        if "uploadId=" in environ["QUERY_STRING"] and not for_object:
            # Here a checksum is that of the completed object, not of this request's body.
            headers = {name: headers[name] for name in headers if "-checksum-" not in name}
        digests = request_body.Digests(headers)
        trailers: dict[str, str] = {}
        chunks = _chunks(environ, headers, digests, trailers)
        body = b""
        if for_object:
            try:
                blob = self._store.blobs.write(chunks)
            except OSError:
                with contextlib.suppress(AwsError):
                    for _ in chunks:  # let the client finish, or it never reads the response
                        pass
                raise
            transaction.new_blobs.add(blob.name)
            transaction.body = blob
        else:
            body = b"".join(chunks)
            malformed.check_policy(environ["REQUEST_METHOD"], _query(environ), body)
        transaction.checksums = digests.verify(trailers)
        _to_plain_request(environ, body, transaction.checksums)


def _check_conditions(environ: Environ) -> None:
    query = _query(environ)
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    query.pop("x-id", None)  # some SDKs name the operation there
    conditions.check_write(environ["REQUEST_METHOD"], path, query, _headers(environ))
    if environ["REQUEST_METHOD"] == "DELETE":
        environ.pop("HTTP_IF_MATCH", None)  # moto takes * for an ETag


def _refusal(environ: Environ) -> AwsError:
    key = environ["PATH_INFO"].lstrip("/").partition("/")[2]
    return malformed.refusal(environ["REQUEST_METHOD"], key, _query(environ), _body(environ))


def _query(environ: Environ) -> dict[str, list[str]]:
    return urllib.parse.parse_qs(environ["QUERY_STRING"], keep_blank_values=True)


def _body(environ: Environ) -> bytes:
    """Return the body of a request that is not an object's content; moto may have read it."""
    stream = environ["wsgi.input"]
    return stream.getvalue() if isinstance(stream, io.BytesIO) else b""


def is_s3(environ: Environ) -> bool:
    """Tell whether a request is S3's: signed for it, or unsigned and not for another service."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if authorization:
        return "/s3/aws4_request" in authorization
    if "X-Amz-Credential" in environ.get("QUERY_STRING", ""):
        return "%2Fs3%2Faws4_request" in environ["QUERY_STRING"]
    if environ["REQUEST_METHOD"] == "POST":  # a browser's upload by a form
        return environ.get("CONTENT_TYPE", "").startswith("multipart/form-data")
    return "HTTP_X_AMZ_TARGET" not in environ


def is_object(environ: Environ) -> bool:
    """Tell whether the body is the bytes of an object or of a part of one."""
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    query = urllib.parse.parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return bool(
        environ["REQUEST_METHOD"] == "PUT"
        and key
        and bucket != "v20180820"  # S3 Control
        and not SUBRESOURCES.intersection(query)
        and "HTTP_X_AMZ_COPY_SOURCE" not in environ
    )


def _chunks(
    environ: Environ,
    headers: dict[str, str],
    digests: request_body.Digests,
    trailers: dict[str, str],
) -> Iterator[bytes]:
    """Yield the body without its framing; at the end the trailers are filled in."""
    length = None if environ.get("wsgi.input_terminated") else 0
    if content_length := environ.get("CONTENT_LENGTH"):
        length = int(content_length)
    raw = request_body.read_plain(environ["wsgi.input"], length)
    if not headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        for chunk in raw:
            digests.update(chunk)
            yield chunk
        return
    decoded = 0
    for chunk in request_body.decode_aws_chunked(raw, trailers):
        digests.update(chunk)
        decoded += len(chunk)
        yield chunk
    if decoded != int(headers.get("x-amz-decoded-content-length", decoded)):
        raise AwsError("IncompleteBody", request_body.WRONG_LENGTH)


def _headers(environ: Environ) -> dict[str, str]:
    return {
        name.removeprefix("HTTP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _to_plain_request(environ: Environ, body: bytes, checksums: dict[str, str]) -> None:
    """Rewrite the request as a plain one with its checksum in a header, which moto can read."""
    for name in ("TRANSFER_ENCODING", "X_AMZ_TRAILER", "X_AMZ_DECODED_CONTENT_LENGTH"):
        environ.pop(f"HTTP_{name}", None)
    environ.pop("HTTP_X_AMZ_CONTENT_SHA256", None)  # moto would return it as metadata
    environ.pop("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM", None)
    encodings = environ.pop("HTTP_CONTENT_ENCODING", "").split(",")
    remaining = ",".join(name for name in encodings if name.strip() not in ("", "aws-chunked"))
    if remaining:
        environ["HTTP_CONTENT_ENCODING"] = remaining
    for algorithm, value in checksums.items():
        environ["HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM"] = algorithm.upper()
        environ[f"HTTP_X_AMZ_CHECKSUM_{algorithm.upper()}"] = value
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _restore_wsgi_fields(environ: Environ) -> None:
    """Restore what a2wsgi leaves out: the body's end, the raw path, underscores in header names.

    The raw path matters since keys may contain `%2F` and `?`.
    """
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
    if environ["REQUEST_METHOD"] in READ_METHODS:
        return AwsError("InternalError", f"The Local SageMaker could not read this: {error}.", 507)
    return AwsError(
        "InternalError",
        f"The Local SageMaker could not store this: {error}. Nothing was changed."
        " Free some disk space (or make its home folder writable), then try again.",
        507,
    )
