"""Reads what a request says of its own signature: the Authorization header or a presigned URL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from helpers.local.wire import auth_errors
from helpers.local.wire.auth_errors import TIMESTAMP, Protocol
from helpers.local.wire.errors import AwsError

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_PRESIGNED_SECONDS = 7 * 24 * 3600
_HEADER = re.compile(
    rf"{ALGORITHM}\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=(\w+)\s*"
)
_QUERY = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")


@dataclass(frozen=True)
class Caller:
    """Who signed a request, for which region and service (its credential scope)."""

    access_key: str
    region: str
    service: str


@dataclass(frozen=True)
class ParsedSignature:
    """What a request says of its own Signature Version 4.

    lifetime: how long a presigned URL is good for; None if the Authorization header was used.
    """

    protocol: Protocol
    caller: Caller
    signed_at: datetime
    signed_headers: tuple[str, ...]
    signature: str
    lifetime: timedelta | None = None

    @property
    def scope(self) -> str:
        """The credential scope, such as `20261125/us-east-1/s3/aws4_request`."""
        day = self.signed_at.strftime("%Y%m%d")
        return f"{day}/{self.caller.region}/{self.caller.service}/aws4_request"


def parse_header(headers: Mapping[str, str], query_string: str) -> ParsedSignature:
    """Reads the Authorization header. Raises AwsError if it is none of Signature Version 4."""
    text = headers["authorization"]
    found = _HEADER.fullmatch(text)
    protocol = auth_errors.protocol_of(_service(found[1] if found else ""), headers, query_string)
    if not found:
        raise auth_errors.malformed(
            protocol,
            f"The Authorization header must begin with {ALGORITHM} and hold 'Credential', "
            f"'SignedHeaders' and 'Signature', divided by commas; it begins with {text[:16]!r}.",
        )
    credential, signed_headers, signature = found.groups()
    date = headers.get("x-amz-date") or _basic_format(headers.get("date"))
    return _claim(protocol, credential, date, signed_headers, signature, None)


def parse_query(
    values: Mapping[str, str], headers: Mapping[str, str], query: str
) -> ParsedSignature:
    """Reads the `X-Amz-` parameters of a presigned URL. Raises AwsError if any is unfit.

    values: the decoded parameters of the query string `query`.
    """
    protocol = auth_errors.protocol_of(_service(values.get("X-Amz-Credential", "")), headers, query)
    if absent := [f"X-Amz-{name}" for name in _QUERY if f"X-Amz-{name}" not in values]:
        raise _unfit_query(protocol, f"Query-string authentication lacks {', '.join(absent)}.")
    algorithm, credential, date, expires, signed_headers, signature = (
        values[f"X-Amz-{name}"] for name in _QUERY
    )
    if algorithm != ALGORITHM:
        raise _unfit_query(protocol, f'X-Amz-Algorithm only supports "{ALGORITHM}".')
    if not re.fullmatch("[0-9]{1,6}", expires) or int(expires) > MAX_PRESIGNED_SECONDS:
        raise _unfit_query(
            protocol, f"X-Amz-Expires must be from 0 to {MAX_PRESIGNED_SECONDS} seconds."
        )
    lifetime = timedelta(seconds=int(expires))
    return _claim(protocol, credential, date, signed_headers, signature, lifetime)


def _claim(
    protocol: Protocol,
    credential: str,
    date: str | None,
    signed_headers: str,
    signature: str,
    lifetime: timedelta | None,
) -> ParsedSignature:
    access_key, _, scope = credential.partition("/")
    if not _service(credential) or not access_key:
        raise auth_errors.malformed(
            protocol,
            f"Credential {credential!r} is not of the form "
            "<access key>/<date>/<region>/<service>/aws4_request.",
        )
    _, region, service, _ = scope.split("/")
    try:
        signed_at = datetime.strptime(date or "", TIMESTAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise auth_errors.malformed(
            protocol, f"X-Amz-Date must be a time like 20261125T120000Z, not {date!r}."
        ) from error
    names = tuple(signed_headers.lower().split(";"))
    claim = ParsedSignature(
        protocol, Caller(access_key, region, service), signed_at, names, signature, lifetime
    )
    if claim.scope != scope:
        raise auth_errors.malformed(
            protocol, f"The date in Credential {credential!r} is not the day of {date}."
        )
    return claim


def _service(credential: str) -> str | None:
    parts = credential.split("/")
    return parts[3] if len(parts) == 5 and parts[4] == "aws4_request" and parts[3] else None


def _basic_format(http_date: str | None) -> str | None:
    """The header Date, which may stand in for X-Amz-Date, in the latter's format."""
    try:
        return parsedate_to_datetime(http_date or "").astimezone(UTC).strftime(TIMESTAMP)
    except ValueError:
        return http_date


def _unfit_query(protocol: Protocol, text: str) -> AwsError:
    if protocol == "s3":
        return AwsError("AuthorizationQueryParametersError", text)
    return auth_errors.malformed(protocol, text)
