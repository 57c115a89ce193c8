"""Requests to S3 that can't be read: refused in S3's words. moto answers 500, or stores them."""

import json
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

from helpers.local.wire.errors import AwsError

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")
POSTS_TO_OBJECTS = {"uploads", "uploadId", "restore", "select"}
OURS = (
    "(moto, which answers S3 here, failed on this request: `python -m helpers local logs` says "
    "where.)"
)


def check_method(method: str) -> None:
    """Refuse a method that no operation of S3 has; moto takes some of them for others.

    Raises
    ------
    AwsError
        MethodNotAllowed (405).
    """
    if method not in METHODS:
        raise _not_allowed()


def check_policy(method: str, query: Mapping[str, Any], body: bytes) -> None:
    """Refuse a bucket policy that is not a policy document; moto would fail at each later request.

    Sources of the texts: aws/aws-cli issue 2779 and versity/versitygw pull request 1176.

    Raises
    ------
    AwsError
        MalformedPolicy.
    """
    if method != "PUT" or "policy" not in query:
        return
    try:
        policy = json.loads(body)
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict) or not body.startswith(b"{"):
        text = "Policies must be valid JSON and the first byte must be '{'"
        raise AwsError("MalformedPolicy", text)
    if "Statement" not in policy:
        raise AwsError("MalformedPolicy", "Missing required field Statement")


def refusal(method: str, key: str, query: Mapping[str, Any], body: bytes) -> AwsError:
    """Return the refusal of a request on which moto failed.

    Source of the codes and texts: "Error responses" in the S3 API reference.

    Parameters
    ----------
    method
        Of HTTP.
    key
        Of the object, "" for a request to a bucket.
    query
        The names of its query parameters count.
    body
        Of a request that is not the content of an object.
    """
    if method == "POST" and key and not POSTS_TO_OBJECTS & query.keys():
        return _not_allowed()
    if method in ("PUT", "POST") and (query or not _is_xml(body)):
        text = "The XML you provided was not well-formed or did not validate against our"
        return AwsError("MalformedXML", f"{text} published schema {OURS}")
    return AwsError("InvalidArgument", f"Invalid Argument {OURS}")


def _not_allowed() -> AwsError:
    text = "The specified method is not allowed against this resource."
    return AwsError("MethodNotAllowed", text, 405)


def _is_xml(body: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(body, True)
    except expat.ExpatError:
        return False
    return True
